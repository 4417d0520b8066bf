package scheduler

import (
	"slices"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// AddRequest asks for one session more.
type AddRequest struct {
	Cohort ID
	At     civil.WallTime // in the cohort's zone
	Kind   protocols.Kind // one of AddedKinds; empty: a session of the group
	// the content, by the protocol's name; empty: none, and the session stands beside the series
	Position    string
	Minutes     int    // 0: the protocol's length of a session
	AcceptShift bool   // take a wall time that a clock change skips or repeats
	Far         bool   // At is far off, and meant
	Reason      string // why At, though the clinic is closed then; kept
}

// MostMinutes bounds the length of a session.
const MostMinutes = 24 * 60

// AddedKinds lists the kinds of session that a whole group may be given.
func AddedKinds() []protocols.Kind {
	return []protocols.Kind{
		protocols.KindGroup, protocols.KindOrientation, protocols.KindRetreat,
		protocols.KindWorkshop, protocols.KindCheckIn, protocols.KindMeeting,
	}
}

// AddSession gives a cohort one session more. With a content it counts in the
// main series, and those who own that content already keep their seat in it;
// without one it stands beside the series. Everybody whose itinerary has a place
// for it, and in it a free seat, gets one.
//
// Invalid names the field: a time that has passed, that a clock change skips or repeats
// (unless accepted), far off (unless confirmed), on a closed day (unless a reason is given), or at
// which the group meets already; a kind, a content or a
// length that is none. Conflict, with Clashes as its cause, when the facilitator or, in a closed
// cohort, people have something else then; Closed when the cohort has ended; NotFound when
// there is no such cohort.
func (b *Book) AddSession(a AddRequest) (*Session, error) {
	r, err := b.running(a.Cohort)
	if err != nil {
		return nil, err
	}
	o, err := r.occurrence(a)
	if err != nil {
		return nil, err
	}
	loc, err := b.checkNamed(r, named{field: "at", wall: a.At, consent: consent{a.AcceptShift, a.Far, a.Reason}})
	if err != nil {
		return nil, err
	}
	o.Start = civil.Resolve(a.At, loc).Instant
	o.End = o.Start.Add(time.Duration(o.Minutes) * time.Minute)
	s := r.add(o)
	if err := r.checkAlone(s, s.Start, s.End, "at"); err != nil {
		return nil, err
	}
	r.arrange()
	if err := b.recompute(); err != nil {
		return nil, err
	}
	if err := b.newClashes(r).fault("at", "Choose another time, or move those first."); err != nil {
		return nil, err
	}
	if err := b.checkNewEquipment(r, a.Reason, "at"); err != nil {
		return nil, err
	}
	b.note("session.add", s.ID)
	return s, nil
}

// occurrence is the session that is asked for, without its instants.
func (r *Roster) occurrence(a AddRequest) (o protocols.Occurrence, err error) {
	o.Kind, o.Minutes, o.LocalStart = a.Kind, a.Minutes, a.At
	if o.Kind == "" {
		o.Kind = protocols.KindGroup
	}
	if !slices.Contains(AddedKinds(), o.Kind) {
		return o, fault.In("kind", "This kind of session is not for a whole cohort. Choose another kind.")
	}
	if o.Minutes == 0 {
		o.Minutes = r.Definition.Minutes()
	}
	if o.Minutes < 1 || o.Minutes > MostMinutes {
		return o, fault.In("minutes", "A session takes between 1 and %d minutes. Give its length.", MostMinutes)
	}
	if a.Position == "" {
		kind := string(o.Kind)
		o.Title = strings.ToUpper(kind[:1]) + kind[1:]
		return o, nil
	}
	for _, p := range r.Definition.Positions() {
		if p.ID == a.Position {
			o.Number, o.Phase, o.Position, o.Title = 1, p.Phase, p.ID, p.Title
			return o, nil
		}
	}
	return o, fault.In("position", "The protocol has no content %q. Choose one from the list, or none.", a.Position)
}
