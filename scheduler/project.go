package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// distinct tells whether the cohort's people own one session of each position
// rather than every session: a rolling cohort whose completion is its content.
func (r *Roster) distinct() bool {
	return r.Cohort.Rolling && r.Definition.Completion.Type == protocols.CompletionContent
}

// stay lists the sessions that an enrollment entering at entry would own if it
// attended them all, in order of start. ok is false when the planned sessions
// do not reach to the end of the stay.
func (r *Roster) stay(entry *Session, now time.Time) (sessions []*Session, ok bool) {
	covered := map[string]bool{}
	completion := r.Definition.Completion
	until := r.endOfWeeks(entry)
	for _, s := range r.upcoming(now) {
		if s.Start.Before(entry.Start) {
			continue
		}
		switch {
		case r.distinct():
			if !s.Main || covered[s.Position] {
				continue
			}
			covered[s.Position] = true
		case r.Cohort.Rolling && completion.Type == protocols.CompletionWeeks && !s.Wall.Date.Before(until):
			return sessions, true
		case r.Cohort.Rolling && completion.Type == protocols.CompletionSessions && len(sessions) == completion.N:
			return sessions, true
		}
		sessions = append(sessions, s)
	}
	if r.distinct() {
		return sessions, len(covered) == len(r.Definition.Positions())
	}
	if r.Cohort.Rolling && completion.Type == protocols.CompletionSessions {
		return sessions, len(sessions) == completion.N
	}
	return sessions, !r.Cohort.Rolling || completion.Type == protocols.CompletionNone
}

// endOfWeeks is the first local date after a stay counted in weeks.
func (r *Roster) endOfWeeks(entry *Session) protocols.Date {
	return entry.Wall.Date.AddDays(7 * r.Definition.Completion.N)
}

// entry finds the first session at which somebody may begin and has a free
// seat in every session of the stay. It is nil when there is none.
func (r *Roster) entry(e *Enrollment, now time.Time) (entry *Session, stay []*Session) {
	for _, s := range r.upcoming(now) {
		if !r.mayEnter(e, s, now) {
			continue
		}
		sessions, reaches := r.stay(s, now)
		if reaches && r.allFree(sessions) {
			return s, sessions
		}
		if !r.Cohort.Rolling {
			return nil, nil
		}
	}
	return nil, nil
}

// mayEnter applies the entry rules of the protocol to one session; seats are
// another question.
func (r *Roster) mayEnter(e *Enrollment, s *Session, now time.Time) bool {
	if !s.Main || !e.Earliest.IsZero() && s.Wall.Date.Before(e.Earliest) {
		return false
	}
	rules := r.Definition.Entry
	if !r.Cohort.Rolling {
		return s.Number <= max(1, rules.LastSessionForNew)
	}
	if s.Start.Before(now.Add(elapsed(rules.Lead))) {
		return false
	}
	first := r.Sessions[0].ID == s.ID
	if limit := r.Definition.Capacity.MaxNewPerSession; limit > 0 && !first && r.newcomers(s.ID) >= limit {
		return false
	}
	return r.entryPoint(s.Position)
}

// entryPoint tells whether the protocol lets people begin at a position.
func (r *Roster) entryPoint(position string) bool {
	rules := r.Definition.Entry
	if rules.Type == protocols.EntryAny {
		return true
	}
	for _, p := range r.Definition.Positions() {
		if p.ID == position {
			return rules.Type == protocols.EntryModuleStart && p.First ||
				rules.Type == protocols.EntryPositions && slices.Contains(rules.Positions, p.Index+1)
		}
	}
	return false
}

// elapsed gives a period as elapsed time; one with months, which the language
// refuses where elapsed time is meant, counts as none.
func elapsed(p protocols.Period) time.Duration {
	length, _ := p.Duration()
	return length
}

func (r *Roster) allFree(sessions []*Session) bool {
	for _, s := range sessions {
		if r.Seated(s.ID) >= s.SeatLimit {
			return false
		}
	}
	return true
}

// reproject brings the future seats of an active enrollment in line with its
// itinerary. Seats of the past stay; a position without a free seat stays owed
// until its next turn.
func (r *Roster) reproject(e *Enrollment, now time.Time) {
	if e.State != Active {
		return
	}
	entry := r.Session(e.Entry)
	covered := map[string]bool{}
	owned := 0
	for _, seat := range r.SeatsOf(e.ID) {
		if s := r.Session(seat.Session); seat.State.Occupies() && !s.Start.After(now) {
			covered[s.Position] = true
			owned++
		}
	}
	for _, s := range r.upcoming(now) {
		wanted := !s.Start.Before(entry.Start) && r.wants(s, covered, owned, entry)
		seat := r.seat(e.ID, s.ID)
		has := seat != nil && seat.State.Occupies()
		if wanted && !has && r.Seated(s.ID) >= s.SeatLimit {
			wanted = false
		}
		switch {
		case wanted && !has:
			r.take(e, s, now)
		case !wanted && has:
			seat.State = SeatReleased
		}
		if wanted {
			covered[s.Position] = true
			owned++
		}
	}
}

// wants tells whether an itinerary that covers these positions holds the session too.
func (r *Roster) wants(s *Session, covered map[string]bool, owned int, entry *Session) bool {
	switch {
	case r.distinct():
		return s.Main && !covered[s.Position]
	case !r.Cohort.Rolling || r.Definition.Completion.Type == protocols.CompletionNone:
		return true
	case r.Definition.Completion.Type == protocols.CompletionWeeks:
		return s.Wall.Date.Before(r.endOfWeeks(entry))
	default:
		return owned < r.Definition.Completion.N
	}
}

// take gives the enrollment its seat in a session. A seat given up earlier is
// taken again with its UID.
func (r *Roster) take(e *Enrollment, s *Session, now time.Time) {
	if seat := r.seat(e.ID, s.ID); seat != nil {
		seat.State = SeatPlanned
		return
	}
	r.Seats = append(r.Seats, &Seat{
		ID: seatID(e.ID, s.ID), Enrollment: e.ID, Session: s.ID,
		State: SeatPlanned, CreatedAt: now, ChangedAt: now,
	})
}

// Projection is how far beyond the longest stay a rolling cohort is planned.
const Projection = 26 * 7 * 24 * time.Hour

// Extend plans the sessions of a rolling cohort far enough ahead for everyone's
// stay plus the projection. It does nothing for a closed cohort or an ended one.
func (b *Book) Extend(cohort ID) error {
	r := b.Roster(cohort)
	if r == nil {
		return fault.New(fault.NotFound, "There is no such cohort.")
	}
	if !r.Cohort.Rolling || r.Cohort.State != CohortOpen {
		return nil
	}
	cycle := len(r.Definition.Positions())
	if len(r.Sessions) < cycle {
		return nil
	}
	turn := r.Sessions[cycle-1].End.Sub(r.Sessions[0].Start)
	horizon := later(b.Now, r.Sessions[0].Start).Add(turn + Projection)
	for r.Sessions[len(r.Sessions)-1].Start.Before(horizon) {
		if err := b.appendSession(r, ""); err != nil {
			return err
		}
	}
	return nil
}

// appendSession adds a session on the next open cadence date after the last
// one of the main series. An empty position means the one whose turn it is.
func (b *Book) appendSession(r *Roster, position string) error {
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	last := r.lastMain()
	wall, err := r.Definition.NextOpen(r.Cohort.planRequest(loc), last.Wall.Date)
	if err != nil {
		return fault.Wrap(fault.Closed, err, "No open date follows the last session. Change the closed dates, or cancel without adding a date.")
	}
	if position == "" {
		position = r.turnAfter(last.Position)
	}
	return b.addSession(r, position, wall, loc)
}

// addSession makes a session with the content of a position at a wall time.
func (b *Book) addSession(r *Roster, position string, wall protocols.WallTime, loc *time.Location) error {
	model := r.lastMain()
	for _, s := range r.Sessions {
		if s.Position == position {
			model = s
			break
		}
	}
	start := protocols.Resolve(wall, loc).Instant
	r.Sessions = append(r.Sessions, r.newSession(protocols.Occurrence{
		Number: 1, Kind: protocols.Kind(model.Kind), Phase: model.Phase, Position: position, Title: model.Title,
		LocalStart: wall, Start: start, End: start.Add(time.Duration(model.Minutes) * time.Minute), Minutes: model.Minutes,
	}))
	r.arrange()
	return nil
}

func (r *Roster) lastMain() *Session {
	for i := len(r.Sessions) - 1; i >= 0; i-- {
		if r.Sessions[i].Main {
			return r.Sessions[i]
		}
	}
	return r.Sessions[len(r.Sessions)-1]
}

// turnAfter gives the position that follows in the cycle.
func (r *Roster) turnAfter(position string) string {
	positions := r.Definition.Positions()
	for i, p := range positions {
		if p.ID == position {
			return positions[(i+1)%len(positions)].ID
		}
	}
	return positions[0].ID
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
