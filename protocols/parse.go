package protocols

import (
	"time"

	"almanac/protocols/civil"
)

// Parse reads one protocol from YAML by itself, as a stored one is read: nothing outside the file can make it
// invalid, but an override needs its parent in the library inside the program. File is the name that problems print.
// The error is of type [Problems] and names everything that is wrong with the file: keys and values the language does
// not have, and values that contradict each other. Parse never panics and refuses files over 256 KiB, anchors,
// aliases and duplicate keys.
func Parse(file string, src []byte) (*Definition, error) {
	l, err := BuiltinLibrary()
	if err != nil {
		return nil, err
	}
	return l.parse(file, src, nil)
}

// Parse reads one protocol as the function [Parse] does and holds it against the library: its parent must be there,
// and the other arms of its trial must look alike. It is what checks a file that somebody writes.
func (l *Library) Parse(file string, src []byte) (*Definition, error) {
	return l.parse(file, src, l)
}

// parse reads one protocol. Parents of overrides are found in l; against is what else it is held against, nil for
// nothing.
func (l *Library) parse(file string, src []byte, against *Library) (*Definition, error) {
	doc, problems := readDocument(file, src)
	if against != nil {
		problems = append(problems, doc.turned()...)
	}
	if doc.Root == nil || doc.Root.refused {
		return nil, problems.sorted()
	}
	r := newReader(doc, problems)
	r.library = against
	text := canonicalSource(src)
	if isOverride(doc.Root) {
		if !r.inherit(l) {
			return nil, r.problems.sorted()
		}
		text = doc.Root.source()
	}
	return r.definition(text)
}

// definition reads the document, whose canonical text is given, and checks it.
func (r *reader) definition(text []byte) (*Definition, error) {
	d := newDefinition()
	definitionValue.read(r, r.doc.Root, d)
	d.applyDefaults(r)
	if r.doc.Root.Kind == NodeMapping {
		check(r, d)
	}
	if len(text) > maxFileBytes {
		r.report(r.doc.Root, "Together with its parent the file is larger than %d KiB; shorten it.", maxFileBytes>>10)
	}
	if r.faulty {
		return nil, r.problems.sorted()
	}
	d.warnings = r.problems.sorted()
	d.finish()
	d.source = text
	d.hash = hashOf(d.source)
	return d, nil
}

// newDefinition carries the values of keys that a file may leave out.
func newDefinition() *Definition {
	const day = 24 * time.Hour
	return &Definition{
		Audience:   AudienceParticipants,
		Wording:    WordingNeutral,
		Clock:      BasisCohort,
		Content:    Content{Order: OrderFixed},
		Cadence:    Cadence{Every: civil.Period{Days: 7}},
		Session:    SessionTemplate{Kind: KindGroup},
		Entry:      Entry{Type: EntryClosed},
		Stay:       StayOwedOnly,
		Completion: Completion{Type: CompletionContent, OnMaxSpan: "ask"},
		Makeup:     Makeup{CreditRatio: 1},
		Absence:    Absence{Action: "task"},
		Late:       Late{CreditMin: 0.5},
		Hold:       Hold{Seat: "keep"},
		Waitlist:   Waitlist{OfferExpires: civil.Period{Elapsed: 2 * day}, SeatHorizon: civil.Period{Days: 28}},
		OnCancel:   ClosureAppend,
		OnHoliday:  ClosureAppend,
		Reminders:  Reminders{Leads: []civil.Period{{Elapsed: 3 * day}, {Elapsed: day}}, Escalate: "task"},
	}
}

// applyDefaults fills in what follows from the keys that were given: positions say the type of an entry, segments
// the length of a session, and a break counts as no contact.
func (d *Definition) applyDefaults(r *reader) {
	d.leads = r.given("reminders.leads")
	if r.given("entry.positions") && !r.given("entry.type") {
		d.Entry.Type = EntryPositions
	}
	d.Session.applyDefaults()
	for i := range d.Phases {
		if s := d.Phases[i].Session; s != nil {
			s.applyDefaults()
			*s = s.over(d.Session)
		}
	}
	for i := range d.Variations {
		settleSegments(d.Variations[i].Segments)
	}
}

func (s *SessionTemplate) applyDefaults() {
	settleSegments(s.Segments)
	if s.Duration.IsZero() {
		most, least := segmentMinutes(s.Segments)
		s.Duration.Elapsed = time.Duration(most) * time.Minute
		if least < most {
			s.DurationMin.Elapsed = time.Duration(least) * time.Minute
		}
	}
}

func settleSegments(segments []Segment) {
	for i := range segments {
		if segments[i].Break {
			segments[i].CountsAsContact = false
		}
	}
}

// over is the template with what it leaves out taken from another one. Segments belong to their length: who gives a
// length of its own has no others' segments.
func (s SessionTemplate) over(base SessionTemplate) SessionTemplate {
	if s.Kind == "" {
		s.Kind = base.Kind
	}
	if s.Duration.IsZero() {
		s.Span, s.Segments = base.Span, base.Segments
	}
	if s.Modality == (Modality{}) {
		s.Modality = base.Modality
	}
	return s
}

// finish derives what every plan needs, once.
func (d *Definition) finish() {
	d.lay()
	d.nameWindows()
}

// lay derives the positions and what their sessions look like.
func (d *Definition) lay() {
	d.positions = d.series()
	d.main = len(d.positions)
	if d.main == 0 {
		d.positions = d.appointed()
	}
	for i := range d.positions {
		d.positions[i].Index = i
	}
	d.shape()
}

// segmentMinutes adds up the upper and the lower bounds.
func segmentMinutes(segments []Segment) (most, least int) {
	for _, s := range segments {
		most += s.Minutes
		least += s.Least()
	}
	return most, least
}
