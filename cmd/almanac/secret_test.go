package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// The secret key comes from a command; what it prints is nowhere else. One that fails, hangs or prints no key is
// refused with a sentence and exit 3.
func TestSecretFromACommand(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	key := seal.NewSecret()
	by := []string{"--secret-key-command", "echo " + key}
	c.prints("", append([]string{"cohort", "list"}, by...)...)
	if _, err := os.Stat(filepath.Join(c.folder, secretFile)); err == nil {
		t.Error("a key was made beside the one of the command")
	}
	code, _, trouble := c.run("", "cohort", "list")
	if code != exitBadConfig || !strings.HasPrefix(trouble, "The secret key is not the one") {
		t.Errorf("without the command it ended with %d and said %q", code, trouble)
	}
	if _, err := os.Stat(filepath.Join(c.folder, secretFile)); err == nil {
		t.Error("a key that is nobody's was left")
	}
	for command, said := range map[string]string{
		"echo " + key[:20]:           "must print a secret key",
		"echo " + key + "; exit 3":   "ended with status 3",
		"echo " + key + " >&2":       "must print a secret key",
		"/nowhere/almanac-kms":       "ended with status 127",
		"echo " + key + "; echo two": "must print a secret key",
	} {
		code, out, trouble := c.run("", "doctor", "--secret-key-command", command)
		if code != exitBadConfig || !strings.Contains(trouble, said) || strings.Contains(out+trouble, key[:20]) {
			t.Errorf("%s ended with %d, printed %q and said %q", command, code, out, trouble)
		}
	}
	if _, err := secretOf(t.Context(), "secret-key-command", "sleep 60", time.Millisecond); err == nil ||
		!strings.Contains(err.Error(), "did not end within 1ms") {
		t.Errorf("one that hangs gives %v", err)
	}
	code, _, trouble = c.run("", append([]string{"doctor", "--secret-key", key}, by...)...)
	if code != exitBadConfig || !strings.Contains(trouble, "exclude each other") {
		t.Errorf("both ended with %d and said %q", code, trouble)
	}
}

// doctor says that the key lies beside the data, and that others can read it or look into the folder.
func TestDoctorLooksAtTheSecretKey(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.open()
	c.says(c.prints("", "doctor"), "secret-key", "advice", "lies beside the data", "data-folder", "chmod 0700")
	if err := os.Chmod(c.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.Rename(filepath.Join(c.folder, secretFile), file); err != nil {
		t.Fatal(err)
	}
	key, err := readSecret(file)
	if err != nil {
		t.Fatal(err)
	}
	out := c.prints("", "doctor", "--secret-key", strings.TrimSpace(key))
	if strings.Contains(out, "beside the data") || strings.Contains(out, "chmod") {
		t.Errorf("doctor finds something wrong:\n%s", out)
	}
	fresh := counter{t, filepath.Join(t.TempDir(), "new")}
	fresh.open()
	if about, err := os.Stat(fresh.folder); err != nil || about.Mode().Perm() != 0o700 {
		t.Errorf("the data folder is made with mode %v (%v)", about.Mode(), err)
	}
}

// rotated gives how far a change of the key is, by the command.
func (c counter) rotated(args ...string) (change secretChangeJSON) {
	c.t.Helper()
	out := c.prints("", append([]string{"key", "rotate", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &change); err != nil {
		c.t.Fatal(err)
	}
	return change
}

// The secret key of a data folder is changed, also when the command is killed between any two of its steps. Then the
// old key is refused, and a backup from before needs it.
func TestKeyRotate(t *testing.T) {
	t.Parallel()
	c, identity, recipient := savedCounter(t)
	saved := filepath.Join(t.TempDir(), "before.age")
	c.prints("", "backup", "--to", saved, "--recipient", recipient)
	file := filepath.Join(c.folder, secretFile)
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	old := read(file)
	c.says(c.prints("", "key", "rotate"), "would be made", "Nothing has changed yet")
	if _, err := os.Stat(file + ".new"); err == nil {
		t.Error("a preview makes a key")
	}
	first := c.rotated("--confirm")
	replaced := read(file)
	if first.Next == "" || replaced == old || read(filepath.Join(c.folder, "secret-"+first.Used+".key")) != old {
		t.Errorf("the change gives %+v", first)
	}
	// As if it had been killed before the files were exchanged.
	for path, text := range map[string]string{file: old, file + ".new": replaced} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.prints("", "people", "find", "Pat")
	if again := c.rotated("--confirm"); again != first || read(file) != replaced {
		t.Errorf("after a kill it gives %+v, not %+v", again, first)
	}
	if again := c.rotated("--confirm"); again != first {
		t.Errorf("a third time it gives %+v, not %+v", again, first)
	}
	c.says(c.prints("", "doctor"), "secret-key", "is being changed")
	with := []string{"--secret-key", strings.TrimSpace(old)}
	c.says(c.prints("", append([]string{"people", "find", "Pat"}, with...)...), "Pat Example")
	code, _, trouble := c.run("", append([]string{"key", "rotate", "--finish", "--confirm"}, with...)...)
	if code != exitFailed || !strings.Contains(trouble, "runs with the old secret key") {
		t.Errorf("finishing with the old key ended with %d and said %q", code, trouble)
	}
	if done := c.rotated("--finish", "--confirm"); done.Used != first.Next || done.Next != "" {
		t.Errorf("finishing gives %+v", done)
	}
	c.says(c.prints("", "people", "find", "Pat"), "Pat Example")
	code, out, trouble := c.run("", append([]string{"people", "find", "Pat"}, with...)...)
	if code != exitBadConfig || out != "" || !strings.HasPrefix(trouble, "The secret key is not the one") {
		t.Errorf("the old key ended with %d, printed %q and said %q", code, out, trouble)
	}
	code, _, trouble = c.run("", "backup", "verify", saved, "--identity", identity)
	if code != exitBadConfig && code != exitFailed || !strings.Contains(trouble, "secret key is not the one") {
		t.Errorf("a backup from before, with the new key, ended with %d and said %q", code, trouble)
	}
	c.prints("", append([]string{"backup", "verify", saved, "--identity", identity}, with...)...)
}

// A new key comes from one place, and must be one.
func TestKeyRotateBadInput(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	key := seal.NewSecret()
	with := []string{"--secret-key", key}
	c.prints("", append([]string{"cohort", "list"}, with...)...)
	for _, bad := range []struct {
		code int
		args []string
		said string
	}{
		{exitWrongUse, nil, "Say where the new key is"},
		{exitWrongUse, []string{"--new-key-file", "x", "--new-key-command", "y"}, "comes from one place"},
		{exitWrongUse, []string{"--finish", "--cancel"}, "exclude each other"},
		{exitFailed, []string{"--finish"}, "No change of the secret key is open"},
		{exitFailed, []string{"--cancel"}, "No change of the secret key is open"},
		{exitBadConfig, []string{"--new-key-command", "echo none"}, "must print a secret key"},
		{exitFailed, []string{"--new-key-command", "echo " + key}, "is the one in use"},
	} {
		code, out, trouble := c.run("", append(append([]string{"key", "rotate"}, bad.args...), with...)...)
		if code != bad.code || out != "" || !strings.Contains(trouble, bad.said) {
			t.Errorf("key rotate %v ended with %d, printed %q and said %q", bad.args, code, out, trouble)
		}
	}
	next := filepath.Join(t.TempDir(), "next")
	change := c.rotated(append([]string{"--new-key-file", next, "--confirm"}, with...)...)
	text, err := readSecret(next)
	if err != nil {
		t.Fatal(err)
	}
	c.rotated("--finish", "--confirm", "--secret-key", strings.TrimSpace(text))
	if code, _, _ := c.run("", append([]string{"cohort", "list"}, with...)...); code != exitBadConfig ||
		change.Next == "" {
		t.Errorf("the old key ended with %d, after %+v", code, change)
	}
}
