package protocols_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a result with a file of testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

func TestParseTellsEveryProblem(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = protocols.Parse(filepath.Base(file), src)
			var problems protocols.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			lines := strings.Split(string(src), "\n")
			for _, p := range problems {
				if p.Line < 1 || p.Line > len(lines) || p.Column < 1 {
					t.Errorf("%s: a place outside the file", p.Error())
				}
			}
			golden(t, filepath.Join("broken", strings.TrimSuffix(filepath.Base(file), ".yaml")+".txt"),
				[]byte(err.Error()+"\n"))
		})
	}
}

// What would cost a careless reader its memory, time or stack is refused quickly.
func TestParseRefusesHostileFiles(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	for name, src := range map[string]string{
		"10 MB":              repeat("a: b\n", 2<<20),
		"brackets":           "a: " + repeat("[", 4000),
		"brackets and lines": repeat("[\n", 100_000),
		"dashes":             repeat("- ", 2000) + "a",
		"many dashes":        repeat(repeat("- ", 2000)+"a\n", 60),
		"question marks":     repeat("? ", 2000) + "a",
		"closed brackets":    "a: " + repeat("[", 1900) + repeat("]", 1900),
		"stairs":             stairs(600),
		"one line":           repeat("x", 200<<10),
		"quotes":             repeat("\"\n", 100_000),
		"colons":             repeat("a: ", 1000),
		"many keys":          repeat("a: 1\n", 50_000),
		"not UTF-8":          "protocol: \xff\xfe",
		"zero bytes":         "protocol: a\x00b",
		"aliases":            "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nprotocol: *c\n",
		"only a colon":       ":",
		"bare question mark": "?",
		"a folded nothing":   ">",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := make(chan error, 1)
			go func() {
				_, err := protocols.Parse("hostile.yaml", []byte(src))
				read <- err
			}()
			var err error
			select {
			case err = <-read:
			case <-time.After(time.Minute): // it takes a few milliseconds
				t.Fatal("it is not read within a minute")
			}
			var problems protocols.Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("got %v, want problems", err)
			}
			if len(problems) > 50 || len(err.Error()) > 50*600 {
				t.Errorf("%d problems in %d bytes", len(problems), len(err.Error()))
			}
		})
	}
}

func stairs(steps int) string {
	var b strings.Builder
	for i := range steps {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestParseCanonicalSource(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("library/mbsr-4w.yaml")
	if err != nil {
		t.Fatal(err)
	}
	unix, err := protocols.Parse("a.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	windows, err := protocols.Parse("b.yaml",
		append([]byte("\ufeff"), bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))...))
	if err != nil {
		t.Fatal(err)
	}
	if unix.Hash() != windows.Hash() || !bytes.Equal(unix.Source(), windows.Source()) || len(unix.Hash()) != 64 {
		t.Errorf("line ends change the hash: %s and %s", unix.Hash(), windows.Hash())
	}
	unix.Source()[0] = 'X'
	if bytes.Equal(unix.Source()[:1], []byte("X")) {
		t.Error("the source can be changed from outside")
	}
}

func TestShortForms(t *testing.T) {
	t.Parallel()
	d, err := protocols.Parse("short.yaml", []byte(`
protocol: short
version: 1.10
title: "Short: forms"
content: {order: cyclic, modules: [m1, m2, {id: m3, sessions: 2}]}
session: {segments: [{id: only, minutes: 45}]}
entry: {type: positions, positions: [1, 3], prerequisites: [orientation]}
sources: {session: assumption}
`))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range d.Positions() {
		ids = append(ids, p.ID)
	}
	if got := strings.Join(ids, " "); got != "m1 m2 m3-1 m3-2" {
		t.Errorf("positions %s, want m1 m2 m3-1 m3-2", got)
	}
	if d.Ref() != "short@1.10" || d.Minutes() != 45 || !d.Rolling() || d.Entry.Prerequisites[0].ID != "orientation" {
		t.Errorf("read as %s, %d minutes, rolling %t, %+v", d.Ref(), d.Minutes(), d.Rolling(), d.Entry)
	}
	if d.OnCancel != protocols.ClosureAppend || d.Wording != protocols.WordingNeutral || len(d.Reminders.Leads) != 2 {
		t.Errorf("defaults %s, %s, %v", d.OnCancel, d.Wording, d.Reminders)
	}
}

func TestSchemaKnowsTheLanguage(t *testing.T) {
	t.Parallel()
	text, err := protocols.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Required   []string
		Properties map[string]struct {
			Description string
			Properties  map[string]any
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if strings.Join(schema.Required, " ") != "protocol version title" {
		t.Errorf("required %v", schema.Required)
	}
	if schema.Properties["capacity"].Properties["min_to_hold"] == nil {
		t.Error("capacity.min_to_hold is missing")
	}
	for name, property := range schema.Properties {
		if property.Description == "" {
			t.Errorf("%s has no description", name)
		}
	}
}
