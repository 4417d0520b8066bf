package scheduler

import (
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// Replay plays dated facts on cohorts in memory, one after another: the rules
// of a Book without a database and without a clock. Facts come in order of time;
// Pass brings the replay to the moment of the next one, and what falls due
// between two facts (an offer that lapses, a leave that ends, a graduation)
// happens at its own moment. The same facts give the same ids.
//
// A session that is over and about which no attendance was taken counts as
// attended by everyone seated, and people know of an offer when it is made. A
// replay whose last call failed is half changed and must be thrown away.
type Replay struct {
	book     *Book
	told     map[ID]Moment    // what people know, by seat
	offers   map[ID]bool      // offers that people know
	tellAt   map[ID]time.Time // when people are told of changes, by person
	welcomed map[ID]bool      // enrollments
	rank     map[ID]int       // of people, in the order of asking, when there were ranked enrollments
	ranked   int

	// Notices is what came of the facts, in order.
	Notices []ReplayNotice
}

// ReplayNotice is something that was told to a person.
type ReplayNotice struct {
	At     time.Time // UTC instant
	Person ID
	About  string       // welcome, added, moved, cancelled, left, off or offer
	Dates  []civil.Date // local dates of the sessions; nil for a welcome
}

// NewReplay makes an empty replay that begins at an instant.
func NewReplay(zones *civil.Zones, begin time.Time) *Replay {
	clinic := Clinic{ID: DeriveID("", "clinic", "ledger"), Zone: "UTC"}
	p := &Replay{
		book: NewBook(clinic, begin.UTC(), zones, nil, nil, nil),
		told: map[ID]Moment{}, offers: map[ID]bool{}, tellAt: map[ID]time.Time{}, welcomed: map[ID]bool{},
	}
	p.book.trusting, p.book.until = true, map[ID]civil.Date{}
	return p
}

// Now is the UTC instant that the replay has come to.
func (p *Replay) Now() time.Time { return p.book.Now }

// Tasks lists what staff were asked to look at, in order. Roles that nobody fills
// are left out, because a replay names no staff.
func (p *Replay) Tasks() []Task {
	return slices.DeleteFunc(slices.Clone(p.book.Tasks),
		func(t Task) bool { return t.Kind != LookTask || t.About == AboutRole })
}

// Steps lists why people stand where they stand, in order.
func (p *Replay) Steps() []Step { return p.book.Steps }

// Open opens a cohort; its sessions are planned to a date at the least. It
// fails as Book.Open does.
func (p *Replay) Open(id ID, o OpenRequest, until civil.Date) error {
	p.book.until[id] = until
	if len(p.book.Rosters) == 0 {
		p.book.Clinic.Zone = o.Zone // the clinic's days are those of its first cohort
	}
	return p.Change(func(b *Book) error {
		_, err := b.Open(id, o)
		return err
	})
}

// Enroll enrolls somebody; zone is their own, empty for the cohort's. It fails
// as Book.Enroll does, and is Invalid for an unknown zone.
func (p *Replay) Enroll(ask PlaceRequest, zone string) error {
	return p.Change(func(b *Book) error {
		r := b.Roster(ask.Cohort)
		if r == nil {
			return noCohort()
		}
		if zone == "" {
			zone = r.Cohort.Zone
		}
		if _, err := b.Zones.Location(zone); err != nil {
			return fault.In("zone", "%s", sentence(err))
		}
		if b.People[ask.Person] == nil {
			b.People[ask.Person] = &Person{ID: ask.Person, Zone: zone}
		}
		_, err := b.Enroll(ask)
		return err
	})
}

// Change plays a fact: a change of the book at this moment, and what follows
// from it. It fails as the change does.
func (p *Replay) Change(do func(*Book) error) error {
	p.book.upToDate = false
	if err := do(p.book); err != nil {
		return err
	}
	return p.recompute()
}

// Close closes the clinic on some days, for every cohort; a Conflict when it cannot be done in one.
func (p *Replay) Close(c CloseRequest) error {
	return p.Change(func(b *Book) error {
		if err := b.Close(c); err != nil {
			return err
		}
		defer func() { b.Verdicts = nil }()
		return b.Refused()
	})
}

func (p *Replay) recompute() error {
	if !p.book.upToDate {
		if err := p.book.recompute(); err != nil {
			return err
		}
	}
	p.tell()
	p.book.corrected = nil
	return nil
}

// Pass lets time pass to an instant that is not before Now.
func (p *Replay) Pass(to time.Time) error {
	for {
		next, found := p.nextMoment(to)
		if !found {
			break
		}
		p.book.Now, p.book.upToDate = next, false
		if err := p.recompute(); err != nil {
			return err
		}
	}
	if to.After(p.book.Now) { // nothing falls due in between
		p.book.Now = to.UTC()
	}
	return nil
}

// nextMoment is the first instant after now, and up to a limit, at which
// something happens by itself.
func (p *Replay) nextMoment(limit time.Time) (next time.Time, found bool) {
	consider := func(t time.Time) {
		if t.After(p.book.Now) && !t.After(limit) && (!found || t.Before(next)) {
			next, found = t, true
		}
	}
	for _, t := range p.tellAt {
		consider(t)
	}
	for _, r := range p.book.Rosters {
		waiting := false
		for _, e := range r.living() {
			waiting = waiting || e.State == Waiting || e.State == Pending
			if loc, err := p.book.Zones.Location(r.Cohort.Zone); err == nil &&
				(e.State == Waiting || e.State == Pending) && !e.Earliest.IsZero() {
				consider(midnight(e.Earliest.AddDays(-projectionDays), loc))
			}
			if offer := e.Offer(); offer != nil {
				consider(p.book.lapses(r, e, *offer))
			}
			if e.Leave != nil {
				consider(e.Leave.From)
				consider(e.Leave.Until)
			}
			if e.State == Active || e.State == OnHold {
				consider(p.book.discharge(r, e))
			}
		}
		if ends := p.book.groupEnds(r); !ends.IsZero() && r.Cohort.State == CohortOpen {
			consider(ends)
			consider(ends.Add(MakeupWindow))
		}
		p.considerGivenBack(r, consider)
		for _, s := range r.since(p.book.Now) {
			consider(s.End)
			if waiting {
				consider(s.Start)
				consider(s.Start.Add(-r.seatHorizon()))
			}
		}
	}
	return next, found
}

// considerGivenBack names the moments at which dates that were given back may be offered: once they have rested, when
// they come near, and in the morning, when people may be asked at short notice again.
func (p *Replay) considerGivenBack(r *Roster, consider func(time.Time)) {
	for _, e := range r.living() {
		for _, f := range e.Facts {
			if f.Kind == FactExcused {
				consider(f.At.Add(ExcuseRest))
			}
		}
	}
	for id := range r.given {
		s := r.Session(id)
		consider(s.Start.Add(-earlierNotice))
		if !p.book.near(s) {
			continue
		}
		for _, e := range r.living() {
			if person := p.book.People[e.Person]; person != nil && person.ShortNotice {
				consider(earlier(MorningAfter(p.book.Now, p.book.zone(p.book.zoneOf(r, e))), s.Start))
			}
		}
	}
}

// AskShortNotice notes that somebody wants to be offered dates at short notice.
func (p *Replay) AskShortNotice(person ID) {
	if known := p.book.People[person]; known != nil {
		known.ShortNotice = true
	}
}

// Enrollment finds the enrollment that a fact about a person means: in the
// cohort that is named, else the one asked for last. NotFound when there is none.
func (p *Replay) Enrollment(person, cohort ID) (ID, error) {
	var found *Enrollment
	for _, r := range p.book.Rosters {
		for _, e := range r.Enrollments {
			if e.Person != person || cohort != "" && cohort != r.Cohort.ID {
				continue
			}
			if found == nil || e.State.Live() && !found.State.Live() ||
				e.State.Live() == found.State.Live() && !e.RequestedAt.Before(found.RequestedAt) {
				found = e
			}
		}
	}
	if found == nil {
		return "", fault.New(fault.NotFound, "This person is not enrolled yet. Enroll them first.")
	}
	return found.ID, nil
}

// About plays a fact about a person's enrollment; see Enrollment and Change.
func (p *Replay) About(person, cohort ID, do func(*Book, ID) error) error {
	id, err := p.Enrollment(person, cohort)
	if err != nil {
		return err
	}
	return p.Change(func(b *Book) error { return do(b, id) })
}

// Itinerary says where a person stands. NotFound when they are not enrolled.
func (p *Replay) Itinerary(person ID) (Itinerary, error) {
	id, err := p.Enrollment(person, "")
	if err != nil {
		return Itinerary{}, err
	}
	return p.book.Itinerary(id)
}

// Roster gives a cohort as it stands. It is not to be changed. NotFound when
// the replay has no such cohort.
func (p *Replay) Roster(cohort ID) (*Roster, error) {
	if r := p.book.Roster(cohort); r != nil {
		return r, nil
	}
	return nil, noCohort()
}

// EntryPoints lists where somebody new could begin now. NotFound when the replay
// has no such cohort.
func (p *Replay) EntryPoints(cohort ID) ([]EntryPoint, error) {
	r, err := p.Roster(cohort)
	if err != nil {
		return nil, err
	}
	return p.book.EntryPoints(r), nil
}

// Find finds a session by its current local date, or by date and time when a
// day has two. Cancelled sessions are found when no other is, and an appointment
// of one person when the cohort has none then; NotFound when there is none
// either; Invalid when the day has several and at gives no time.
func (p *Replay) Find(cohort ID, on civil.Date, at *civil.Clock) (*Session, error) {
	r := p.book.Roster(cohort)
	if r == nil {
		return nil, noCohort()
	}
	ofGroup := func(s *Session) bool { return s.For == "" }
	found, live := p.find([]*Roster{r}, on, at, ofGroup)
	if found == nil {
		found, live = p.find(p.book.Rosters, on, at, func(s *Session) bool { return s.For != "" })
	}
	switch {
	case found == nil:
		return nil, fault.New(fault.NotFound,
			"The cohort has no session on %s. Name one by its current local date.", on)
	case live > 1:
		return nil, fault.In("session",
			"The cohort has several sessions on %s. Name one by date and time, such as \"%s %s\".", on, on,
			found.Wall.Clock)
	}
	return found, nil
}

// find finds the first session of a day, one that stands before a cancelled
// one, and says how many stand.
func (p *Replay) find(in []*Roster, on civil.Date, at *civil.Clock,
	wanted func(*Session) bool) (found *Session, live int) {
	for _, r := range in {
		for _, s := range r.Sessions {
			if s.Wall.Date != on || at != nil && s.Wall.Clock != *at || !wanted(s) {
				continue
			}
			if s.Live() {
				live++
			}
			if found == nil || s.Live() && !found.Live() {
				found = s
			}
		}
	}
	return found, live
}
