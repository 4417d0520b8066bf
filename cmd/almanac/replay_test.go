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
	code = answer(runReplay(c.t.Context(), terminal{
		in: strings.NewReader(""), out: printed, trouble: said, lookupEnv: noEnvironment, readFile: os.ReadFile,
	}, append([]string{"--data-dir", c.folder}, args...)), said)
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
