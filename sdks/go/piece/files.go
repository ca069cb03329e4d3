package piece

import (
	"io"
	"path"
	"strings"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// File is a file that was given to this call: the value of a property. Its bytes are read when they are asked for.
type File struct {
	Filename  string `json:"filename"`
	MediaType string `json:"mediaType"`
	// Size in bytes.
	Size      int64  `json:"size"`
	Reference string `json:"reference"`
}

const partBytes = 1 << 20

// Extension is the part of the name after its last dot; empty without one.
func (f *File) Extension() string {
	if dot := strings.LastIndexByte(f.Filename, '.'); dot > 0 {
		return f.Filename[dot+1:]
	}
	return ""
}

// Bytes reads the whole file.
func (f *File) Bytes() ([]byte, error) { return io.ReadAll(f.Open()) }

// Open reads the file part by part; it need not be in memory as a whole.
func (f *File) Open() io.Reader { return &fileReader{reference: f.Reference} }

type fileReader struct {
	reference string
	offset    uint64
	part      []byte
	done      bool
}

func (r *fileReader) Read(p []byte) (int, error) {
	for len(r.part) == 0 {
		if r.done {
			return 0, io.EOF
		}
		if len(p) == 0 {
			return 0, nil
		}
		part, f := abi.FilesRead(r.reference, r.offset, partBytes)
		if f != nil {
			return 0, hostError(f)
		}
		r.part, r.offset, r.done = part, r.offset+uint64(len(part)), len(part) < partBytes
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	return n, nil
}

// Files are those that outlive the call.
type Files struct{}

// Write stores a file and answers with a reference that later steps can read. An empty media type is found by the name.
func (Files) Write(name, mediaType string, content []byte) (reference string, err error) {
	if mediaType == "" {
		mediaType = mediaTypeOf(name)
	}
	reference, f := abi.FilesWrite(name, mediaType, content)
	return reference, hostError(f)
}

// Read reads a part of a file that was given to this call; fewer bytes than max mean the end.
func (Files) Read(reference string, offset int64, max int) ([]byte, error) {
	if offset < 0 || max < 0 {
		return nil, &Error{Code: "invalid_input", Message: "offset and max must not be negative"}
	}
	content, f := abi.FilesRead(reference, uint64(offset), uint32(min(max, 1<<32-1)))
	return content, hostError(f)
}

var mediaTypes = map[string]string{
	".csv": "text/csv", ".gif": "image/gif", ".html": "text/html", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
	".json": "application/json", ".md": "text/markdown", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
	".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain",
	".webp": "image/webp", ".xml": "application/xml", ".zip": "application/zip",
}

func mediaTypeOf(name string) string {
	if known, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return known
	}
	return "application/octet-stream"
}
