//go:build wasip1

package abi

import "unsafe"

//go:wasmimport wasi:logging/logging@0.1.0-draft log
func logLine(level uint32, cp unsafe.Pointer, cn uint32, mp unsafe.Pointer, mn uint32)

// Log writes a line, or several, to the call's log.
func Log(level Level, message string) {
	mp, mn := stringArg(message)
	logLine(uint32(level), nil, 0, mp, mn)
}

//go:wasmimport ap:piece/store@0.1.0 get
func storeGet(scope uint32, kp unsafe.Pointer, kn uint32, r unsafe.Pointer)

//go:wasmimport ap:piece/store@0.1.0 put
func storePut(scope uint32, kp unsafe.Pointer, kn uint32, vp unsafe.Pointer, vn uint32, r unsafe.Pointer)

//go:wasmimport ap:piece/store@0.1.0 delete
func storeDelete(scope uint32, kp unsafe.Pointer, kn uint32, r unsafe.Pointer)

//go:wasmimport ap:piece/store@0.1.0 keys
func storeKeys(scope uint32, pp unsafe.Pointer, pn uint32, some uint32, ap unsafe.Pointer, an uint32, r unsafe.Pointer)

// StoreGet reads a value; found is false where there is none.
func StoreGet(scope Scope, key string) (value []byte, found bool, f *Failure) {
	r := new(result)
	kp, kn := stringArg(key)
	storeGet(uint32(scope), kp, kn, r.at())
	held := take()
	if f = r.failure(); f == nil && r.u8(8) == 1 {
		value, found = r.bytes(12), true
	}
	keep(held)
	return value, found, f
}

// StorePut keeps a value.
func StorePut(scope Scope, key string, value []byte) *Failure {
	r := new(result)
	kp, kn := stringArg(key)
	vp, vn := bytesArg(value)
	storePut(uint32(scope), kp, kn, vp, vn, r.at())
	return taken(r)
}

// StoreDelete forgets a value.
func StoreDelete(scope Scope, key string) *Failure {
	r := new(result)
	kp, kn := stringArg(key)
	storeDelete(uint32(scope), kp, kn, r.at())
	return taken(r)
}

// StoreKeys lists at most 1,000 keys that begin with prefix, in order; after, if not nil, is the one before the first.
func StoreKeys(scope Scope, prefix string, after *string) ([]string, *Failure) {
	r := new(result)
	pp, pn := stringArg(prefix)
	var some, an uint32
	var ap unsafe.Pointer
	if after != nil {
		some = 1
		ap, an = stringArg(*after)
	}
	storeKeys(uint32(scope), pp, pn, some, ap, an, r.at())
	held := take()
	if f := r.failure(); f != nil {
		return nil, f
	}
	list := unsafe.Slice((*[2]uint32)(r.ptr(8)), r.u32(12))
	keys := make([]string, len(list))
	for i, key := range list {
		keys[i] = viewString(unsafe.Pointer(uintptr(key[0])), key[1])
	}
	keep(held)
	return keys, nil
}

//go:wasmimport ap:piece/files@0.1.0 write
func filesWrite(np unsafe.Pointer, nn uint32, mp unsafe.Pointer, mn uint32, cp unsafe.Pointer, cn uint32, r unsafe.Pointer)

//go:wasmimport ap:piece/files@0.1.0 read
func filesRead(rp unsafe.Pointer, rn uint32, offset uint64, max uint32, r unsafe.Pointer)

// FilesWrite stores a file and answers with its reference.
func FilesWrite(name, mediaType string, content []byte) (string, *Failure) {
	r := new(result)
	np, nn := stringArg(name)
	mp, mn := stringArg(mediaType)
	cp, cn := bytesArg(content)
	filesWrite(np, nn, mp, mn, cp, cn, r.at())
	return takenString(r)
}

// FilesRead reads a part of a file; fewer bytes than asked for mean the end.
func FilesRead(reference string, offset uint64, max uint32) ([]byte, *Failure) {
	r := new(result)
	rp, rn := stringArg(reference)
	filesRead(rp, rn, offset, max, r.at())
	held := take()
	if f := r.failure(); f != nil {
		return nil, f
	}
	content := r.bytes(8)
	keep(held)
	return content, nil
}

//go:wasmimport ap:piece/run@0.1.0 respond
func runRespond(p unsafe.Pointer, n uint32, r unsafe.Pointer)

//go:wasmimport ap:piece/run@0.1.0 stop
func runStop(some uint32, p unsafe.Pointer, n uint32, r unsafe.Pointer)

//go:wasmimport ap:piece/run@0.1.0 wait-until
func runWaitUntil(unixMs uint64, r unsafe.Pointer)

//go:wasmimport ap:piece/run@0.1.0 wait-for-webhook
func runWaitForWebhook(some uint32, p unsafe.Pointer, n uint32, r unsafe.Pointer)

// RunRespond answers the HTTP request that started the run.
func RunRespond(response []byte) *Failure {
	r := new(result)
	p, n := bytesArg(response)
	runRespond(p, n, r.at())
	return taken(r)
}

// RunStop ends the run as a success; response is nil for none.
func RunStop(response []byte) *Failure {
	r := new(result)
	some, p, n := optional(response)
	runStop(some, p, n, r.at())
	return taken(r)
}

// RunWaitUntil pauses the run until a moment, in milliseconds since 1970.
func RunWaitUntil(unixMs uint64) *Failure {
	r := new(result)
	runWaitUntil(unixMs, r.at())
	return taken(r)
}

// RunWaitForWebhook pauses the run until somebody calls the URL that is returned; response is nil for none.
func RunWaitForWebhook(response []byte) (string, *Failure) {
	r := new(result)
	some, p, n := optional(response)
	runWaitForWebhook(some, p, n, r.at())
	return takenString(r)
}

func optional(b []byte) (some uint32, p unsafe.Pointer, n uint32) {
	if b == nil {
		return 0, nil, 0
	}
	p, n = bytesArg(b)
	return 1, p, n
}

func taken(r *result) *Failure {
	held := take()
	f := r.failure()
	keep(held)
	return f
}

func takenString(r *result) (string, *Failure) {
	held := take()
	if f := r.failure(); f != nil {
		return "", f
	}
	s := r.string(8)
	keep(held)
	return s, nil
}
