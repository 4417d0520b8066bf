package main

import (
	"slices"

	"almanac/protocols"
	"almanac/scheduler"
)

func (p *player) cancel(e *playedEvent) error {
	session := e.session(e.one(), e.node("cancel"))
	c := scheduler.Cancelling{Content: scheduler.ContentAfter(e.text("content")), AcceptShift: true}
	if e.err != nil {
		return nil
	}
	c.Session = session.ID
	if on := e.node("on"); on != nil {
		if date, err := protocols.ParseDate(on.Text); err == nil {
			c.On = protocols.WallTime{Date: date, Clock: session.Wall.Clock}
		} else {
			c.On = e.wall("on")
		}
	}
	return p.ledger.Cancel(c)
}

func (p *player) move(e *playedEvent) error {
	session := e.session(e.one(), e.node("move"))
	e.needed("to")
	if e.err != nil {
		return nil
	}
	return p.ledger.Move(scheduler.Moving{Session: session.ID, To: e.wall("to"), AcceptShift: true})
}

// close closes the cohort that is named, or all of them.
func (p *player) close(e *playedEvent) error {
	days, err := protocols.ParseDateRange(e.text("close"))
	if err != nil {
		e.refuse(e.node("close"), "%s", sentence(err.Error()))
		return nil
	}
	for _, c := range p.cohorts {
		if e.cohort != nil && e.cohort != c {
			continue
		}
		if err := p.ledger.Close(c.id, days); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) capacity(e *playedEvent) error {
	cohort, seats := e.one(), e.number("capacity")
	if e.err != nil {
		return nil
	}
	return p.ledger.SetCapacity(cohort.id, seats)
}

func (p *player) hold(e *playedEvent) error {
	h := scheduler.Holding{Person: e.person(), Cohort: e.in(), Until: e.date("until"), Release: e.yes("release")}
	if e.err != nil {
		return nil
	}
	return p.ledger.Hold(h)
}

// simply plays an event that is about a person and nothing else.
func (e *playedEvent) simply(do func(person, cohort scheduler.ID) error) error {
	person := e.person()
	if e.err != nil {
		return nil
	}
	return do(person, e.in())
}

func (p *player) resume(e *playedEvent) error   { return e.simply(p.ledger.Resume) }
func (p *player) withdraw(e *playedEvent) error { return e.simply(p.ledger.Withdraw) }
func (p *player) accept(e *playedEvent) error   { return e.simply(p.ledger.Accept) }
func (p *player) decline(e *playedEvent) error  { return e.simply(p.ledger.Decline) }

// elsewhere is the cohort that a key names, else the event's own.
func (e *playedEvent) elsewhere(key string) *playedCohort {
	if !e.has(key) {
		return e.one()
	}
	c := e.p.cohort(e.text(key))
	if c == nil {
		e.refuse(e.node(key), "There is no cohort %q in this file.", e.text(key))
	}
	return c
}

func (p *player) makeup(e *playedEvent) error {
	person, position := e.person(), e.needed("position")
	e.needed("session")
	if e.err != nil {
		return nil
	}
	session := e.session(e.elsewhere("in"), e.node("session"))
	if e.err != nil {
		return nil
	}
	return p.ledger.MakeUp(person, e.in(), position, session)
}

func (p *player) individual(e *playedEvent) error {
	person, position := e.person(), e.needed("position")
	e.needed("at_time")
	at, minutes := e.wall("at_time"), e.number("minutes")
	if e.has("minutes") && minutes < 1 {
		e.refuse(e.node("minutes"), "An appointment takes one minute or more.")
	}
	if e.err != nil {
		return nil
	}
	return p.ledger.Individual(person, e.in(), position, at, minutes)
}

func (p *player) waive(e *playedEvent) error {
	person, position, reason := e.person(), e.needed("position"), e.needed("reason")
	if e.err != nil {
		return nil
	}
	return p.ledger.Waive(person, e.in(), position, reason)
}

func (p *player) transfer(e *playedEvent) error {
	person := e.person()
	e.needed("to")
	to := e.elsewhere("to")
	if e.err != nil {
		return nil
	}
	return p.ledger.Transfer(person, e.in(), to.id)
}

func (p *player) reenter(e *playedEvent) error {
	person, mode := e.person(), "resume"
	if e.has("mode") {
		mode = e.text("mode")
	}
	if e.err != nil {
		return nil
	}
	return p.ledger.Reenter(person, e.in(), mode)
}

func (p *player) substitute(e *playedEvent) error {
	session, by := e.session(e.one(), e.node("substitute")), e.needed("by")
	if e.err != nil {
		return nil
	}
	return p.ledger.Substitute(session.ID, staffID(by))
}

func (p *player) advance(e *playedEvent) error {
	person, phase, reason := e.person(), e.needed("phase"), e.needed("reason")
	if e.err != nil {
		return nil
	}
	return p.ledger.Advance(person, e.in(), phase, reason)
}

// assessment records that an assessment of the protocol is done.
func (p *player) assessment(e *playedEvent) error {
	person, id := e.person(), e.needed("id")
	e.needed("done")
	done := e.date("done")
	if e.err != nil {
		return nil
	}
	known := slices.ContainsFunc(p.zoneOf(e).opening.Definition.Assessments, func(a protocols.Assessment) bool { return a.ID == id })
	if !known {
		e.refuse(e.node("id"), "The protocol has no assessment %q.", id)
		return nil
	}
	return p.ledger.Assess(person, id, done)
}
