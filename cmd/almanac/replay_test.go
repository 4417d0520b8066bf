package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateReplays = flag.Bool("update-replays", false, "rewrite what the replays print")

// replay runs the command on a file.
func (c counter) replay(args ...string) (code int, out, trouble string) {
	printed, said := &notes{}, &notes{}
	code = run(c.t.Context(), terminal{
		in: strings.NewReader(""), out: printed, trouble: said, lookupEnv: noEnvironment, readFile: os.ReadFile,
	}, append([]string{"replay", "--data-dir", c.folder}, args...))
	return code, printed.String(), said.String()
}

// Every file of the folder prints what stands beside it, byte for byte.
func TestReplays(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/replay/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("there are %d replays: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			code, out, trouble := newCounter(t).replay(file, "--format", "json")
			if code != exitDone || trouble != "" {
				t.Fatalf("it ended with %d and said %q", code, trouble)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".json"
			if *updateReplays {
				if err := os.WriteFile(golden, []byte(out), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if out != string(want) {
				t.Errorf("it prints\n%s\nbut %s says\n%s", out, golden, want)
			}
		})
	}
}

// A mistake is told at its place, and nothing is printed. Package replay has a test of every mistake.
func TestReplaysRefuse(t *testing.T) {
	t.Parallel()
	counter := newCounter(t)
	file := filepath.Join(t.TempDir(), "replay.yaml")
	if err := os.WriteFile(file, []byte("events: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, trouble := counter.replay(file, "--format", "json")
	if code != exitFailed || out != "" || !strings.Contains(trouble, file+":1:1:") ||
		!strings.Contains(trouble, "has no cohort") {
		t.Errorf("it ended with %d, printed %q and said\n%s", code, out, trouble)
	}
}

// The steps say why somebody graduates when they do.
func TestReplayExplains(t *testing.T) {
	t.Parallel()
	const file = "testdata/replay/example-missed.yaml"
	code, out, trouble := newCounter(t).replay(file, "--explain", "P1")
	for _, want := range []string{
		"now 2026-02-03T20:05", "graduation 2026-03-31", "owed        m5",
		"2026-01-14T09:00  Is seated: the first entry with a free seat in every session of the stay is 2026-01-20 " +
			"(m3).",
		"2026-02-03T20:05  Is noted as missed on 2026-02-03 (m5).",
		"2026-02-03T20:05  Takes 2026-03-31 (m5): the first session with a free seat",
		"2026-02-03T20:05  So they are active; graduation 2026-03-31, dose 2026-02-17.",
	} {
		if code != exitDone || !strings.Contains(out, want) {
			t.Errorf("it ended with %d, said %q, and does not print %q but\n%s", code, trouble, want, out)
		}
	}
	if code, _, trouble := newCounter(t).replay(file, "--explain", "P2"); code != exitFailed ||
		!strings.Contains(trouble, `Nobody called "P2"`) {
		t.Errorf("an unknown name ended with %d and said %q", code, trouble)
	}
}
