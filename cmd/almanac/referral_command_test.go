package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A referral is noted, listed, enrolled and closed; a table is added all or none.
func TestReferralCommands(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	id := strings.TrimSpace(c.prints("", "referral", "add", "--name", "Amina Canary", "--times", "tue 17:00-20:00",
		"--from", "Dr. Ferro"))
	c.refuses("is no time of a week", "referral", "add", "--name", "Amina Canary", "--times", "someday")
	c.says(c.prints("", "referral", "list"), id, "Amina Canary", "tue 17:00-20:00", "Dr. Ferro")
	c.prints("", "enroll", "--cohort", cohort, "--name", "Amina Canary", "--referral", id)
	c.says(c.prints("", "referral", "list", "--ended"), id, "enrolled as ")
	c.refuses("enrolled or closed already", "referral", "close", id, "--why", "late")

	file := filepath.Join(t.TempDir(), "referrals.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("name,times\nBo Canary,sat 09:00-12:00\n,mon\nCy Canary,someday\n")
	code, out, trouble := c.run("", "referral", "import", file, "--confirm")
	if code != exitFailed || out != "" || !strings.Contains(trouble, "Line 3, no name: ") ||
		!strings.Contains(trouble, "Line 4, Cy Canary: times: “someday”") ||
		!strings.Contains(trouble, "Nothing was added.") {
		t.Errorf("%d, %q, %q", code, out, trouble)
	}
	write("name,times\nBo Canary,sat 09:00-12:00\nCy Canary,\n")
	c.says(c.prints("", "referral", "import", file), "2 people can be added")
	if n := len(c.ask("SELECT id FROM referrals")); n != 1 {
		t.Errorf("%d referrals", n)
	}
	c.says(c.prints("", "referral", "import", file, "--confirm"), "2 people added")
	bo := strings.Fields(c.prints("", "referral", "list"))
	c.prints("", "referral", "close", bo[8], "--why", "moved")
	if list := c.prints("", "referral", "list"); strings.Contains(list, bo[8]) {
		t.Errorf("closed, and listed:\n%s", list)
	}
	if code, _, _ := c.run("", "referral", "close", bo[8]); code != exitWrongUse {
		t.Errorf("without a reason: %d", code)
	}
}
