package protocols_test

import (
	"encoding/json"
	"strings"
	"testing"

	"almanac/protocols"
)

// arms are the two arms of the blinded trial.
var arms = [2]string{"m-rocc@2025-trial", "recovery-support@1"}

// noticed is all that a participant can notice of a protocol and its calendar: words, reminders, hours, rules and
// windows. Titles, phases and modules are not in it; no output to a participant has them.
type noticed struct {
	Words                                 protocols.Words
	Wording                               protocols.Wording
	Group                                 string
	Reminders                             protocols.Reminders
	Modality                              protocols.Modality
	Weeks                                 int
	Capacity                              protocols.Capacity
	Entry                                 protocols.Entry
	Stay                                  protocols.Stay
	Completion                            protocols.Completion
	Dose                                  protocols.Dose
	Makeup                                protocols.Makeup
	Absence                               protocols.Absence
	Late                                  protocols.Late
	Hold                                  protocols.Hold
	Reentry                               protocols.Reentry
	Waitlist                              protocols.Waitlist
	Next                                  []string
	OnCancel, OnHoliday                   protocols.ClosureRule
	Assessments                           []protocols.Assessment
	Sessions                              []protocols.Occurrence
	Windows                               []protocols.Window
	Skipped                               []protocols.Skipped
	ContactMinutes, Least, CountableInAll int
}

func seen(t *testing.T, d *protocols.Definition, req protocols.PlanRequest) string {
	t.Helper()
	c := plan(t, d, req)
	for i := range c.Sessions {
		s := &c.Sessions[i]
		s.Phase, s.Module, s.Position, s.Title = "", "", "", ""
	}
	text, err := json.MarshalIndent(noticed{
		d.Words, d.Wording, d.ArmGroup, d.Reminders, d.Session.Modality, d.Weeks, d.Capacity, d.Entry, d.Stay,
		d.Completion, d.Dose,
		d.Makeup, d.Absence, d.Late, d.Hold, d.Reentry, d.Waitlist, d.Next, d.OnCancel, d.OnHoliday, d.Assessments,
		c.Sessions, c.Windows, c.Skipped, c.ContactMinutes, c.ContactMinutesMin, c.CountableMinutes,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever the start, the place and the closed days, nobody can tell the arms apart.
func TestArmsLookAlike(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"America/New_York", "America/Phoenix", "Europe/London"} {
		for week := range 53 {
			req := request(t, "2026-01-06", zone)
			req.Start = req.Start.AddDays(7*week + week%7)
			req.Closed = closed(t, "2026-03-30..2026-04-06", "2026-12-21..2027-01-01")
			if week%2 == 0 {
				req.Holidays = protocols.HolidaysUSFederal
			}
			one, other := seen(t, protocol(t, arms[0]), req), seen(t, protocol(t, arms[1]), req)
			if one != other {
				t.Fatalf("from %s in %s the arms differ; one:\n%s\nthe other:\n%s", req.Start, zone, one, other)
			}
		}
	}
}

// What participants notice has no word that is one arm's alone.
func TestArmsHaveNoWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	var own []string
	for _, ref := range arms {
		d := protocol(t, ref)
		own = append(own, d.Protocol, d.Title)
		for _, phase := range d.Phases {
			own = append(own, phase.ID, phase.Title)
			for _, m := range phase.Content.Modules {
				own = append(own, m.ID, m.Title)
			}
		}
	}
	for _, ref := range arms {
		// for staff alone
		text := strings.ReplaceAll(seen(t, protocol(t, ref), newYork(t, protocol(t, ref))), "m-rocc-trial", "")
		for _, word := range own {
			if strings.Contains(text, `"`+word) {
				t.Errorf("%s shows %q", ref, word)
			}
		}
	}
}

// A file that changes one arm alone, where people would notice, is refused and told why.
func TestOneArmAloneCannotChange(t *testing.T) {
	t.Parallel()
	src := string(source(t, "library/recovery-support.yaml"))
	for from, to := range map[string]string{
		"leads: [PT72H, PT24H]":  "leads: [PT48H]",
		"camera_required: true}": "camera_required: false}",
		"cadence: {every: P1W}":  "cadence: {every: P1W}\nwords: {summary: Support}",
		"minutes: 60, opt_out: true}\n": "minutes: 60, opt_out: true}\n" +
			"    - {id: break, title: Break, minutes: 10, break: true}\n",
	} {
		if strings.Count(src, from) != 1 {
			t.Fatalf("the file has %q %d times", from, strings.Count(src, from))
		}
		changed := strings.Replace(src, from, to, 1)
		if strings.Contains(to, "break") {
			changed = strings.Replace(changed, "duration: PT1H30M", "duration: PT1H40M", 1)
		}
		_, err := library(t).Parse("recovery-support.yaml", []byte(changed))
		if err == nil || !strings.Contains(err.Error(), "Participants can tell recovery-support from m-rocc by") {
			t.Errorf("%q: %v", to, err)
		}
	}
}
