//go:build wasip1

package abi

import "unsafe"

var (
	// result<payload, failure> and its kin: 56 bytes.
	answer [7]uint64
	// What the answer points to, until the host has read it.
	answered []unsafe.Pointer
)

func put8(offset uintptr, v uint8)   { *(*uint8)(unsafe.Add(unsafe.Pointer(&answer), offset)) = v }
func put32(offset uintptr, v uint32) { *(*uint32)(unsafe.Add(unsafe.Pointer(&answer), offset)) = v }
func put64(offset uintptr, v uint64) { *(*uint64)(unsafe.Add(unsafe.Pointer(&answer), offset)) = v }

func putList(offset uintptr, p unsafe.Pointer, n uint32) {
	answered = append(answered, p)
	put32(offset, uint32(uintptr(p)))
	put32(offset+4, n)
}

func putString(offset uintptr, s string) {
	p, n := stringArg(s)
	putList(offset, p, n)
}

func putBytes(offset uintptr, b []byte) {
	p, n := bytesArg(b)
	putList(offset, p, n)
}

func lower(output []byte, f *Failure) unsafe.Pointer {
	end()
	clear(answer[:])
	if f == nil {
		putBytes(8, output)
		return unsafe.Pointer(&answer)
	}
	put8(0, 1)
	putString(8, f.Code)
	putString(16, f.Message)
	if f.HasRetry {
		put8(24, 1)
		put64(32, f.RetryAfterMs)
	}
	if f.Detail != nil {
		put8(40, 1)
		putBytes(44, f.Detail)
	}
	return unsafe.Pointer(&answer)
}

//go:wasmimport wasi_snapshot_preview1 fd_sync
func fdSync(fd int32) uint32

// closeResponses is set by the first request: a piece that sends none imports nothing of HTTP.
var closeResponses = func() {}

// end leaves nothing of the call behind: no response open, no line unfinished.
func end() {
	closeResponses()
	fdSync(1)
	fdSync(2)
}

//go:wasmexport ap:piece/handler@0.1.0#describe
func exportDescribe() unsafe.Pointer {
	start()
	description, f := Handler.Describe()
	return lower([]byte(description), f)
}

//go:wasmexport ap:piece/handler@0.1.0#init
func exportInit(p unsafe.Pointer, n uint32) unsafe.Pointer {
	config := view(p, n)
	take()
	reseed()
	start()
	return lower(nil, Handler.Init(config))
}

//go:wasmexport ap:piece/handler@0.1.0#action
func exportAction(np unsafe.Pointer, nn uint32, p unsafe.Pointer, n uint32) unsafe.Pointer {
	name, input := viewString(np, nn), view(p, n)
	take()
	return lower(Handler.Action(name, input))
}

//go:wasmexport ap:piece/handler@0.1.0#trigger
func exportTrigger(np unsafe.Pointer, nn uint32, hook uint32, p unsafe.Pointer, n uint32) unsafe.Pointer {
	name, input := viewString(np, nn), view(p, n)
	take()
	return lower(Handler.Trigger(name, Hook(hook), input))
}

//go:wasmexport ap:piece/handler@0.1.0#resolve
func exportResolve(np unsafe.Pointer, nn uint32, p unsafe.Pointer, n uint32) unsafe.Pointer {
	path, input := viewString(np, nn), view(p, n)
	take()
	return lower(Handler.Resolve(path, input))
}

func forget() {
	clear(answered)
	answered = answered[:0]
}

//go:wasmexport cabi_post_ap:piece/handler@0.1.0#describe
func postDescribe(unsafe.Pointer) { forget() }

//go:wasmexport cabi_post_ap:piece/handler@0.1.0#init
func postInit(unsafe.Pointer) { forget() }

//go:wasmexport cabi_post_ap:piece/handler@0.1.0#action
func postAction(unsafe.Pointer) { forget() }

//go:wasmexport cabi_post_ap:piece/handler@0.1.0#trigger
func postTrigger(unsafe.Pointer) { forget() }

//go:wasmexport cabi_post_ap:piece/handler@0.1.0#resolve
func postResolve(unsafe.Pointer) { forget() }
