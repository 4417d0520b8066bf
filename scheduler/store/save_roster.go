package store

import (
	"context"
	"slices"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// rosterChange is what a change did to one roster.
type rosterChange struct {
	before      *scheduler.Roster // nil: the change opened the cohort
	now         *scheduler.Roster
	cohort      bool                    // whether the cohort itself changed
	sessions    []*scheduler.Session    // changed
	newSessions []*scheduler.Session    //
	enrollments []*scheduler.Enrollment // changed
	newcomers   []*scheduler.Enrollment // new
	released    []*scheduler.Seat       // changed, and no longer occupied
	seats       []*scheduler.Seat       // changed, and occupied
	newSeats    []*scheduler.Seat
	gone        []scheduler.ID    // sessions that were taken back
	goneSeats   []*scheduler.Seat // theirs

	goneEnrollments []*scheduler.Enrollment // that were taken back
	moved           map[scheduler.ID]bool   // sessions that look different to people
}

func compareRosters(before, now *scheduler.Roster) *rosterChange {
	c := &rosterChange{before: before, now: now, cohort: before == nil, moved: map[scheduler.ID]bool{}}
	if before == nil {
		before = &scheduler.Roster{}
	} else {
		c.cohort = !sameCohort(&before.Cohort, &now.Cohort)
	}
	for _, s := range now.Sessions {
		if was := before.Session(s.ID); was == nil {
			c.newSessions = append(c.newSessions, s)
		} else if !sameSession(was, s) {
			c.sessions = append(c.sessions, s)
			c.moved[s.ID] = looksDifferent(was, s)
		}
	}
	for _, e := range now.Enrollments {
		if was := before.Enrollment(e.ID); was == nil {
			c.newcomers = append(c.newcomers, e)
		} else if !sameEnrollment(was, e) {
			c.enrollments = append(c.enrollments, e)
		}
	}
	c.compareGone(before, now)
	c.compareSeats(before, now)
	return c
}

func (c *rosterChange) any() bool {
	return c.cohort || len(c.sessions)+len(c.newSessions)+len(c.enrollments)+len(c.newcomers)+len(c.released)+
		len(c.seats)+len(c.newSeats)+len(c.gone)+len(c.goneEnrollments) > 0
}

// touch adds the people whose feed or page shows something else now.
func (c *rosterChange) touch(people map[scheduler.ID]bool) {
	for _, e := range slices.Concat(c.enrollments, c.newcomers, c.goneEnrollments) {
		people[e.Person] = true
	}
	for _, seat := range slices.Concat(c.released, c.seats, c.newSeats, c.goneSeats) {
		people[seat.Person] = true
	}
	for _, seat := range c.now.Seats {
		if c.moved[seat.Session] && seat.State != scheduler.SeatReleased {
			people[seat.Person] = true
		}
	}
}

func sameCohort(a, b *scheduler.Cohort) bool {
	if !slices.Equal(a.Weekdays, b.Weekdays) || !slices.Equal(a.Closed, b.Closed) || !a.OpenedAt.Equal(b.OpenedAt) {
		return false
	}
	return a.Name == b.Name && a.Hash == b.Hash && a.Zone == b.Zone && a.ZoneData == b.ZoneData && a.Start == b.Start &&
		a.At == b.At && a.Holidays == b.Holidays &&
		a.Capacity == b.Capacity && a.Place == b.Place && a.Lead == b.Lead && a.State == b.State &&
		a.QueueCounter == b.QueueCounter && a.SessionCounter == b.SessionCounter && a.Series == b.Series &&
		a.Phase == b.Phase &&
		a.PhaseNo == b.PhaseNo && a.EndsAfter == b.EndsAfter && slices.Equal(a.Rotation, b.Rotation) &&
		a.AcceptShift == b.AcceptShift && slices.Equal(a.Staffing, b.Staffing)
}

func sameSession(a, b *scheduler.Session) bool {
	return !looksDifferent(a, b) && a.Number == b.Number && a.Kind == b.Kind && a.Main == b.Main &&
		a.Phase == b.Phase && a.Position == b.Position &&
		a.Title == b.Title && a.Wall == b.Wall && a.Minutes == b.Minutes && a.MovedFrom == b.MovedFrom &&
		a.Leader == b.Leader && a.SeatLimit == b.SeatLimit &&
		a.ContentLost == b.ContentLost && a.For == b.For && a.Opens == b.Opens && a.Closes == b.Closes &&
		a.Seats == b.Seats
}

// looksDifferent compares what a participant sees of a session.
func looksDifferent(a, b *scheduler.Session) bool {
	return !a.Start.Equal(b.Start) || !a.End.Equal(b.End) || a.Place != b.Place || a.State != b.State ||
		a.MovedFrom != b.MovedFrom
}

func sameEnrollment(a, b *scheduler.Enrollment) bool {
	return a.Priority == b.Priority && a.State == b.State && a.Earliest == b.Earliest && a.Entry == b.Entry &&
		a.EndedAt.Equal(b.EndedAt) &&
		a.History.Equal(&b.History)
}

// saveCohort writes the cohort's row.
func (s *saving) saveCohort(ctx context.Context, c *rosterChange) error {
	k := &c.now.Cohort
	if c.before == nil {
		if err := s.saveDefinition(ctx, c.now.Definition); err != nil {
			return err
		}
		return s.Insert(ctx, "INSERT INTO cohorts ("+cohortColumns+")", [][]any{{
			k.ID, s.clinic, k.Name, k.Protocol, k.Hash, yes(k.Rolling), k.Zone, k.ZoneData,
			k.Start.String(), k.At.String(),
			writeWeekdays(k.Weekdays), writeClosed(k.Closed), k.Holidays, k.Capacity, k.Place, k.Lead, k.State,
			k.QueueCounter, k.SessionCounter, sqldb.Stamp(k.OpenedAt), k.Series, k.Phase, k.PhaseNo,
			writeRotation(k.Rotation), k.EndsAfter.String(),
			yes(k.AcceptShift), writeStaffing(k.Staffing),
		}}, "")
	}
	counted := c.before.Cohort
	counted.QueueCounter, counted.SessionCounter = k.QueueCounter, k.SessionCounter
	if sameCohort(&counted, k) { // as for most changes; no index has these columns
		return s.Exec(ctx, "UPDATE cohorts SET queue_counter = ?, session_counter = ? WHERE clinic = ? AND id = ?",
			k.QueueCounter, k.SessionCounter, s.clinic, k.ID)
	}
	if c.before.Cohort.Hash != k.Hash {
		if err := s.saveDefinition(ctx, c.now.Definition); err != nil {
			return err
		}
	}
	return s.Exec(ctx, `UPDATE cohorts SET name = ?, protocol = ?, definition = ?, zone = ?, zone_data = ?,
start_date = ?, local_time = ?, weekdays = ?, closed = ?, holidays = ?,
capacity = ?, place = ?, lead = ?, state = ?, queue_counter = ?, session_counter = ?, series = ?, phase = ?,
phase_no = ?, rotation = ?, ends_after = ?,
accept_shift = ?, staffing = ?
WHERE clinic = ? AND id = ?`,
		k.Name, k.Protocol, k.Hash, k.Zone, k.ZoneData, k.Start.String(), k.At.String(), writeWeekdays(k.Weekdays),
		writeClosed(k.Closed), k.Holidays,
		k.Capacity, k.Place, k.Lead, k.State, k.QueueCounter, k.SessionCounter, k.Series, k.Phase, k.PhaseNo,
		writeRotation(k.Rotation), k.EndsAfter.String(),
		yes(k.AcceptShift), writeStaffing(k.Staffing), s.clinic, k.ID)
}

// saveDefinition freezes the definition that a cohort follows.
func (s *saving) saveDefinition(ctx context.Context, d *protocols.Definition) error {
	return s.Exec(ctx, "INSERT INTO definitions (hash, ref, source) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING",
		d.Hash(), d.Ref(), string(d.Source()))
}

// saveSessions never evicts: a seat limit stays at least as high as what is seated.
func (s *saving) saveSessions(ctx context.Context, c *rosterChange) error {
	for _, x := range c.sessions {
		err := s.Exec(ctx, `UPDATE sessions SET number = ?, kind = ?, main = ?, phase = ?, position = ?, title = ?,
local_start = ?, start_at = ?,
end_at = ?, minutes = ?, place = ?, state = ?, moved_from = ?, leader = ?, content_lost = ?, appointment_for = ?,
window_opens = ?, window_closes = ?, seats = ?, sequence = sequence + 1, changed_at = ?,
seat_limit = CASE WHEN seated > ? THEN seated ELSE ? END WHERE clinic = ? AND id = ?`,
			x.Number, x.Kind, yes(x.Main), x.Phase, x.Position, x.Title, x.Wall.String(), sqldb.Stamp(x.Start),
			sqldb.Stamp(x.End), x.Minutes, x.Place, x.State, x.MovedFrom.String(), x.Leader, yes(x.ContentLost), x.For,
			x.Opens.String(), x.Closes.String(), x.Seats, sqldb.Stamp(s.now),
			x.SeatLimit, x.SeatLimit, s.clinic, x.ID)
		if err != nil {
			return err
		}
	}
	rows := make([][]any, len(c.newSessions))
	for i, x := range c.newSessions {
		rows[i] = []any{
			s.clinic, c.now.Cohort.ID, x.ID, x.Counter, x.Number, x.Kind, yes(x.Main), x.Phase, x.Position, x.Title,
			x.Wall.String(),
			sqldb.Stamp(x.Start), sqldb.Stamp(x.End), x.Minutes, x.Place, x.State, x.MovedFrom.String(),
			x.Leader, x.SeatLimit,
			yes(x.ContentLost), x.For, x.Opens.String(), x.Closes.String(), x.Seats, sqldb.Stamp(s.now),
		}
	}
	return s.Insert(ctx, "INSERT INTO sessions (clinic, cohort, "+sessionColumns+", changed_at)", rows, "")
}

// saveEnrollments writes enrollments. What is remembered of them in rows of their
// own is another step.
func (s *saving) saveEnrollments(ctx context.Context, c *rosterChange) error {
	seated := map[scheduler.ID]bool{}
	for _, seat := range c.now.Seats {
		seated[seat.Enrollment] = true
	}
	for _, e := range c.changed() {
		err := s.Exec(ctx, `UPDATE enrollments SET priority = ?, state = ?, earliest = ?, entry = ?, ended_at = ?,
continues = ?, in_phase = ?, moved_on = ?, way = ?, front = ?, paused_days = ?,
has_seats = CASE WHEN has_seats = 1 THEN 1 ELSE ? END WHERE clinic = ? AND id = ?`,
			e.Priority, e.State, e.Earliest.String(), e.Entry, sqldb.Stamp(e.EndedAt),
			e.Continues, yes(e.InPhase), yes(e.MovedOn), e.EntryMode, yes(e.Front), e.PausedDays, yes(seated[e.ID]),
			s.clinic, e.ID)
		if err != nil {
			return err
		}
	}
	rows := make([][]any, len(c.newcomers))
	for i, e := range c.newcomers {
		rows[i] = []any{
			s.clinic, c.now.Cohort.ID, yes(seated[e.ID]), e.ID, e.Person, e.QueueNo, e.Priority, e.State,
			sqldb.Stamp(e.RequestedAt), e.Earliest.String(), e.Entry, sqldb.Stamp(e.EndedAt),
			e.Continues, yes(e.InPhase), yes(e.MovedOn), e.EntryMode, yes(e.Front), e.PausedDays,
		}
	}
	return s.Insert(ctx, `INSERT INTO enrollments (clinic, cohort, has_seats, id, person, queue_no, priority, state,
requested_at, earliest, entry, ended_at, continues, in_phase, moved_on, way, front, paused_days)`, rows, "")
}

// changed lists the enrollments whose row changes: those of which something else
// is true, and those that get their first seat here though nothing else changed.
func (c *rosterChange) changed() []*scheduler.Enrollment {
	all := slices.Clone(c.enrollments)
	if len(c.newSeats) == 0 {
		return all
	}
	owners := make(map[scheduler.ID]*scheduler.Enrollment, len(c.now.Enrollments))
	for _, e := range c.now.Enrollments {
		owners[e.ID] = e
	}
	for _, seat := range c.newSeats {
		if e := owners[seat.Enrollment]; e != nil && !slices.Contains(all, e) && !slices.Contains(c.newcomers, e) {
			all = append(all, e)
		}
	}
	return all
}
