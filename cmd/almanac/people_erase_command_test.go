package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// erasedCounter is a counter from whose people one was erased after a backup.
func erasedCounter(t *testing.T) (c counter, file, identity, person string) {
	t.Helper()
	c, identity, recipient := savedCounter(t)
	person = strings.Fields(lineWith(c.prints("", "people", "find", "Pat Example"), "Pat Example"))[0]
	file = filepath.Join(t.TempDir(), "before.age")
	c.prints("", "backup", "--to", file, "--recipient", recipient)
	enrollment := strings.Fields(lineWith(c.prints("", "people", "show", person), "active"))[0]
	if code, _, said := c.run("", "people", "erase", person); code != exitFailed ||
		!strings.Contains(said, "still enrolled in") {
		t.Errorf("erasing somebody who is enrolled ended with %d and said %q", code, said)
	}
	c.prints("", "enrollment", "withdraw", enrollment, "--confirm")
	later := time.Date(2026, 12, 1, 12, 10, 0, 0, time.UTC)
	code, out, trouble := c.runAt(later, "", "people", "erase", person)
	if code != exitDone || trouble != "" || !strings.Contains(out, "What goes:\n") ||
		!strings.Contains(out, "This cannot be undone.") || !strings.Contains(out, "Nothing has changed yet.") {
		t.Fatalf("the preview ended with %d and said %q %q", code, out, trouble)
	}
	if code, out, trouble := c.runAt(later, "", "people", "erase", person, "--confirm"); code != exitDone {
		t.Fatalf("erasing ended with %d and said %q %q", code, out, trouble)
	}
	return c, file, identity, person
}

// lineWith gives the first line with a text in it.
func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return part + " is missing"
}

// A restore needs the list of erasures, and brings back no one in it.
func TestRestoreErasesAgain(t *testing.T) {
	t.Parallel()
	c, file, identity, person := erasedCounter(t)
	list, err := os.ReadFile(filepath.Join(c.folder, "erasures.txt"))
	if err != nil || !strings.Contains(string(list), " "+person+"\n") || strings.Contains(string(list), "Pat") {
		t.Fatalf("the list of erasures is %q (%v)", list, err)
	}
	for name, bad := range map[string]struct{ list, said string }{
		"no list":        {"", "A restore needs the list of erasures"},
		"something else": {"id,name\n", "not a list of erasures"},
		"cut short":      {string(list[:len(list)-4]), "Line 2 of the list"},
		"a line removed": {erasuresBegin + "2" + strings.TrimPrefix(string(list), erasuresBegin+"1"),
			"Line 2 of the list"},
	} {
		other := c.another()
		path := filepath.Join(other.folder, "erasures.txt")
		err := os.Remove(path)
		if err == nil && bad.list != "" {
			err = os.WriteFile(path, []byte(bad.list), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if code, _, said := other.run("", "restore", file, "--identity", identity); code != exitFailed ||
			!strings.Contains(said, bad.said) {
			t.Errorf("%s: the restore ended with %d and said %q", name, code, said)
		}
	}
	later := time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC)
	other := c.another()
	code, out, trouble := other.runAt(later, "", "restore", file, "--identity", identity)
	if code != exitDone ||
		!strings.Contains(out, "1 record of somebody who was erased after the backup was erased again") {
		t.Fatalf("the restore ended with %d and said %q %q", code, out, trouble)
	}
	if said := other.prints("", "people", "show", person); !strings.HasPrefix(said, "Erased person\n") ||
		strings.Contains(said, "example.net") || !strings.Contains(said, "withdrawn") {
		t.Errorf("after the restore: %q", said)
	}
	forgetful := c.another()
	if code, out, trouble := forgetful.runAt(later, "", "restore", file, "--identity", identity,
		"--no-erasures"); code != exitDone || strings.Contains(out, "erased again") {
		t.Errorf("without a list the restore ended with %d and said %q %q", code, out, trouble)
	}
}

// Kept mail to somebody who is erased goes, and that to others stays.
func TestErasureTakesKeptMail(t *testing.T) {
	t.Parallel()
	c, _, _ := savedCounter(t)
	person := strings.Fields(lineWith(c.prints("", "people", "find", "Pat Example"), "Pat Example"))[0]
	notices := c.ask("SELECT id FROM notices WHERE person = '" + person + "'")
	clinic := c.ask("SELECT id FROM clinics")[0]
	mail := filepath.Join(c.folder, "mail")
	theirs := filepath.Join(mail, "20261201T120000.000Z-"+notices[0]+"-"+clinic+".eml")
	other := filepath.Join(mail, "20261201T120000.000Z-b3k8f0tqvwx7n2r5dm-"+clinic+".eml")
	err := os.MkdirAll(mail, 0o700)
	for _, name := range []string{theirs, other} {
		if err == nil {
			err = os.WriteFile(name, []byte("To: <pat@example.net>\n"), 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	enrollment := strings.Fields(lineWith(c.prints("", "people", "show", person), "active"))[0]
	c.prints("", "enrollment", "withdraw", enrollment, "--confirm")
	later := time.Date(2026, 12, 1, 12, 10, 0, 0, time.UTC)
	if code, _, said := c.runAt(later, "", "people", "erase", person, "--confirm"); code != exitDone {
		t.Fatalf("erasing ended with %d and said %q", code, said)
	}
	if _, err := os.Stat(theirs); !os.IsNotExist(err) {
		t.Errorf("their mail is still kept (%v)", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("other mail is gone: %v", err)
	}
}

// A hold keeps somebody from being erased until it is lifted.
func TestPeopleHold(t *testing.T) {
	t.Parallel()
	c, _, _ := savedCounter(t)
	person := strings.Fields(lineWith(c.prints("", "people", "find", "Pat Example"), "Pat Example"))[0]
	code, _, said := c.run("", "people", "hold", person)
	if code != exitWrongUse || !strings.Contains(said, "--reason") {
		t.Errorf("a hold without a reason ended with %d and said %q", code, said)
	}
	said = c.prints("", "people", "hold", person, "--reason", "Case 17")
	if !strings.Contains(said, "Nothing has changed") {
		t.Errorf("the check said %q", said)
	}
	c.prints("", "people", "hold", person, "--reason", "Case 17", "--confirm")
	code, _, said = c.run("", "people", "erase", person)
	if code != exitFailed || !strings.Contains(said, "legal hold") {
		t.Errorf("erasing somebody who is held ended with %d and said %q", code, said)
	}
	if said := c.prints("", "people", "hold", person, "--lift", "--confirm"); said != "The hold is lifted.\n" {
		t.Errorf("lifting said %q", said)
	}
}
