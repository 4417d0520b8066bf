package store_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// sayStaff describes hand-overs: to whom, what, how many sessions, and why they are off.
func sayStaff(names map[scheduler.ID]string, handovers []reads.Handover) string {
	slices.SortStableFunc(handovers,
		func(a, b reads.Handover) int { return strings.Compare(names[a.Staff], names[b.Staff]) })
	var lines []string
	for _, o := range handovers {
		line := fmt.Sprintf("%s: %s %s", names[o.Staff], o.Kind, o.Method)
		for _, s := range o.Seats {
			line += fmt.Sprintf(" %d/%s%s", s.Sequence, s.Start.Format("0102T15"), s.Off)
		}
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

// led is a cohort with who leads it and somebody who could.
type led struct {
	cohort, lead, other scheduler.ID
	names               map[scheduler.ID]string
	sessions            []scheduler.ID
}

func openLed(t *testing.T, h *storetest.House) led {
	t.Helper()
	l := led{lead: h.AddStaff(t), other: h.AddStaff(t)}
	l.names = map[scheduler.ID]string{l.lead: "lead", l.other: "other"}
	l.cohort = h.OpenLed(t, 18, seats, l.lead)
	for _, s := range h.Roster(t, l.cohort, desk.Load{}).Sessions {
		l.sessions = append(l.sessions, s.ID)
	}
	return l
}

// tell lets time bring what it brings, and says what staff were told.
func (l led) tell(t *testing.T, h *storetest.House, want ...string) {
	t.Helper()
	if _, err := h.DB.Foresee(t.Context(), access.System("agenda")); err != nil {
		t.Fatal(err)
	}
	if got := sayStaff(l.names, drain(t, h)); got != strings.Join(want, "\n") {
		t.Errorf("staff were told\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func (l led) confirm(t *testing.T, h *storetest.House, p desk.Proposal) {
	t.Helper()
	if err := h.Desk.Confirm(t.Context(), h.Request(), p); err != nil {
		t.Fatal(err)
	}
}

const eightDates = "0/0106T23 0/0113T23 0/0120T23 0/0127T23 0/0203T23 0/0210T23 0/0217T23 0/0224T23"

// TestStaffAreTold opens a cohort and changes it: who leads gets one text with all dates, an invite of
// each session two weeks ahead, and hears of whatever changes. Each calendar mail has the next SEQUENCE.
func TestStaffAreTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		l.tell(t, h,
			"lead: assignments "+eightDates,
			"lead: assignment REQUEST 0/0106T23",
			"lead: assignment REQUEST 0/0113T23")
		l.tell(t, h) // nothing new

		l.confirm(t, h, desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[0], By: l.other,
			Reason: "nobody else can"}))
		l.tell(t, h,
			"lead: assignment CANCEL 1/0106T23off",
			"other: assignment REQUEST 0/0106T23")
		// one that stands in no calendar yet is told all the same
		l.confirm(t, h, desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[7], By: l.other,
			Reason: "nobody else can"}))
		l.tell(t, h,
			"lead: assignment CANCEL 0/0224T23off",
			"other: assignment REQUEST 0/0224T23")

		to := civil.WallTime{Date: civil.Date{Year: 2026, Month: 1, Day: 14}, Clock: civil.Clock{Hour: 9}}
		l.confirm(t, h, desk.Move(scheduler.MoveRequest{Session: l.sessions[1], To: to}))
		l.tell(t, h, "lead: assignment REQUEST 1/0114T14")

		l.confirm(t, h, desk.Cancel(scheduler.CancelRequest{Session: l.sessions[0], Content: scheduler.Append}))
		l.tell(t, h,
			"lead: assignment REQUEST 0/0303T23",
			"other: assignment CANCEL 1/0106T23cancelled")

		h.Set(time.Date(2026, 1, 7, 12, 0, 0, 0, time.UTC))
		l.tell(t, h, "lead: assignment REQUEST 0/0120T23")
	})
}

// TestStaffAreToldOnce gives a session away and back within the time that a change rests: nobody hears of it.
func TestStaffAreToldOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		drain(t, h)
		l.confirm(t, h, desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[0], By: l.other,
			Reason: "nobody else can"}))
		h.Set(h.Now().Add(2 * time.Minute))
		l.confirm(t, h, desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[0], By: l.lead,
			Reason: "nobody else can"}))
		l.tell(t, h)
	})
}

// TestStaffHearWhatMayHaveArrived lets the outcome of an invite stay unknown: who no longer leads is
// told so although nobody knows whether they were ever told that they lead.
func TestStaffHearWhatMayHaveArrived(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		drain(t, h)
		l.confirm(t, h, desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[0], By: l.other,
			Reason: "nobody else can"}))
		h.Set(h.Now().Add(scheduler.ChangeDelay))
		tried := 0
		for range 2 { // the second finds the first attempt to each still open
			for _, o := range passGate(t, h, due(t, h)) {
				if tried++; o.Staff == l.lead {
					record(t, h, o, reads.Sent)
				}
			}
		}
		if tried != 2 {
			t.Fatalf("%d mails were tried, want one to each", tried)
		}
		l.confirm(t, h, desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[0], By: l.lead,
			Reason: "nobody else can"}))
		h.Set(h.Now().Add(time.Minute))
		l.tell(t, h, "lead: assignment REQUEST 2/0106T23", "other: assignment CANCEL 1/0106T23off")
	})
}

// TestUrgentNewsOfStaffIsAlsoACall: with less than two hours to go the mail leaves at once if it must, and a
// call stands beside it until the mail was handed over.
func TestUrgentNewsOfStaffIsAlsoACall(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		drain(t, h)
		calls := func() string {
			return fmt.Sprint(h.Ask(t,
				"SELECT about, CASE WHEN done_at = '' THEN 'open' ELSE 'done' END, CASE staff WHEN '"+string(l.other)+
					"' THEN 'other' ELSE 'lead' END FROM tasks WHERE kind = 'call' ORDER BY 3"))
		}
		h.Set(firstStart().Add(-20 * time.Minute))
		p, err := h.Desk.Preview(t.Context(), h.Request(),
			desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[0], By: l.other,
				Reason: "nobody else can"}))
		if err != nil || !p.AtOnce || len(p.Staff) != 2 || p.Leaves() == "" {
			t.Errorf("the preview says %+v, %v", p, err)
		}
		l.confirm(t, h, desk.Substitute(scheduler.SubstituteRequest{Session: l.sessions[0], By: l.other,
			Reason: "nobody else can"}))
		if got := calls(); got != "[[assignment open lead] [assignment open other]]" {
			t.Errorf("calls are %s", got)
		}
		for range 2 {
			for _, o := range passGate(t, h, due(t, h)) {
				record(t, h, o, reads.Sent)
			}
		}
		if got := calls(); got != "[[assignment done lead] [assignment done other]]" {
			t.Errorf("after the mails left, calls are %s", got)
		}
	})
}

// TestStaffWhoAreGoneAreNotTold disables somebody who leads: nothing is mailed to them.
func TestStaffWhoAreGoneAreNotTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		if err := h.DB.DisableStaff(t.Context(), h.Actor, h.Clinic, l.lead); err != nil {
			t.Fatal(err)
		}
		l.tell(t, h)
	})
}

// TestStaffMailThatFailsIsATask refuses a mail to staff: the task names the member of staff, the ledger
// finds the mail by their name, and a report that it came back finds it, too.
func TestStaffMailThatFailsIsATask(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		h.Set(h.Now().Add(scheduler.ChangeDelay))
		text := passGate(t, h, due(t, h))
		if len(text) != 1 {
			t.Fatalf("%d mails, want the text", len(text))
		}
		record(t, h, text[0], reads.Refused)
		tasks, err := h.DB.Tasks(t.Context(), h.Actor, h.Clinic)
		if err != nil {
			t.Fatal(err)
		}
		named := false
		for _, task := range tasks {
			named = named || task.Kind == scheduler.NoticeTask && task.Staff == l.lead && task.Name == "Fay Leader"
		}
		if !named {
			t.Errorf("no task names who was not told: %+v", tasks)
		}
		ledger, err := h.DB.Ledger(t.Context(), h.Actor, h.Clinic, reads.LedgerQuery{Name: "leader"})
		if err != nil || len(ledger.Rows) == 0 || ledger.Rows[0].Name != "Fay Leader" {
			t.Errorf("the ledger has %+v, %v", ledger.Rows, err)
		}
		taken, err := h.DB.TakeBounce(t.Context(), worker,
			reads.Inbound{Digest: rand.Text(), Notice: text[0].Notice,
				Refusals: []reads.Refusal{{Said: "no such mailbox"}}})
		if err != nil || taken.Act != "task" {
			t.Errorf("a report that it came back: %+v, %v", taken, err)
		}
	})
}

// TestStaffRefuseASession answers an invite of staff: a refusal by the member of staff themself asks
// coordinators for somebody else, and any other answer changes nothing.
func TestStaffRefuseASession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		var invite reads.Handover
		for _, o := range drain(t, h) {
			if o.Kind == scheduler.AssignedOne {
				invite = o
			}
		}
		for _, c := range []struct {
			from, partstat string
			authentic      bool
			act            string
		}{
			{invite.Address, "ACCEPTED", true, "drop"},
			{"stranger@example.org", "DECLINED", true, "drop"},
			{invite.Address, "DECLINED", false, "drop"},
			{invite.Address, "DECLINED", true, "task"},
		} {
			taken, err := h.DB.TakeReply(t.Context(), worker, gate.Reply{
				Method: gate.MethodReply, UID: invite.Seats[0].UID, Partstat: c.partstat, From: c.from,
				Authentic: c.authentic, Attendee: c.from,
			}, reads.Inbound{Digest: rand.Text(), From: c.from})
			if err != nil || taken.Act != c.act {
				t.Errorf("%+v: %+v, %v", c, taken, err)
			}
		}
		if got := h.Ask(t, "SELECT about FROM tasks WHERE staff = '"+string(l.lead)+
			"'"); fmt.Sprint(got) != "[[no-leader]]" {
			t.Errorf("tasks: %v", got)
		}
	})
}

// TestStaffNewsRestsWithTheLastChange moves a session twice within three minutes: the first mail is dropped, and
// one mail leaves three minutes after the second change.
func TestStaffNewsRestsWithTheLastChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		l := openLed(t, h)
		if _, err := h.DB.Foresee(t.Context(), access.System("agenda")); err != nil {
			t.Fatal(err)
		}
		drain(t, h)
		to := func(hour int) desk.Proposal {
			day := civil.Date{Year: 2026, Month: 1, Day: 14}
			at := civil.WallTime{Date: day, Clock: civil.Clock{Hour: hour}}
			return desk.Move(scheduler.MoveRequest{Session: l.sessions[1], To: at})
		}
		l.confirm(t, h, to(9))
		h.Set(h.Now().Add(2 * time.Minute))
		l.confirm(t, h, to(10))
		h.Set(h.Now().Add(time.Minute))
		if early := passGate(t, h, due(t, h)); len(early) != 0 {
			t.Errorf("one minute after the second change staff were told\n%s", sayStaff(l.names, early))
		}
		l.tell(t, h, "lead: assignment REQUEST 1/0114T15")
	})
}
