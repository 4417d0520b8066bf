package scheduler_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func ptr[T any](value T) *T { return &value }

// set changes a cohort, and fails the test when that cannot be done.
func (c *clinic) set(q scheduler.CohortSetting) {
	c.t.Helper()
	if err := c.confirm(desk.SetCohort(q)); err != nil {
		c.t.Fatalf("%+v: %v", q, err)
	}
}

// TestSetCohortFromADate: place and length of the sessions from a date on change and are told, those
// before stay, and what is planned later has them too.
func TestSetCohortFromADate(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(define(t, rolling))
	o.Place = "Room 2"
	cohort := c.open(o)
	c.enroll(cohort, c.person("p", scheduler.Email))
	c.welcomed()
	c.set(scheduler.CohortSetting{Cohort: cohort, From: date("2026-01-20"), Place: ptr("Room 5"), Minutes: ptr(90)})
	var told []string
	for _, x := range c.last.Announcements {
		told = append(told, fmt.Sprint(x.About, " ", x.Before.Place, " ", x.After.Place, " ",
			x.After.End.Sub(x.After.Start)))
	}
	slices.Sort(told)
	if told = slices.Compact(told); len(told) != 1 || told[0] != "moved Room 2 Room 5 1h30m0s" {
		t.Errorf("told %q", told)
	}
	check := func() {
		t.Helper()
		for _, s := range c.roster(cohort).Sessions {
			before := s.Wall.Date.Before(date("2026-01-20"))
			if before != (s.Place == "Room 2") || before != (s.Minutes == 120) ||
				s.End.Sub(s.Start).Minutes() != float64(s.Minutes) {
				t.Errorf("%s: %s, %d minutes", s.Wall, s.Place, s.Minutes)
			}
		}
	}
	check()
	planned := len(c.roster(cohort).Sessions)
	c.keep("2026-03-01T12:00:00Z")
	c.must(desk.Extend(cohort))
	if len(c.roster(cohort).Sessions) == planned {
		t.Fatal("nothing was planned later")
	}
	check()
}

// TestSetOneSession: only that session changes, and its seats are its own whatever upkeep does.
func TestSetOneSession(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	s := c.on(cohort, "2026-01-13").ID
	c.set(scheduler.CohortSetting{Session: s, Place: ptr("Room 5"), Minutes: ptr(60), Seats: ptr(2),
		Reason: "a small room"})
	c.keep("2026-01-05T16:00:00Z")
	for _, x := range c.roster(cohort).Sessions {
		own := x.ID == s
		if own != (x.Place == "Room 5") || own != (x.Minutes == 60) || own != (x.SeatLimit == 2) {
			t.Errorf("%s: %s, %d minutes, %d seats", x.Wall, x.Place, x.Minutes, x.SeatLimit)
		}
	}
	if r := c.roster(cohort); r.Cohort.Place != "Online" {
		t.Errorf("the group's place is %s", r.Cohort.Place)
	}
	c.set(scheduler.CohortSetting{Cohort: cohort, Seats: ptr(3)})
	if got := c.on(cohort, "2026-01-13").SeatLimit; got != 3 {
		t.Errorf("the later word of the group gives it %d seats", got)
	}
}

// TestSeatsFromADate are those of the sessions from then on.
func TestSeatsFromADate(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	was := c.on(cohort, "2026-01-13").SeatLimit
	c.set(scheduler.CohortSetting{Cohort: cohort, From: date("2026-01-27"), Seats: ptr(5), Reason: "a small room"})
	for _, s := range c.roster(cohort).Sessions {
		want := was
		if !s.Wall.Date.Before(date("2026-01-27")) {
			want = 5
		}
		if s.SeatLimit != want {
			t.Errorf("%s has %d seats, not %d", s.Wall, s.SeatLimit, want)
		}
	}
}

// TestATellingPlaceNeedsAReason when a cohort is opened, and when it or a session changes; the reason is kept.
func TestATellingPlaceNeedsAReason(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(c *clinic, cohort scheduler.ID, reason string) error{
		"cohort": func(c *clinic, cohort scheduler.ID, reason string) error {
			return c.confirm(desk.SetCohort(scheduler.CohortSetting{Cohort: cohort,
				Place: ptr("Opioid recovery, Room 2"), Reason: reason}))
		},
		"session": func(c *clinic, cohort scheduler.ID, reason string) error {
			s := c.on(cohort, "2026-01-13").ID
			return c.confirm(desk.SetCohort(scheduler.CohortSetting{Session: s, Place: ptr("Opioid recovery, Room 2"),
				Reason: reason}))
		},
		"open": func(c *clinic, _ scheduler.ID, reason string) error {
			o := opening(define(c.t, closed))
			o.Place, o.Reason = "Opioid recovery, Room 2", reason
			_, err := c.desk().OpenCohort(t.Context(), c.request(), o)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(define(t, closed)))
			if err := do(c, cohort, " "); !errors.Is(err, scheduler.ErrNeedsReason) ||
				fault.All(err)[0].Field != "place" {
				t.Fatalf("without a reason: %v", err)
			}
			if err := do(c, cohort, "so the door says"); err != nil {
				t.Fatalf("with a reason: %v", err)
			}
			if kept := c.last.Exceptions; len(kept) != 1 || kept[0].Rule != scheduler.RuleTelling ||
				kept[0].Reason != "so the door says" {
				t.Errorf("kept %+v", kept)
			}
		})
	}
}

// TestRolesAreFilledLater: who is named leads the appointments of the role, and is refused without
// what the role asks for.
func TestRolesAreFilledLater(t *testing.T) {
	t.Parallel()
	c, o := newClinic(t), opening(builtin(t, "train-mi"))
	o.Place = "Room 2"
	cohort := c.open(o)
	unfilled := func() []string {
		r := c.roster(cohort)
		return scheduler.Unfilled(r.Definition, r.Cohort)
	}
	if got := fmt.Sprint(unfilled()); got != "[trainer coach]" {
		t.Fatalf("nobody fills %s", got)
	}
	if c.askedAbout(scheduler.AboutRole) != 1 {
		t.Error("there is no task")
	}
	c.set(scheduler.CohortSetting{Cohort: cohort, Posts: []scheduler.Post{{Role: "coach", Staff: "kim"}},
		Reason: "certified next week"})
	if kept := c.last.Overrides; len(kept) != 1 || kept[0].Staff != "kim" || kept[0].Credential != "mi-coach" {
		t.Errorf("kept %+v", kept)
	}
	for _, s := range c.roster(cohort).Sessions {
		if s.Appointment() != (s.Leader == "kim") {
			t.Errorf("%s is led by %q", s.Wall, s.Leader)
		}
	}
	c.set(scheduler.CohortSetting{Cohort: cohort, Posts: []scheduler.Post{{Role: "trainer", Staff: "sam"}},
		Reason: "certified next week"})
	if r := c.roster(cohort); r.Cohort.Lead != "sam" || len(unfilled()) != 0 || c.askedAbout(scheduler.AboutRole) != 0 {
		t.Errorf("led by %q, nobody fills %v, %d tasks", r.Cohort.Lead, unfilled(), c.askedAbout(scheduler.AboutRole))
	}
	if _, err := c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo); err != nil ||
		c.askedAbout(scheduler.AboutRole) != 1 {
		t.Errorf("undone there are %d tasks, %v", c.askedAbout(scheduler.AboutRole), err)
	}
	err := c.confirm(desk.SetCohort(scheduler.CohortSetting{Cohort: cohort,
		Posts: []scheduler.Post{{Role: "internal-trainer", Staff: "ann"}}}))
	if !errors.Is(err, scheduler.ErrNeedsReason) || fault.All(err)[0].Field != "facilitator" {
		t.Errorf("without the training: %v", err)
	}
}

// TestWhatCannotBeSet is refused at its field, and nothing changes.
func TestWhatCannotBeSet(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	other := opening(define(t, closed))
	other.At, other.Lead = clock("19:30"), "kim"
	c.open(other)
	before := c.self.ChangeNo
	session := c.on(cohort, "2026-01-13").ID
	for name, x := range map[string]struct {
		q     scheduler.CohortSetting
		kind  fault.Kind
		field string
	}{
		"nothing":  {scheduler.CohortSetting{Cohort: cohort}, fault.Invalid, ""},
		"as it is": {scheduler.CohortSetting{Cohort: cohort, Place: ptr("Online")}, fault.Invalid, ""},
		"past": {scheduler.CohortSetting{Cohort: cohort, From: date("2025-12-01"), Place: ptr("Room 5")},
			fault.Invalid, "from"},
		"nothing left": {scheduler.CohortSetting{Cohort: cohort, From: date("2027-12-01"), Place: ptr("Room 5")},
			fault.Closed, "from"},
		"no length": {scheduler.CohortSetting{Cohort: cohort, Minutes: ptr(0)}, fault.Invalid, "minutes"},
		"two lines": {scheduler.CohortSetting{Cohort: cohort, Place: ptr("Room\n5")}, fault.Invalid, "place"},
		"its name":  {scheduler.CohortSetting{Session: session, Name: ptr("Evening")}, fault.Invalid, "name"},
		"its role": {scheduler.CohortSetting{Session: session, Posts: []scheduler.Post{{Staff: "ann"}}},
			fault.Invalid, "role"},
		"no such group": {scheduler.CohortSetting{Cohort: "none", Minutes: ptr(60)}, fault.NotFound, ""},
		"busy": {scheduler.CohortSetting{Cohort: cohort, Lead: ptr(scheduler.ID("kim"))}, fault.Conflict,
			"facilitator"},
	} {
		err := c.confirm(desk.SetCohort(x.q))
		if !fault.Is(err, x.kind) || fault.All(err)[0].Field != x.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.self.ChangeNo != before {
		t.Error("something changed")
	}
}

// TestSettingACohortIsTakenBack within three minutes, and nobody is told.
func TestSettingACohortIsTakenBack(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.patient = true
	cohort := c.open(opening(define(t, closed)))
	c.enroll(cohort, c.person("p", scheduler.Email))
	before := fmt.Sprintf("%+v", c.roster(cohort).Cohort) + fmt.Sprint(c.dates(cohort, c.latest("p").ID))
	c.set(scheduler.CohortSetting{Cohort: cohort, From: date("2026-01-20"), Name: ptr("Other"), Place: ptr("Room 5"),
		Minutes: ptr(60), Seats: ptr(6), Reason: "small"})
	if _, err := c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v", c.roster(cohort).Cohort) +
		fmt.Sprint(c.dates(cohort, c.latest("p").ID)); after != before {
		t.Errorf("%s\nnot\n%s", after, before)
	}
	for _, s := range c.roster(cohort).Sessions {
		if s.Place != "Online" || s.Minutes != 120 || s.Seats != 0 {
			t.Errorf("%s: %s, %d minutes, %d seats of its own", s.Wall, s.Place, s.Minutes, s.Seats)
		}
	}
}
