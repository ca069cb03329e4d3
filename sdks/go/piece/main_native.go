//go:build !wasip1

package piece

// A test calls main itself.
func start() {}
