package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"almanac/scheduler/seal"
)

// Another secret key than the database was made with ends serve, doctor and every
// command with a sentence and exit 3; with the right one all is well again.
func TestWrongSecretKeyIsRefused(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.open()
	file := filepath.Join(c.folder, "secret.key")
	right, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(seal.NewSecret()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"doctor"}, {"migrate"}, {"cohort", "list"}, {"staff", "list"},
		{"doctor", "--secret-key", seal.NewSecret()}} {
		code, out, trouble := c.run("", args...)
		if code != exitBadConfig || out != "" ||
			!strings.HasPrefix(trouble, "The secret key is not the one that this database was made with") {
			t.Errorf("almanac %s ended with %d, printed %q and said %q", strings.Join(args, " "), code, out, trouble)
		}
	}
	if err := os.WriteFile(file, right, 0o600); err != nil {
		t.Fatal(err)
	}
	c.says(c.prints("", "doctor"), "sealed-data", "ok")
}
