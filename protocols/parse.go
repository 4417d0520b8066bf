package protocols

import (
	"fmt"
	"time"
)

// Parse reads one protocol from YAML; file is the name that problems print. The error is of type [Problems] and names
// everything that is wrong with the file: keys and values the language does not have, and values that contradict each
// other. Parse never panics and refuses files over 256 KiB, anchors, aliases and duplicate keys.
func Parse(file string, src []byte) (*Definition, error) {
	doc, problems := readDocument(file, src)
	if doc.Root == nil || doc.Root.refused {
		return nil, problems.sorted()
	}
	r := newReader(doc, problems)
	d := newDefinition()
	definitionValue.read(r, doc.Root, d)
	if doc.Root.Kind == NodeMapping {
		check(r, d)
	}
	if len(r.problems) > 0 {
		return nil, r.problems.sorted()
	}
	d.finish()
	d.source = canonicalSource(src)
	d.hash = hashOf(d.source)
	return d, nil
}

// newDefinition carries the values of keys that a file may leave out.
func newDefinition() *Definition {
	const day = 24 * time.Hour
	return &Definition{
		Wording:    WordingNeutral,
		Clock:      BasisCohort,
		Content:    Content{Order: OrderFixed},
		Cadence:    Cadence{Every: Period{Days: 7}},
		Session:    SessionTemplate{Kind: KindGroup},
		Entry:      Entry{Type: EntryClosed},
		Completion: Completion{Type: CompletionContent},
		Makeup:     Makeup{CreditRatio: 1},
		Absence:    Absence{Action: "task"},
		Waitlist:   Waitlist{OfferExpires: Period{Elapsed: 2 * day}, SeatHorizon: Period{Days: 28}},
		OnCancel:   ClosureAppend,
		OnHoliday:  ClosureAppend,
		Reminders:  Reminders{Leads: []Period{{Elapsed: 3 * day}, {Elapsed: day}}},
	}
}

// finish derives what every plan needs, once.
func (d *Definition) finish() {
	if d.Session.Duration.IsZero() {
		d.Session.Duration.Elapsed = time.Duration(segmentMinutes(d.Session.Segments)) * time.Minute
	}
	if len(d.Cadence.Offsets) == 0 {
		d.Cadence.Offsets = []int{0}
	}
	d.segments = make([]SegmentMinutes, len(d.Session.Segments))
	for i, s := range d.Session.Segments {
		d.segments[i] = SegmentMinutes{ID: s.ID, Minutes: s.Minutes}
	}
	if len(d.Phases) == 0 {
		d.positions = d.Content.positions("", d.Cadence.Count)
	}
	for _, phase := range d.Phases {
		sessions := d.Cadence.perWeeks(phase.Weeks)
		cycle := phase.positions(sessions)
		for i := range sessions {
			d.positions = append(d.positions, cycle[i%len(cycle)])
		}
	}
	for i := range d.positions {
		d.positions[i].Index = i
	}
}

func segmentMinutes(segments []Segment) int {
	sum := 0
	for _, s := range segments {
		sum += s.Minutes
	}
	return sum
}

// perWeeks is the number of sessions that the cadence gives in a number of weeks.
func (c Cadence) perWeeks(weeks int) int {
	if c.Every.Months > 0 || c.Every.Days <= 0 {
		return 0
	}
	return weeks * 7 / c.Every.Days * max(len(c.Offsets), len(c.Weekdays), 1)
}

// positions lists the content; content that names neither modules nor units has as many numbered sessions as given.
func (c Content) positions(phase string, sessions int) []Position {
	if len(c.Modules) == 0 {
		return numberedSessions(max(c.Count, sessions), phase)
	}
	var all []Position
	for _, m := range c.Modules {
		title := m.Title
		if title == "" {
			title = m.ID
		}
		for n := 1; n <= m.Sessions; n++ {
			p := Position{ID: m.ID, Module: m.ID, Title: title, Phase: phase, First: n == 1}
			if m.Sessions > 1 {
				p.ID = fmt.Sprintf("%s-%d", m.ID, n)
				p.Title = fmt.Sprintf("%s, %d of %d", title, n, m.Sessions)
			}
			all = append(all, p)
		}
	}
	return all
}

// numberedSessions are units of content without a name: each session is a module of its own.
func numberedSessions(count int, phase string) []Position {
	all := make([]Position, count)
	for i := range all {
		id := fmt.Sprintf("session-%d", i+1)
		all[i] = Position{ID: id, Module: id, Title: fmt.Sprintf("Session %d", i+1), Phase: phase, First: true}
	}
	return all
}

// positions of a phase without modules are the phase's own numbered sessions, so that their ids differ between phases.
func (p Phase) positions(sessions int) []Position {
	if len(p.Content.Modules) > 0 {
		return p.Content.positions(p.ID, 0)
	}
	title := p.Title
	if title == "" {
		title = p.ID
	}
	return Content{Modules: []Module{{ID: p.ID, Title: title, Sessions: max(p.Content.Count, sessions)}}}.positions(p.ID, 0)
}
