package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAuditIsVerified(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints("", "enroll", "--cohort", cohort, "--name", "Pat Example", "--email", "pat@example.net", "--consent",
		"email")
	if code, _, trouble := c.run("", "audit", "verify"); code != 1 || !strings.Contains(trouble, "no signed head") {
		t.Errorf("before a head was signed: %d, %q", code, trouble)
	}
	file, heads := filepath.Join(c.folder, "audit.jsonl"), filepath.Join(c.folder, "audit-heads.txt")
	c.prints("", "audit", "export", "--to", file)
	export, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(export), "Pat") {
		t.Fatalf("an export with names, or none: %v", err)
	}
	c.says(c.prints("", "audit", "verify"), "rows are as they were when the head of 2026-12-01T12:00:00Z was signed.\n")
	c.says(c.prints("", "audit", "verify", file), "as they were", "the export's own; give --key")
	preface, _, _ := strings.Cut(string(export), "\n")
	_, key, _ := strings.Cut(preface, `"key":"`)
	key = strings.TrimSuffix(key, `"}`)
	c.says(c.prints("", "audit", "verify", file, "--key", key, "--since", heads), "as they were")

	// A row is taken away; the head in the file remembers it, whether the log is built anew or not.
	lines := strings.SplitAfter(string(export), "\n")
	cut := filepath.Join(c.folder, "cut.jsonl")
	if err := os.WriteFile(cut, []byte(strings.Join(append(lines[:1:1], lines[2:]...), "")), 0o600); err != nil {
		t.Fatal(err)
	}
	c.ask("DELETE FROM audit WHERE subject = '" + cohort + "' RETURNING id")
	for args, row := range map[string]string{"": "Row number ", cut + " --since " + heads: "Row number 0"} {
		code, _, trouble := c.run("", append([]string{"audit", "verify"}, strings.Fields(args)...)...)
		if code != 1 || !strings.Contains(trouble, row) {
			t.Errorf("%q without a row: %d, %q", args, code, trouble)
		}
	}
	for _, table := range []string{"audit_log", "audit_hashes", "audit_heads"} {
		c.ask("DELETE FROM " + table + " RETURNING clinic")
	}
	c.prints("", "audit", "export")
	if code, out, _ := c.run("", "audit", "verify"); code != 1 {
		t.Errorf("a log that was built anew: %d, %q", code, out)
	}
}

func TestAuditVerifyRefuses(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.open()
	file := filepath.Join(c.folder, "audit.jsonl")
	c.prints("", "audit", "export", "--to", file)
	other := newCounter(t)
	other.open()
	theirs := filepath.Join(other.folder, "audit.jsonl")
	other.prints("", "audit", "export", "--to", theirs)
	for _, one := range []struct {
		args string
		want string
	}{
		{"audit verify none.jsonl", "cannot be read"},
		{"audit verify " + file + " --since none.txt", "cannot be read"},
		{"audit verify " + file + " --since " + filepath.Join(c.folder, secretFile), "no signed head"},
		{"audit verify " + file + " --since " + filepath.Join(other.folder, "audit-heads.txt"),
			"not signed with the key"},
		{"audit verify " + file + " --key nothing", "The public key is not understood"},
		{"audit verify --key nothing", "--key is for an export"},
		{"audit verify " + filepath.Join(c.folder, secretFile), "This is no export of an audit"},
		{"audit export --to " + file, "is there already"},
	} {
		code, _, trouble := c.run("", strings.Fields(one.args)...)
		if code == 0 || !strings.Contains(trouble, one.want) {
			t.Errorf("%s: %d, %q", one.args, code, trouble)
		}
	}
}
