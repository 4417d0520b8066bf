package replay

import (
	"slices"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// cohortKeys are the keys of a cohort that are not the protocol's.
var cohortKeys = []string{"protocol", "start", "time", "zone", "days", "closed", "holidays", "name", "facilitator",
	"phase", "reason"}

// replayPlace is where cohorts of a replay meet that meet in person: nobody is told of it.
const replayPlace = "On site"

func (p *Player) readCohorts(top *values) error {
	one, many := top.node("cohort"), top.node("cohorts")
	switch {
	case one != nil && many != nil:
		return p.problem(many, `A file has "cohort" or "cohorts", not both. Keep one of them.`)
	case one != nil:
		return p.readCohort("", one)
	case many == nil:
		return p.problem(p.doc.Root, `The file has no cohort; add "cohort:" with its protocol, start, time and zone.`)
	case many.Kind != protocols.NodeMapping || len(many.Fields) == 0:
		return p.problem(many, `"cohorts" is a mapping of names to cohorts, such as "A: {protocol: more-rolling, …}".`)
	}
	for _, f := range many.Fields {
		if err := p.readCohort(f.Key.Text, f.Value); err != nil {
			return err
		}
	}
	return nil
}

func (p *Player) readCohort(key string, n *protocols.Node) error {
	v := p.values(n)
	c := &playedCohort{key: key, at: n, id: scheduler.DeriveID("", "replayed cohort", key)}
	name := v.needed("protocol")
	c.opening = scheduler.OpenRequest{
		Name: v.text("name"), Start: v.date("start"), Zone: v.needed("zone"), Holidays: v.text("holidays"),
		Past: true, Far: true, AcceptShift: true, Place: replayPlace, Reason: v.text("reason"),
	}
	if f := v.text("facilitator"); f != "" {
		c.opening.Lead = staffID(f)
	}
	if !v.has("start") {
		v.refuse(n, `"start" is missing here. Add the date of the first session.`)
	}
	clock, err := civil.ParseClock(v.needed("time"))
	if err != nil && v.err == nil {
		v.refuse(v.node("time"), "%s", p.Explain(err))
	}
	c.opening.At = clock
	c.phase = v.text("phase")
	p.readDays(v, c)
	if v.err != nil {
		return v.err
	}
	if c.zone, err = p.Zones.Location(c.opening.Zone); err != nil {
		return p.problem(v.node("zone"), p.Explain(err))
	}
	if c.opening.Definition, err = p.Protocol(name); err != nil {
		return p.problem(v.node("protocol"), p.Explain(err))
	}
	if err := p.override(v, c); err != nil {
		return err
	}
	p.cohorts = append(p.cohorts, c)
	return nil
}

// readDays reads the days of the week and the closed days.
func (p *Player) readDays(v *values, c *playedCohort) {
	for _, day := range v.list("days") {
		weekday, err := protocols.ParseWeekday(day)
		if err != nil {
			v.refuse(v.node("days"), "%s", p.Explain(err))
		}
		c.opening.Weekdays = append(c.opening.Weekdays, weekday)
	}
	for _, text := range v.list("closed") {
		days, err := civil.ParseDateRange(text)
		if err != nil {
			v.refuse(v.node("closed"), "%s", p.Explain(err))
		}
		c.opening.Closed = append(c.opening.Closed, days)
	}
}

// override lays the protocol's own words in a cohort over the protocol. A
// capacity that is a number is the cohort's; one that is a mapping is the
// protocol's.
func (p *Player) override(v *values, c *playedCohort) error {
	changes := *v.at
	changes.Fields = nil
	for _, f := range v.at.Fields {
		switch {
		case slices.Contains(cohortKeys, f.Key.Text):
		case f.Key.Text == "capacity" && f.Value.Kind == protocols.NodeScalar:
			c.opening.Capacity, c.opening.HasCapacity = v.number("capacity"), true
		default:
			changes.Fields = append(changes.Fields, f)
		}
	}
	if v.err != nil || len(changes.Fields) == 0 {
		return v.err
	}
	changed, err := c.opening.Definition.With(p.doc, &changes)
	if err != nil {
		return err
	}
	c.opening.Definition = changed
	return nil
}

// cohort finds a cohort by its name in the file, nil when there is none.
func (p *Player) cohort(key string) *playedCohort {
	for _, c := range p.cohorts {
		if c.key == key {
			return c
		}
	}
	return nil
}

// keyOf is the name of a cohort in the file.
func (p *Player) keyOf(id scheduler.ID) string {
	for _, c := range p.cohorts {
		if c.id == id {
			return c.key
		}
	}
	return ""
}

func staffID(name string) scheduler.ID  { return scheduler.DeriveID("", "replayed staff", name) }
func personID(name string) scheduler.ID { return scheduler.DeriveID("", "replayed person", name) }
