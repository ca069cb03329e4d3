// Package docs holds the test that everything exported has a doc comment.
package docs

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEverythingExportedIsDocumented(t *testing.T) {
	for _, name := range []string{"piece", "fetch", "piecehttp", "piecetest", "msgpack"} {
		files := token.NewFileSet()
		var sources []*ast.File
		entries, err := os.ReadDir(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
				continue
			}
			source, err := parser.ParseFile(files, filepath.Join("../..", name, entry.Name()), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, source)
		}
		pkg, err := doc.NewFromFiles(files, sources, "github.com/ap-wasm/piece-go/"+name)
		if err != nil {
			t.Fatal(err)
		}
		check := func(item, comment string) {
			if strings.TrimSpace(comment) == "" {
				t.Errorf("%s.%s has no doc comment", name, item)
			}
		}
		check("package", pkg.Doc)
		checkValues(check, append(pkg.Consts, pkg.Vars...))
		checkFuncs(check, "", pkg.Funcs)
		for _, one := range pkg.Types {
			check(one.Name, one.Doc)
			checkValues(check, append(one.Consts, one.Vars...))
			checkFuncs(check, "", one.Funcs)
			checkFuncs(check, one.Name+".", one.Methods)
		}
	}
}

func checkFuncs(check func(item, comment string), owner string, funcs []*doc.Func) {
	for _, one := range funcs {
		if ast.IsExported(one.Name) {
			check(owner+one.Name, one.Doc)
		}
	}
}

func checkValues(check func(item, comment string), values []*doc.Value) {
	for _, one := range values {
		check(strings.Join(one.Names, ", "), one.Doc)
	}
}
