package store

import (
	"context"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Standing tells how an enrollment stands, with its itinerary and no name.
// Links are empty unless the policy lets the actor see private addresses.
// NotFound when there is no such enrollment at the clinic.
func (db *DB) Standing(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.EnrollmentView, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return reads.EnrollmentView{}, err
	}
	var s reads.EnrollmentView
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		s, err = t.standing(ctx, clinic, id, access.Can(a, access.LinkView))
		if err == nil && !reach.sees(s.Cohort) {
			return notFound("There is no such enrollment. Look at the list again.")
		}
		return err
	})
	if err != nil {
		return reads.EnrollmentView{}, err
	}
	return s, nil
}

func (t *tx) standing(ctx context.Context, clinic, id scheduler.ID, linked bool) (s reads.EnrollmentView, err error) {
	found, err := t.enrollmentsOf(ctx, clinic, "e.id", id)
	if err != nil {
		return s, err
	}
	if len(found) == 0 {
		return s, notFound("There is no such enrollment. Look at the list again.")
	}
	s.PersonEnrollment = found[0]
	person := []scheduler.ID{s.Person}
	var hash string
	err = t.Row(ctx, `
		SELECT c.definition, k.change_no, coalesce((SELECT x.local_start FROM sessions x WHERE x.id = ?
AND x.cohort = c.id), '')
		FROM cohorts c JOIN clinics k ON k.id = c.clinic WHERE c.clinic = ?
AND c.id = ?`, s.Entry, clinic, s.Cohort).Scan(&hash, &s.ChangeNo, sqldb.Text(&s.EntryWall))
	if err != nil {
		return s, fmt.Errorf("reading the cohort of enrollment %s: %w", id, err)
	}
	if s.Definition, err = t.definition(ctx, hash); err != nil {
		return s, err
	}
	if s.State == scheduler.Waiting {
		if s.WaitlistPosition, err = t.waitlistPosition(ctx, clinic, s.PersonEnrollment); err != nil {
			return s, err
		}
	}
	reach, err := t.reach(ctx, clinic, person)
	if err != nil {
		return s, err
	}
	s.Unreachable = !(&scheduler.Person{Reach: reach[s.Person]}).Reachable()
	if linked {
		links, err := t.links(ctx, clinic, person)
		if err != nil {
			return s, err
		}
		s.Links = links[s.Person]
	}
	items, err := t.items(ctx, clinic, s.Person)
	for _, item := range items {
		if item.Enrollment == id {
			s.Items = append(s.Items, item)
		}
	}
	return s, err
}

// waitlistPosition counts who waits ahead: who lost a seat to a leave, then by
// priority, then who asked first.
func (t *tx) waitlistPosition(ctx context.Context, clinic scheduler.ID, e reads.PersonEnrollment) (int, error) {
	var ahead int
	err := t.Row(ctx, `
		SELECT count(*) FROM enrollments WHERE clinic = ? AND cohort = ? AND state = 'waiting'
		AND (front > ? OR front = ? AND (priority > ? OR priority = ? AND (requested_at < ? OR requested_at = ?
AND queue_no < ?)))`,
		clinic, e.Cohort, yes(e.Front), yes(e.Front), e.Priority, e.Priority, sqldb.Stamp(e.RequestedAt),
		sqldb.Stamp(e.RequestedAt), e.QueueNo).Scan(&ahead)
	if err != nil {
		return 0, fmt.Errorf("counting the waitlist: %w", err)
	}
	return ahead + 1, nil
}
