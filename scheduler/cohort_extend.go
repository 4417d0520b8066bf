package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// Projection is how far ahead, in whole local days, entries into a rolling
// cohort are planned; the sessions reach beyond it to the end of the last stay.
const Projection = projectionDays * 24 * time.Hour

const projectionDays = 26 * 7

// Extend plans the sessions of a rolling cohort so far ahead that somebody who
// begins at the end of the projection can finish. It does nothing for a closed
// cohort or an ended one. A new session at whose time the facilitator, or
// everybody of a rotation, has something else has none. A date whose time a clock change skips
// or repeats is left out and staff get a task, unless that was accepted when the cohort was
// opened. Who stays without end, or still owes a
// position, gets seats, but not at a time when they have something else. Closed
// when no open date follows; NotFound when there is no such cohort.
func (b *Book) Extend(cohort ID) error {
	r := b.Roster(cohort)
	if r == nil {
		return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	added, err := b.extend(r)
	if err != nil {
		return err
	}
	if len(added) == 0 {
		return nil
	}
	b.join(r, added)
	b.seatPassed(r, added)
	return b.recompute()
}

// planFor plans a rolling cohort so far ahead that somebody who may begin only on
// a later date finds every entry inside their seat horizon.
func (b *Book) planFor(r *Roster, earliest civil.Date) error {
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	if earliest.IsZero() || earliest.After(b.projected(loc)) {
		return nil
	}
	added, left, err := r.extendTo(r.lastEntry(earliest, loc), loc, b.Now)
	b.askLeftOut(r, left, loc)
	if err != nil || len(added) == 0 {
		return err
	}
	b.join(r, added)
	return b.recompute()
}

// join takes sessions that were planned ahead into the book: somebody leads them,
// and nobody is told of them before their invite is due.
func (b *Book) join(r *Roster, added []*Session) {
	for _, s := range added {
		b.unannounced = append(b.unannounced, s.ID)
		s.Leader = b.leads(r, s)
	}
}

// seatPassed seats people in the sessions that are planned only after their
// time, as if the projection had never stood still: the group met, and staff
// are asked who came.
func (b *Book) seatPassed(r *Roster, added []*Session) {
	for _, s := range added {
		if s.Start.After(b.Now) {
			return
		}
		for _, e := range r.Enrollments {
			entry := r.Session(e.Entry)
			if e.State != Active || entry == nil || !b.begun(r, e, entry).wants(s) {
				continue
			}
			if !r.full(s, e.Person) && b.free(e.Person, []*Session{s}) == nil {
				r.take(e, s, b.Now)
			}
		}
	}
}

func (b *Book) extend(r *Roster) (added []*Session, err error) {
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return nil, err
	}
	added, left, err := r.extend(loc, b.Now)
	if err != nil {
		return nil, err
	}
	b.askLeftOut(r, left, loc)
	return added, nil
}

// askLeftOut gives staff a task for each date that was left out because of a change of clocks.
func (b *Book) askLeftOut(r *Roster, left []civil.WallTime, loc *time.Location) {
	for _, wall := range left {
		b.addTask(Task{
			Kind: LookTask, About: AboutShift, Cohort: r.Cohort.ID,
			Due: earlier(b.Now.Add(7*24*time.Hour), civil.Resolve(wall, loc).Instant),
		}, AboutShift+":"+string(r.Cohort.ID)+":"+wall.String())
	}
}

// extend gives the sessions that it adds, and the dates that it leaves out because a change of
// clocks skips or repeats their time.
func (r *Roster) extend(loc *time.Location, now time.Time) (added []*Session, left []civil.WallTime, err error) {
	if len(r.Sessions) == 0 {
		return nil, nil, nil
	}
	from := later(now, r.Sessions[0].Start)
	horizon := civil.WallOf(from, loc).Date.AddDays(projectionDays)
	last := civil.WallOf(now, loc).Date.AddDays(projectionDays)
	for _, e := range r.living() {
		unseated := e.State == Waiting || e.State == Pending
		if unseated && !e.Earliest.IsZero() && !e.Earliest.After(last) {
			if end := r.lastEntry(e.Earliest, loc); end.After(horizon) {
				horizon = end
			}
		}
	}
	return r.extendTo(horizon, loc, now)
}

// lastEntry is the local date on which the seat horizon of an earliest date ends.
func (r *Roster) lastEntry(earliest civil.Date, loc *time.Location) civil.Date {
	return civil.WallOf(midnight(earliest, loc).Add(r.seatHorizon()), loc).Date
}

// extendTo plans sessions until a stay that begins on a local date or later is
// planned to its end.
func (r *Roster) extendTo(
	horizon civil.Date, loc *time.Location, now time.Time,
) (added []*Session, left []civil.WallTime, err error) {
	if !r.Cohort.Rolling || r.Cohort.State != CohortOpen || !r.Cohort.EndsAfter.IsZero() || r.model("") == nil {
		return nil, nil, nil
	}
	for !r.reaches(horizon, now) {
		s, skipped, err := r.appendPlain(r.turn(), loc)
		if err != nil {
			return nil, nil, err
		}
		added, left = append(added, s), append(left, skipped...)
	}
	if len(added) > 0 {
		r.arrange()
	}
	return added, left, nil
}

// appendPlain is appendNext that leaves out the dates whose time a change of clocks skips or
// repeats, unless the cohort accepts them.
func (r *Roster) appendPlain(c content, loc *time.Location) (added *Session, left []civil.WallTime, err error) {
	for after := r.lastDate(); ; after = left[len(left)-1].Date {
		wall, err := r.nextDate(after, loc)
		if err != nil {
			return nil, nil, err
		}
		if !r.Cohort.AcceptShift && civil.Resolve(wall, loc).Shift != civil.Plain {
			left = append(left, wall)
			continue
		}
		return r.addMain(r.model(c.position), c, wall, loc), left, nil
	}
}

// reaches tells whether a stay that begins at the horizon or later is planned to its end.
func (r *Roster) reaches(horizon civil.Date, now time.Time) bool {
	for _, s := range r.upcoming(now) {
		if s.Main && !s.Wall.Date.Before(horizon) {
			_, complete := r.stay(s, now)
			return complete
		}
	}
	return false
}

// appendNext adds a session on the next open cadence date after the main series.
// The caller arranges.
func (r *Roster) appendNext(c content, loc *time.Location) (*Session, error) {
	wall, err := r.nextDate(r.lastDate(), loc)
	if err != nil {
		return nil, err
	}
	return r.addMain(r.model(c.position), c, wall, loc), nil
}

// nextDate is the next open date of the cadence after a date.
func (r *Roster) nextDate(after civil.Date, loc *time.Location) (civil.WallTime, error) {
	wall, err := r.Definition.NextOpen(r.planRequest(loc), after)
	if err != nil {
		return wall, fault.Wrap(fault.Closed, err,
			"No open date follows the last session, %s. Open some of the closed dates, or go on without another date.",
			after)
	}
	return wall, nil
}

// model is a session as one with this position should be: the latest that has
// it, else the last of the main series.
func (r *Roster) model(position string) *Session {
	var last *Session
	for _, s := range slices.Backward(r.Sessions) {
		if s.Main && s.Position == position {
			return s
		}
		if s.Main && last == nil {
			last = s
		}
	}
	return last
}

// lastDate is the last date that the main series has used: a session that was
// cancelled or moved away does not free its date for another one.
func (r *Roster) lastDate() civil.Date {
	var last civil.Date
	for _, s := range r.Sessions {
		for _, date := range []civil.Date{s.Wall.Date, s.MovedFrom.Date} {
			if s.Main && date.After(last) {
				last = date
			}
		}
	}
	return last
}

// turn is the content whose turn it is after the last session of the main series.
func (r *Roster) turn() content {
	positions := r.positions()
	next := 0
	for _, s := range slices.Backward(r.Sessions) {
		if s.Main {
			next = 1 + slices.IndexFunc(positions, func(p protocols.Position) bool { return p.ID == s.Position })
			break
		}
	}
	p := positions[next%len(positions)]
	return content{p.Phase, p.ID, p.Title}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
