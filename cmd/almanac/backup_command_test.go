package main

import (
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/seal"
)

// savedCounter is a counter with a cohort of one person, a private key and its public one.
func savedCounter(t *testing.T) (c counter, identity, recipient string) {
	t.Helper()
	c = newCounter(t)
	c.prints("", "enroll", "--cohort", c.open(), "--name", "Pat Example", "--email", "pat@example.net", "--consent",
		"email")
	identity = filepath.Join(c.folder, "backup.key")
	recipient, _, _ = strings.Cut(c.prints("", "backup", "key", identity), "\n")
	return c, identity, recipient
}

// another is a counter on an empty folder with the secret key and the list of erasures of this one.
func (c counter) another() counter {
	c.t.Helper()
	other := newCounter(c.t)
	for _, name := range []string{secretFile, "erasures.txt"} {
		text, err := os.ReadFile(filepath.Join(c.folder, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(other.folder, name), text, 0o600)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	return other
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	c, identity, recipient := savedCounter(t)
	folder := t.TempDir()
	said := c.prints("", "backup", "--to", folder, "--recipient", recipient)
	file := filepath.Join(folder, "almanac-20261201T120000Z.age")
	if lineOf(said, "file") != file || !strings.Contains(said,
		"clinic: default, 1 cohort, 1 person, 0 members of staff\n") {
		t.Errorf("backup said %q", said)
	}
	if said := c.prints("", "backup", "verify", file, "--identity", identity); !strings.HasSuffix(said,
		"The backup is whole and the secret key fits.\n") {
		t.Errorf("verify said %q", said)
	}
	if said := newCounter(t).prints("", "backup", "verify", file, "--identity", identity); !strings.Contains(said,
		"The secret key is not here") {
		t.Errorf("verify without the secret key said %q", said)
	}
	other := c.another()
	later := time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC)
	code, out, trouble := other.runAt(later, "", "restore", file, "--identity", identity)
	if code != exitDone || trouble != "" || !strings.Contains(out, "1 message was due between the backup and now") {
		t.Fatalf("restore ended with %d and said %q %q", code, out, trouble)
	}
	if before, after := c.rows(), other.rows(); before["seats"] != after["seats"] ||
		before["people"] != after["people"] {
		t.Errorf("there were %v, and are %v", before, after)
	}
	if said := other.prints("", "restore", "drop"); !strings.Contains(said, "1 message was due") ||
		!strings.Contains(said, "Nothing has changed yet.") {
		t.Errorf("drop said %q", said)
	}
	if said := other.prints("", "restore", "release", "--confirm"); !strings.HasSuffix(said, "Done.\n") {
		t.Errorf("release said %q", said)
	}
	if said := other.prints("", "restore", "release"); said != "No message waits for a decision after a restore.\n" {
		t.Errorf("a second release said %q", said)
	}
}

func TestBackupToStandardOutputAndBack(t *testing.T) {
	t.Parallel()
	c, identity, recipient := savedCounter(t)
	code, file, said := c.run("", "backup", "--to", "-", "--recipient", recipient)
	if code != exitDone || !strings.Contains(said, "The backup is written.") {
		t.Fatalf("backup ended with %d and said %q", code, said)
	}
	out := c.another().prints(file, "restore", "-", "--identity", identity, "--format", "json")
	if !strings.HasPrefix(out, "{") || !strings.Contains(out, `"waiting": 1`) {
		t.Errorf("restore printed %s", out)
	}
}

// TestBadBackups: each is a sentence, and nothing is restored.
func TestBadBackups(t *testing.T) {
	t.Parallel()
	c, identity, recipient := savedCounter(t)
	file := filepath.Join(t.TempDir(), "a.age")
	c.prints("", "backup", "--to", file, "--recipient", recipient)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := filepath.Join(t.TempDir(), "foreign.key")
	c.prints("", "backup", "key", foreign)
	flipped := append([]byte{}, whole...)
	flipped[len(flipped)/2] ^= 4
	here, keyless := c.another(), newCounter(t)
	wrong := c.another()
	if err := os.WriteFile(filepath.Join(wrong.folder, secretFile), []byte(seal.NewSecret()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]struct {
		at   counter
		args []string
		code int
		says string
	}{
		"no recipient": {c, []string{"backup", "--to", file + "2"}, 1, "Give the public key"},
		"no place":     {c, []string{"backup", "--recipient", recipient}, 2, "Say where the backup goes"},
		"there already": {c, []string{"backup", "--to", file, "--recipient", recipient}, 1,
			"is there already, and nothing is written over it"},
		"no folder": {c, []string{"backup", "--to", file + "/b/c", "--recipient", recipient}, 1,
			"cannot be written into"},
		"no identity": {here, []string{"restore", file}, 2, "Name the file with the private key"},
		"a lost identity": {here, []string{"restore", file, "--identity", identity + "x"}, 1,
			"with the private key cannot be read"},
		"no private key in it": {here, []string{"restore", file, "--identity", written("k", recipient)}, 1,
			"has no private key"},
		"another identity": {here, []string{"restore", file, "--identity", foreign}, 1,
			"None of the private keys opens"},
		"no file": {here, []string{"restore", file + "x", "--identity", identity}, 1,
			"cannot be read. Check its name"},
		"cut short": {here, []string{"restore", written("cut", string(whole[:len(whole)*2/3])), "--identity", identity},
			1, "damaged or was cut short"},
		"a flipped bit": {here, []string{"restore", written("bit", string(flipped)), "--identity", identity}, 1,
			"damaged or was cut short"},
		"an empty file": {here, []string{"restore", written("none", ""), "--identity", identity}, 1, "is empty"},
		"something else": {here, []string{"restore", written("text", "id,name\n"), "--identity", identity}, 1,
			"not a backup of Almanac"},
		"no secret key": {keyless, []string{"restore", file, "--identity", identity}, 3,
			"A backup does not hold the secret key"},
		"another secret key": {wrong, []string{"restore", file, "--identity", identity}, 1,
			"is not the one that this backup was made with"},
		"over something": {c, []string{"restore", file, "--identity", identity}, 1, "holds something already"},
		"verify a bad one": {here, []string{"backup", "verify", written("t", "x"), "--identity", identity}, 1,
			"not a backup"},
		"verify, other key": {wrong, []string{"backup", "verify", file, "--identity", identity}, 1, "is not the one"},
		"nothing to save": {newCounter(t), []string{"backup", "--to", file + "3", "--recipient", recipient}, 1,
			"is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, trouble := bad.at.run("", bad.args...)
			if code != bad.code || !strings.Contains(trouble, bad.says) || out != "" || strings.Count(trouble,
				"\n") != 1 {
				t.Errorf("it ended with %d, printed %q and said %q", code, out, trouble)
			}
		})
	}
	if out := here.prints("", "restore", file, "--identity", identity); !strings.Contains(out, "rows: ") {
		t.Errorf("after all refusals restore printed %q", out)
	}
}

// TestUnfinishedRestoreIsNotUsed: nothing may leave a database of which nobody knows what it should hold back.
func TestUnfinishedRestoreIsNotUsed(t *testing.T) {
	t.Parallel()
	c, _, _ := savedCounter(t)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.folder, "almanac.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "INSERT INTO restores (at, backup_at) VALUES ('a', 'b')")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if code, _, trouble := c.run("", "cohort", "list"); code != exitFailed || !strings.Contains(trouble,
		"did not finish") {
		t.Errorf("cohort list ended with %d and said %q", code, trouble)
	}
	if said := c.prints("", "restore", "finish"); said != "Done. 1 message waits for a decision.\n" {
		t.Errorf("finish said %q", said)
	}
	c.prints("", "cohort", "list")
}

// TestScheduledBackup: the duty writes into a folder, doctor says when, and too old is an alarm.
func TestScheduledBackup(t *testing.T) {
	t.Parallel()
	c, identity, recipient := savedCounter(t)
	folder := t.TempDir()
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	config, _, err := parseConfig([]string{"--data-dir", c.folder, "--backup-to", folder, "--backup-recipient",
		recipient},
		noEnvironment, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	h, err := openHouse(t.Context(), config, slog.New(slog.DiscardHandler), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	state := func() string {
		part, err := h.backupPart(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return part.State
	}
	before := state()
	if err := h.scheduledBackup(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := state()
	now = noon.Add(50 * time.Hour)
	if late := state(); before != "degraded" || after != "ok" || late != "degraded" {
		t.Errorf("the states are %s, %s and %s", before, after, late)
	}
	c.prints("", "backup", "verify", filepath.Join(folder, "almanac-20261201T120000Z.age"), "--identity", identity)
	for _, bad := range [][]string{{"--backup-to", folder}, {"--backup-every", "1m"}, {"--backup-recipient", "x"}} {
		if code, _, said := c.run("", append(bad, "config")...); code != exitBadConfig || !strings.Contains(said,
			"backup-") {
			t.Errorf("%v ended with %d and said %q", bad, code, said)
		}
	}
}

// TestClinicMovesByCommand: one clinic of several goes to another database, once.
func TestClinicMovesByCommand(t *testing.T) {
	t.Parallel()
	c, identity, recipient := savedCounter(t)
	c.prints("", "clinic", "add", "--name", "South", "--zone", storyZone)
	file := filepath.Join(t.TempDir(), "one.age")
	said := c.prints("", "clinic", "export", "--clinic", "default", "--to", file, "--recipient", recipient)
	if !strings.Contains(said, "clinic: default, 1 cohort, 1 person") || strings.Contains(said, "South") {
		t.Errorf("export said %q", said)
	}
	c.prints("", "backup", "verify", file, "--identity", identity)
	c.another().prints("", "restore", file, "--identity", identity)
	there := c.another()
	there.prints("", "clinic", "add", "--name", "East", "--zone", storyZone)
	if said := there.prints("", "clinic", "import", file, "--identity", identity); !strings.Contains(said,
		"1 message was due between the backup and now") {
		t.Errorf("import said %q", said)
	}
	if code, _, said := there.run("", "clinic", "import", file, "--identity", identity); code != exitFailed ||
		!strings.Contains(said, "in this database already") {
		t.Errorf("a second import ended with %d and said %q", code, said)
	}
	said = there.prints("", "restore", "drop", "--clinic", "default", "--confirm")
	if !strings.Contains(said, "1 message was due") {
		t.Errorf("drop said %q", said)
	}
}
