package scheduler

import (
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// EntryPoint is an entry that somebody who has no enrollment yet could take.
type EntryPoint struct {
	Session  ID
	Position string
	Start    time.Time  // UTC instant
	Date     civil.Date // local to the cohort
	Seats    int        // free in every session of the stay, less those who wait for the entry
}

// EntryLead is how long before an entry of a rolling cohort somebody must have asked
// for it; a closed one has none.
func EntryLead(d *protocols.Definition) time.Duration { return elapsed(d.Entry.Lead) }

// EntryPoints lists the entries of a cohort that somebody new could take, in order
// of start (rules R1, R3 and R4): anyone who asks now with the date of one as their
// earliest is seated there, unless the protocol has prerequisites. An earliest
// date and people kept apart are the newcomer's own affair.
func (b *Book) EntryPoints(r *Roster) []EntryPoint {
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil || r.Definition == nil || r.open(b.Now) != nil {
		return nil
	}
	var points []EntryPoint
	newcomer := &Enrollment{State: Waiting, QueueNo: r.Cohort.QueueCounter + 1, RequestedAt: b.Now}
	for at := range b.beginnings(r, newcomer, time.Time{}) {
		if r.Cohort.Rolling && at.entry.Wall.Date.After(b.projected(loc)) {
			break
		}
		if seats := b.seatsFor(r, newcomer, at); seats > 0 {
			points = append(points, EntryPoint{
				Session: at.entry.ID, Position: at.entry.Position, Start: at.entry.Start,
				Date: at.entry.Wall.Date, Seats: seats,
			})
		}
	}
	return points
}

// LateEntry tells whether a closed cohort goes on and has begun so far that nobody new comes in
// without a reason, and the entry that such a person would get; nil: no seat is free for the rest.
func (b *Book) LateEntry(r *Roster) (begun bool, entry *EntryPoint) {
	if late, err := r.openTo(PlaceRequest{Reason: "asked", mayInsist: true}, b.Now); err != nil || !late {
		return false, nil
	}
	newcomer := &Enrollment{State: Waiting, QueueNo: r.Cohort.QueueCounter + 1, RequestedAt: b.Now}
	newcomer.record(Fact{Kind: FactLate, At: b.Now})
	for at := range b.beginnings(r, newcomer, time.Time{}) {
		if seats := b.seatsFor(r, newcomer, at); seats > 0 {
			return true, &EntryPoint{Session: at.entry.ID, Position: at.entry.Position, Start: at.entry.Start,
				Date: at.entry.Wall.Date, Seats: seats}
		}
	}
	return true, nil
}

// freeIn is how many people could begin together: the fewest free seats of the
// stay, and no more newcomers than the protocol takes at once.
func (r *Roster) freeIn(e *Enrollment, at beginning) int {
	free := at.entry.SeatLimit
	for _, s := range at.stay {
		free = min(free, r.left(s, e.Person))
	}
	anew := e.EntryMode == ModeNew || e.EntryMode == ModeRestart
	if most := r.Definition.Capacity.MaxNewPerSession; anew && r.Cohort.Rolling && most > 0 && at.entry.Number > 1 {
		free = min(free, most-r.newcomers(at.entry.ID))
	}
	return free
}

// NextEntry is the entry that somebody new would get who asks now and may begin on
// a local date, such as 2026-01-14, at the earliest; empty: any. Nil: they would wait.
func (b *Book) NextEntry(r *Roster, earliest string) *EntryPoint {
	from, _ := civil.ParseDate(earliest)
	limit := b.entryLimit(r, &Enrollment{Earliest: from})
	for _, p := range b.EntryPoints(r) {
		if !limit.IsZero() && p.Start.After(limit) {
			return nil
		}
		if from.IsZero() || !p.Date.Before(from) {
			return &p
		}
	}
	return nil
}
