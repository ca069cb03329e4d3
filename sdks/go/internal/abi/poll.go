//go:build wasip1

package abi

import (
	"context"
	"io"
	"os"
	"time"
)

//go:wasmimport wasi:io/poll@0.2.12 [method]pollable.ready
func pollableReady(h uint32) bool

//go:wasmimport wasi:io/poll@0.2.12 [resource-drop]pollable
func dropPollable(h uint32)

// The adapter shows pollables as descriptors from here up: Go's scheduler waits for them and for its timers at once.
const pollableBase = 0x40000000

// wait parks the goroutine until the pollable is ready, and drops it. Every other goroutine goes on.
func wait(ctx context.Context, h uint32) error {
	defer dropPollable(h)
	if err := ctx.Err(); err != nil {
		return err
	}
	if pollableReady(h) {
		return nil
	}
	f := os.NewFile(uintptr(pollableBase|h), "pollable")
	defer f.Close()
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	var none [1]byte
	_, err := f.Read(none[:])
	if err == nil || err == io.EOF {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
