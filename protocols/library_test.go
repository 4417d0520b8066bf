package protocols_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"almanac/protocols"
)

func library(t testing.TB) *protocols.Library {
	t.Helper()
	l, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLibraryFinds(t *testing.T) {
	t.Parallel()
	var refs []string
	for _, d := range library(t).List() {
		refs = append(refs, d.Ref())
		for _, ref := range []string{d.Protocol, d.Ref()} {
			if found, err := library(t).Find(ref); err != nil || found != d {
				t.Errorf("%s: %v, %v", ref, found, err)
			}
		}
	}
	for _, ref := range []string{"m-rocc@2025-trial", "mbsr-4w@1", "more-rolling@0-draft", "more-telehealth@1"} {
		if !slices.Contains(refs, ref) {
			t.Errorf("the library holds %s, not %s", refs, ref)
		}
	}
	for ref, want := range map[string]string{
		"more-telehelth":          "did you mean more-telehealth?",
		"MORE":                    "more-rolling or more-telehealth",
		"more-telehealth@2":       "there is more-telehealth@1",
		"":                        "almanac protocol list",
		"basket-weaving":          "almanac protocol list",
		strings.Repeat("x", 9000): "almanac protocol list",
	} {
		_, err := library(t).Find(ref)
		if !errors.Is(err, protocols.ErrUnknownProtocol) || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%.30q: %v, want %q", ref, err, want)
		}
	}
}

func TestLibraryIsReadOnceByAll(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if d, err := library(t).Find("m-rocc"); err != nil || d.Hash() == "" {
				t.Errorf("%v, %v", d, err)
			}
		})
	}
	group.Wait()
}

func TestLibraryWith(t *testing.T) {
	t.Parallel()
	own := sketch(t, "")
	larger, err := library(t).With(own)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := larger.Find("sketch@1"); err != nil || found != own {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := library(t).Find("sketch"); err == nil {
		t.Error("the smaller library changed")
	}
	if _, err := larger.With(own); err == nil {
		t.Error("the same version was taken twice")
	}
	if _, err := library(t).With(protocol(t, "m-rocc")); err == nil || !strings.Contains(err.Error(), "m-rocc-local") {
		t.Errorf("a built-in protocol was shadowed: %v", err)
	}
}

func TestLibraryShapes(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]struct {
		rolling          bool
		start, hold, max int
		positions        int
	}{
		"more-telehealth": {false, 6, 2, 12, 8},
		"mbsr-4w":         {false, 6, 2, 16, 4},
		"m-rocc":          {false, 0, 2, 12, 24},
		"more-rolling":    {true, 0, 1, 12, 8},
	} {
		d := protocol(t, ref)
		c := d.Capacity
		if d.Rolling() != want.rolling || c.MinToStart != want.start || c.MinToHold != want.hold || c.Max != want.max || len(d.Positions()) != want.positions {
			t.Errorf("%s: rolling %t, %+v, %d positions", ref, d.Rolling(), c, len(d.Positions()))
		}
	}
	rolling := protocol(t, "more-rolling")
	if rolling.Adaptation == nil || rolling.Entry.Type != protocols.EntryModuleStart || rolling.Entry.Lead.Days != 2 || rolling.Capacity.MaxNewPerSession != 2 {
		t.Errorf("more-rolling: %+v, %+v", rolling.Adaptation, rolling.Entry)
	}
	var starts []string
	for _, p := range rolling.Positions() {
		if p.First {
			starts = append(starts, p.ID)
		}
	}
	if got := strings.Join(starts, " "); got != "mindfulness-1 reappraisal-1 savoring-1" {
		t.Errorf("modules begin at %s", got)
	}
	if s := protocol(t, "m-rocc").Session.Segments; len(s) != 2 || s[0].Minutes != 30 || s[0].Required || s[1].Minutes != 60 || !s[1].Required {
		t.Errorf("m-rocc: segments %+v", s)
	}
}

var figure = regexp.MustCompile(`^(-?[0-9.]+|-?P[0-9A-Z]+|true|false)$`)

// figures lists the paths of the numbers, lengths of time and choices in a file, list items by their id.
func figures(n *protocols.Node, path string, found func(string)) {
	join := func(step string) string { return strings.TrimPrefix(path+"."+step, ".") }
	switch n.Kind {
	case protocols.NodeMapping:
		for _, f := range n.Fields {
			if path == "" && (f.Key.Text == "sources" || f.Key.Text == "version" || f.Key.Text == "adaptation") {
				continue
			}
			figures(f.Value, join(f.Key.Text), found)
		}
	case protocols.NodeList:
		for i, item := range n.Items {
			step := fmt.Sprint(i)
			for _, f := range item.Fields {
				if f.Key.Text == "id" {
					step = f.Value.Text
				}
			}
			if item.Kind == protocols.NodeScalar { // a list of plain values is one figure
				found(path)
				continue
			}
			figures(item, join(step), found)
		}
	case protocols.NodeScalar:
		if figure.MatchString(n.Text) {
			found(path)
		}
	}
}

// No figure of the library stands without the publication it comes from or the word assumption.
func TestEveryFigureHasASource(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("library/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := protocols.ReadYAML(file, src)
		if err != nil {
			t.Fatal(err)
		}
		d, err := library(t).Find(strings.TrimSuffix(filepath.Base(file), ".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		figures(doc.Root, "", func(path string) {
			for _, s := range d.Sources {
				if s.Path == path || strings.HasPrefix(path, s.Path+".") {
					return
				}
			}
			t.Errorf("%s: %s has no source", file, path)
		})
		for _, s := range d.Sources {
			for _, mark := range s.Marks {
				name, _, _ := strings.Cut(mark, " (")
				if mark != "assumption" && !strings.Contains(string(src), "#   "+name) {
					t.Errorf("%s: the mark %q of %s is not explained at the head of the file", file, mark, s.Path)
				}
			}
		}
	}
}
