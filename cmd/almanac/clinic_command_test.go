package main

import (
	"strings"
	"testing"
)

// On a fresh folder the first clinic that is added is the only one; the second
// is another.
func TestFirstClinicTakesThePlaceOfDefault(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "clinic", "add", "--name", "North", "--zone", "US/Central")
	if got := strings.Join(c.clinics(), ", "); got != "North America/Chicago" {
		t.Errorf("the clinics are %s", got)
	}
	c.prints("", "clinic", "add", "--name", "South", "--zone", "America/New_York")
	if got := strings.Join(c.clinics(), ", "); got != "North America/Chicago, South America/New_York" {
		t.Errorf("the clinics are %s", got)
	}
	used := newCounter(t)
	used.prints("", "staff", "add", "--email", "robin@example.org", "--role", "admin")
	used.prints("", "clinic", "add", "--name", "North", "--zone", "US/Central")
	if got := strings.Join(used.clinics(), ", "); got != "North America/Chicago, default Etc/UTC" {
		t.Errorf("beside a clinic in use the clinics are %s", got)
	}
}

// A clinic's name and zone can be changed, after a look at what changes.
func TestClinicSet(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	out := c.prints("", "clinic", "set", "name", "North", "zone", "US/Central")
	want := "name: default → North\nzone: Etc/UTC → America/Chicago\n"
	if out != want+"Nothing has changed yet. Run this again with --confirm to change it.\n" ||
		c.clinics()[0] != "default Etc/UTC" {
		t.Errorf("the preview printed\n%sand left %q", out, c.clinics())
	}
	if out = c.prints("", "clinic", "set", "name", "North", "zone", "US/Central", "--confirm"); out != want ||
		c.clinics()[0] != "North America/Chicago" {
		t.Errorf("the change printed\n%sand left %q", out, c.clinics())
	}
	out = c.prints("", "clinic", "set", "reminders", "24, 48", "--confirm")
	if want := "reminders:  → 48,24\nReminders that leave in the next two weeks: 0 → 0. Cohorts that keep the times " +
		"of their protocol: 0.\n"; out != want {
		t.Errorf("other reminder times printed\n%s", out)
	}
	c.prints("", "clinic", "add", "--name", "South", "--zone", "US/Central")
	for _, bad := range []struct {
		code int
		says string
		args []string
	}{
		{exitFailed, "There is a clinic of that name already.", []string{"name", "South"}},
		{exitFailed, "A name is needed", []string{"name", " "}},
		{exitFailed, "Local", []string{"zone", "Local"}},
		{exitFailed, "A reminder comes between one hour", []string{"reminders", "soon"}},
		{exitWrongUse, "no setting \"colour\"", []string{"colour", "blue"}},
		{exitWrongUse, "Give a value for each key", []string{"name", "East", "zone"}},
	} {
		code, _, trouble := c.run("",
			append([]string{"clinic", "set", "--clinic", "North", "--confirm"}, bad.args...)...)
		if code != bad.code || !strings.Contains(trouble, bad.says) {
			t.Errorf("%q ended with %d and said %q", bad.args, code, trouble)
		}
	}
}

// clinics gives the name and zone of every clinic.
func (c counter) clinics() []string {
	c.t.Helper()
	return c.ask("SELECT name || ' ' || zone FROM clinics ORDER BY name")
}
