package protocols_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"almanac/protocols"
)

// Each file of testdata/lint has one kind of mistake; its golden has the exact words that tell it. A file that is only
// warned of is valid.
func TestLint(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/lint/*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	partner, err := protocols.Parse("lint-partner.yaml", []byte(`protocol: lint-partner
version: 1
title: Partner
wording: neutral-arm-blind
arm_group: lint-trial
content: {unit: session, count: 8}
session: {duration: PT1H30M, modality: {primary: video, camera_required: true}}
`))
	if err != nil {
		t.Fatal(err)
	}
	against, err := library(t).With(partner)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = against.Parse(name+".yaml", src)
			var problems protocols.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			lines := strings.Split(string(src), "\n")
			for _, p := range problems {
				if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 ||
					p.Excerpt != lines[p.Line-1] {
					t.Errorf("%s: the place is not where %q stands", p.Error(), p.Excerpt)
				}
			}
			golden(t, filepath.Join("lint", name+".txt"), []byte(err.Error()+"\n"))
		})
	}
}

// A warning alone does not refuse a file.
func TestWarnings(t *testing.T) {
	t.Parallel()
	d := sketch(t, "capacity: {max: 16, billing_max: 12}\n")
	const want = "sketch.yaml:5:34: warning: There are 16 seats and a payer pays for 12 people; lower max, or tell " +
		"those who bill."
	if w := d.Warnings(); len(w) != 1 || w[0].Error() != want {
		t.Errorf("got %v, want %s", w, want)
	}
}

// Parents of the library's protocols are in it, and the arms of a trial look alike.
func TestTheLibraryAgreesWithItself(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("library/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := library(t).Parse(filepath.Base(file), src); err != nil {
			t.Error(err)
		}
	}
}
