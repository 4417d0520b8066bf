package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestCohortPhase(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	first, second, third := c.open(), c.open(), c.open()
	c.says(c.prints("", "cohort", "phase", first, "--phase", "orientation", "--number", "1"),
		"Cohort "+first+" runs phase 1, orientation, of the programme "+first+".\n")
	c.says(c.prints("", "cohort", "phase", second, "--phase", "low-dose", "--number", "2", "--beside", first),
		"of the programme "+first)
	c.says(c.prints("", "cohort", "phase", third, "--phase", "intensive", "--number", "3", "--beside", second),
		"of the programme "+first)
	fourth, whole := c.open(), c.open("--protocol", "m-rocc")
	before := fmt.Sprint(c.rows(), c.ask("SELECT id || series || phase || phase_no FROM cohorts ORDER BY id"))
	for name, bad := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no phase": {[]string{fourth, "--number", "4"}, exitWrongUse,
			"Say which phase with --phase NAME, and its place in the programme with --number N.\n"},
		"not a name": {[]string{fourth, "--phase", "Late Phase", "--number", "4"}, exitFailed,
			"Name the phase as the protocol does, in lower-case words joined by hyphens, such as low-dose.\n"},
		"not of it": {[]string{whole, "--phase", "low-doze", "--number", "2"}, exitFailed,
			"The protocol m-rocc@2025-trial has no phase \"low-doze\". Choose one of its phases: orientation, " +
				"low-dose, intensive.\n"},
		"two phases": {[]string{fourth, "--phase", "late", "--phase", "later", "--number", "4"}, exitWrongUse,
			"An option is not understood: \"later\" for --phase: it was \"late\" before, and is given once.\n"},
		"two places": {[]string{fourth, "--number", "4", "--phase", "late", "--number", "4"}, exitWrongUse,
			"An option is not understood: \"4\" for --number: it was \"4\" before, and is given once.\n"},
		"two neighbors": {[]string{fourth, "--beside", first, "--phase", "late", "--number", "4", "--beside", "x"},
			exitWrongUse, "An option is not understood: \"x\" for --beside: it was \"" + first +
				"\" before, and is given once.\n"},
		"below one": {[]string{fourth, "--phase", "late", "--number", "-1"}, exitFailed,
			"Phases are numbered from 1. Give the number of this one.\n"},
		"beside a stray": {[]string{second, "--phase", "late", "--number", "4", "--beside", fourth}, exitFailed,
			"The cohort " + fourth + " runs no phase yet. Give it one first, then name it here.\n"},
		"phase is taken": {[]string{fourth, "--phase", "intensive", "--number", "4", "--beside", first}, exitFailed,
			"Another cohort already runs phase 3, intensive. Choose another phase.\n"},
		"unknown cohort": {[]string{"none", "--phase", "late", "--number", "4"}, exitFailed,
			"There is no such cohort. Choose one from the list.\n"},
		"unknown neighbor": {[]string{fourth, "--phase", "late", "--number", "4", "--beside", "none"}, exitFailed,
			"There is no such cohort. Choose one from the list.\n"},
	} {
		code, out, trouble := c.run("", append([]string{"cohort", "phase"}, bad.args...)...)
		if code != bad.code || out != "" || trouble != bad.says {
			t.Errorf("%s: it ended with %d, printed %q and said %q", name, code, out, trouble)
		}
	}
	if after := fmt.Sprint(c.rows(),
		c.ask("SELECT id || series || phase || phase_no FROM cohorts ORDER BY id")); after != before {
		t.Errorf("something was stored: before %s, after %s", before, after)
	}
	c.says(c.prints("", "cohort", "phase", whole, "--phase", "low-dose", "--number", "2"), "runs phase 2, low-dose")
}

func TestCohortRotate(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id, other := c.open(), c.open()
	rotate := func(cohort string, emails ...string) []string {
		args := []string{"cohort", "rotate", cohort}
		for _, email := range emails {
			args = append(args, "--facilitator", email)
		}
		return args
	}
	for _, name := range []string{"Kim", "Sam"} {
		c.prints("", "staff", "add", "--email", strings.ToLower(name)+"@example.org", "--name", name,
			"--role", "facilitator")
		c.prints("", "staff", "credential", "--email", strings.ToLower(name)+"@example.org", "--name", "more-trained")
	}
	out := c.prints("", rotate(id, "kim@example.org", "sam@example.org")...)
	c.says(out, "18:00  Kim\n", "18:00  Sam\n")
	if kim, sam := strings.Count(out, "Kim"), strings.Count(out, "Sam"); kim != 4 || sam != 4 {
		t.Errorf("of eight sessions Kim leads %d and Sam %d:\n%s", kim, sam, out)
	}
	for name, bad := range map[string]struct {
		args []string
		says string
	}{
		"alone": {rotate(other, "kim@example.org"), "A rotation needs at least two facilitators.\n"},
		"twice": {rotate(other, "kim@example.org", "KIM@example.org"),
			"Each facilitator of a rotation is named once. Choose different ones.\n"},
		"unknown": {rotate(other, "kim@example.org", "x@example.org"),
			"Nobody on this clinic's staff has that e-mail address. `almanac staff add` adds them.\n"},
	} {
		if code, out, trouble := c.run("", bad.args...); code != exitFailed || out != "" || trouble != bad.says {
			t.Errorf("%s: it ended with %d, printed %q and said %q", name, code, out, trouble)
		}
	}
}

// A seat more is offered to anyone who waits: first it is only shown, and --confirm
// does it.
func TestCohortCapacity(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.write()
	id := c.open("--protocol", "evening", "--capacity", "1")
	for _, name := range []string{"Amina", "Bela"} {
		c.prints("", "enroll", "--cohort", id, "--name", name+" Canary", "--email",
			strings.ToLower(name)+"@canary.example", "--consent", "email")
	}
	before := c.prints("", "cohort", "show", id)
	c.says(c.prints("", "cohort", "capacity", id, "2"), "You can undo it for 3 minutes",
		"After that, free seats are offered to those who wait.", "Nothing has changed yet.")
	c.says(c.prints("", "cohort", "show", id), before)
	c.says(c.prints("", "cohort", "capacity", id, "2", "--confirm"), "undo: almanac undo ", "closed, 2 seats",
		"Bela Canary   waiting")
	for _, seats := range []string{"none", "0", "100000"} {
		if code, out, trouble := c.run("", "cohort", "capacity", id, seats, "--confirm"); code == exitDone ||
			out != "" || trouble == "" {
			t.Errorf("%s seats: it ended with %d, printed %q and said %q", seats, code, out, trouble)
		}
	}
}

func TestPersonApart(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id := c.open()
	for _, name := range []string{"Amina", "Bela"} {
		c.prints("", "enroll", "--cohort", id, "--name", name, "--email", strings.ToLower(name)+"@canary.example",
			"--consent", "email")
	}
	people := c.ask("SELECT id FROM people ORDER BY id")
	for range 2 { // saying so again changes nothing
		c.says(c.prints("", "person", "apart", people[1], people[0]),
			"From now on neither is given a session in which the other sits.")
		kept := fmt.Sprint(c.ask("SELECT person_a || ' ' || person_b FROM keep_apart"))
		if kept != fmt.Sprint([]string{people[0] + " " + people[1]}) {
			t.Errorf("kept apart are %s", kept)
		}
	}
	audited := c.ask("SELECT n.person FROM audit a JOIN audit_aliases n ON n.alias = a.subject " +
		"WHERE a.action = 'person.apart' ORDER BY n.person")
	if len(audited) != 2 || audited[0] != people[0] || audited[1] != people[1] {
		t.Errorf("the audit names %v", audited)
	}
	c.says(c.prints("", "person", "apart", people[0], people[1], "--end"), "These two may share sessions again.")
	if kept := c.ask("SELECT person_a FROM keep_apart"); len(kept) != 0 {
		t.Errorf("after the end, %v are kept apart", kept)
	}
	if code, out, trouble := c.run("", "person", "apart", "--end", people[0], people[1]); code != exitFailed ||
		out != "" || !strings.Contains(trouble, "not kept apart") {
		t.Errorf("ended twice: it ended with %d, printed %q and said %q", code, out, trouble)
	}
	for name, other := range map[string]string{"themself": people[0], "nobody": "none"} {
		if code, out, trouble := c.run("", "person", "apart", people[0], other); code != exitFailed || out != "" ||
			trouble == "" {
			t.Errorf("%s: it ended with %d, printed %q and said %q", name, code, out, trouble)
		}
	}
}
