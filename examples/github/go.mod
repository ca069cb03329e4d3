module github-piece

go 1.26

require github.com/ap-wasm/piece-go v0.1.0
