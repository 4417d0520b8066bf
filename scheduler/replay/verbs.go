package replay

import (
	"almanac/protocols/civil"
	"almanac/scheduler"
)

func (p *Player) cancel(e *playedEvent) error {
	session := e.session(e.one(), e.node("cancel"))
	c := scheduler.CancelRequest{Content: scheduler.ContentAfter(e.text("content")), AcceptShift: true,
		Reason: e.text("reason")}
	if e.err != nil {
		return nil
	}
	c.Session = session.ID
	if on := e.node("on"); on != nil {
		if date, err := civil.ParseDate(on.Text); err == nil {
			c.On = civil.WallTime{Date: date, Clock: session.Wall.Clock}
		} else {
			c.On = e.wall("on")
		}
	}
	return p.replay.Change(func(b *scheduler.Book) error { return b.Cancel(c) })
}

func (p *Player) move(e *playedEvent) error {
	session := e.session(e.one(), e.node("move"))
	e.needed("to")
	if e.err != nil {
		return nil
	}
	m := scheduler.MoveRequest{Session: session.ID, To: e.wall("to"), AcceptShift: true, Reason: e.text("reason")}
	return p.replay.Change(func(b *scheduler.Book) error { return b.Move(m) })
}

// days reads the days of an event that closes or opens some.
func (e *playedEvent) days(key string) civil.DateRange {
	days, err := civil.ParseDateRange(e.text(key))
	if err != nil {
		e.refuse(e.node(key), "%s", e.p.Explain(err))
	}
	return days
}

// close closes the clinic, whichever cohort is named.
func (p *Player) close(e *playedEvent) error {
	days := e.days("close")
	if e.err != nil {
		return nil
	}
	return p.replay.Close(scheduler.CloseRequest{Days: days, AcceptShift: true})
}

// open opens closed days of the clinic again, whichever cohort is named.
func (p *Player) open(e *playedEvent) error {
	days := e.days("open")
	if e.err != nil {
		return nil
	}
	return p.replay.Change(func(b *scheduler.Book) error { return b.OpenDays(days) })
}

func (p *Player) capacity(e *playedEvent) error {
	cohort := e.one()
	asked := scheduler.ResizeRequest{Seats: e.number("capacity"), Reason: e.text("reason")}
	if e.err != nil {
		return nil
	}
	asked.Cohort = cohort.id
	return p.replay.Change(func(b *scheduler.Book) error { return b.SetCapacity(asked) })
}

func (p *Player) hold(e *playedEvent) error {
	h := scheduler.HoldRequest{From: e.date("from"), Until: e.date("until"), Release: e.yes("release")}
	return e.about(func(b *scheduler.Book, id scheduler.ID) error {
		h.Enrollment = id
		return b.Hold(h)
	})
}

// excuse gives one date back ahead, in the person's own cohort or elsewhere, or takes it again.
func (p *Player) excuse(e *playedEvent) error {
	e.needed("session")
	undo := e.yes("undo")
	if e.err != nil {
		return nil
	}
	return e.about(func(b *scheduler.Book, id scheduler.ID) error {
		session := e.session(p.zoneOf(e), e.node("session"))
		if e.err != nil {
			return nil
		}
		if undo {
			return b.UndoExcuse(id, session.ID)
		}
		return b.Excuse(scheduler.ExcuseRequest{Enrollment: id, Session: session.ID})
	})
}

// end ends a cohort after a date.
func (p *Player) end(e *playedEvent) error {
	cohort, after := e.one(), e.date("end")
	if e.err != nil {
		return nil
	}
	return p.replay.Change(func(b *scheduler.Book) error { return b.EndCohort(cohort.id, after) })
}

// about plays an event that is about a person's enrollment, unless something
// about the event was refused.
func (e *playedEvent) about(do func(b *scheduler.Book, enrollment scheduler.ID) error) error {
	person := e.person()
	if e.err != nil {
		return nil
	}
	return e.p.replay.About(person, e.in(), do)
}

func (p *Player) resume(e *playedEvent) error   { return e.about((*scheduler.Book).Resume) }
func (p *Player) withdraw(e *playedEvent) error { return e.about((*scheduler.Book).Withdraw) }
func (p *Player) accept(e *playedEvent) error   { return e.about((*scheduler.Book).Accept) }
func (p *Player) decline(e *playedEvent) error  { return e.about((*scheduler.Book).Decline) }

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

func (p *Player) makeup(e *playedEvent) error {
	position := e.needed("position")
	e.needed("session")
	if e.err != nil {
		return nil
	}
	session := e.session(e.elsewhere("in"), e.node("session"))
	return e.about(func(b *scheduler.Book, id scheduler.ID) error { return b.MakeUp(id, position, session.ID) })
}

func (p *Player) individual(e *playedEvent) error {
	position := e.needed("position")
	e.needed("at_time")
	at, minutes := e.wall("at_time"), e.number("minutes")
	reason := e.text("reason")
	if e.has("minutes") && minutes < 1 {
		e.refuse(e.node("minutes"), "An appointment takes one minute or more.")
	}
	return e.about(func(b *scheduler.Book, id scheduler.ID) error {
		return b.Individual(scheduler.AppointmentRequest{
			Enrollment: id, Position: position, At: at, Minutes: minutes, AcceptShift: true, Reason: reason,
		})
	})
}

func (p *Player) waive(e *playedEvent) error {
	position, reason := e.needed("position"), e.needed("reason")
	return e.about(func(b *scheduler.Book, id scheduler.ID) error { return b.Waive(id, position, reason) })
}

func (p *Player) transfer(e *playedEvent) error {
	e.needed("to")
	to := e.elsewhere("to")
	return e.about(func(b *scheduler.Book, id scheduler.ID) error {
		_, err := b.Transfer(id, to.id)
		return err
	})
}

func (p *Player) reenter(e *playedEvent) error {
	mode := scheduler.ModeResume
	if e.has("mode") {
		mode = scheduler.EntryMode(e.text("mode"))
	}
	return e.about(func(b *scheduler.Book, id scheduler.ID) error {
		_, err := b.Reenter(id, mode)
		return err
	})
}

func (p *Player) substitute(e *playedEvent) error {
	session, by := e.session(e.one(), e.node("substitute")), e.needed("by")
	if e.err != nil {
		return nil
	}
	q := scheduler.SubstituteRequest{Session: session.ID, By: staffID(by)}
	return p.replay.Change(func(b *scheduler.Book) error { return b.Substitute(q) })
}

func (p *Player) advance(e *playedEvent) error {
	phase, reason := e.needed("phase"), e.needed("reason")
	return e.about(func(b *scheduler.Book,
		enrollment scheduler.ID) error {
		return b.Advance(enrollment, phase, reason)
	})
}

// assessment records that an assessment of the protocol is done.
func (p *Player) assessment(e *playedEvent) error {
	id := e.needed("id")
	e.needed("done")
	done := e.date("done")
	if e.err != nil {
		return nil
	}
	return e.about(func(b *scheduler.Book, enrollment scheduler.ID) error {
		return b.Assess(scheduler.AssessRequest{Enrollment: enrollment, Window: id, Date: done,
			Outcome: scheduler.AssessmentDone, Reason: "a dated fact"})
	})
}
