package replay_test

import (
	"strings"
	"testing"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
	"almanac/scheduler/replay"
)

// explain gives the sentences of faults, or the text of any other error.
func explain(err error) string {
	var lines []string
	for _, f := range fault.All(err) {
		lines = append(lines, f.Message)
	}
	if len(lines) == 0 {
		return err.Error()
	}
	return strings.Join(lines, "\n")
}

// Each mistake is told at its place in one sentence.
func TestPlayRefuses(t *testing.T) {
	t.Parallel()
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	const begin = "cohort:\n  protocol: more-rolling\n  start: 2026-01-06\n  time: \"18:00\"\n" +
		"  zone: America/New_York\n" +
		"  capacity: 1\n  entry: {type: any, lead: P0D, prerequisites: []}\nevents:\n" +
		"  - {at: 2026-01-02T09:00, enroll: P1}\n"
	for name, c := range map[string]struct{ file, place, sentence string }{
		"unknown verb": {begin + "  - {at: 2026-01-03T09:00, entrol: P2}\n", ":10:28:",
			"No verb is known here"},
		"two verbs": {begin + "  - {at: 2026-01-03T09:00, enroll: P2, hold: P1}\n", ":10:40:",
			"does one thing"},
		"unknown key": {begin + "  - {at: 2026-01-03T09:00, enroll: P2, prio: 1}\n", ":10:40:",
			`The key "prio" is not known`},
		"out of order": {begin + "  - {at: 2026-01-01T09:00, enroll: P2}\n", ":10:10:",
			"before the one above it"},
		"unknown person": {begin + "  - {at: 2026-01-03T09:00, withdraw: P2}\n", ":10:38:",
			`Nobody called "P2"`},
		"unknown person attends": {begin +
			"  - {at: 2026-01-06T20:05, attendance: {session: 2026-01-06, P2: missed}}\n", ":10:62:",
			`Nobody called "P2"`},
		"unknown cohort": {begin + "  - {at: 2026-01-03T09:00, transfer: P1, to: B}\n", ":10:46:",
			`no cohort "B"`},
		"unknown session": {begin + "  - {at: 2026-01-03T09:00, cancel: 2026-01-07}\n", ":10:36:",
			"no session on 2026-01-07"},
		"twice": {begin + "  - {at: 2026-01-03T09:00, enroll: P1}\n", ":10:28:",
			"already enrolled in this cohort"},
		"attendance ahead": {begin +
			"  - {at: 2026-01-03T09:00, attendance: {session: 2026-01-06, P1: present}}\n", ":10:62:", "has not begun"},
		"odd attendance": {begin + "  - {at: 2026-01-06T20:05, attendance: {session: 2026-01-06, P1: here}}\n",
			":10:66:", "Attendance is present, late"},
		"no offer": {begin + "  - {at: 2026-01-03T09:00, accept: P1}\n", ":10:28:",
			"no open offer"},
		"long leave": {begin + "  - {at: 2026-01-03T09:00, hold: P1, until: 2026-03-01}\n", ":10:28:",
			"to 2026-01-31 at the latest"},
		"unknown position": {begin + "  - {at: 2026-01-03T09:00, waive: P1, position: m9, reason: none}\n",
			":10:28:", `no position "m9"`},
		"waiving without reason": {begin + "  - {at: 2026-01-03T09:00, waive: P1, position: mindfulness-1}\n",
			":10:6:", `"reason" is missing`},
		"odd moment":              {begin + "  - {at: yesterday, enroll: P2}\n", ":10:10:", "not a date and time"},
		"now before the events":   {begin + "now: 2026-01-01T09:00\n", ":10:6:", "before the last event"},
		"wrong value of protocol": {strings.Replace(begin, "type: any", "type: often", 1), ":7:17:", "often"},
		"no such protocol":        {strings.Replace(begin, "more-rolling", "more-rollin", 1), ":2:13:", "more-rolling"},
		"no cohort":               {"events: []\n", ":1:1:", "has no cohort"},
		"a tag":                   {begin + "now: !x 2026\n", ":10:6:", "Tags"},
		"two cohorts, none named": {strings.Replace(strings.Replace(begin, "cohort:\n",
			"cohorts: {A: {protocol: more-rolling, start: 2026-01-06, time: \"18:00\", zone: UTC}, B: {protocol: "+
				"more-rolling, start: 2026-01-06, time: \"18:00\", zone: UTC}}\nx:\n", 1),
			"x:\n  protocol: more-rolling\n  start: 2026-01-06\n  time: \"18:00\"\n  zone: America/New_York\n"+
				"  capacity: 1\n  entry: {type: any, lead: P0D, prerequisites: []}\n", "", 1), ":3:28:",
			"Say which one is meant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := replay.Play(replay.Story{
				Name: "story.yaml", Text: []byte(c.file), Zones: zones, Protocol: library.Find, Explain: explain,
			})
			if err == nil || !strings.Contains(err.Error(), "story.yaml"+c.place) ||
				!strings.Contains(err.Error(), c.sentence) {
				t.Errorf("it said %v", err)
			}
		})
	}
}
