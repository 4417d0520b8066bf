package scheduler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// windows lists the windows of an enrollment as "id opens..closes", with what was noted.
func (c *clinic) windows(enrollment scheduler.ID) string {
	c.t.Helper()
	b, err := c.Look(context.Background(), desk.Change{},
		desk.Load{Enrollments: []scheduler.ID{enrollment}})
	if err != nil {
		c.t.Fatalf("looking: %v", err)
	}
	var all []string
	for _, a := range b.Assessments(enrollment) {
		all = append(all, strings.TrimRight(fmt.Sprintf("%s %s..%s %s", a.Window, a.Opens, a.Closes, a.Outcome), " "))
	}
	return strings.Join(all, "\n")
}

func (c *clinic) assess(enrollment scheduler.ID, window, on string, more ...func(*scheduler.AssessRequest)) error {
	q := scheduler.AssessRequest{Enrollment: enrollment, Window: window, Outcome: scheduler.AssessmentDone,
		Date: date(on)}
	for _, change := range more {
		change(&q)
	}
	return c.confirm(desk.Assess(q))
}

func TestWindowsOfTheTrials(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"m-rocc": `baseline 2025-12-23..2026-01-06
oral-fluid-1 2026-03-31..2026-04-13
oral-fluid-2 2026-04-14..2026-04-27
oral-fluid-3 2026-04-28..2026-05-11
oral-fluid-4 2026-05-12..2026-05-25
oral-fluid-5 2026-05-26..2026-06-08
oral-fluid-6 2026-06-09..2026-06-22
end 2026-06-16..2026-07-07`,
		"more-inperson": `baseline 2025-12-23..2026-01-06
post 2026-02-24..2026-03-10
fu3m 2026-05-10..2026-06-07
fu6m 2026-08-10..2026-09-21
fu9m 2026-11-10..2026-12-22`,
	}
	for protocol, want := range tests {
		c := newClinic(t)
		ask := opening(builtin(t, protocol))
		ask.Place = "Room 1"
		cohort := c.open(ask)
		p := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "P"})
		if p.State == scheduler.Pending {
			c.must(desk.RecordDate(p.Enrollment, "stable-dose-since", date("2025-11-01")))
		}
		same(t, protocol, c.windows(p.Enrollment), want)
	}
}

func TestADoneAssessmentMovesWhatHangsOnIt(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	p := c.enroll(c.open(opening(builtin(t, "more-telehealth"))), "P")
	same(t, "planned", c.windows(p.Enrollment), `baseline 2025-12-23..2026-01-06
post 2026-02-21..2026-03-10
fu16 2026-04-14..2026-05-12`)
	c.must(desk.Assess(scheduler.AssessRequest{Enrollment: p.Enrollment, Window: "baseline", Outcome: "done",
		Mode: "phone"}))
	same(t, "done on 5 January", c.windows(p.Enrollment), `baseline 2025-12-23..2026-01-06 done
post 2026-02-27..2026-03-16
fu16 2026-04-20..2026-05-18`)
	c.must(desk.Assess(scheduler.AssessRequest{Enrollment: p.Enrollment, Window: "baseline", Outcome: "missed"}))
	same(t, "missed after all", c.windows(p.Enrollment), `baseline 2025-12-23..2026-01-06 missed
post 2026-02-21..2026-03-10
fu16 2026-04-14..2026-05-12`)
	c.must(desk.Assess(scheduler.AssessRequest{Enrollment: p.Enrollment, Window: "baseline"}))
	if facts := c.enrollment(p.Enrollment).Facts; len(facts) != 0 {
		t.Errorf("a note that was taken back stands: %+v", facts)
	}
}

func TestAssessmentsAreRefusedWithASentence(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	p := c.enroll(c.open(opening(builtin(t, "more-telehealth"))), "P")
	c.now = instant("2026-01-20T15:00:00Z")
	refused(t, c.assess(p.Enrollment, "baseline", "2026-01-04"), fault.Invalid, "date",
		"2026-01-04 is before this person was enrolled, on 2026-01-05. Enter a day from then on.")
	refused(t, c.assess(p.Enrollment, "baseline", "2026-01-20"), fault.Invalid, "reason",
		"The window closed on 2026-01-06. Note the assessment as missed, or say why it was done on 2026-01-20.")
	refused(t, c.assess(p.Enrollment, "post", "2026-01-20"), fault.Invalid, "reason",
		"The window opens on 2026-02-21. Check the date, or say why it was done on 2026-01-20.")
	refused(t, c.assess(p.Enrollment, "baseline", "2026-01-21"), fault.Invalid, "date",
		"2026-01-21 is still to come. An assessment is noted when it is done.")
	refused(t, c.assess(p.Enrollment, "week9", "2026-01-06"), fault.Invalid, "window",
		`This person has no assessment "week9". Choose one of: baseline, post, fu16.`)
	refused(t, c.assess(p.Enrollment, "baseline", "2026-01-06",
		func(q *scheduler.AssessRequest) { q.Outcome = "scored" }), fault.Invalid, "outcome",
		"There is no such outcome; choose done, missed or refused.")
	refused(t, c.assess(p.Enrollment, "baseline", "2026-01-06",
		func(q *scheduler.AssessRequest) { q.Mode = "owl" }), fault.Invalid, "mode",
		"Say how it was done with person, video, phone or form; for a missed or refused one say nothing.")
	if err := c.assess(p.Enrollment, "baseline", "2026-01-20",
		func(q *scheduler.AssessRequest) { q.Reason = "was in hospital" }); err != nil {
		t.Error(err)
	}
	if f := c.enrollment(p.Enrollment).Facts[0]; f.Reason != "was in hospital" || f.By != "staff:staff" {
		t.Errorf("noted as %+v", f)
	}
}

// A baseline that the protocol asks for before entry keeps the seat, and gives it once it is done.
func TestABaselineHoldsTheSeat(t *testing.T) {
	t.Parallel()
	const baseline = "entry: {type: positions, positions: [1, 3, 5, 7], lead: P0D, hold_during_orientation: true, " +
		"prerequisites: [{id: baseline, title: Baseline, kind: individual}]}\n" +
		"assessments: [{id: baseline, title: Baseline, anchor: entry, window: [-P14D, P0D]}]"
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, "capacity: {max: 1}", baseline)))
	c.now = instant("2026-01-14T14:00:00Z")
	p := c.enroll(cohort, "P")
	same(t, "kept", []any{p.State, c.dates(cohort, p.Enrollment)[0], c.windows(p.Enrollment)},
		"[pending 01-20 m3 baseline 2026-01-06..2026-01-20]")
	refused(t, c.confirm(desk.DonePrerequisite(p.Enrollment, "baseline")), fault.Invalid, "done",
		`"baseline" is an assessment. Note it with its date among this person's assessments.`)
	if err := c.assess(p.Enrollment, "baseline", "2026-01-14"); err != nil {
		t.Fatal(err)
	}
	same(t, "seated", []any{c.enrollment(p.Enrollment).State, c.dates(cohort, p.Enrollment)[0]}, "[active 01-20 m3]")
	other := c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: "Q"})
	same(t, "no seat, and still asked for", []any{other.State, c.windows(other.Enrollment)},
		"[pending baseline 2026-01-14..]")
}

// Who goes on in another cohort takes what was assessed along; follow-ups of who finished stay, of who left they end.
func TestAssessmentsFollowThePerson(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	d := builtin(t, "more-telehealth")
	first, second := c.open(opening(d)), c.open(opening(d))
	p, q := c.enroll(first, "P"), c.enroll(first, "Q")
	if err := c.assess(p.Enrollment, "baseline", "2026-01-05"); err != nil {
		t.Fatal(err)
	}
	c.must(desk.Transfer(p.Enrollment, second))
	moved := c.roster(second).Enrollments[0]
	same(t, "moved", []any{c.windows(p.Enrollment), strings.Split(c.windows(moved.ID), "\n")[0]},
		"[ baseline 2025-12-23..2026-01-06 done]")
	if err := c.withdraw(q.Enrollment); err != nil {
		t.Fatal(err)
	}
	same(t, "left", c.windows(q.Enrollment), "")
}
