package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store/sqldb"
)

// saving is the difference between a book and what it was loaded as.
type saving struct {
	*tx
	clinic  scheduler.ID
	now     time.Time
	changes []*rosterChange
	actor   access.Actor
	touched map[scheduler.ID]bool // people whose feed shows something else now
	saved   bool                  // whether anything was written
}

// save writes the difference between the book as it was loaded and as it is,
// and what it owes: notices, tasks, audit. The order keeps the guards of the
// schema quiet: people before what refers to them, seats given up before seats
// taken, sessions between the two.
func (t *tx) save(ctx context.Context, l *loaded, actor access.Actor) error {
	b := l.book
	s := &saving{tx: t, clinic: b.Clinic.ID, now: b.Now, actor: actor, touched: map[scheduler.ID]bool{}}
	for _, r := range b.Rosters {
		s.changes = append(s.changes, compareRosters(b.Before(r.Cohort.ID), r))
	}
	for _, step := range []func(context.Context, *loaded) error{
		s.renewLinks, s.mergeConsents, s.savePeople, s.saveReaddress,
		s.saveApart, s.saveClinic, s.saveMeetings, s.saveRosters,
		s.saveOverrides, s.saveExceptions, s.saveTaken, s.saveOpenings, s.saveAssessments,
		s.saveMessage, s.placeReferral, s.saveOwed,
		s.mergePeople, s.dropForReaddressed, s.erasePeople, s.saveUndo, s.finish,
	} {
		if err := step(ctx, l); err != nil {
			return fmt.Errorf("saving a change: %w", err)
		}
	}
	if !s.saved {
		return nil
	}
	if err := t.audit(ctx, s.clinic, actor, s.now, b.Audit...); err != nil || b.Erased == nil {
		return err
	}
	return t.keepErasure(ctx, b.Erased)
}

// saveRosters writes what changed of the cohorts, step by step for all of them: a
// seat in one may be that of an enrollment in another.
func (s *saving) saveRosters(ctx context.Context, _ *loaded) error {
	for _, c := range s.changes {
		if c.any() {
			s.saved = true
			c.touch(s.touched)
		}
	}
	for _, step := range []func(context.Context, *rosterChange) error{
		s.removeSessions, s.removeEnrollments, s.saveCohort, s.releaseSeats, s.saveSessions, s.saveEnrollments,
		s.saveHistories, s.takeSeats,
	} {
		for _, c := range s.changes {
			if !c.any() {
				continue
			}
			if err := step(ctx, c); err != nil {
				return fmt.Errorf("cohort %s: %w", c.now.Cohort.ID, err)
			}
		}
	}
	return nil
}

// saveOwed writes the notices and tasks of the book. A task that stands already
// is asked for again at every upkeep, and then there is nothing to write.
func (s *saving) saveOwed(ctx context.Context, l *loaded) error {
	b := l.book
	tasks, err := s.unwrittenTasks(ctx, s.clinic, b.Tasks)
	if err != nil {
		return err
	}
	unsure, err := s.onTheirWay(ctx, b.Unsure)
	if err != nil {
		return err
	}
	notices := slices.Concat(b.Notices, unsure)
	if len(notices)+len(tasks) > 0 {
		s.saved = true
	}
	if err := s.supersede(ctx, notices); err != nil {
		return err
	}
	if err := s.supersedeTexts(ctx, notices); err != nil {
		return err
	}
	if err := s.supersedeStaff(ctx, notices); err != nil {
		return err
	}
	if err := s.saveNotices(ctx, s.clinic, notices); err != nil {
		return err
	}
	if err := s.saveTasks(ctx, s.clinic, tasks); err != nil {
		return err
	}
	return s.closeTasks(ctx, b.ClosedTasks)
}

// finish raises what readers compare: the clinic's change number and the
// revision of everybody whose feed shows something else now.
func (s *saving) finish(ctx context.Context, l *loaded) error {
	if !s.saved {
		return nil
	}
	if err := s.Exec(ctx, "UPDATE clinics SET change_no = change_no + 1 WHERE id = ?", s.clinic); err != nil {
		return err
	}
	people := make([]scheduler.ID, 0, len(s.touched))
	for id := range s.touched {
		if _, known := l.people[id]; known { // somebody new has no feed that anybody has seen
			people = append(people, id)
		}
	}
	slices.Sort(people)
	for part := range slices.Chunk(people, mostListed) {
		in, args := sqldb.List(part)
		err := s.Exec(ctx, "UPDATE people SET rev = rev + 1 WHERE "+ofClinic+" AND id IN ("+in+")",
			append([]any{s.clinic}, args...)...)
		if err != nil {
			return err
		}
	}
	return nil
}
