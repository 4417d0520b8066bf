package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/sqldb"
)

// whole loads rosters until nothing that one of them refers to is missing:
//
//   - the cohorts in which its people own seats, and the home cohorts of the
//     guests in its sessions that are not over;
//   - the cohorts that run the other phases of its programme;
//   - the earlier enrollments that its enrollments continue, with their cohorts.
//
// Most cohorts refer to nothing; see rare.
type whole struct {
	*tx
	clinic  scheduler.ID
	now     time.Time
	unknown bool // who left while nobody had said whether they came is loaded, too

	rosters []*scheduler.Roster
	rare    map[scheduler.ID]rare           // by cohort
	ended   map[scheduler.ID][]scheduler.ID // enrollments that are over, by cohort
	// enrollments in the book; nil while nobody has asked, for most books never ask
	index map[scheduler.ID]bool

	cohorts     []scheduler.ID // still to be loaded
	enrollments []scheduler.ID // still to be loaded
}

// wholeBook loads what a Load names and all that must be with it.
func (t *tx) wholeBook(ctx context.Context, clinic scheduler.ID, load desk.Load, now time.Time) (*whole, error) {
	cohorts, err := t.cohortsToLoad(ctx, clinic, load)
	if err != nil {
		return nil, err
	}
	past, err := t.pastSessions(ctx, clinic, load, now)
	if err != nil {
		return nil, err
	}
	load.Sessions = slices.Concat(load.Sessions, past)
	w := &whole{
		tx: t, clinic: clinic, now: now, unknown: load.Upkeep, cohorts: cohorts,
		enrollments: slices.Clone(load.Enrollments),
		rare:        map[scheduler.ID]rare{}, ended: map[scheduler.ID][]scheduler.ID{},
	}
	for sessions := load.Sessions; len(w.cohorts)+len(w.enrollments) > 0; sessions = nil {
		if err := w.round(ctx, sessions); err != nil {
			return nil, err
		}
	}
	for _, r := range w.rosters {
		slices.SortFunc(r.Enrollments, func(a, b *scheduler.Enrollment) int { return a.QueueNo - b.QueueNo })
		if err := w.loadSeats(ctx, r); err != nil {
			return nil, fmt.Errorf("loading seats of cohort %s: %w", r.Cohort.ID, err)
		}
		if err := w.loadSessions(ctx, r, load); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// round loads the cohorts and enrollments that are still to be loaded, and finds
// what these refer to.
func (w *whole) round(ctx context.Context, sessions []scheduler.ID) error {
	fresh := w.cohorts
	w.cohorts = nil
	for _, cohort := range fresh {
		if err := w.loadCohort(ctx, cohort); err != nil {
			return fmt.Errorf("loading cohort %s: %w", cohort, err)
		}
	}
	if err := w.loadAsked(ctx, fresh, sessions); err != nil {
		return fmt.Errorf("loading enrollments: %w", err)
	}
	if err := w.findSeries(ctx, fresh); err != nil {
		return err
	}
	return w.findGuests(ctx) // each time anew: an enrollment of this round may own seats elsewhere
}

// roster finds a cohort that was loaded, nil when it was not.
func (w *whole) roster(cohort scheduler.ID) *scheduler.Roster {
	for _, r := range w.rosters {
		if r.Cohort.ID == cohort {
			return r
		}
	}
	return nil
}

// needCohort asks for a cohort once.
func (w *whole) needCohort(cohort scheduler.ID) {
	if w.roster(cohort) == nil && !slices.Contains(w.cohorts, cohort) {
		w.cohorts = append(w.cohorts, cohort)
	}
}

// needEnrollment asks for an enrollment once.
func (w *whole) needEnrollment(id scheduler.ID) {
	if id != "" && !w.known(id) && !slices.Contains(w.enrollments, id) {
		w.enrollments = append(w.enrollments, id)
	}
}

// known tells whether an enrollment is in the book.
func (w *whole) known(id scheduler.ID) bool {
	if w.index == nil {
		w.index = map[scheduler.ID]bool{}
		for _, r := range w.rosters {
			for _, e := range r.Enrollments {
				w.index[e.ID] = true
			}
		}
	}
	return w.index[id]
}

// added notes that an enrollment is in the book now.
func (w *whole) added(e *scheduler.Enrollment) {
	if w.index != nil {
		w.index[e.ID] = true
	}
	w.needEnrollment(e.Continues)
}

// loadCohort loads a cohort with its living enrollments.
func (w *whole) loadCohort(ctx context.Context, cohort scheduler.ID) error {
	r, has, err := w.readRoster(ctx, w.clinic, cohort)
	if err != nil {
		return err
	}
	w.rosters = append(w.rosters, r)
	w.rare[cohort] = has
	for _, e := range r.Enrollments {
		w.added(e)
	}
	return nil
}

// homed is an enrollment with its cohort.
type homed struct {
	scheduler.Enrollment
	cohort scheduler.ID
}

func scanHomed(rows *sql.Rows) (e homed, err error) {
	return e, rows.Scan(append(intoEnrollment(&e.Enrollment), &e.cohort)...)
}

// loadAsked loads the enrollments that are over but matter to a change: those
// that still occupy a seat in a session of the fresh cohorts that is going on (or
// for an upkeep, that is over and of which nothing is known of them), and those
// that were asked for. It also asks for everybody who has a seat in a named
// session that has begun, whose attendance may be taken.
func (w *whole) loadAsked(ctx context.Context, fresh, sessions []scheduler.ID) error {
	for part := range slices.Chunk(fresh, mostListed) {
		if err := w.takeStillSeated(ctx, part); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(sessions, mostListed) {
		in, args := sqldb.List(part)
		err := w.take(ctx, "SELECT "+enrollmentColumns+`, e.cohort
FROM sessions x JOIN seats s ON s.session = x.id JOIN enrollments e ON e.id = s.enrollment
WHERE x.id IN (`+in+`) AND x.start_at <= ? AND s.state <> 'released'
AND e.clinic = ?`, append(args, sqldb.Stamp(w.now), w.clinic)...)
		if err != nil {
			return err
		}
	}
	asked := slices.DeleteFunc(w.enrollments, func(id scheduler.ID) bool { return w.known(id) })
	w.enrollments = nil
	for part := range slices.Chunk(asked, mostListed) {
		in, args := sqldb.List(part)
		err := w.take(ctx, "SELECT "+enrollmentColumns+", e.cohort FROM enrollments e WHERE e."+ofClinic+
			" AND e.id IN ("+in+")",
			append([]any{w.clinic}, args...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// takeStillSeated loads ended enrollments with a seat in a session that has not ended yet. For
// an upkeep it also loads ended enrollments with a past seat that has no attendance.
func (w *whole) takeStillSeated(ctx context.Context, cohorts []scheduler.ID) error {
	in, args := sqldb.List(cohorts)
	since := w.now
	if w.unknown {
		since = w.now.Add(-scheduler.AttendanceLooksBack)
	}
	return w.take(ctx, "SELECT "+enrollmentColumns+`, e.cohort
FROM sessions x JOIN seats s ON s.session = x.id JOIN enrollments e ON e.id = s.enrollment
WHERE x.cohort IN (`+in+`) AND x.start_at <= ? AND x.end_at > ? AND s.state NOT IN ('cancelled', 'released')
  AND (x.end_at > ? OR x.state = 'planned' AND s.state = 'planned')
  AND e.clinic = ? AND e.state IN ('completed', 'withdrawn')`,
		append(args, sqldb.Stamp(w.now), sqldb.Stamp(since), sqldb.Stamp(w.now), w.clinic)...)
}

// take puts the enrollments that a query finds into the book, or asks for their
// cohorts first.
func (w *whole) take(ctx context.Context, query string, args ...any) error {
	rows, err := w.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	found, err := sqldb.Collect(rows, scanHomed)
	if err != nil {
		return err
	}
	var taken []*scheduler.Enrollment
	var ids []scheduler.ID
	for i := range found {
		e, r := &found[i].Enrollment, w.roster(found[i].cohort)
		switch {
		case w.known(e.ID):
		case r == nil:
			w.needCohort(found[i].cohort)
			w.needEnrollment(e.ID)
		default: // over: the living came with their cohort
			r.Enrollments = append(r.Enrollments, e)
			w.ended[r.Cohort.ID] = append(w.ended[r.Cohort.ID], e.ID)
			w.added(e)
			taken, ids = append(taken, e), append(ids, e.ID)
		}
	}
	for part := range slices.Chunk(ids, mostListed) {
		in, args := sqldb.List(part)
		if err := w.readHistories(ctx, w.clinic, taken, in, args); err != nil {
			return err
		}
	}
	return nil
}

// findSeries asks for the open cohorts of the programmes that the fresh ones run
// a phase of.
func (w *whole) findSeries(ctx context.Context, fresh []scheduler.ID) error {
	for _, cohort := range fresh {
		series := w.roster(cohort).Cohort.Series
		if series == "" {
			continue
		}
		rows, err := w.Query(ctx,
			"SELECT id FROM cohorts WHERE "+ofClinic+" AND series <> '' AND series = ? AND state = 'open'",
			w.clinic, series)
		if err != nil {
			return err
		}
		others, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return fmt.Errorf("looking for the other phases: %w", err)
		}
		for _, other := range others {
			w.needCohort(other)
		}
	}
	return nil
}

// findGuests asks for the cohorts and people on the other side of seats elsewhere.
func (w *whole) findGuests(ctx context.Context) error {
	var meeting []scheduler.ID
	for _, r := range w.rosters {
		if w.rare[r.Cohort.ID].guests {
			meeting = append(meeting, r.Cohort.ID)
		}
	}
	for part := range slices.Chunk(meeting, mostListed) {
		in, args := sqldb.List(part)
		rows, err := w.Query(ctx, `
SELECT 1, s.enrollment, s.home FROM seats s JOIN sessions x ON x.id = s.session
WHERE s.`+ofClinic+` AND s.host <> '' AND s.host IN (`+in+`) AND x.end_at > ? AND s.state NOT IN ('cancelled',
'released')
UNION ALL
SELECT 0, s.enrollment, s.host FROM seats s WHERE s.`+ofClinic+` AND s.home <> '' AND s.home IN (`+in+`)
AND s.state <> 'released'`,
			slices.Concat([]any{w.clinic}, args, []any{sqldb.Stamp(w.now), w.clinic}, args)...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (guest bool, err error) {
			var enrollment, other scheduler.ID
			if err := rows.Scan(&guest, &enrollment, &other); err != nil {
				return guest, err
			}
			if guest || w.known(enrollment) {
				w.needCohort(other)
			}
			if guest {
				w.needEnrollment(enrollment)
			}
			return guest, nil
		})
		if err != nil {
			return fmt.Errorf("looking for guests: %w", err)
		}
	}
	return nil
}

// loadSeats loads the seats in a cohort's sessions of everybody in the book.
func (w *whole) loadSeats(ctx context.Context, r *scheduler.Roster) error {
	seats, err := w.ownSeats(ctx, w.clinic, slices.Concat(w.rare[r.Cohort.ID].seated, w.ended[r.Cohort.ID]))
	if err != nil {
		return err
	}
	if w.rare[r.Cohort.ID].guests {
		guests, err := w.guestSeats(ctx, w.clinic, r.Cohort.ID)
		if err != nil {
			return err
		}
		for _, seat := range guests {
			if w.known(seat.Enrollment) {
				seats = append(seats, seat)
			}
		}
	}
	r.Seats = pointers(seats)
	return nil
}
