package protocols

import (
	"strconv"

	"almanac/protocols/civil"
)

// meeting is what sessions of the main series look like on a calendar, made once for all of them that look alike.
type meeting struct {
	kind           Kind
	minutes, least int
	uncounted      int  // minutes that count as no contact
	optional       bool // least is 0 because the protocol asks for fewer of them
	segments       []SegmentMinutes
	at             *civil.Clock // its own time of day; nil: that of the request
	modality       string       // how people meet where it differs from the protocol's own way, else ""
}

// stretch is a run of the main series that has its dates from one cadence.
type stretch struct {
	first   int // index of its first position
	cadence *Cadence
	own     bool // the cadence is a phase's own
	after   civil.Period
}

// layout is what plans of a definition share.
type layout struct {
	main      int // positions of the main series; 0 when appointments are all there is
	meetings  []meeting
	meetingOf []int // index into meetings by position
	later     int   // the meeting of sessions beyond the first cycle
	stretches []stretch

	beyond           []meeting  // of one-offs, then of appointments
	spare            []meeting  // of the repetitions of an appointment that the protocol does not ask for
	names            [][]string // of repeated windows, by assessment and then by async item
	appointmentNames [][]string
}

// shape derives the layout.
func (d *Definition) shape() {
	d.meetings = append(d.meetings, newMeeting(d.Session))
	d.stretches = append(d.stretches, stretch{cadence: &d.Cadence})
	d.meetingOf = make([]int, d.main)
	first := 0
	for i := range d.Phases {
		p := &d.Phases[i]
		d.stretchTo(first, p)
		at := 0
		if p.Session != nil || p.Time != nil {
			at = len(d.meetings)
			d.meetings = append(d.meetings, d.newPhaseMeeting(p))
		}
		next := min(first+d.length(p), d.main)
		for ; first < next; first++ {
			d.meetingOf[first] = at
		}
	}
	for i := range d.Variations {
		d.vary(&d.Variations[i])
	}
	d.shapeBeside()
}

// shapeBeside derives the meetings of one-offs and appointments.
func (d *Definition) shapeBeside() {
	for i := range d.OneOffs {
		o := &d.OneOffs[i]
		d.beyond = append(d.beyond, d.besides(o.Kind, o.Span, o.Modality))
	}
	for i := range d.Appointments {
		a := &d.Appointments[i]
		m := d.besides(a.Kind, a.Span, a.Modality)
		spare := m
		spare.least, spare.optional = 0, true
		d.beyond, d.spare = append(d.beyond, m), append(d.spare, spare)
		names := make([]string, a.times())
		for n := range names {
			names[n] = a.name(n)
		}
		d.appointmentNames = append(d.appointmentNames, names)
	}
}

// nameWindows makes the names of repeated windows.
func (d *Definition) nameWindows() {
	for _, items := range [2][]Assessment{d.Assessments, d.Async} {
		for i := range items {
			var names []string
			if a := &items[i]; !a.Every.IsZero() || a.Anchor == eachSession {
				for n := range d.repetitions(a) {
					names = append(names, a.ID+"-"+strconv.Itoa(n+1))
				}
			}
			d.names = append(d.names, names)
		}
	}
}

func (d *Definition) besides(kind Kind, span Span, modality *Modality) meeting {
	m := newMeeting(SessionTemplate{Kind: kind, Span: span})
	m.modality = differing(modality, d.Session.Modality)
	return m
}

func (d *Definition) newPhaseMeeting(p *Phase) meeting {
	m := d.meetings[0]
	if p.Session != nil {
		m = newMeeting(*p.Session)
		m.modality = differing(&p.Session.Modality, d.Session.Modality)
	}
	m.at = p.Time
	return m
}

// stretchTo begins a stretch at a phase that has its own dates, waits, or comes after one that had its own.
func (d *Definition) stretchTo(first int, p *Phase) {
	previous := &d.stretches[len(d.stretches)-1]
	if p.Cadence == nil && p.StartsAfter.IsZero() && !previous.own {
		return
	}
	next := stretch{first: first, cadence: d.cadence(p), own: p.Cadence != nil, after: p.StartsAfter}
	if first == 0 {
		*previous = next
		return
	}
	d.stretches = append(d.stretches, next)
}

// vary lays a variation over the sessions that it names.
func (d *Definition) vary(v *Variation) {
	last := v.To
	if last == 0 {
		last = d.main
		d.later = d.varied(v, d.later)
	}
	made := map[int]int{}
	for i := v.From - 1; i < min(last, d.main); i++ {
		base := d.meetingOf[i]
		if _, ok := made[base]; !ok {
			made[base] = d.varied(v, base)
		}
		d.meetingOf[i] = made[base]
	}
}

// varied makes a meeting that differs from another as the variation says.
func (d *Definition) varied(v *Variation, base int) int {
	m := d.meetings[base]
	if !v.Duration.IsZero() || len(v.Segments) > 0 {
		t := SessionTemplate{Kind: m.kind, Span: v.Span, Segments: v.Segments}
		t.applyDefaults()
		at, modality := m.at, m.modality
		m = newMeeting(t)
		m.at, m.modality = at, modality
	}
	if v.Modality != nil {
		m.modality = differing(v.Modality, d.Session.Modality)
	}
	d.meetings = append(d.meetings, m)
	return len(d.meetings) - 1
}

func newMeeting(t SessionTemplate) meeting {
	m := meeting{kind: t.Kind, minutes: t.Duration.Minutes(), least: t.Least(),
		segments: make([]SegmentMinutes, len(t.Segments))}
	for i, s := range t.Segments {
		m.segments[i] = SegmentMinutes{ID: s.ID, Minutes: s.Minutes, MinutesMin: s.MinutesMin}
		if !s.CountsAsContact {
			m.uncounted += s.Minutes
		}
	}
	return m
}

// differing is the way people meet where it is another than the protocol's, else "".
func differing(m *Modality, own Modality) string {
	if m == nil || m.Primary == own.Primary {
		return ""
	}
	return m.Primary
}

// meeting is the meeting of the nth session of the main series, counted from 0.
func (d *Definition) meeting(slot int) *meeting {
	if slot < len(d.meetingOf) {
		return &d.meetings[d.meetingOf[slot]]
	}
	return &d.meetings[d.later]
}

// ContactTime is what the sessions of one cycle add up to, as rules for contact minutes count them: with upper
// bounds, with lower bounds, and without what counts as no contact.
type ContactTime struct{ Minutes, MinutesMin, Countable int }

// ContactTime adds up one cycle with its one-offs and appointments.
func (d *Definition) ContactTime() ContactTime {
	var sum ContactTime
	for i := range d.main {
		sum.add(d.meeting(i))
	}
	for i := range d.OneOffs {
		sum.add(&d.beyond[i])
	}
	for i := range d.Appointments {
		for n := range d.Appointments[i].times() {
			if least := d.Appointments[i].AtLeast; least > 0 && n >= least {
				sum.add(&d.spare[i])
				continue
			}
			sum.add(&d.beyond[len(d.OneOffs)+i])
		}
	}
	return sum
}

func (c *ContactTime) add(m *meeting) {
	if !m.kind.Contact() {
		return
	}
	c.Minutes += m.minutes
	c.MinutesMin += m.least
	c.Countable += m.minutes - m.uncounted
}
