package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts a clinic's own protocol into the data folder, edited.
func (c counter) write(edits ...string) {
	c.t.Helper()
	folder := filepath.Join(c.folder, ownProtocols)
	text := strings.NewReplacer(append([]string{"PROTOCOL", "evening"}, edits...)...).Replace(minimal)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "evening.yaml"), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c counter) says(out string, texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if !strings.Contains(out, text) {
			c.t.Errorf("no %q in\n%s", text, out)
		}
	}
}

// An edited file changes nothing of a running cohort, whether its version was
// raised or not. A preview neither; the confirmation does, and what is followed
// then is kept like the first text, even when the file is gone.
func TestCohortKeepsItsText(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.write()
	id := c.open("--protocol", "evening")
	c.prints("", "enroll", "--cohort", id, "--name", "Amina Canary", "--email", "amina@canary.example",
		"--consent", "email")
	before := c.prints("", "cohort", "show", id)

	c.write("count: 4", "count: 3") // the same version, other words
	edited := c.prints("", "cohort", "show", id)
	c.says(edited, before+
		"\nThe text of evening@1 has changed, and this cohort keeps the one it began with. Preview the change: "+
		"almanac cohort version "+id+" --protocol evening@1\n")
	c.says(c.prints("", "cohort", "version", id, "--protocol", "evening@1"),
		"Tue 2027-01-26  18:00  Session 4    cancelled", "Amina Canary  cancelled  2027-01-26 18:00  email")

	c.write(`version: "1"`, `version: "2"`, "count: 4", "count: 6")
	c.says(c.prints("", "cohort", "show", id),
		before+"\nVersion 2 is there, and this cohort keeps evening@1. Preview the change: almanac cohort version "+id+
			" --protocol evening@2\n")
	preview := c.prints("", "cohort", "version", id, "--protocol", "evening@2")
	c.says(preview, "Tue 2027-02-02  18:00  –            Session 5", "Amina Canary  added    2027-02-09 18:00  email",
		"Nothing has changed yet.")
	c.says(c.prints("", "cohort", "show", id), before)
	stored := c.rows()

	undo, changed, _ := strings.Cut(c.prints("", "cohort", "version", id, "--protocol", "evening@2", "--confirm"), "\n")
	c.says(undo, "undo: almanac undo ", "(until 12:03:00, Etc/UTC)")
	c.says(changed, "evening@2", "6       Tue 2027-02-09  18:00")
	if got := c.prints("", "cohort", "show", id); got != changed {
		t.Errorf("the cohort is shown as\n%s", got)
	}
	if now := c.rows(); now["sessions"] != stored["sessions"]+2 || now["seats"] != stored["seats"]+2 {
		t.Errorf("%v are stored, and before %v", now, stored)
	}
	if err := os.RemoveAll(filepath.Join(c.folder, ownProtocols)); err != nil {
		t.Fatal(err)
	}
	if got := c.prints("", "cohort", "show", id); got != changed {
		t.Errorf("without its file the cohort is shown as\n%s", got)
	}
}

func TestCohortVersionRefused(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.write()
	id := c.open("--protocol", "evening")
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"no version":       {[]string{id}, "Say which version with --protocol ID@VERSION."},
		"no cohort":        {[]string{"--protocol", "evening@1"}, "The command cohort version needs an argument."},
		"unknown version":  {[]string{id, "--protocol", "evening@9"}, "there is evening@1"},
		"another protocol": {[]string{id, "--protocol", "mbsr-4w"}, "Open a new cohort for that."},
		"the same text":    {[]string{id, "--protocol", "evening@1", "--confirm"}, "There is nothing to change."},
	} {
		code, out, trouble := c.run("", append([]string{"cohort", "version"}, tt.args...)...)
		if code == exitDone || out != "" || !strings.Contains(trouble, tt.says) {
			t.Errorf("%s: code %d, printed %q, said %q", name, code, out, trouble)
		}
	}
}
