package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateReplays = flag.Bool("update-replays", false, "rewrite what the replays print")

// replay runs the command on a file.
func (c counter) replay(args ...string) (code int, out, trouble string) {
	printed, said := &notes{}, &notes{}
	code = run(c.t.Context(), terminal{
		in: strings.NewReader(""), out: printed, trouble: said, lookupEnv: noEnvironment, readFile: os.ReadFile,
	}, append([]string{"replay", "--data-dir", c.folder}, args...))
	return code, printed.String(), said.String()
}

// Every file of the folder prints what stands beside it, byte for byte.
func TestReplays(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/replay/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("there are %d replays: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			code, out, trouble := newCounter(t).replay(file, "--format", "json")
			if code != exitDone || trouble != "" {
				t.Fatalf("it ended with %d and said %q", code, trouble)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".json"
			if *updateReplays {
				if err := os.WriteFile(golden, []byte(out), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if out != string(want) {
				t.Errorf("it prints\n%s\nbut %s says\n%s", out, golden, want)
			}
		})
	}
}

// Each mistake is told at its place in one sentence, and nothing is printed.
func TestReplaysRefuse(t *testing.T) {
	t.Parallel()
	const begin = "cohort:\n  protocol: more-rolling\n  start: 2026-01-06\n  time: \"18:00\"\n  zone: America/New_York\n" +
		"  capacity: 1\n  entry: {type: any, lead: P0D, prerequisites: []}\nevents:\n  - {at: 2026-01-02T09:00, enroll: P1}\n"
	for name, c := range map[string]struct{ file, place, sentence string }{
		"unknown verb":            {begin + "  - {at: 2026-01-03T09:00, entrol: P2}\n", ":10:28:", "No verb is known here"},
		"two verbs":               {begin + "  - {at: 2026-01-03T09:00, enroll: P2, hold: P1}\n", ":10:40:", "does one thing"},
		"unknown key":             {begin + "  - {at: 2026-01-03T09:00, enroll: P2, prio: 1}\n", ":10:40:", `The key "prio" is not known`},
		"out of order":            {begin + "  - {at: 2026-01-01T09:00, enroll: P2}\n", ":10:10:", "before the one above it"},
		"unknown person":          {begin + "  - {at: 2026-01-03T09:00, withdraw: P2}\n", ":10:38:", `Nobody called "P2"`},
		"unknown person attends":  {begin + "  - {at: 2026-01-06T20:05, attendance: {session: 2026-01-06, P2: missed}}\n", ":10:62:", `Nobody called "P2"`},
		"unknown cohort":          {begin + "  - {at: 2026-01-03T09:00, transfer: P1, to: B}\n", ":10:46:", `no cohort "B"`},
		"unknown session":         {begin + "  - {at: 2026-01-03T09:00, cancel: 2026-01-07}\n", ":10:36:", "no session on 2026-01-07"},
		"twice":                   {begin + "  - {at: 2026-01-03T09:00, enroll: P1}\n", ":10:28:", "enrolled in this group already"},
		"attendance ahead":        {begin + "  - {at: 2026-01-03T09:00, attendance: {session: 2026-01-06, P1: present}}\n", ":10:62:", "has not begun"},
		"odd attendance":          {begin + "  - {at: 2026-01-06T20:05, attendance: {session: 2026-01-06, P1: here}}\n", ":10:66:", "Attendance is present, late"},
		"no offer":                {begin + "  - {at: 2026-01-03T09:00, accept: P1}\n", ":10:28:", "no offer that stands"},
		"long leave":              {begin + "  - {at: 2026-01-03T09:00, hold: P1, until: 2026-03-01}\n", ":10:28:", "to 2026-01-31 at the latest"},
		"unknown position":        {begin + "  - {at: 2026-01-03T09:00, waive: P1, position: m9, reason: none}\n", ":10:28:", `no position "m9"`},
		"waiving without reason":  {begin + "  - {at: 2026-01-03T09:00, waive: P1, position: mindfulness-1}\n", ":10:6:", `"reason" is missing`},
		"odd moment":              {begin + "  - {at: yesterday, enroll: P2}\n", ":10:10:", "not a date and time"},
		"now before the events":   {begin + "now: 2026-01-01T09:00\n", ":10:6:", "before the last event"},
		"wrong value of protocol": {strings.Replace(begin, "type: any", "type: often", 1), ":7:17:", "often"},
		"no such protocol":        {strings.Replace(begin, "more-rolling", "more-rollin", 1), ":2:13:", "more-rolling"},
		"no cohort":               {"events: []\n", ":1:1:", "has no cohort"},
		"a tag":                   {begin + "now: !x 2026\n", ":10:6:", "Tags"},
		"two cohorts, none named": {strings.Replace(strings.Replace(begin, "cohort:\n", "cohorts: {A: {protocol: more-rolling, start: 2026-01-06, time: \"18:00\", zone: UTC}, B: {protocol: more-rolling, start: 2026-01-06, time: \"18:00\", zone: UTC}}\nx:\n", 1), "x:\n  protocol: more-rolling\n  start: 2026-01-06\n  time: \"18:00\"\n  zone: America/New_York\n  capacity: 1\n  entry: {type: any, lead: P0D, prerequisites: []}\n", "", 1), ":3:28:", "Say which one is meant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counter := newCounter(t)
			file := filepath.Join(t.TempDir(), "replay.yaml")
			if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, trouble := counter.replay(file, "--format", "json")
			if code != exitFailed || out != "" || !strings.Contains(trouble, file+c.place) || !strings.Contains(trouble, c.sentence) {
				t.Errorf("it ended with %d, printed %q and said\n%s", code, out, trouble)
			}
		})
	}
}

// The steps say why somebody graduates when they do.
func TestReplayExplains(t *testing.T) {
	t.Parallel()
	const file = "testdata/replay/example-missed.yaml"
	code, out, trouble := newCounter(t).replay(file, "--explain", "P1")
	for _, want := range []string{
		"now 2026-02-03T20:05", "graduation 2026-03-31", "owed        m5",
		"2026-01-14T09:00  Is seated: the first entry with a free seat in every session of the stay is 2026-01-20 (m3).",
		"2026-02-03T20:05  Is noted as missed on 2026-02-03 (m5).",
		"2026-02-03T20:05  Takes 2026-03-31 (m5): the first session with a free seat",
		"2026-02-03T20:05  So they are active; graduation 2026-03-31, dose 2026-02-17.",
	} {
		if code != exitDone || !strings.Contains(out, want) {
			t.Errorf("it ended with %d, said %q, and does not print %q but\n%s", code, trouble, want, out)
		}
	}
	if code, _, trouble := newCounter(t).replay(file, "--explain", "P2"); code != exitFailed || !strings.Contains(trouble, `Nobody called "P2"`) {
		t.Errorf("an unknown name ended with %d and said %q", code, trouble)
	}
}
