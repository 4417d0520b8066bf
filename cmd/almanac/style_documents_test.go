package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	linkPattern   = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	statusPattern = regexp.MustCompile(`(?m)^Status: (proposed|accepted|superseded by \d{4}) ` +
		`· Date: (\d{4}-\d{2}-\d{2})$`)
)

// Every link from one document to another file must lead somewhere. Pictures
// are not looked for.
func TestLinksInDocumentsLead(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../docs/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, link := range linkPattern.FindAllStringSubmatch(read(t, file), -1) {
				target := link[1]
				if strings.Contains(target, "://") || strings.HasSuffix(target, ".png") {
					continue
				}
				seen++
				if _, err := os.Stat(filepath.Join(filepath.Dir(file), target)); err != nil {
					t.Errorf("%s: the link to %s leads nowhere", file, target)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d links found", seen)
	}
}

func TestDecisionsAreIndexed(t *testing.T) {
	t.Parallel()
	index := read(t, "../../docs/decisions/README.md")
	files, err := filepath.Glob("../../docs/decisions/[0-9]*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d records, %v", len(files), err)
	}
	for _, file := range files {
		content, name := read(t, file), filepath.Base(file)
		status := statusPattern.FindStringSubmatch(content)
		heading, _, _ := strings.Cut(content, "\n")
		_, title, _ := strings.Cut(heading, ". ")
		if status == nil {
			t.Errorf("%s: no line with status and date", name)
			continue
		}
		row := "| [" + name[:4] + "](" + name + ") | " + title + " | " + status[1] + " | " + status[2] + " |"
		if !strings.Contains(index, row+"\n") {
			t.Errorf("the index lacks the row\n%s", row)
		}
		for _, part := range []string{"## Context", "## Decision", "## Consequences", "## Alternatives"} {
			if !strings.Contains(content, "\n"+part+"\n") {
				t.Errorf("%s: no %q", name, part)
			}
		}
	}
	if rows := strings.Count(index, "\n| ["); rows != len(files) {
		t.Errorf("the index has %d rows for %d records", rows, len(files))
	}
}

func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(read(t, "../../README.md"), "\n"); n > 150 {
		t.Errorf("README.md has %d lines; 150 is the bound", n)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestReadmeListsTheCommands keeps the table of commands as the code has them.
func TestReadmeListsTheCommands(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| command | does |\n|---|---|\n")
	for _, c := range commands(terminal{}) {
		name := "`almanac " + c.Name() + "`"
		var below []string
		for _, one := range c.Commands() {
			below = append(below, "`"+one.Name()+"`")
		}
		fmt.Fprintf(&table, "| %s | %s |\n", strings.TrimSpace(name+" "+strings.Join(below, ", ")), c.Short)
	}
	compareSection(t, "../../README.md", "commands", table.String())
}
