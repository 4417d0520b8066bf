package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func TestOpeningRefusesBadInput(t *testing.T) {
	t.Parallel()
	more, group := builtin(t, "more-telehealth"), define(t, closed)
	gap := func(o *scheduler.OpenRequest) { o.Start, o.At = date("2026-03-01"), clock("02:30") }
	overlap := func(o *scheduler.OpenRequest) { o.Start, o.At = date("2026-10-25"), clock("01:30") }
	for name, tt := range map[string]struct {
		definition *protocols.Definition
		change     func(*scheduler.OpenRequest)
		field      string
		sentence   string
	}{
		"no protocol": {more, func(o *scheduler.OpenRequest) { o.Definition = nil }, "protocol",
			"Choose a protocol. `almanac protocol list` shows them all."},
		"no zone": {more, func(o *scheduler.OpenRequest) { o.Zone = "" }, "zone",
			"The time zone is missing; type a place such as America/New_York."},
		"unknown zone": {more, func(o *scheduler.OpenRequest) { o.Zone = "Mars/Base" }, "zone",
			`The time zone "Mars/Base" is unknown; type a place such as America/New_York.`},
		"Local": {more, func(o *scheduler.OpenRequest) { o.Zone = "Local" }, "zone",
			`"Local" means a different zone on every machine; type a place such as America/New_York.`},
		"abbreviation": {more, func(o *scheduler.OpenRequest) { o.Zone = "EST" }, "zone",
			`"EST" is an abbreviation and not a place; type a place such as America/New_York.`},
		"no start": {more, func(o *scheduler.OpenRequest) { o.Start = civil.Date{} }, "start",
			"A start date is needed, written like 2026-01-06."},
		"odd start": {more, func(o *scheduler.OpenRequest) { o.Start = civil.Date{Year: 2026, Month: 2, Day: 30} },
			"start", "The start 2026-02-30 is not a day of the calendar; check the month and the day."},
		"past start": {more, func(o *scheduler.OpenRequest) { o.Start = date("2025-12-30") }, "start",
			"The first session, on 2025-12-30, has passed. Choose a later start, or confirm that a past start is " +
				"meant."},
		"gap": {more, gap, "time",
			"On 2026-03-08 the clocks go forward and 02:30 does not exist: it would be 03:30 EDT or 01:30 EST, and " +
				"the first counts. Choose another time, or accept the shift."},
		"overlap": {more, overlap, "time",
			"On 2026-11-01 the clocks go back and 01:30 occurs twice, as 01:30 EDT and as 01:30 EST, and the " +
				"first counts. Choose another time, or accept the shift."},
		"no seats": {more, func(o *scheduler.OpenRequest) { o.Capacity, o.HasCapacity = 0, true }, "capacity",
			"A cohort needs at least one seat. Give a capacity of 6 or more."},
		"less than 0": {group, func(o *scheduler.OpenRequest) { o.Capacity, o.HasCapacity = -1, true }, "capacity",
			"A cohort needs at least one seat. Give a capacity of 1 or more."},
		"below minimum": {more, func(o *scheduler.OpenRequest) { o.Capacity, o.HasCapacity = 5, true }, "capacity",
			"This protocol needs at least 6 people. Give a capacity of 6 or more, or a reason."},
		"too large": {more, func(o *scheduler.OpenRequest) { o.Capacity, o.HasCapacity = 1001, true }, "capacity",
			"A cohort has at most 1000 seats. Give a smaller capacity."},
		"above maximum": {more, func(o *scheduler.OpenRequest) { o.Capacity, o.HasCapacity = 13, true }, "capacity",
			"This protocol seats at most 12 people. Give a capacity of 12 or fewer, or a reason."},
		"far": {more, func(o *scheduler.OpenRequest) { o.Start = date("2126-01-06") }, "start",
			"2126-01-06 is more than two years ahead. Check the year, or confirm that it is meant."},
		"no place": {builtin(t, "mbsr"), func(o *scheduler.OpenRequest) { o.Start = date("2026-02-03") }, "place",
			`This cohort meets in person. Say where, in words that reveal nothing, such as "Room 2".`},
		"CR/LF in name": {more, func(o *scheduler.OpenRequest) { o.Name = "Tuesdays\r\nX-Header: 1" }, "name",
			"The name has a line break or a character that cannot be shown; type it again."},
		"LF at the end": {more, func(o *scheduler.OpenRequest) { o.Name = "Tuesdays\n" }, "name",
			"The name has a line break or a character that cannot be shown; type it again."},
		"LF in place": {more, func(o *scheduler.OpenRequest) { o.Place = "Room\n2" }, "place",
			"The place has a line break or a character that cannot be shown; type it again."},
		"telling place": {more, func(o *scheduler.OpenRequest) { o.Place = "Opioid recovery group, Room 2" }, "place",
			`The place says "Opioid", which tells others why people come here. ` +
				`Write it without that word, or give a reason to insist.`},
		"longer word": {more, func(o *scheduler.OpenRequest) { o.Place = "Teletherapy, salud MENTAL" }, "place",
			`The place says "Teletherapy", which tells others why people come here. ` +
				`Write it without that word, or give a reason to insist.`},
		"two words": {more, func(o *scheduler.OpenRequest) { o.Place = "Salud MENTAL" }, "place",
			`The place says "Salud MENTAL", which tells others why people come here. ` +
				`Write it without that word, or give a reason to insist.`},
		"hidden word": {more, func(o *scheduler.OpenRequest) { o.Place = "M.O.R.E. room" }, "place",
			`The place says "M.O.R.E", which tells others why people come here. ` +
				`Write it without that word, or give a reason to insist.`},
		"broken UTF-8": {more, func(o *scheduler.OpenRequest) { o.Place = "Room \xff" }, "place",
			"The place has a line break or a character that cannot be shown; type it again."},
		"long name": {more, func(o *scheduler.OpenRequest) { o.Name = strings.Repeat("ä", 201) }, "name",
			"The name is longer than 200 characters; shorten it."},
		"holidays": {more, func(o *scheduler.OpenRequest) { o.Holidays = "us" }, "holidays",
			"There is no such holiday calendar. Write us-federal, or leave it empty."},
		"all closed": {more, func(o *scheduler.OpenRequest) {
			o.Closed = []civil.DateRange{{From: date("2026-01-06"), To: date("2040-01-01")}}
		}, "start", "No date is open in the five years from 2026-01-06 on; shorten the closed days."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, o := newClinic(t), opening(tt.definition)
			tt.change(&o)
			_, err := o.Lay(c.zones, c.now)
			refused(t, err, fault.Invalid, tt.field, tt.sentence)
			id, err := c.desk().OpenCohort(t.Context(), c.request(), o)
			refused(t, err, fault.Invalid, tt.field, tt.sentence)
			if id != "" || len(c.rosters) != 0 || c.self.ChangeNo != 1 {
				t.Error("something was stored")
			}
		})
	}
}

func TestOpeningReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	o := opening(builtin(t, "more-telehealth"))
	o.Start, o.At = date("2026-01-04"), clock("02:30")
	o.Name, o.Place, o.Capacity, o.HasCapacity = "a\rb", "c\td", 3, true
	o.Weekdays = []time.Weekday{time.Sunday, time.Monday}
	calendar, err := o.Lay(zones(t), instant("2026-06-01T00:00:00Z"))
	var fields []string
	for _, f := range fault.All(err) {
		fields = append(fields, f.Field)
	}
	same(t, "fields", fields, "[capacity name place start]")
	if calendar == nil || len(calendar.Sessions) != 8 {
		t.Error("the dates are not shown beside the faults")
	}
	o.Definition, o.Zone, o.Start = nil, "Local", civil.Date{}
	calendar, err = o.Lay(zones(t), now())
	fields = nil
	for _, f := range fault.All(err) {
		fields = append(fields, f.Field)
	}
	same(t, "fields without dates", fields, "[protocol zone start name place]")
	if calendar != nil {
		t.Error("there is a calendar without a protocol")
	}
}

func TestOpeningTakesWhatIsAccepted(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(builtin(t, "more-telehealth"))
	o.Start, o.At, o.AcceptShift = date("2026-03-01"), clock("02:30"), true
	s := c.on(c.open(o), "2026-03-08")
	same(t, "a time in the gap", s.Start.Format(time.RFC3339), "2026-03-08T07:30:00Z") // RFC 5545 §3.3.5: 3:30 EDT
	o.Start, o.At = date("2026-10-25"), clock("01:30")
	s = c.on(c.open(o), "2026-11-01")
	same(t, "the first of two", s.Start.Format(time.RFC3339), "2026-11-01T05:30:00Z")
	o = opening(builtin(t, "more-telehealth"))
	o.Start, o.Past = date("2025-11-04"), true
	if got := len(c.roster(c.open(o)).Sessions); got != 8 {
		t.Errorf("a past cohort has %d sessions, want 8", got)
	}
}

func TestOpenClosedCohort(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(builtin(t, "more-telehealth"))
	o.Zone, o.Name = "US/Eastern", "  Tuesdays "
	o.Closed = []civil.DateRange{{From: date("2026-01-20"), To: date("2026-01-20")}}
	r := c.roster(c.open(o))
	same(t, "cohort", []any{r.Cohort.Zone, r.Cohort.Name, r.Cohort.Protocol, r.Cohort.Capacity, r.Cohort.Place,
		r.Cohort.State, r.Cohort.Clinic},
		[]any{"America/New_York", "Tuesdays", "more-telehealth@1", 12, "Online", "open", "clinic"})
	if r.Cohort.Hash != o.Definition.Hash() || r.Cohort.ZoneData != c.zones.Version() ||
		!r.Cohort.OpenedAt.Equal(c.now) {
		t.Error("the cohort does not say what it was opened with")
	}
	if len(r.Sessions) != 8 {
		t.Fatalf("%d sessions, want 8", len(r.Sessions))
	}
	for i, s := range r.Sessions {
		if s.Number != i+1 || s.Counter != i+1 || !s.Main || s.Kind != "group" || s.SeatLimit != 12 ||
			s.State != scheduler.SessionPlanned {
			t.Errorf("session %d is %+v", i+1, s)
		}
		if want := r.Cohort.ID + "s000" + scheduler.ID(rune('1'+i)); s.ID != want {
			t.Errorf("session %d has the id %s, want %s", i+1, s.ID, want)
		}
		if s.Wall.Clock != clock("18:00") || s.End.Sub(s.Start) != 2*time.Hour {
			t.Errorf("session %d is at %s for %s", i+1, s.Wall, s.End.Sub(s.Start))
		}
	}
	same(t, "third session", r.Sessions[2].Wall, "2026-01-27T18:00")
	same(t, "audit", c.last.Audit,
		[]scheduler.AuditEntry{{Action: "cohort.open", Subjects: []scheduler.ID{r.Cohort.ID}}})
}

func TestOpenTakesItsOwnCapacityAndPlace(t *testing.T) {
	t.Parallel()
	c, o := newClinic(t), opening(builtin(t, "more-telehealth"))
	o.Capacity, o.HasCapacity, o.Reason, o.Place, o.Lead = 20, true, "a larger room", " Room 2 ",
		has(c, "lead", "more-trained", "")
	for _, s := range c.roster(c.open(o)).Sessions {
		same(t, "session", []any{s.SeatLimit, s.Place, s.Leader}, []any{20, "Room 2", "lead"})
	}
}

func TestOpenRefusesABusyFacilitator(t *testing.T) {
	t.Parallel()
	c, o := newClinic(t), opening(builtin(t, "more-telehealth"))
	o.Lead = has(c, "lead", "more-trained", "")
	c.open(o)
	o.Start, o.At = date("2026-02-24"), clock("19:59")
	_, err := c.desk().OpenCohort(t.Context(), c.request(), o)
	refused(t, err, fault.Conflict, "facilitator",
		"The facilitator already has a session at that time on 2026-02-24. Choose another time or another facilitator.")
	o.At = clock("20:00") // one ends when the other begins
	c.open(o)
	person := opening(define(t, closed))
	person.At = clock("12:00")
	c.enroll(c.open(person), "attends")
	o.Lead, o.Start, o.At = "attends", date("2026-01-20"), clock("13:00")
	_, err = c.desk().OpenCohort(t.Context(), c.request(), o)
	refused(t, err, fault.Conflict, "facilitator",
		"The facilitator already has a session at that time on 2026-01-20. Choose another time or another facilitator.")
}

func TestRollingCohortsArePlannedForAStayBeyondTheProjection(t *testing.T) {
	t.Parallel()
	lastEntry := date("2026-01-06").AddDays(26 * 7)
	for name, tt := range map[string]struct {
		lines []string
		last  civil.Date
	}{
		"content":  {nil, lastEntry.AddDays(7 * 7)},
		"sessions": {[]string{"completion: {type: sessions, n: 12}"}, lastEntry.AddDays(11 * 7)},
		"weeks":    {[]string{"completion: {type: weeks, n: 10}"}, lastEntry.AddDays(10 * 7)},
		"skip":     {[]string{"on_holiday: skip"}, lastEntry.AddDays(7 * 7)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, o := newClinic(t), opening(define(t, rolling, tt.lines...))
			o.Closed = []civil.DateRange{{From: date("2026-01-20"), To: date("2026-01-20")}}
			r := c.roster(c.open(o))
			last := r.Sessions[len(r.Sessions)-1]
			same(t, "last session", last.Wall.Date, tt.last)
			for i, s := range r.Sessions {
				if s.Number != i+1 || s.Wall.Clock != clock("18:00") {
					t.Errorf("session %d is number %d at %s", i+1, s.Number, s.Wall)
				}
			}
		})
	}
}

func TestRollingContentComesRound(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	r := c.roster(c.open(opening(define(t, rolling))))
	for i, s := range r.Sessions {
		if want := []string{"m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"}[i%8]; s.Position != want {
			t.Errorf("%s has %s, want %s", s.Wall, s.Position, want)
		}
	}
	same(t, "title of the ninth", r.Sessions[8].Title, "One")
}

func TestRollingOpeningLooksAtEveryPlannedDate(t *testing.T) {
	t.Parallel()
	o := opening(define(t, rolling))
	o.Start, o.At = date("2026-04-05"), clock("01:30") // the clocks go back in the 31st week
	_, err := o.Lay(zones(t), now())
	refused(t, err, fault.Invalid, "time",
		"On 2026-11-01 the clocks go back and 01:30 occurs twice, as 01:30 EDT and as 01:30 EST, and the first "+
			"counts. Choose another time, or accept the shift.")
}

func TestExtend(t *testing.T) {
	t.Parallel()
	c, o := newClinic(t), opening(define(t, rolling))
	o.Lead = "lead"
	cohort := c.open(o)
	before := copyRoster(c.roster(cohort))
	extend := func() {
		t.Helper()
		if err := c.desk().Confirm(t.Context(), c.request(), desk.Extend(cohort)); err != nil {
			t.Fatal(err)
		}
	}
	extend()
	if got := len(c.roster(cohort).Sessions); got != len(before.Sessions) {
		t.Fatalf("at the same time %d sessions became %d", len(before.Sessions), got)
	}
	other := opening(define(t, closed)) // the facilitator is taken on the second of the new dates
	other.Start, other.Lead = before.Sessions[len(before.Sessions)-1].Wall.Date.AddDays(14), "lead"
	c.open(other)
	c.now = instant("2026-01-27T12:00:00Z")
	extend()
	after := c.roster(cohort)
	added := after.Sessions[len(before.Sessions):]
	if len(added) != 3 {
		t.Fatalf("three weeks later there are %d more sessions, want 3", len(added))
	}
	for i, s := range added {
		want := before.Sessions[(len(before.Sessions)+i)%8].Position
		same(t, "added", []any{s.Number, s.Position, s.Wall.Date},
			[]any{len(before.Sessions) + i + 1, want,
				before.Sessions[len(before.Sessions)-1].Wall.Date.AddDays(7 * (i + 1))})
	}
	same(t, "facilitators", []any{added[0].Leader, added[1].Leader, added[2].Leader}, "[lead  ]")
	for i, s := range before.Sessions {
		if *after.Sessions[i] != *s {
			t.Errorf("session %d changed", i+1)
		}
	}
}

func TestExtendSeatsWhoStaysWithoutEnd(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "completion: {type: none}")))
	p := c.enroll(cohort, "p")
	before := len(c.dates(cohort, p.Enrollment))
	c.now = instant("2026-01-27T12:00:00Z")
	if err := c.desk().Confirm(t.Context(), c.request(), desk.Extend(cohort)); err != nil {
		t.Fatal(err)
	}
	if got := len(c.dates(cohort, p.Enrollment)); got != before+3 || before != len(c.roster(cohort).Sessions)-3 {
		t.Errorf("%d seats became %d", before, got)
	}
	if len(c.last.Notices)+len(c.last.Tasks)+len(c.last.Announcements) != 0 {
		t.Errorf("dates far ahead were told: %v", c.last.Announcements)
	}
	o := opening(define(t, closed))
	o.Past = true
	other := c.open(o)
	if err := c.desk().Confirm(t.Context(), c.request(), desk.Extend(other)); err != nil ||
		len(c.roster(other).Sessions) != 8 {
		t.Errorf("a closed cohort was extended: %v", err)
	}
}

func TestNumbersOfAWindow(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling)))
	c.now = instant("2026-03-05T12:00:00Z")
	r := c.roster(cohort)
	r.Sessions = r.Sessions[8:] // the store leaves out what nobody owns any more
	next := c.on(cohort, "2026-03-10")
	same(t, "number", next.Number, 10)
	if err := c.cancel(scheduler.CancelRequest{Session: next.ID}); err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for _, s := range c.roster(cohort).Sessions[:4] {
		numbers = append(numbers, s.Number)
	}
	same(t, "numbers", numbers, "[9 0 10 11]")
}

func TestSeatsAreSaidAsTheyAre(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"3 of 8 seats":      scheduler.SeatsTaken(3, 8, 8),
		"0 of 1 seat":       scheduler.SeatsTaken(0, 1, 8), // an appointment of a cohort
		"3 seated, limit 1": scheduler.SeatsTaken(3, 3, 1),
		"12 seated":         scheduler.SeatsTaken(12, scheduler.MaxCapacity, scheduler.MaxCapacity),
		"12 of 999 seats":   scheduler.SeatsTaken(12, 999, 999),
		"1 of 1 seat":       scheduler.SeatsTaken(1, 1, 0),
		"5 seated, limit 4": scheduler.SeatsTaken(5, 5, 4),
		"4 of 4 seats":      scheduler.SeatsTaken(4, 4, 4),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
