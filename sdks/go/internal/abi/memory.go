//go:build wasip1

package abi

import (
	"runtime"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// procPin keeps Go from collecting garbage and from switching to another goroutine.
//
//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// From within cabi_realloc no import may be called; a heap that grows asks for the time now and then.
//
//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(bool)

// What the adapter asks for while Go starts, before there is a heap: it lives for ever.
const earlyBytes = 256 << 10

var (
	early     [earlyBytes / 8]uint64
	earlyUsed uint32
	started   bool
	// What the host has filled and nobody has taken yet.
	filled [][]uint64
)

func init() { started = true }

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	if size == 0 {
		return unsafe.Pointer(uintptr(align))
	}
	if !started {
		at := earlyUsed
		earlyUsed += (size + 7) &^ 7
		if earlyUsed > earlyBytes {
			panic("the environment is too large: at most 192 KiB while Go starts")
		}
		return unsafe.Add(unsafe.Pointer(&early), at)
	}
	procPin()
	pauseClock(true)
	words := make([]uint64, (uint64(size)+7)/8)
	filled = append(filled, words)
	if oldSize > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size), unsafe.Slice((*byte)(old), oldSize))
	}
	pauseClock(false)
	procUnpin()
	return unsafe.Pointer(&words[0])
}

// take hands over what the host has filled: to be kept alive until Go's own pointers lead there. It must come right after
// the import, before anything is allocated: then a collection may switch to a goroutine that takes, too.
func take() [][]uint64 {
	held := filled
	filled = nil
	return held
}

// view reads memory of the host's filling without a copy.
func view(p unsafe.Pointer, n uint32) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(p), n)
}

func viewString(p unsafe.Pointer, n uint32) string {
	if n == 0 {
		return ""
	}
	return unsafe.String((*byte)(p), n)
}

// result is where an import puts what it returns: on the heap, since stacks move.
type result [8]uint64

func (r *result) at() unsafe.Pointer           { return unsafe.Pointer(r) }
func (r *result) u8(offset uintptr) uint8      { return *(*uint8)(unsafe.Add(r.at(), offset)) }
func (r *result) u32(offset uintptr) uint32    { return *(*uint32)(unsafe.Add(r.at(), offset)) }
func (r *result) u64(offset uintptr) uint64    { return *(*uint64)(unsafe.Add(r.at(), offset)) }
func (r *result) ptr(o uintptr) unsafe.Pointer { return unsafe.Pointer(uintptr(r.u32(o))) }
func (r *result) bytes(o uintptr) []byte       { return view(r.ptr(o), r.u32(o+4)) }
func (r *result) string(o uintptr) string      { return viewString(r.ptr(o), r.u32(o+4)) }

// failure reads result<_, failure>: its tag at 0, the record at 8.
func (r *result) failure() *Failure {
	if r.u8(0) == 0 {
		return nil
	}
	f := &Failure{Code: r.string(8), Message: r.string(16)}
	if r.u8(24) == 1 {
		f.HasRetry, f.RetryAfterMs = true, r.u64(32)
	}
	if r.u8(40) == 1 {
		f.Detail = r.bytes(44)
	}
	return f
}

// stringArg: a text of the contract is UTF-8; one that is not would end the call.
func stringArg(s string) (unsafe.Pointer, uint32) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

func bytesArg(b []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))
}

func keep(held [][]uint64) { runtime.KeepAlive(held) }
