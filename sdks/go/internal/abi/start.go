//go:build wasip1

package abi

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strconv"
	"unsafe"
)

func start() {
	if run := Handler.Start; run != nil {
		Handler.Start = nil
		run()
	}
}

// How often random numbers were asked for.
//
//go:wasmimport wasi_snapshot_preview1 adapter_random_draws
func randomDraws() uint32

// The runtime's own: the seed of its generator.
const drawsOfGo = 1

// renewsRandom is bit 0 of ap_renews: what was drawn while the piece started is drawn again by init.
const renewsRandom = 1

// ap_renews is called at the end of each start, before a picture of the instance is taken (docs/pictures.md): all that
// calls have in common is done here. A piece that draws random numbers at package level is not pictured.
//
//go:wasmexport ap_renews
func renews() uint32 {
	start()
	collectEarly()
	makeRoom()
	generator = findGenerator()
	if randomDraws() != drawsOfGo {
		Log(Warn, "random numbers are drawn at package level or in main: each call starts the piece anew, which takes longer; draw them in a function")
		return 0
	}
	if generator == nil {
		return 0
	}
	return renewsRandom
}

// memoryBytes is what an instance may have; the build says it, as piece.json does.
var memoryBytes = "134217728"

// collectEarly: left to itself the heap doubles before it is collected, past a limit that it does not know.
func collectEarly() {
	if most, err := strconv.ParseInt(memoryBytes, 10, 64); err == nil {
		debug.SetMemoryLimit(most / 8 * 7)
	}
}

const roomBytes = 2 << 20

var room []byte

// makeRoom lets the heap grow before the picture: a memory that grows in a call cannot be put back.
func makeRoom() {
	room = make([]byte, roomBytes)
	room = nil
	runtime.GC()
}

// state is internal/chacha8rand's: buf holds what comes next, so that it is found by what it gives.
type state struct {
	buf     [32]uint64
	seed    [4]uint64
	i, n, c uint32
}

var generator *state

// findGenerator looks for the runtime's generator, which seeds math/rand, maps and hash/maphash, among the variables below
// the heap. nil: this Go keeps it in another way.
func findGenerator() *state {
	for range 3 {
		drawn := rand.Uint64()
		for at := uintptr(unsafe.Pointer(new([64]byte))) &^ 7; at > unsafe.Sizeof(state{}); at -= 8 {
			if *(*uint64)(unsafe.Pointer(at)) != drawn {
				continue
			}
			for k := range uintptr(32) {
				s := (*state)(unsafe.Pointer(at - 8*k))
				if s.i != uint32(k)+1 || s.n > 32 || s.i >= s.n {
					continue
				}
				if next, i := s.buf[s.i], s.i; rand.Uint64() == next && s.i == i+1 {
					return s
				}
				break
			}
		}
	}
	return nil
}

//go:wasmimport wasi:random/random@0.2.12 get-random-u64
func randomU64() uint64

// reseed makes random numbers of this call its own.
func reseed() {
	if generator == nil {
		return
	}
	for i := range generator.seed {
		generator.seed[i] = randomU64()
	}
	generator.i, generator.n, generator.c = 0, 0, 0
}
