package piece

import _ "unsafe"

// Go never runs main in a library; the first call into the piece does.
//
//go:linkname mainMain main.main
func mainMain()

func start() {
	defer func() {
		if thrown := recover(); thrown != nil {
			place := placeOfPanic()
			defined.problem("main", "panic: "+textOf(thrown)+place.suffix())
		}
	}()
	mainMain()
}
