module github.com/ap-wasm/piece-go

go 1.26
