package scheduler_test

import (
	"fmt"
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// snow is a clinic with two closed cohorts on Tuesdays, one on Thursdays, and
// a rolling one on Tuesdays; each has a person of its own.
func snow(t *testing.T) (c *clinic, tuesday, late, thursday, open scheduler.ID) {
	t.Helper()
	c = newClinic(t)
	o := opening(define(t, closed))
	o.Name, o.Lead = "Tuesday", "lead"
	tuesday = c.open(o)
	o.Name, o.At = "Late", clock("20:30")
	late = c.open(o)
	o.Name, o.Start = "Thursday", date("2026-01-08")
	thursday = c.open(o)
	r := opening(define(t, rolling))
	r.Name, r.At = "Open", clock("10:00")
	open = c.open(r)
	c.enroll(tuesday, "a")
	c.enroll(late, "b")
	c.enroll(thursday, "c")
	c.enroll(open, "d")
	c.person("e")
	c.enroll(open, "e")
	c.welcomed()
	return c, tuesday, late, thursday, open
}

func TestCloseAllCohorts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		content                scheduler.ContentAfter
		tuesday, thursday, who string
	}{
		"as the protocols say": {
			"", "2 01-13 Session 2 planned 0 01-20 Session 3 cancelled 3 01-27 Session 3 planned", "01-22",
			"[a cancelled 01-20 a added 03-03 b cancelled 01-21 b added 03-04 d cancelled 01-20 d added 03-03 e " +
				"cancelled 01-20 e added 03-03]",
		},
		"append": {
			scheduler.Append, "2 01-13 Session 2 planned 0 01-20 Session 3 cancelled 3 01-27 Session 3 planned",
			"01-22",
			"[a cancelled 01-20 a added 03-03 b cancelled 01-21 b added 03-04 d cancelled 01-20 d added 03-03 e " +
				"cancelled 01-20 e added 03-03]",
		},
		"skip": {
			scheduler.Skip, "2 01-13 Session 2 planned 0 01-20 Session 3 cancelled 3 01-27 Session 4 planned", "01-22",
			"[a cancelled 01-20 b cancelled 01-21 d cancelled 01-20 d added 03-17 e cancelled 01-20 e added 03-17]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, tuesday, _, thursday, open := snow(t)
			before := copyRoster(c.roster(tuesday))
			x := closing("2026-01-20")
			x.Content = tt.content
			if err := c.desk().Confirm(t.Context(), c.request(), desk.Close(x)); err != nil {
				t.Fatal(err)
			}
			same(t, "Tuesday", fmt.Sprint(rows(c.roster(tuesday))[1:4]), "["+tt.tuesday+"]")
			same(t, "Thursday", c.on(thursday, "2026-"+tt.thursday).State, scheduler.SessionPlanned)
			same(t, "told", byPerson(c), tt.who)
			for _, cohort := range []scheduler.ID{tuesday, thursday, open} {
				same(t, "days that it alone leaves out", c.roster(cohort).Cohort.Closed, []civil.DateRange(nil))
			}
			same(t, "closed days", c.self.Closed, []civil.DateRange{x.Days})
			for _, was := range before.Sessions {
				is := c.roster(tuesday).Session(was.ID)
				if is == nil || is.Wall != was.Wall || !is.Start.Equal(was.Start) {
					t.Errorf("the session of %s is %+v now", was.Wall, is)
				}
			}
		})
	}
}

// byPerson prints what the last change tells, in order of person.
func byPerson(c *clinic) []string {
	var all []string
	for _, person := range []scheduler.ID{"a", "b", "c", "d", "e"} {
		for _, line := range news(c.last) {
			if line[:2] == string(person)+" " {
				all = append(all, line)
			}
		}
	}
	return all
}

// A protocol that moves sessions of closed days moves them: one message, and the
// session keeps what it is about.
func TestCloseMoves(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, "on_holiday: move")))
	c.enroll(cohort, "a")
	c.welcomed()
	if err := c.close("2026-01-20..2026-01-21"); err != nil {
		t.Fatal(err)
	}
	same(t, "sessions", rows(c.roster(cohort))[1:4],
		"[2 01-13 Session 2 planned 3 01-22 Session 3 planned 4 01-27 Session 4 planned]")
	same(t, "told", news(c.last), "[a moved 01-22]")
	if err := c.close("2026-02-03..2026-02-09"); err != nil { // no day is open before the next session
		t.Fatal(err)
	}
	same(t, "told", news(c.last), "[a cancelled 02-03 a added 03-03]")
}

// A cohort that cannot close is named with its sentence, and nothing is done
// until it is left out; then the others close.
func TestCloseWhereItCannotBeDone(t *testing.T) {
	t.Parallel()
	c, tuesday, late, thursday, _ := snow(t)
	o := opening(define(t, closed))
	o.Name, o.Lead, o.Start, o.At = "In the way", "lead", date("2026-03-03"), clock("17:30")
	c.open(o)
	stored := written(c)
	preview, err := c.desk().Preview(t.Context(), c.request(), desk.Close(closing("2026-01-20")))
	if err != nil {
		t.Fatal(err)
	}
	const sentence = "The facilitator already has a session at the time of the added date, 2026-03-03T18:00. " +
		"Give the content a date of its own (makeup), or drop it (skip)."
	var names []string
	for _, one := range preview.Cohorts {
		names = append(names, fmt.Sprint(one.Name, " ", len(one.Sessions)))
		if one.Name == "Tuesday" {
			refused(t, one.Trouble, fault.Conflict, "content", sentence)
		}
	}
	same(t, "cohorts", names, "[In the way 0 Late 7 Open 33 Thursday 0 Tuesday 0]")
	same(t, "troubled", preview.Troubled(), []scheduler.ID{tuesday})
	refused(t, c.close("2026-01-20"), fault.Conflict, "without",
		"Nothing was closed, because these cohorts have conflicts. Leave them out, or change them first. "+
			"Tuesday: "+sentence)
	same(t, "after the refusal", written(c), stored)
	if err := c.close("2026-01-20", tuesday); err != nil {
		t.Fatal(err)
	}
	same(t, "left out", c.on(tuesday, "2026-01-20").State, scheduler.SessionPlanned)
	same(t, "left out, closed days", len(c.roster(tuesday).Cohort.Closed), 0)
	same(t, "closed", c.on(late, "2026-01-20").State, scheduler.SessionCancelled)
	same(t, "audit", c.last.Audit[len(c.last.Audit)-1].Action, "cohort.close")
	if err := c.close("2026-01-22", tuesday, thursday); err != nil {
		t.Error("a closure without a session is refused", err)
	}
}

func TestCloseRefuses(t *testing.T) {
	t.Parallel()
	c, _ := group(t)
	for name, tt := range map[string]struct {
		asked           scheduler.CloseRequest
		field, sentence string
	}{
		"no day": {scheduler.CloseRequest{}, "days",
			"Say which day is closed, written like 2026-01-20, or which days, like 2026-12-24..2027-01-02."},
		"over": {closing("2026-01-01..2026-01-04"), "days",
			"These days are over. Choose a day that is still to come."},
		"too many": {closing("2026-01-05..2027-01-06"), "days",
			"A clinic closes for at most 366 days at once. Choose a nearer last day."},
		"odd content": {scheduler.CloseRequest{Days: closing("2026-01-20").Days, Content: "makeup"}, "content",
			"Choose what becomes of the contents: append, skip, or what each protocol says."},
		"the wrong way": {scheduler.CloseRequest{Days: civil.DateRange{From: date("2026-01-20"),
			To: date("2026-01-19")}}, "days",
			"The last closed day, 2026-01-19, is before the first, 2026-01-20. Swap the two."},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, c.desk().Confirm(t.Context(), c.request(), desk.Close(tt.asked)), fault.Invalid,
				tt.field, tt.sentence)
		})
	}
}

// Of two cohorts whose added dates are in each other's way the first closes, and
// the closure of the other is taken back wholly.
func TestCloseWhereCohortsAreInEachOthersWay(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(define(t, closed))
	o.Lead, o.Closed = "lead", closedDays("2026-02-03")
	first := c.open(o) // to 3 March
	o.At, o.Closed = clock("19:30"), nil
	o.Start = date("2026-01-13")
	o.Lead = "other"
	second := c.open(o) // to 3 March
	for _, cohort := range []scheduler.ID{first, second} {
		for _, s := range c.roster(cohort).Sessions {
			if s.Wall.Date.After(date("2026-01-20")) {
				s.Leader = ""
			}
		}
		c.roster(cohort).Cohort.Lead = "lead"
	}
	preview, err := c.desk().Preview(t.Context(), c.request(), desk.Close(closing("2026-01-20")))
	if err != nil || len(preview.Troubled()) != 1 || preview.Troubled()[0] != second {
		t.Fatalf("troubled: %v of %v and %v: %v", preview.Troubled(), first, second, err)
	}
	if err := c.close("2026-01-20", second); err != nil {
		t.Fatal(err)
	}
	same(t, "first", c.on(first, "2026-03-10").Leader, "lead")
	same(t, "second", c.on(second, "2026-01-20").State, scheduler.SessionPlanned)
}
