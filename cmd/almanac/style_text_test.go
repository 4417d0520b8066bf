package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// widestLine is how many columns a line of Go may have; a tab counts as four.
const widestLine = 120

// longLinesIn are the folders that still have longer lines. Take a folder off when
// its lines are short; add one only when it is split from a folder on the list.
var longLinesIn = []string{}

// wordsThatAreGone are signs of a sentence to rewrite, and names that have better
// ones now. A phrase is found in any case, a name as it stands.
var wordsThatAreGone = regexp.MustCompile(
	`(?i:\b(whoever|nobody who|of whom|that which)\b)|\b([Ff]oretell|[Rr]ecast|[Ff]oresight|Apart)\b`)

// goneWordsIn are the folders that still have such words; it shrinks in the same way.
var goneWordsIn = []string{}

func TestNoLongLines(t *testing.T) {
	t.Parallel()
	checkLines(t, longLinesIn, readLines(t, ".go"), tooWide)
}

func TestWordsThatAreGone(t *testing.T) {
	t.Parallel()
	checkLines(t, goneWordsIn, readLines(t, ".go .md .html"), func(l textLine) string {
		if l.path == "cmd/almanac/style_text_test.go" {
			return ""
		}
		if word := wordsThatAreGone.FindString(l.text); word != "" {
			return fmt.Sprintf("%q is a word to avoid; say it in another way", word)
		}
		return ""
	})
}

// textLine is one line of a file of the repository.
type textLine struct {
	path   string
	number int
	text   string
}

// structTag is a field with a tag, which Go cannot break over lines.
var structTag = regexp.MustCompile("^\\s+\\w.* `[a-z]+:\".*\"`$")

// tableRow is a row of a table that a test reads: name | value | source.
var tableRow = regexp.MustCompile(`^[a-z0-9.-]+ \| .* \| `)

// tooWide says when a line is too long, "" when it is not.
func tooWide(l textLine) string {
	if structTag.MatchString(l.text) || tableRow.MatchString(l.text) {
		return ""
	}
	if columns := len([]rune(strings.ReplaceAll(l.text, "\t", "    "))); columns > widestLine {
		return fmt.Sprintf("%d columns, more than %d", columns, widestLine)
	}
	return ""
}

// checkLines fails for every line with a fault, unless its folder is excepted, and
// for every excepted folder that has no fault.
func checkLines(t *testing.T, excepted []string, lines []textLine, fault func(textLine) string) {
	t.Helper()
	exists, needed := map[string]bool{}, map[string]bool{}
	for _, l := range lines {
		exists[path.Dir(l.path)] = true
		text := fault(l)
		if text == "" {
			continue
		}
		if folder := path.Dir(l.path); slices.Contains(excepted, folder) {
			needed[folder] = true
		} else {
			t.Errorf("%s:%d: %s", l.path, l.number, text)
		}
	}
	for _, folder := range excepted {
		if exists[folder] && !needed[folder] {
			t.Errorf("%s has no fault any more; take it off the list", folder)
		}
	}
}

// readLines reads the files with these endings, without testdata.
func readLines(t *testing.T, endings string) []textLine {
	t.Helper()
	var lines []textLine
	tree := os.DirFS("../..")
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := path.Base(name); base == "testdata" || base == "node_modules" || name != "." && base[0] == '.' {
				return fs.SkipDir
			}
			return nil
		}
		if !has(endings, path.Ext(name)) {
			return nil
		}
		file, err := tree.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		scan := bufio.NewScanner(file)
		for n := 1; scan.Scan(); n++ {
			lines = append(lines, textLine{name, n, scan.Text()})
		}
		return scan.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
