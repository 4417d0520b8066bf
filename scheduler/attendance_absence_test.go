package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// Each letter is a week from 2026-01-06 on: present, missed, excused, or nothing
// is known.
func TestAbsencesAskStaffAndNobodyIsDischarged(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule, weeks string
		tasks       int
	}{
		"in a row":                        {"consecutive: 3", "mmm", 1},
		"one too few":                     {"consecutive: 3", "mm", 0},
		"attended between":                {"consecutive: 3", "mmpm", 0},
		"excused between":                 {"consecutive: 3", "mmem", 1},
		"only excused":                    {"consecutive: 3", "eeee", 0},
		"not known between":               {"consecutive: 3", "mm-m", 0},
		"asked once":                      {"consecutive: 3", "mmmmm", 1},
		"within three weeks":              {"misses: 2, within: P3W", "mpm", 1},
		"as long ago as that":             {"misses: 2, within: P3W", "mppm", 0},
		"three of four in January":        {"percent: 75", "mpppp", 0},
		"two of four in January":          {"percent: 75", "mpmpp", 1},
		"January is not over":             {"percent: 75", "mmm", 0},
		"what is not known does not tell": {"percent: 75", "p---p", 0},
		"one of the two that are known":   {"percent: 75", "pm--p", 1},
		"no rule":                         {"hold_max: P28D", "mmmmm", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(define(t, rolling, "completion: {type: content}\nabsence: {"+tt.rule+"}")))
			p := c.enroll(cohort, "P").Enrollment
			states := map[rune]scheduler.SeatState{'p': scheduler.SeatPresent, 'm': scheduler.SeatMissed,
				'e': scheduler.SeatExcused}
			day := date("2026-01-06")
			for _, week := range tt.weeks {
				c.now = c.on(cohort, day.String()).End
				if state, known := states[week]; known {
					c.note(cohort, "P", state, day.String()[5:])
				}
				day = day.AddDays(7)
			}
			same(t, "tasks", len(c.asked()), tt.tasks)
			same(t, "state", c.enrollment(p).State, scheduler.Active)
		})
	}
}

// A month ends by the clock alone, and so does the look at it: without another mark,
// but not before the attendance of its last session could be taken.
func TestAMonthIsLookedAtWhenItIsOver(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	c.now = instant("2026-01-02T15:00:00Z")
	o := opening(define(t, rolling, "completion: {type: content}\nabsence: {percent: 75}"))
	o.Start = date("2026-01-03")
	cohort := c.open(o)
	p := c.enroll(cohort, "P").Enrollment
	absences := func(at string) int {
		t.Helper()
		c.keep(at)
		return c.askedAbout(scheduler.AboutAbsence)
	}
	c.now = instant("2026-01-25T15:00:00Z")
	c.note(cohort, "P", scheduler.SeatPresent, "01-03", "01-10")
	c.note(cohort, "P", scheduler.SeatMissed, "01-17")
	c.note(cohort, "P", scheduler.SeatExcused, "01-24") // 2 of 3, which is 67 percent
	same(t, "while the month runs", absences("2026-01-31T15:00:00Z"), 0)
	same(t, "while its last session may still be noted", absences("2026-02-01T12:00:00Z"), 0)
	same(t, "then", absences("2026-02-02T02:00:00Z"), 1)
	same(t, "and once", absences("2026-02-20T02:00:00Z"), 1)
	same(t, "nobody is discharged", c.enrollment(p).State, scheduler.Active)
	if err := c.withdraw(p); err != nil {
		t.Fatal(err)
	}
	same(t, "nothing is asked about who left", absences("2026-04-02T02:00:00Z"), 1)
}

// Misses count on when somebody goes on in another phase or another cohort, and
// begin anew with a new episode.
func TestAbsencesGoAlong(t *testing.T) {
	t.Parallel()
	t.Run("into the next phase", func(t *testing.T) {
		t.Parallel()
		c, first, second, _ := twoPhases(t, "capacity: {max: 12}\nabsence: {consecutive: 3}")
		c.now = instant("2026-01-08T12:00:00Z")
		c.note(first, "P", scheduler.SeatMissed, "01-06")
		c.keep("2026-01-14T01:00:00Z")
		c.now = instant("2026-01-22T12:00:00Z")
		c.note(second, "P", scheduler.SeatMissed, "01-21")
		same(t, "two and one that is not known", c.asked(), "[attendance]")
		c.note(first, "P", scheduler.SeatMissed, "01-13") // late, in the phase that was left
		same(t, "three in a row", c.asked(), "[absence]")
		same(t, "about where they are now", c.taskOf(scheduler.AboutAbsence).Enrollment, c.latest("P").ID)
		same(t, "nobody is discharged", c.latest("P").State, scheduler.Active)
		c.keep("2026-01-23T01:00:00Z")
		same(t, "asked once", c.asked(), "[absence]")
	})
	for name, tt := range map[string]struct {
		leave func(c *clinic, p, there scheduler.ID)
		want  string
	}{
		"into another cohort": {func(c *clinic, p, there scheduler.ID) { c.must(desk.Transfer(p, there)) },
			"[absence]"},
		"not into a new episode": {func(c *clinic, p, _ scheduler.ID) {
			if err := c.withdraw(p); err != nil {
				c.t.Fatalf("withdrawing: %v", err)
			}
			c.now = c.now.Add(1)
			c.must(desk.Reenter(p, scheduler.ModeResume))
		}, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			d := define(t, rolling, "completion: {type: content}\nabsence: {consecutive: 3, percent: 100}",
				"entry: {type: any, lead: P0D}")
			here, there := c.open(opening(d)), c.open(wednesday(d))
			p := c.enroll(here, "P").Enrollment
			c.now = instant("2026-01-14T03:00:00Z")
			c.note(here, "P", scheduler.SeatMissed, "01-06", "01-13")
			tt.leave(c, p, there)
			moved := c.latest("P")
			c.now = instant("2026-01-22T12:00:00Z")
			c.note(c.enrollmentCohort(moved.ID), "P", scheduler.SeatMissed,
				map[bool]string{true: "01-14", false: "01-20"}[c.enrollmentCohort(moved.ID) == there])
			same(t, "asked", c.asked(), tt.want)
			c.keep("2026-02-04T12:00:00Z")
			c.must(desk.TakeAttendance(c.on(here, "2026-01-13").ID,
				scheduler.Mark{Person: "P", State: scheduler.SeatLate}))
			c.keep("2026-02-05T12:00:00Z")
			same(t, "January is asked about once, and no row any more", c.askedAbout(scheduler.AboutAbsence), 1)
		})
	}
}

// A correction that takes a limit away settles the task about it, in the same
// change; another one that brings it back asks anew. What staff did stays done.
func TestACorrectionSettlesTheTaskAboutAbsences(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule, weeks, marked string // one letter a week; then day and letter
		after               int
	}{
		"the last of a row":            {"consecutive: 3", "mmm", "01-20 p", 0},
		"excused after all":            {"consecutive: 3", "mmm", "01-20 e", 0},
		"taken back":                   {"consecutive: 3", "mmm", "01-20 -", 0},
		"the first of a row":           {"consecutive: 3", "mmm", "01-06 l", 0},
		"the first of a longer row":    {"consecutive: 3", "mmmm", "01-06 l", 1},
		"nothing that counts":          {"consecutive: 3", "pmmm", "01-06 l", 1},
		"another kind of miss":         {"misses: 2, within: P3W", "mm", "01-13 p", 0},
		"two of four in January":       {"percent: 75", "mpmpp", "01-20 p", 0},
		"two of four, and one excused": {"percent: 75", "mpmpp", "01-20 e", 1},
		"a first mark, late":           {"percent: 75", "-mppp", "01-06 p", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(define(t, rolling, "completion: {type: content}\nabsence: {"+tt.rule+"}")))
			c.enroll(cohort, "P")
			states := map[byte]scheduler.SeatState{
				'p': scheduler.SeatPresent, 'm': scheduler.SeatMissed, 'e': scheduler.SeatExcused,
				'l': scheduler.SeatLate, '-': scheduler.SeatPlanned,
			}
			day := date("2026-01-06")
			for i := range len(tt.weeks) {
				c.now = c.on(cohort, day.String()).End
				if tt.weeks[i] != '-' {
					c.note(cohort, "P", states[tt.weeks[i]], day.String()[5:])
				}
				day = day.AddDays(7)
			}
			same(t, "asked", c.asked(), "[absence]")
			c.note(cohort, "P", states[tt.marked[6]], tt.marked[:5])
			same(t, "asked after the correction", len(c.asked()), tt.after)
		})
	}
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "completion: {type: content}\nabsence: {consecutive: 2}")))
	p := c.enroll(cohort, "P").Enrollment
	c.now = instant("2026-01-14T12:00:00Z")
	c.note(cohort, "P", scheduler.SeatMissed, "01-06", "01-13")
	task := c.taskOf(scheduler.AboutAbsence)
	c.note(cohort, "P", scheduler.SeatPresent, "01-13")
	c.note(cohort, "P", scheduler.SeatMissed, "01-13")
	same(t, "again", c.taskOf(scheduler.AboutAbsence).ID, task.ID)
	if err := c.withdraw(p); err != nil {
		t.Fatal(err)
	}
	c.note(cohort, "P", scheduler.SeatPresent, "01-06")
	same(t, "also of who has left", c.asked(), "[]")
	c.note(cohort, "P", scheduler.SeatMissed, "01-06")
	same(t, "nothing is asked", c.asked(), "[]")
}
