package protocols_test

import (
	"errors"
	"os"
	"path/filepath"
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

// shelf is every protocol that the program comes with: each programme of the publications, and what staff do beside
// them.
var shelf = []string{
	"more-inperson@1", "more-mmt@1", "more-telehealth@1", "more-manual@1", "more-vr@1", "more-rolling@0-draft",
	"mbsr@1", "mbsr-4w@1", "tele-mind-group@1", "tele-mind-self@1", "m-rocc@2025-trial", "m-rocc@grant",
	"recovery-support@1", "support-psychotherapy@1", "mbrp@1", "mbrp-rolling@1",
	"refill-weekly@1", "refill-biweekly@1", "refill-monthly@1",
	"train-more@1", "train-mbrp@1", "train-mi@1", "ttt@1", "mi-team@1", "supervision@1", "fidelity@1",
	"partner@1", "star-log@1",
}

func TestLibraryFinds(t *testing.T) {
	t.Parallel()
	var refs []string
	for _, d := range library(t).List() {
		refs = append(refs, d.Ref())
		if found, err := library(t).Find(d.Ref()); err != nil || found != d {
			t.Errorf("%s: %v, %v", d.Ref(), found, err)
		}
	}
	for _, ref := range shelf {
		if !slices.Contains(refs, ref) {
			t.Errorf("the library holds %s, not %s", refs, ref)
		}
	}
	if len(refs) != len(shelf) {
		t.Errorf("the library holds %d protocols and %d are known: %s", len(refs), len(shelf), refs)
	}
	for ref, want := range map[string]string{
		"more-telehelth":          "did you mean more-telehealth?",
		"MORE":                    "more-rolling, more-telehealth or more-vr",
		"m-rocc@2024":             "m-rocc@2025-trial or m-rocc@grant",
		"more-telehealth@2":       "there is more-telehealth@1",
		"":                        "almanac protocol list",
		"basket-weaving":          "almanac protocol list",
		strings.Repeat("x", 9000): "almanac protocol list",
	} {
		_, err := library(t).Find(ref)
		if !errors.Is(err, protocols.ErrUnknownProtocol) || !strings.Contains(err.Error(), want) ||
			len(err.Error()) > 300 {
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

// A plain id means the programme as it was tried, not another version of it.
func TestPlainIDMeansTheTrial(t *testing.T) {
	t.Parallel()
	if d := protocol(t, "m-rocc"); d.Ref() != "m-rocc@2025-trial" {
		t.Errorf("m-rocc means %s", d.Ref())
	}
}

// What a file says of other protocols is there: parents, what is offered next, what staff or people complete first.
func TestLibraryHangsTogether(t *testing.T) {
	t.Parallel()
	for _, d := range library(t).List() {
		refs := slices.Clone(d.Next)
		if d.Parent != "" {
			refs = append(refs, d.Parent)
		}
		for _, role := range d.Roles {
			refs = append(refs, role.Requires...)
		}
		for _, p := range d.Entry.Prerequisites {
			if p.Protocol != "" {
				refs = append(refs, p.Protocol)
			}
		}
		for _, ref := range refs {
			if _, err := library(t).Find(ref); err != nil {
				t.Errorf("%s: %v", d.Ref(), err)
			}
		}
	}
	for _, level := range []string{"refill-weekly", "refill-biweekly"} {
		if next := protocol(t, level).Next; len(next) != 1 {
			t.Errorf("%s is followed by %s", level, next)
		}
	}
	if next := protocol(t, "refill-monthly").Next; len(next) != 0 {
		t.Errorf("the last level is followed by %s", next)
	}
}

// Every file is clean against the whole library, and without a warning.
func TestLibraryChecksClean(t *testing.T) {
	t.Parallel()
	for _, file := range libraryFiles(t) {
		d, err := library(t).Parse(file, source(t, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if warnings := d.Warnings(); len(warnings) > 0 {
			t.Errorf("%s: %v", file, warnings)
		}
		if stored, err := protocols.Parse(file, d.Source()); err != nil || stored.Hash() != d.Hash() {
			t.Errorf("%s: read again from its source: %v", file, err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if name != d.Protocol && name != d.Ref() {
			t.Errorf("%s has %s", file, d.Ref())
		}
	}
}

// What was expected and not found is said where staff see it.
func TestLibraryTellsItsDoubts(t *testing.T) {
	t.Parallel()
	for ref, words := range map[string]string{
		"more-telehealth": "further weekly contact", "more-manual": "ten sessions and the trials had eight",
		"more-rolling": "clinician must approve",
		"mbsr":         "whole day", "mbsr-4w": "study behind the shortened form",
		"m-rocc":       "joined while a group was running",
		"m-rocc@grant": "was not found", "partner": "contents were not found",
		"star-log":   "form of the log was not found",
		"train-more": "advanced training", "mi-team": "no interval", "supervision": "no interval",
	} {
		if doubts := strings.Join(protocol(t, ref).Doubts, "\n"); !strings.Contains(doubts, words) {
			t.Errorf("%s: the doubts do not speak of %q:\n%s", ref, words, doubts)
		}
	}
}

func libraryFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("library/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	return files
}

func source(t testing.TB, file string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
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
		if d.Rolling() != want.rolling || c.MinToStart != want.start || c.MinToHold != want.hold || c.Max != want.max ||
			len(d.Positions()) != want.positions {
			t.Errorf("%s: rolling %t, %+v, %d positions", ref, d.Rolling(), c, len(d.Positions()))
		}
	}
	rolling := protocol(t, "more-rolling")
	if rolling.Adaptation == nil || rolling.Entry.Type != protocols.EntryModuleStart || rolling.Entry.Lead.Days != 2 ||
		rolling.Capacity.MaxNewPerSession != 2 {
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
	if s := protocol(t, "m-rocc").Session.Segments; len(s) != 2 || s[0].Minutes != 30 || s[0].Required ||
		s[1].Minutes != 60 || !s[1].Required {
		t.Errorf("m-rocc: segments %+v", s)
	}
}
