package store

import (
	"context"
	"slices"

	"almanac/protocols"
	"almanac/scheduler"
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
	owners      map[scheduler.ID]*scheduler.Enrollment
	moved       map[scheduler.ID]bool // sessions that look different to people
}

func compareRosters(before, now *scheduler.Roster) *rosterChange {
	c := &rosterChange{before: before, now: now, cohort: before == nil, moved: map[scheduler.ID]bool{}}
	if before == nil {
		before = &scheduler.Roster{}
	} else {
		c.cohort = !sameCohort(&before.Cohort, &now.Cohort)
	}
	session := finder(before.Sessions, func(s *scheduler.Session) scheduler.ID { return s.ID })
	for i, s := range now.Sessions {
		if was := session(i, s.ID); was == nil {
			c.newSessions = append(c.newSessions, s)
		} else if !sameSession(was, s) {
			c.sessions = append(c.sessions, s)
			c.moved[s.ID] = looksDifferent(was, s)
		}
	}
	enrollment := finder(before.Enrollments, func(e *scheduler.Enrollment) scheduler.ID { return e.ID })
	for i, e := range now.Enrollments {
		if was := enrollment(i, e.ID); was == nil {
			c.newcomers = append(c.newcomers, e)
		} else if !sameEnrollment(was, e) {
			c.enrollments = append(c.enrollments, e)
		}
	}
	c.compareSeats(before, now)
	return c
}

// compareSeats sorts the seats that changed.
func (c *rosterChange) compareSeats(before, now *scheduler.Roster) {
	seat := finder(before.Seats, func(s *scheduler.Seat) scheduler.ID { return s.ID })
	for i, s := range now.Seats {
		was := seat(i, s.ID)
		switch {
		case was == nil:
			c.newSeats = append(c.newSeats, s)
		case was.State == s.State && was.Sequence == s.Sequence && was.ChangedAt.Equal(s.ChangedAt):
		case s.State.Occupies():
			c.seats = append(c.seats, s)
		default:
			c.released = append(c.released, s)
		}
	}
	if len(c.newSeats)+len(c.seats)+len(c.released)+len(c.moved) > 0 {
		c.owners = make(map[scheduler.ID]*scheduler.Enrollment, len(now.Enrollments))
		for _, e := range now.Enrollments {
			c.owners[e.ID] = e
		}
	}
}

// finder finds things by where they stood, which is where most of them still
// stand, and else by their id. It is asked for place 0, 1, 2 … in turn.
func finder[T any](all []*T, id func(*T) scheduler.ID) func(i int, wanted scheduler.ID) *T {
	var index map[scheduler.ID]*T
	aligned := true // everybody so far stood where they stand
	return func(i int, wanted scheduler.ID) *T {
		if i < len(all) && id(all[i]) == wanted {
			return all[i]
		}
		if aligned && i >= len(all) {
			return nil
		}
		aligned = false
		if index == nil {
			index = make(map[scheduler.ID]*T, len(all))
			for _, one := range all {
				index[id(one)] = one
			}
		}
		return index[wanted]
	}
}

func (c *rosterChange) any() bool {
	return c.cohort || len(c.sessions)+len(c.newSessions)+len(c.enrollments)+len(c.newcomers)+len(c.released)+len(c.seats)+len(c.newSeats) > 0
}

// touch adds the people whose feed or page shows something else now.
func (c *rosterChange) touch(people map[scheduler.ID]bool) {
	for _, e := range slices.Concat(c.enrollments, c.newcomers) {
		people[e.Person] = true
	}
	for _, seat := range slices.Concat(c.released, c.seats, c.newSeats) {
		people[c.owners[seat.Enrollment].Person] = true
	}
	for _, seat := range c.now.Seats {
		if c.moved[seat.Session] && seat.State != scheduler.SeatReleased {
			people[c.owners[seat.Enrollment].Person] = true
		}
	}
}

// lowersLimit tells whether the database may keep a higher seat limit than the
// roster has, because nobody is evicted.
func (c *rosterChange) lowersLimit() bool {
	return slices.ContainsFunc(c.sessions, func(s *scheduler.Session) bool { return c.before.Session(s.ID).SeatLimit > s.SeatLimit })
}

func sameCohort(a, b *scheduler.Cohort) bool {
	if !slices.Equal(a.Weekdays, b.Weekdays) || !slices.Equal(a.Closed, b.Closed) || !a.OpenedAt.Equal(b.OpenedAt) {
		return false
	}
	return a.Name == b.Name && a.Hash == b.Hash && a.Zone == b.Zone && a.ZoneData == b.ZoneData && a.Start == b.Start && a.At == b.At && a.Holidays == b.Holidays &&
		a.Capacity == b.Capacity && a.Place == b.Place && a.Lead == b.Lead && a.State == b.State &&
		a.QueueCounter == b.QueueCounter && a.SessionCounter == b.SessionCounter
}

func sameSession(a, b *scheduler.Session) bool {
	return !looksDifferent(a, b) && a.Number == b.Number && a.Kind == b.Kind && a.Main == b.Main && a.Phase == b.Phase && a.Position == b.Position &&
		a.Title == b.Title && a.Wall == b.Wall && a.Minutes == b.Minutes && a.MovedFrom == b.MovedFrom && a.Leader == b.Leader && a.SeatLimit == b.SeatLimit
}

// looksDifferent compares what a participant sees of a session.
func looksDifferent(a, b *scheduler.Session) bool {
	return !a.Start.Equal(b.Start) || !a.End.Equal(b.End) || a.Place != b.Place || a.State != b.State || a.MovedFrom != b.MovedFrom
}

func sameEnrollment(a, b *scheduler.Enrollment) bool {
	return a.Priority == b.Priority && a.State == b.State && a.Earliest == b.Earliest && a.Entry == b.Entry && a.EndedAt.Equal(b.EndedAt)
}

// saveCohort writes the cohort's row, with a new revision whatever changed.
func (c *rosterChange) saveCohort(ctx context.Context, s *saving) error {
	k := &c.now.Cohort
	if c.before == nil {
		if err := s.saveDefinition(ctx, c.now.Definition); err != nil {
			return err
		}
		return s.insert(ctx, "INSERT INTO cohorts ("+cohortColumns+")", [][]any{{
			k.ID, s.clinic, k.Name, k.Protocol, k.Hash, yes(k.Rolling), k.Zone, k.ZoneData, k.Start.String(), k.At.String(),
			writeWeekdays(k.Weekdays), writeClosed(k.Closed), k.Holidays, k.Capacity, k.Place, k.Lead, k.State,
			k.QueueCounter, k.SessionCounter, stamp(k.OpenedAt), 1,
		}}, "")
	}
	if c.before.Cohort.Hash != k.Hash {
		if err := s.saveDefinition(ctx, c.now.Definition); err != nil {
			return err
		}
	}
	_, err := s.exec(ctx, `UPDATE cohorts SET name = ?, protocol = ?, definition = ?, zone = ?, zone_data = ?, start_date = ?, local_time = ?, weekdays = ?, closed = ?, holidays = ?,
capacity = ?, place = ?, lead = ?, state = ?, queue_counter = ?, session_counter = ?, rev = rev + 1 WHERE clinic = ? AND id = ?`,
		k.Name, k.Protocol, k.Hash, k.Zone, k.ZoneData, k.Start.String(), k.At.String(), writeWeekdays(k.Weekdays), writeClosed(k.Closed), k.Holidays,
		k.Capacity, k.Place, k.Lead, k.State, k.QueueCounter, k.SessionCounter, s.clinic, k.ID)
	return err
}

// saveDefinition freezes the definition that a cohort follows.
func (s *saving) saveDefinition(ctx context.Context, d *protocols.Definition) error {
	_, err := s.exec(ctx, "INSERT INTO definitions (hash, ref, source) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING",
		d.Hash(), d.Ref(), string(d.Source()))
	return err
}

func (c *rosterChange) releaseSeats(ctx context.Context, s *saving) error {
	return s.updateSeats(ctx, c.released)
}

// updateSeats writes what a change may change of a seat: never what its person
// was told, which the outbox writes. A change leaves most of its seats alike, so
// each kind of them is one statement.
func (s *saving) updateSeats(ctx context.Context, seats []*scheduler.Seat) error {
	type kind struct {
		state    scheduler.SeatState
		sequence int
		changed  string
	}
	var kinds []kind
	alike := map[kind][]any{}
	for _, seat := range seats {
		k := kind{seat.State, seat.Sequence, stamp(seat.ChangedAt)}
		if alike[k] == nil {
			kinds = append(kinds, k)
		}
		alike[k] = append(alike[k], seat.ID)
	}
	for _, k := range kinds {
		for ids := range slices.Chunk(alike[k], mostInserted) {
			_, err := s.exec(ctx, "UPDATE seats SET state = ?, sequence = ?, changed_at = ? WHERE clinic = ? AND id IN ("+marks(len(ids))+")",
				append([]any{k.state, k.sequence, k.changed, s.clinic}, ids...)...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// saveSessions never evicts: a seat limit stays at least as high as what is seated.
func (c *rosterChange) saveSessions(ctx context.Context, s *saving) error {
	for _, x := range c.sessions {
		_, err := s.exec(ctx, `UPDATE sessions SET number = ?, kind = ?, main = ?, phase = ?, position = ?, title = ?, local_start = ?, start_at = ?,
end_at = ?, minutes = ?, place = ?, state = ?, moved_from = ?, leader = ?, seat_limit = CASE WHEN seated > ? THEN seated ELSE ? END
WHERE clinic = ? AND id = ?`,
			x.Number, x.Kind, yes(x.Main), x.Phase, x.Position, x.Title, x.Wall.String(), stamp(x.Start),
			stamp(x.End), x.Minutes, x.Place, x.State, x.MovedFrom.String(), x.Leader, x.SeatLimit, x.SeatLimit, s.clinic, x.ID)
		if err != nil {
			return err
		}
	}
	rows := make([][]any, len(c.newSessions))
	for i, x := range c.newSessions {
		rows[i] = []any{
			s.clinic, c.now.Cohort.ID, x.ID, x.Counter, x.Number, x.Kind, yes(x.Main), x.Phase, x.Position, x.Title, x.Wall.String(),
			stamp(x.Start), stamp(x.End), x.Minutes, x.Place, x.State, x.MovedFrom.String(), x.Leader, x.SeatLimit,
		}
	}
	return s.insert(ctx, "INSERT INTO sessions (clinic, cohort, "+sessionColumns+")", rows, "")
}

func (c *rosterChange) saveEnrollments(ctx context.Context, s *saving) error {
	seated := map[scheduler.ID]bool{}
	for _, seat := range c.now.Seats {
		seated[seat.Enrollment] = true
	}
	changed := slices.Clone(c.enrollments)
	for _, seat := range c.newSeats { // somebody's first seat, though nothing else of them changed
		if e := c.owners[seat.Enrollment]; !slices.Contains(changed, e) && !slices.Contains(c.newcomers, e) {
			changed = append(changed, e)
		}
	}
	for _, e := range changed {
		_, err := s.exec(ctx, `UPDATE enrollments SET priority = ?, state = ?, earliest = ?, entry = ?, ended_at = ?,
has_seats = CASE WHEN has_seats = 1 THEN 1 ELSE ? END WHERE clinic = ? AND id = ?`,
			e.Priority, e.State, e.Earliest.String(), e.Entry, stamp(e.EndedAt), yes(seated[e.ID]), s.clinic, e.ID)
		if err != nil {
			return err
		}
	}
	rows := make([][]any, len(c.newcomers))
	for i, e := range c.newcomers {
		rows[i] = []any{
			s.clinic, c.now.Cohort.ID, yes(seated[e.ID]), e.ID, e.Person, e.QueueNo, e.Priority, e.State,
			stamp(e.RequestedAt), e.Earliest.String(), e.Entry, stamp(e.EndedAt),
		}
	}
	return s.insert(ctx, "INSERT INTO enrollments (clinic, cohort, has_seats, "+enrollmentColumns+")", rows, "")
}

// takeSeats writes the seats that are occupied now and mints the UID of each new
// one: a UUIDv4 that it keeps for ever.
func (c *rosterChange) takeSeats(ctx context.Context, s *saving) error {
	if err := s.updateSeats(ctx, c.seats); err != nil {
		return err
	}
	rows := make([][]any, len(c.newSeats))
	for i, seat := range c.newSeats {
		uid := seat.UID
		if uid == "" {
			uid = string(randomID())
		}
		rows[i] = []any{
			seat.ID, s.clinic, seat.Enrollment, seat.Session, c.owners[seat.Enrollment].Person, seat.State, uid,
			seat.Sequence, stamp(seat.CreatedAt), stamp(seat.ChangedAt),
		}
	}
	return s.insert(ctx, "INSERT INTO seats (id, clinic, enrollment, session, person, state, uid, sequence, created_at, changed_at)", rows, "")
}

// frameOf makes the frame of a roster as it was saved under a revision.
func frameOf(r *scheduler.Roster, rev int64) *frame {
	f := &frame{rev: rev, cohort: r.Cohort}
	f.cohort.OpenedAt = r.Cohort.OpenedAt.UTC()
	f.cohort.Weekdays, f.cohort.Closed = slices.Clone(r.Cohort.Weekdays), slices.Clone(r.Cohort.Closed)
	f.sessions = make([]scheduler.Session, len(r.Sessions))
	for i, s := range r.Sessions {
		f.sessions[i] = *s
		f.sessions[i].Start, f.sessions[i].End = s.Start.UTC(), s.End.UTC()
	}
	f.enrollments = make([]scheduler.Enrollment, 0, len(r.Enrollments))
	for _, e := range r.Enrollments {
		if e.State.Live() {
			f.enrollments = append(f.enrollments, *e)
		}
	}
	return f
}
