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
// packages in SERIAL start no goroutine and share nothing, and every word of SEQUENTIAL names a test.
func TestRunsWithoutTheRaceDetector(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	house := readHouse(t)
	serial := makeVariable(string(text), "SERIAL")
	for _, name := range []string{"scheduler", "scheduler/calendar"} {
		if !slices.Contains(serial, name) {
			t.Errorf("SERIAL names %q, without %s", serial, name)
		}
	}
	for _, s := range house {
		if slices.Contains(serial, s.room) {
			for _, found := range meets(s) {
				t.Errorf("%s: %s; take the package out of SERIAL in the Makefile", s.path, found)
			}
		}
	}
	for _, words := range makeVariable(string(text), "SEQUENTIAL") {
		for word := range strings.SplitSeq(strings.TrimPrefix(words, "$(SEQUENTIAL)"), "|") {
			if word != "" && !testIsNamed(house, regexp.MustCompile("^Test"+word+"$")) {
				t.Errorf("no test is named Test%s; take it out of SEQUENTIAL in the Makefile", word)
			}
		}
	}
}

// makeVariable gives the words of a variable of the Makefile, all its assignments together. It knows $(addprefix A,B).
func makeVariable(makefile, name string) (words []string) {
	prefix := ""
	for _, line := range regexp.MustCompile(`(?m)^`+name+` := (.*)$`).FindAllStringSubmatch(makefile, -1) {
		for word := range strings.FieldsSeq(strings.ReplaceAll(line[1], "$(addprefix ", "")) {
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
