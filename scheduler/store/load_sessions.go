package store

import (
	"context"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/sqldb"
)

// loadSessions loads the sessions of a cohort whose people and seats are loaded: all of
// them, or of a rolling cohort the recent ones when nobody refers to an older one.
func (w *whole) loadSessions(ctx context.Context, r *scheduler.Roster, load desk.Load) (err error) {
	if load.Recent > 0 && load.Undo == 0 && r.Cohort.Rolling && len(r.Definition.Appointments) == 0 {
		since := sqldb.Stamp(w.now.Add(-load.Recent))
		if r.Sessions, err = w.sessionsSince(ctx, r.Cohort.ID, since); err != nil || w.enough(r, load) {
			return err
		}
	}
	r.Sessions, err = w.sessionsSince(ctx, r.Cohort.ID, "")
	return err
}

// sessionsSince reads the sessions of a cohort that start at an instant or later, in order.
func (w *whole) sessionsSince(ctx context.Context, cohort scheduler.ID, since string) ([]*scheduler.Session, error) {
	rows, err := w.Query(ctx,
		"SELECT "+sessionColumns+
			" FROM sessions WHERE clinic = ? AND cohort = ? AND start_at >= ? ORDER BY start_at, counter",
		w.clinic, cohort, since)
	if err != nil {
		return nil, err
	}
	sessions, err := sqldb.Collect(rows, scanSession)
	if err != nil {
		return nil, fmt.Errorf("reading sessions of cohort %s: %w", cohort, err)
	}
	return pointers(sessions), nil
}

// enough tells whether the sessions of a roster are all that a change can ask for: those
// of its seats, entries and named sessions, and one that shows that the cohort has begun.
func (w *whole) enough(r *scheduler.Roster, load desk.Load) bool {
	begun, there := false, make(map[scheduler.ID]bool, len(r.Sessions))
	for _, s := range r.Sessions {
		there[s.ID] = true
		begun = begun || s.Main && s.Live() && !s.Start.After(w.now)
	}
	for _, seat := range r.Seats {
		begun = begun && there[seat.Session]
	}
	for _, e := range r.Enrollments {
		begun = begun && (e.Entry == "" || there[e.Entry])
		if offer := e.Offer(); offer != nil {
			begun = begun && there[offer.Entry]
		}
	}
	for _, id := range load.Sessions {
		begun = begun && there[id]
	}
	return begun
}

// pastSessions lists the last sessions of the named cohorts that are over, as many of each
// as a Load asks for.
func (t *tx) pastSessions(ctx context.Context, clinic scheduler.ID, load desk.Load,
	now time.Time) ([]scheduler.ID, error) {
	var all []scheduler.ID
	if load.Past == 0 {
		return nil, nil
	}
	for _, cohort := range load.Cohorts {
		rows, err := t.Query(ctx, `SELECT id FROM sessions
WHERE clinic = ? AND cohort = ? AND start_at <= ? AND end_at <= ? AND appointment_for = '' ORDER BY start_at DESC,
counter DESC LIMIT ?`,
			clinic, cohort, sqldb.Stamp(now), sqldb.Stamp(now), load.Past)
		if err != nil {
			return nil, err
		}
		some, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return nil, fmt.Errorf("looking for past sessions: %w", err)
		}
		all = append(all, some...)
	}
	return all, nil
}
