package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"almanac/scheduler"
)

// frame is the part of a roster that nothing but a change changes: the cohort,
// its sessions and its living enrollments with what is remembered of them. Every
// change of one of them raises the cohort's revision, so a frame of the revision
// that the database has is the truth, and a waitlist of thousands need not be
// read again for each newcomer. Seats are not in it, nor when people were told of
// offers: the outbox writes these.
//
// A frame is never written to once it is made.
type frame struct {
	rev         int64
	cohort      scheduler.Cohort
	sessions    []scheduler.Session
	enrollments []*scheduler.Enrollment
}

// roster copies a frame into a roster that a change may write to. A change
// replaces the lists of an enrollment and never writes to them, so they are shared.
func (f *frame) roster() *scheduler.Roster {
	r := &scheduler.Roster{Cohort: f.cohort}
	r.Cohort.Weekdays = slices.Clone(f.cohort.Weekdays)
	r.Cohort.Closed = slices.Clone(f.cohort.Closed)
	r.Cohort.Rotation, r.Cohort.Staffing = slices.Clone(f.cohort.Rotation), slices.Clone(f.cohort.Staffing)
	r.Sessions = pointers(slices.Clone(f.sessions))
	own := make([]scheduler.Enrollment, len(f.enrollments))
	for i, e := range f.enrollments {
		own[i] = *e
	}
	r.Enrollments = pointers(own)
	return r
}

// pulse is what tells, without a look at anything else, whether a frame is still
// true and whether there is anything rare to load with it.
type pulse struct {
	rev      int64
	guests   bool // somebody sits, or sat, in another cohort's session
	pairs    bool // people of the clinic are kept apart
	openings bool // somebody new could begin when the cohort was last saved
}

func (t *tx) pulse(ctx context.Context, clinic, cohort scheduler.ID) (p pulse, err error) {
	err = t.row(ctx, `
		SELECT rev, EXISTS (SELECT 1 FROM seats WHERE host <> '' AND host = ?) OR EXISTS (SELECT 1 FROM seats WHERE home <> '' AND home = ?),
		  EXISTS (SELECT 1 FROM keep_apart WHERE clinic = ?), EXISTS (SELECT 1 FROM openings WHERE cohort = ?)
		FROM cohorts WHERE clinic = ? AND id = ?`, cohort, cohort, clinic, cohort, clinic, cohort).Scan(&p.rev, &p.guests, &p.pairs, &p.openings)
	if isNoRows(err) {
		return p, notFound("There is no such cohort. Choose one from the list.")
	}
	if err != nil {
		return p, fmt.Errorf("reading the revision: %w", err)
	}
	return p, nil
}

// frame gives a cohort's frame of a revision from memory, else from the database.
func (t *tx) frame(ctx context.Context, clinic, cohort scheduler.ID, rev int64) (*frame, error) {
	if known := t.db.frames.get(cohort); known != nil && known.rev == rev {
		return known, nil
	}
	fresh, err := t.readFrame(ctx, clinic, cohort)
	if err != nil {
		return nil, err
	}
	t.db.frames.put(fresh)
	return fresh, nil
}

func (t *tx) readFrame(ctx context.Context, clinic, cohort scheduler.ID) (*frame, error) {
	f := &frame{}
	var err error
	f.cohort, f.rev, err = scanCohort(t.row(ctx, "SELECT "+cohortColumns+" FROM cohorts WHERE clinic = ? AND id = ?", clinic, cohort).Scan)
	if err != nil {
		return nil, fmt.Errorf("reading the cohort: %w", err)
	}
	rows, err := t.query(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE clinic = ? AND cohort = ? ORDER BY start_at, counter", clinic, cohort)
	if err != nil {
		return nil, err
	}
	if f.sessions, err = collect(rows, scanSession); err != nil {
		return nil, err
	}
	rows, err = t.query(ctx, "SELECT "+enrollmentColumns+` FROM enrollments e
WHERE e.clinic = ? AND e.cohort = ? AND e.state NOT IN ('completed', 'withdrawn') ORDER BY e.queue_no`, clinic, cohort)
	if err != nil {
		return nil, err
	}
	living, err := collect(rows, scanEnrollment)
	if err != nil {
		return nil, err
	}
	f.enrollments = pointers(living)
	which := "SELECT id FROM enrollments WHERE clinic = ? AND cohort = ? AND state NOT IN ('completed', 'withdrawn')"
	return f, t.readCourses(ctx, clinic, f.enrollments, which, []any{clinic, cohort})
}

// mostFrames bounds the frames in memory; a clinic has fewer open cohorts.
const mostFrames = 200

// frameCache keeps frames by cohort.
type frameCache struct {
	mu   sync.Mutex
	kept map[scheduler.ID]*frame
}

func (c *frameCache) get(cohort scheduler.ID) *frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[cohort]
}

// put keeps a frame unless a later one is kept; when there are too many, some
// other goes.
func (c *frameCache) put(f *frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[scheduler.ID]*frame{}
	}
	known := c.kept[f.cohort.ID]
	if known != nil && known.rev >= f.rev {
		return
	}
	if known == nil && len(c.kept) >= mostFrames {
		for id := range c.kept {
			delete(c.kept, id)
			break
		}
	}
	c.kept[f.cohort.ID] = f
}
