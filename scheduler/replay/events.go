package replay

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// verb is one kind of event: its further keys and what it does.
type verb struct {
	name string
	keys []string
	play func(p *Player, e *playedEvent) error
}

func verbs() []verb {
	return []verb{
		{"enroll", []string{"earliest", "priority", "zone", "facts", "short_notice"}, (*Player).enroll},
		{"prerequisite", []string{"done", "facts"}, (*Player).prerequisite},
		{"attendance", nil, (*Player).attendance},
		{"cancel", []string{"content", "on", "reason"}, (*Player).cancel},
		{"move", []string{"to", "reason"}, (*Player).move},
		{"close", nil, (*Player).close},
		{"open", nil, (*Player).open},
		{"capacity", []string{"reason"}, (*Player).capacity},
		{"hold", []string{"from", "until", "release"}, (*Player).hold},
		{"excuse", []string{"session", "undo"}, (*Player).excuse},
		{"end", nil, (*Player).end},
		{"resume", nil, (*Player).resume},
		{"withdraw", nil, (*Player).withdraw},
		{"accept", nil, (*Player).accept},
		{"decline", nil, (*Player).decline},
		{"makeup", []string{"position", "in", "session"}, (*Player).makeup},
		{"individual", []string{"position", "at_time", "minutes", "reason"}, (*Player).individual},
		{"waive", []string{"position", "reason"}, (*Player).waive},
		{"transfer", []string{"to"}, (*Player).transfer},
		{"reenter", []string{"mode"}, (*Player).reenter},
		{"advance", []string{"phase", "reason"}, (*Player).advance},
		{"substitute", []string{"by"}, (*Player).substitute},
		{"assessment", []string{"id", "done"}, (*Player).assessment},
	}
}

// playedEvent is one event of the file.
type playedEvent struct {
	*values
	verb   verb
	at     civil.WallTime
	key    *protocols.Node // of the verb: where problems with the event are told
	cohort *playedCohort   // nil: none is named, and there are several
}

func (p *Player) readEvent(n *protocols.Node) (*playedEvent, error) {
	e := &playedEvent{values: p.values(n)}
	for _, f := range n.Fields {
		i := slices.IndexFunc(verbs(), func(v verb) bool { return v.name == f.Key.Text })
		switch {
		case i < 0:
		case e.key != nil:
			e.refuse(f.Key, "An event does one thing, and this one has %q and %q. Write two events.",
				e.verb.name, f.Key.Text)
		default:
			e.verb, e.key = verbs()[i], f.Key
		}
	}
	if e.err == nil && e.key == nil {
		e.refuse(unknownVerb(n), "No verb is known here. An event has one of %s.", strings.Join(verbNames(), ", "))
	}
	if e.err != nil {
		return nil, e.err
	}
	e.allow(append([]string{"at", "cohort", e.verb.name}, e.verb.keys...)...)
	e.needed("at")
	e.at = civil.WallTime{}
	if e.err == nil {
		e.at = e.wall("at")
	}
	switch {
	case e.has("cohort"):
		if e.cohort = p.cohort(e.text("cohort")); e.cohort == nil {
			e.refuse(e.node("cohort"), "There is no cohort %q in this file.", e.text("cohort"))
		}
	case len(p.cohorts) == 1:
		e.cohort = p.cohorts[0]
	}
	return e, e.err
}

// unknownVerb is the key that stands where a verb should.
func unknownVerb(n *protocols.Node) *protocols.Node {
	for _, f := range n.Fields {
		if f.Key.Text != "at" && f.Key.Text != "cohort" {
			return f.Key
		}
	}
	return n
}

func verbNames() []string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return names
}

// playEvent lets time pass to the event and plays it.
func (p *Player) playEvent(e *playedEvent) error {
	at := civil.Resolve(e.at, p.zoneOf(e).zone).Instant
	if at.Before(p.replay.Now()) {
		return p.problem(e.node("at"), "This event lies before the one above it. Write events in order of \"at\".")
	}
	if err := p.replay.Pass(at); err != nil {
		return p.problem(e.key, p.Explain(err))
	}
	err := e.verb.play(p, e)
	if e.err != nil {
		return e.err
	}
	if err != nil {
		return p.problem(e.key, p.Explain(err))
	}
	return nil
}

// zoneOf is the cohort in whose local time an event stands: the one it names,
// else the person's, else the first.
func (p *Player) zoneOf(e *playedEvent) *playedCohort {
	if e.cohort != nil {
		return e.cohort
	}
	if n := e.node(e.verb.name); n.Kind == protocols.NodeScalar {
		if it, err := p.replay.Itinerary(p.people[n.Text]); err == nil {
			return p.cohort(p.keyOf(it.Cohort))
		}
	}
	return p.cohorts[0]
}

// person is somebody that an earlier event enrolled.
func (e *playedEvent) person() scheduler.ID { return e.known(e.node(e.verb.name)) }

func (e *playedEvent) known(n *protocols.Node) scheduler.ID {
	id, known := e.p.people[n.Text]
	if !known || n.Kind != protocols.NodeScalar {
		e.refuse(n, "Nobody called %q has been enrolled above. Check the name, or enroll them first.", n.Text)
	}
	return id
}

// in is the cohort that is named or the only one, "" for the person's own.
func (e *playedEvent) in() scheduler.ID {
	if e.has("cohort") {
		return e.cohort.id
	}
	return ""
}

// one is the cohort that an event is about; with several it must be named.
func (e *playedEvent) one() *playedCohort {
	if e.cohort == nil {
		e.refuse(e.key, `This file has several cohorts. Say which one is meant, such as "cohort: %s".`,
			e.p.cohorts[0].key)
	}
	return e.cohort
}

// session finds a session of a cohort that a node names by its local date, or
// by date and time.
func (e *playedEvent) session(c *playedCohort, n *protocols.Node) *scheduler.Session {
	if c == nil || e.err != nil {
		return nil
	}
	day, rest, timed := strings.Cut(strings.Replace(n.Text, "T", " ", 1), " ")
	date, err := civil.ParseDate(day)
	var clock *civil.Clock
	if err == nil && timed {
		var at civil.Clock
		at, err = civil.ParseClock(rest)
		clock = &at
	}
	if err != nil {
		e.refuse(n, "A session is named by its local date, such as 2026-01-06, or by date and time.")
		return nil
	}
	s, err := e.p.replay.Find(c.id, date, clock)
	if err != nil {
		e.refuse(n, "%s", e.p.Explain(err))
	}
	return s
}

func (p *Player) enroll(e *playedEvent) error {
	name, cohort := e.text("enroll"), e.one()
	ask := scheduler.PlaceRequest{Person: personID(name), Priority: e.number("priority"), Earliest: e.date("earliest"),
		Facts: e.facts()}
	short := e.yes("short_notice")
	if e.err != nil {
		return nil
	}
	ask.Cohort = cohort.id
	if _, known := p.people[name]; !known {
		p.people[name] = ask.Person
		p.names = append(p.names, name)
	}
	err := p.replay.Enroll(ask, e.text("zone"))
	if short {
		p.replay.AskShortNotice(ask.Person)
	}
	return err
}

// facts reads dates of the person's record, as {stable-dose-since: 2026-01-06}.
func (e *playedEvent) facts() map[string]civil.Date {
	n := e.node("facts")
	if n == nil {
		return nil
	}
	dates, facts := e.p.values(n), map[string]civil.Date{}
	for _, f := range n.Fields {
		facts[f.Key.Text] = dates.date(f.Key.Text)
	}
	if e.err == nil {
		e.err = dates.err
	}
	return facts
}

// prerequisite records what is done, or dates of the person's record.
func (p *Player) prerequisite(e *playedEvent) error {
	if facts := e.facts(); len(facts) > 0 && !e.has("done") {
		return e.about(func(b *scheduler.Book, id scheduler.ID) error {
			for _, field := range slices.Sorted(maps.Keys(facts)) {
				if err := b.RecordDate(id, field, facts[field]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	done := e.needed("done")
	return e.about(func(b *scheduler.Book, id scheduler.ID) error { return b.Prerequisite(id, done) })
}

func (p *Player) attendance(e *playedEvent) error {
	list := p.values(e.node("attendance"))
	list.needed("session")
	if e.err = list.err; e.err != nil {
		return nil
	}
	session := e.session(e.one(), list.node("session"))
	for _, f := range list.at.Fields {
		if f.Key.Text == "session" || e.err != nil {
			continue
		}
		mark := e.mark(f.Value)
		mark.Person = e.known(f.Key)
		if e.err != nil {
			break
		}
		err := p.replay.Change(func(b *scheduler.Book) error { return b.Attendance(session.ID, mark) })
		if err != nil {
			e.refuse(f.Key, "%s", p.Explain(err))
		}
	}
	return nil
}

// mark reads one value of an attendance.
func (e *playedEvent) mark(n *protocols.Node) scheduler.Mark {
	switch state := scheduler.SeatState(n.Text); {
	case n.Kind == protocols.NodeScalar &&
		(state == scheduler.SeatPresent || state == scheduler.SeatLate || state == scheduler.SeatMissed):
		return scheduler.Mark{State: state}
	case n.Kind == protocols.NodeMapping && len(n.Fields) == 1:
		key, value := scheduler.SeatState(n.Fields[0].Key.Text), n.Fields[0].Value
		amount, err := strconv.Atoi(value.Text)
		if err == nil && amount >= 0 && key == scheduler.SeatPartial {
			return scheduler.Mark{State: key, Minutes: amount}
		}
		if err == nil && amount >= 0 && key == scheduler.SeatExcused {
			return scheduler.Mark{State: key, NoticeHours: amount}
		}
	}
	e.refuse(n, "Attendance is present, late, missed, {partial: MINUTES} or {excused: HOURS_NOTICE}.")
	return scheduler.Mark{}
}
