package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// Appointment tells whether a session is one of the protocol's appointments beside its series, as
// coaching after a workshop: each person has one of their own.
func (s *Session) Appointment() bool { return !s.Main && !s.Opens.IsZero() }

// frameAppointment gives a session of a calendar its window and, beside the series, the leader of
// its role and a single seat.
func (r *Roster) frameAppointment(s *Session, windows []protocols.Window) {
	if s.Kind != string(protocols.KindCall) && s.Kind != string(protocols.KindIndividual) {
		return
	}
	i := slices.IndexFunc(windows, func(w protocols.Window) bool { return w.ID == s.Position })
	if i < 0 {
		return
	}
	s.Opens, s.Closes = windows[i].Opens, windows[i].Closes
	if !s.Appointment() {
		return
	}
	s.SeatLimit = 1
	if rule, ok := r.Definition.Appointment(s.Position); ok && rule.Role != "" {
		s.Leader = r.Cohort.inRole(rule.Role)
	}
}

// assignAppointments gives everybody who has a seat an appointment of each kind that the protocol
// has: first those that were planned with the cohort and belong to nobody, then further ones on the
// nearest free day of the same window. Staff get a task where the window has no free day left.
func (b *Book) assignAppointments(r *Roster) error {
	positions := r.appointments()
	if len(positions) == 0 {
		return nil
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	for _, e := range r.Enrollments {
		if e.State != Active && e.State != OnHold {
			continue
		}
		for _, position := range positions {
			b.assignAppointment(r, e, position, loc)
		}
	}
	r.arrange()
	return nil
}

// appointments lists the positions of the appointments that the cohort was opened with.
func (r *Roster) appointments() []string {
	var positions []string
	for _, s := range r.Sessions {
		if s.Appointment() && !slices.Contains(positions, s.Position) {
			positions = append(positions, s.Position)
		}
	}
	return positions
}

func (b *Book) assignAppointment(r *Roster, e *Enrollment, position string, loc *time.Location) {
	var model, free *Session
	for _, s := range r.Sessions {
		if !s.Appointment() || s.Position != position {
			continue
		}
		if seat := r.seat(e.ID, s.ID); seat != nil && s.For == e.ID {
			b.excuse(e, s, seat)
			return
		}
		if model == nil || s.Counter < model.Counter {
			model = s
		}
		if free == nil && s.For == "" && s.Live() && s.Start.After(b.Now) {
			free = s
		}
	}
	target := model.Wall.Date
	if !model.MovedFrom.IsZero() {
		target = model.MovedFrom.Date
	}
	if free != nil {
		target = free.Wall.Date
	}
	wall, ok := b.freeDay(r, e, model, free, target, loc)
	if !ok {
		b.ask(r, e, AboutWindow, string(e.ID)+":"+position)
		return
	}
	start := civil.Resolve(wall, loc).Instant
	if free == nil {
		free = r.add(protocols.Occurrence{Kind: protocols.Kind(model.Kind), Position: position, Title: model.Title,
			Minutes: model.Minutes})
		free.Place, free.Leader, free.SeatLimit, free.Opens, free.Closes = model.Place, model.Leader, 1,
			model.Opens, model.Closes
		free.Meeting = model.Meeting
	}
	free.Wall, free.Start, free.End = wall, start, start.Add(time.Duration(free.Minutes)*time.Minute)
	free.For = e.ID
	r.take(e, free, b.Now)
	b.say(e.Person, "Has the appointment %s on %s.", position, wall)
}

// excuse excuses an appointment that falls into a leave, and no longer when the leave is another.
func (b *Book) excuse(e *Enrollment, s *Session, seat *Seat) {
	switch {
	case !s.Start.After(b.Now) || !s.Live():
	case e.Leave.covers(s) && seat.State == SeatPlanned:
		seat.State = SeatExcused
	case !e.Leave.covers(s) && seat.State == SeatExcused:
		seat.State = SeatPlanned
	}
}

// freeDay finds the day nearest to a target, of two the earlier, within the window of an appointment:
// open, one of the protocol's days, and free of other appointments, of what its leader does and of
// what its person does.
func (b *Book) freeDay(r *Roster, e *Enrollment, model, own *Session, target civil.Date,
	loc *time.Location) (civil.WallTime, bool) {
	window := civil.DateRange{From: model.Opens, To: model.Closes}
	rule, _ := r.Definition.Appointment(model.Position)
	for distance := 0; distance <= max(target.DaysUntil(window.To), window.From.DaysUntil(target)); distance++ {
		for _, step := range []int{-distance, distance} {
			wall := civil.WallTime{Date: target.AddDays(step), Clock: model.Wall.Clock}
			if !window.Contains(wall.Date) || len(rule.Days) > 0 && !slices.Contains(rule.Days, wall.Date.Weekday()) {
				continue
			}
			if b.freeAt(r, e, model, own, wall, loc) {
				return wall, true
			}
		}
	}
	return civil.WallTime{}, false
}

func (b *Book) freeAt(r *Roster, e *Enrollment, model, own *Session, wall civil.WallTime, loc *time.Location) bool {
	at := civil.Resolve(wall, loc)
	end := at.Instant.Add(time.Duration(model.Minutes) * time.Minute)
	except := ID("")
	if own != nil {
		except = own.ID
	}
	switch {
	case !at.Instant.After(b.Now), !r.Cohort.AcceptShift && at.Shift != civil.Plain:
		return false
	case containsDay(r.planRequest(loc).Closed, wall.Date):
		return false
	case b.clashes(model.Leader, at.Instant, end, except), e != nil && b.clashes(e.Person, at.Instant, end, except):
		return false
	}
	return !slices.ContainsFunc(r.Sessions, func(s *Session) bool {
		return s.ID != except && s.Live() && s.overlaps(at.Instant, end) && (s.Appointment() || s.Main)
	})
}

// moveAppointment moves an appointment off a closed day to the nearest free day of its window; false
// when there is none.
func (b *Book) moveAppointment(r *Roster, s *Session, loc *time.Location) bool {
	_, e := b.withEnrollment(s.For)
	wall, ok := b.freeDay(r, e, s, s, s.Wall.Date, loc)
	return ok && b.shift(MoveRequest{Session: s.ID, To: wall, AcceptShift: true}) == nil
}

// lastAppointment is the last appointment of an enrollment that counts; nil when it has none.
func (b *Book) lastAppointment(all []heldSeat, earns func(heldSeat) bool) *heldSeat {
	var last *heldSeat
	for i, p := range all {
		if p.session.Appointment() && earns(p) {
			last = &all[i]
		}
	}
	return last
}
