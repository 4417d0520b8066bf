package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// Roster is a cohort with its sessions, in order of start, and its
// enrollments, in order of asking, and all their seats. It holds ids, never
// names. For a rolling cohort the store loads the window that matters.
type Roster struct {
	Cohort      Cohort
	Definition  *protocols.Definition // as frozen when the cohort was opened or changed its version
	Sessions    []*Session
	Enrollments []*Enrollment
	Seats       []*Seat
	// Resting are people whose seats changes have freed that can still be taken
	// back, by session; "" is a seat that nobody had. The store sums them up.
	Resting map[ID][]ID

	closed  []civil.DateRange // of the clinic
	resting *Roster           // as it was before a change that rests; nil: the change does not rest
	index   index
	kept    map[ID]int        // seats that are kept for offers of an earlier date, by session
	given   map[ID][]freeSeat // seats to come that were given back ahead, by session
}

// index finds what a roster holds. It grows with the roster, of which nothing
// is ever taken away.
type index struct {
	sessions    map[ID]*Session
	enrollments map[ID]*Enrollment
	bySession   map[ID][]*Seat
	byOwner     map[ID][]*Seat // by enrollment
	byPerson    map[ID][]*Seat
	byKey       map[seatKey]*Seat
	of          *protocols.Definition
	positions   []protocols.Position // of the definition
	living      []*Enrollment        // that have not ended, when there were livingOf
	livingOf    int
	// how much is in it
	hasSessions, hasEnrollments, hasSeats int
}

// seatKey identifies the seat of an enrollment in a session.
type seatKey struct{ enrollment, session ID }

// indexed brings the index of seats up to date.
func (r *Roster) indexed() *index {
	x := &r.index
	if x.hasSeats > len(r.Seats) || x.bySession == nil {
		x.bySession, x.byOwner, x.byPerson, x.byKey, x.hasSeats = map[ID][]*Seat{}, map[ID][]*Seat{}, map[ID][]*Seat{},
			map[seatKey]*Seat{}, 0
	}
	for _, seat := range r.Seats[x.hasSeats:] {
		x.bySession[seat.Session] = append(x.bySession[seat.Session], seat)
		x.byOwner[seat.Enrollment] = append(x.byOwner[seat.Enrollment], seat)
		x.byPerson[seat.Person] = append(x.byPerson[seat.Person], seat)
		x.byKey[seatKey{seat.Enrollment, seat.Session}] = seat
	}
	x.hasSeats = len(r.Seats)
	return x
}

// positions lists the positions of the protocol. It is not to be written to.
func (r *Roster) positions() []protocols.Position {
	x := &r.index
	if x.of != r.Definition {
		x.of, x.positions = r.Definition, r.Definition.Positions()
	}
	return x.positions
}

// seatsIn lists the seats of a session, the given-up ones included.
func (r *Roster) seatsIn(session ID) []*Seat { return r.indexed().bySession[session] }

// clone copies everything a change may touch.
func (r *Roster) clone() *Roster {
	c := &Roster{Cohort: r.Cohort, Definition: r.Definition, Resting: r.Resting, closed: r.closed, resting: r.resting}
	c.Sessions = cloneAll(r.Sessions)
	c.Enrollments = cloneAll(r.Enrollments)
	c.Seats, c.kept, c.given = cloneAll(r.Seats), r.kept, r.given
	return c
}

func cloneAll[T any](all []*T) []*T {
	copies := make([]*T, len(all))
	values := make([]T, len(all))
	for i, one := range all {
		values[i] = *one
		copies[i] = &values[i]
	}
	return copies
}

// Session finds a session, nil when the roster has none of that id.
func (r *Roster) Session(id ID) *Session {
	x := &r.index
	if x.hasSessions != len(r.Sessions) { // they may stand in another order since
		x.sessions = make(map[ID]*Session, len(r.Sessions))
		for _, s := range r.Sessions {
			x.sessions[s.ID] = s
		}
		x.hasSessions = len(r.Sessions)
	}
	return x.sessions[id]
}

// Enrollment finds an enrollment, nil when the roster has none of that id.
func (r *Roster) Enrollment(id ID) *Enrollment {
	x := &r.index
	if x.enrollments == nil || x.hasEnrollments > len(r.Enrollments) {
		x.enrollments, x.hasEnrollments = make(map[ID]*Enrollment, len(r.Enrollments)+1), 0
	}
	for _, e := range r.Enrollments[x.hasEnrollments:] {
		x.enrollments[e.ID] = e
	}
	x.hasEnrollments = len(r.Enrollments)
	return x.enrollments[id]
}

// SeatsOf lists the seats of an enrollment, the given-up ones included.
func (r *Roster) SeatsOf(enrollment ID) []*Seat { return slices.Clone(r.indexed().byOwner[enrollment]) }

// Seated counts the occupied seats of a session, with those that are kept for an offer.
func (r *Roster) Seated(session ID) int {
	n := r.kept[session]
	for _, s := range r.seatsIn(session) {
		if s.State.Occupies() {
			n++
		}
	}
	return n
}

// WaitlistPosition is the 1-based rank of a waiting enrollment, 0 for any other.
func (r *Roster) WaitlistPosition(e *Enrollment) int {
	if e.State != Waiting {
		return 0
	}
	rank := 1
	for _, other := range r.Enrollments {
		if other.State == Waiting && other.Before(e) {
			rank++
		}
	}
	return rank
}

// upcoming lists the sessions of the group that stand and have not begun, in
// order of start; nobody's appointment alone is among them.
func (r *Roster) upcoming(now time.Time) []*Session {
	since := r.since(now)
	sessions := make([]*Session, 0, len(since))
	for _, s := range since {
		if s.Live() && s.For == "" && !s.Appointment() && s.Start.After(now) {
			sessions = append(sessions, s)
		}
	}
	return sessions
}

// outOfPlace is how far from its place in the order of start a session may stand
// while a change is under way, and longer than any session lasts.
const outOfPlace = 60 * 24 * time.Hour

// since gives the sessions from a moment on, with some that are over: those before
// them are not worth a look, however long the cohort has been running.
func (r *Roster) since(at time.Time) []*Session {
	limit := at.Add(-outOfPlace)
	for i, s := range slices.Backward(r.Sessions) {
		if s.Start.Before(limit) {
			return r.Sessions[i+1:]
		}
	}
	return r.Sessions
}

// seatsSince lists the seats of sessions that start at or after an instant, and all seats
// of living enrollments and of those that they continue.
func (r *Roster) seatsSince(at time.Time) []*Seat {
	var all []*Seat
	window := map[ID]bool{}
	for _, s := range r.since(at) {
		window[s.ID] = true
		all = append(all, r.seatsIn(s.ID)...)
	}
	for _, e := range r.withEarlier() {
		for _, seat := range r.indexed().byOwner[e.ID] {
			if !window[seat.Session] {
				all = append(all, seat)
			}
		}
	}
	return cloneAll(all)
}

// living lists the enrollments that have not ended, and maybe some that have just
// now, in order of asking here.
func (r *Roster) living() []*Enrollment {
	x := &r.index
	if x.livingOf != len(r.Enrollments) {
		x.living, x.livingOf = nil, len(r.Enrollments)
		for _, e := range r.Enrollments {
			if !e.ended() {
				x.living = append(x.living, e)
			}
		}
	}
	return x.living
}

// withEarlier lists the living with the earlier enrollments here that they continue.
func (r *Roster) withEarlier() []*Enrollment {
	all := slices.Clone(r.living())
	for _, e := range r.living() {
		for before := r.Enrollment(e.Continues); before != nil; before = r.Enrollment(before.Continues) {
			all = append(all, before)
		}
	}
	return all
}

// dropEnded takes the enrollments that have ended from the living.
func (r *Roster) dropEnded() {
	if slices.ContainsFunc(r.living(), (*Enrollment).ended) {
		r.index.living = slices.DeleteFunc(slices.Clone(r.index.living), (*Enrollment).ended)
	}
}

// recountLiving has the living counted anew, because one who had ended lives again.
func (r *Roster) recountLiving() { r.index.livingOf = -1 }

// arrange puts the sessions back in order and numbers the main series anew,
// from the number of the first session that was loaded: a rolling roster may be
// a window that begins later than its cohort.
func (r *Roster) arrange() {
	slices.SortStableFunc(r.Sessions, func(a, b *Session) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return a.Counter - b.Counter
	})
	number := 1
	if i := slices.IndexFunc(r.Sessions, func(s *Session) bool { return s.Number > 0 }); i >= 0 {
		number = r.Sessions[i].Number
	}
	for _, s := range r.Sessions {
		s.Number = 0
		if s.Main && s.Live() {
			s.Number = number
			number++
		}
	}
}

// seat finds the enrollment's seat in a session, given up or not; nil when it never had one.
func (r *Roster) seat(enrollment, session ID) *Seat {
	return r.indexed().byKey[seatKey{enrollment, session}]
}

// newcomers counts the people whose entry is this session.
func (r *Roster) newcomers(session ID) int {
	n := 0
	for _, e := range r.living() {
		if e.Entry == session && e.State.Live() {
			n++
		}
	}
	return n
}
