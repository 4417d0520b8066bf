package store

import (
	"context"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// CohortHead reads one cohort without its sessions and people.
func (db *DB) CohortHead(ctx context.Context, a access.Actor, clinic,
	id scheduler.ID) (head reads.CohortHead, err error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return head, err
	}
	err = db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err == nil && !reach.sees(id) {
			err = notFound("There is no such cohort. Choose one from the list.")
		}
		if err != nil {
			return err
		}
		head, err = t.cohortHead(ctx, a, clinic, id)
		return err
	})
	return head, err
}

func (t *tx) cohortHead(ctx context.Context, a access.Actor, clinic,
	id scheduler.ID) (head reads.CohortHead, err error) {
	head.Cohort, err = scanCohort(t.Row(ctx, "SELECT "+cohortColumns+" FROM cohorts WHERE clinic = ? AND id = ?",
		clinic, id).Scan)
	if sqldb.IsNoRows(err) {
		return head, notFound("There is no such cohort. Choose one from the list.")
	}
	if err != nil {
		return head, fmt.Errorf("reading cohort %s: %w", id, err)
	}
	if head.Meeting, err = t.shownMeeting(ctx, a, clinic, head.Cohort.Meeting); err != nil {
		return head, err
	}
	head.Definition, err = t.definition(ctx, head.Cohort.Hash)
	return head, err
}

// SessionHead reads one session and its cohort, for a change of it: who only
// substitutes in the cohort finds no sessions but their own.
func (db *DB) SessionHead(ctx context.Context, a access.Actor, clinic,
	id scheduler.ID) (head reads.SessionHead, err error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return head, err
	}
	err = db.view(ctx, func(t *tx) error {
		var cohort scheduler.ID
		err := t.Row(ctx, "SELECT cohort, seated, "+sessionColumns+
			" FROM sessions WHERE clinic = ? AND id = ?", clinic, id).
			Scan(append([]any{&cohort, &head.Seated}, intoSession(&head.Session)...)...)
		if sqldb.IsNoRows(err) {
			return notFound("There is no such session. Choose one on the page of its cohort.")
		}
		if err != nil {
			return fmt.Errorf("reading session %s: %w", id, err)
		}
		if head.CohortHead, err = t.cohortHead(ctx, a, clinic, cohort); err != nil {
			return err
		}
		if a.OwnOnly() && !head.Cohort.LedBy(scheduler.ID(a.ID)) && head.Session.Leader != scheduler.ID(a.ID) {
			return notFound("There is no such session. Choose one on the page of its cohort.")
		}
		head.OwnMeeting, err = t.shownMeeting(ctx, a, clinic, head.Session.Meeting)
		return err
	})
	return head, err
}
