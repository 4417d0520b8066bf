package main

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRunsWithoutTheRaceDetector holds what the Makefile says of the tests that it runs without the race detector:
// packages in SERIAL start no goroutine and share nothing, a test in LARGE that starts one has a word of MEETING in its
// name, and every word of SEQUENTIAL names a test.
func TestRunsWithoutTheRaceDetector(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	house := readHouse(t)
	serial, large := makeVariable(string(text), "SERIAL"), makeVariable(string(text), "LARGE")
	meeting := regexp.MustCompile("^Test.*(" + strings.Join(makeVariable(string(text), "MEETING"), "|") + ")")
	if !slices.Contains(serial, "scheduler") || !slices.Contains(large, "web") {
		t.Errorf("SERIAL names %q and LARGE %q", serial, large)
	}
	for _, s := range house {
		if slices.Contains(serial, s.room) {
			for _, found := range meets(s) {
				t.Errorf("%s: %s; take the package out of SERIAL in the Makefile", s.path, found)
			}
		}
		if slices.Contains(large, s.room) {
			for _, function := range functions(s) {
				if name := function.Name.Name; isTest(name) && startsOne(function) && !meeting.MatchString(name) {
					t.Errorf("%s: %s starts a goroutine; give it a word of MEETING in the Makefile", s.path, name)
				}
			}
		}
	}
	for _, word := range makeVariable(string(text), "SEQUENTIAL") {
		if !testIsNamed(house, regexp.MustCompile("^Test"+word+"$")) {
			t.Errorf("no test is named Test%s; take it out of SEQUENTIAL in the Makefile", word)
		}
	}
}

func isTest(name string) bool { return strings.HasPrefix(name, "Test") }

// startsOne tells whether a function starts a goroutine, by itself or by what the house calls such helpers.
func startsOne(function *ast.FuncDecl) (starts bool) {
	ast.Inspect(function, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.CallExpr:
			name := ""
			switch called := n.Fun.(type) {
			case *ast.SelectorExpr:
				name = called.Sel.Name
			case *ast.Ident:
				name = called.Name
			}
			starts = starts || name == "Go" || name == "atOnce" || strings.HasSuffix(name, "Race")
		}
		return !starts
	})
	return starts
}

// makeVariable gives the words of a variable of the Makefile, with spaces or bars between them, all its assignments
// together. It knows $(addprefix A,B) and the variable's own value before.
func makeVariable(makefile, name string) (words []string) {
	prefix := ""
	for _, line := range regexp.MustCompile(`(?m)^`+name+` := (.*)$`).FindAllStringSubmatch(makefile, -1) {
		text := strings.NewReplacer("$(addprefix ", "", "$("+name+")", "", "|", " ").Replace(line[1])
		for word := range strings.FieldsSeq(text) {
			if before, after, found := strings.Cut(word, ","); found {
				prefix, word = before, after
			}
			words = append(words, strings.TrimPrefix(prefix+strings.TrimSuffix(word, ")"), "./"))
			if strings.HasSuffix(word, ")") {
				prefix = ""
			}
		}
	}
	return words
}

// meets gives where a file starts a goroutine or uses what goroutines share.
func meets(s source) (found []string) {
	for _, i := range s.file.Imports {
		if path := strings.Trim(i.Path.Value, `"`); path == "sync" || path == "sync/atomic" ||
			strings.HasPrefix(path, "golang.org/x/sync") {
			found = append(found, "imports "+path)
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if statement, ok := n.(*ast.GoStmt); ok {
			found = append(found, "starts a goroutine at "+s.set.Position(statement.Pos()).String())
		}
		return true
	})
	return found
}

func testIsNamed(house []source, name *regexp.Regexp) bool {
	return slices.ContainsFunc(house, func(s source) bool {
		return slices.ContainsFunc(functions(s), func(f *ast.FuncDecl) bool { return name.MatchString(f.Name.Name) })
	})
}
