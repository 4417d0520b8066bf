package main

import "testing"

// What a cohort gets is first shown, and --confirm does it, for one session or from a date on.
func TestCohortSet(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id := c.open()
	c.prints("", "enroll", "--cohort", id, "--name", "Amina Canary", "--email", "amina@canary.example",
		"--consent", "email")
	set := []string{"cohort", "set", id, "--from", "2027-01-19", "--place", "Room 5", "--minutes", "90",
		"--name", "Other"}
	c.says(c.prints("", set...), "Tue 2027-01-19 18:00, Room 5, 90 minutes", "Amina Canary", "Nothing has changed yet.")
	c.says(c.prints("", append(set, "--confirm")...), "undo: almanac undo ", "Other  ", "New_York, Room 5",
		"Session 2 (Online)", "Nobody fills the role \"facilitator\" yet.", "2027-01-19  18:00  90",
		"2027-01-12  18:00  120")
	if places := c.ask("SELECT place FROM sessions WHERE place = 'Room 5'"); len(places) != 6 {
		t.Errorf("%d sessions are in the new place", len(places))
	}
	session := c.ask("SELECT id FROM sessions ORDER BY start_at")[0]
	c.prints("", "cohort", "set", id, "--session", session, "--capacity", "4", "--reason", "a small room", "--confirm")
	if seats := c.ask("SELECT seats FROM sessions WHERE seats > 0"); len(seats) != 1 || seats[0] != "4" {
		t.Errorf("seats of their own: %v", seats)
	}
	c.prints("", "staff", "add", "--email", "kim@example.org", "--name", "Kim", "--role", "facilitator")
	for name, bad := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing": {nil, exitFailed,
			"This changes nothing. Change the place, the meeting, the length, the facilitator, the name or the " +
				"seats.\n"},
		"telling": {[]string{"--place", "Detox, Room 5"}, exitFailed,
			"The place says \"Detox\", which tells others why people come here. Write it without that word, or give " +
				"a reason to insist.\n"},
		"telling link": {[]string{"--meeting", "https://meet.example.org/detox-now"}, exitFailed,
			"The link says \"detox\", which tells others why people come here. Write it without that word, or give " +
				"a reason to insist.\n"},
		"link of this machine": {[]string{"--meeting", "https://localhost/a7k2"}, exitFailed,
			"People cannot reach the host of this link from outside. Use a public address.\n"},
		"credential": {[]string{"--facilitator", "kim@example.org"}, exitFailed,
			"The protocol asks for the credential \"more-trained\", which this facilitator does not have on record. " +
				"Choose another one, record it, or give a reason.\n"},
		"unknown role": {[]string{"--facilitator", "coach=kim@example.org"}, exitFailed,
			"The protocol has no role \"coach\". It has facilitator, tech-host.\n"},
		"both": {[]string{"--session", session, "--from", "2027-01-19"}, exitWrongUse,
			"Say --session for one session, or --from for those from a date on, and not both.\n"},
	} {
		code, out, trouble := c.run("", append([]string{"cohort", "set", id, "--confirm"}, bad.args...)...)
		if code != bad.code || out != "" || trouble != bad.says {
			t.Errorf("%s: it ended with %d, printed %q and said %q", name, code, out, trouble)
		}
	}
	meeting := []string{"cohort", "set", id, "--from", "2027-01-26", "--meeting", "https://meet.example.org/a7k2",
		"--dial-in", "+1 202 555 0123", "--pin", "4711"}
	c.says(c.prints("", meeting...), "Tue 2027-01-26 18:00, another meeting", "Nothing has changed yet.")
	c.says(c.prints("", append(meeting, "--confirm")...),
		"link at meet.example.org, or call +1 202-555-0123, PIN 4711", "(meeting: none)")
	lead := []string{"cohort", "set", id, "--facilitator", "kim@example.org", "--reason", "trained in March"}
	c.says(c.prints("", lead...), "Facilitators told by email: 1", "Nothing has changed yet.")
	c.prints("", append(lead, "--confirm")...)
	c.says(c.prints("", "cohort", "show", id), "Kim may lead without the credential more-trained", "trained in March")
	c.prints("", "cohort", "set", id, "--facilitator", "nobody", "--confirm")
	if led := c.ask("SELECT id FROM cohorts WHERE lead <> ''"); len(led) != 0 {
		t.Error("somebody leads still")
	}
}
