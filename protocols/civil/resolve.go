package civil

import (
	"math"
	"time"
)

// Shift says whether a wall time is an ordinary one in its zone.
type Shift int

// The three kinds of wall time.
const (
	Plain   Shift = iota // it happens once
	Gap                  // the clocks jump over it
	Overlap              // it happens twice
)

// String is "", "gap" or "overlap", the words of a calendar's notes.
func (s Shift) String() string {
	switch s {
	case Gap:
		return "gap"
	case Overlap:
		return "overlap"
	default:
		return ""
	}
}

// Resolution is the instant of a wall time.
type Resolution struct {
	Instant time.Time // in UTC
	Shift   Shift
	Other   time.Time // in UTC: the other reading of a time in a gap or overlap; zero for a plain one
}

// Resolve finds the instant of w in loc as RFC 5545 §3.3.5 defines it: "If the local time described occurs more than
// once (when changing from daylight to standard time), the DATE-TIME value refers to the first occurrence of the
// referenced time […] If the local time described does not occur (when changing from standard to daylight time), the
// DATE-TIME value is interpreted using the UTC offset before the gap in local times. Thus,
// TZID=America/New_York:20070311T023000 indicates March 11, 2007 at 3:30 A.M. EDT". The standard library's time.Date
// promises neither and does the other thing in about half of all gaps and overlaps.
//
// It tries the offsets in force a day before and a day after; the zones of the world never shift twice in two days.
func Resolve(w WallTime, loc *time.Location) Resolution {
	naive := int64(w.Date.dayNumber())*secondsPerDay + int64(w.Clock.Hour*60+w.Clock.Minute)*60
	before := naive - offsetAt(naive-secondsPerDay, loc)
	after := naive - offsetAt(naive+secondsPerDay, loc)
	beforeReads := before+offsetAt(before, loc) == naive
	if before == after {
		if !beforeReads {
			return Resolution{Instant: utc(before), Shift: Gap, Other: utc(before)}
		}
		return Resolution{Instant: utc(before)}
	}
	afterReads := after+offsetAt(after, loc) == naive
	switch {
	case beforeReads && afterReads:
		return Resolution{Instant: utc(before), Shift: Overlap, Other: utc(after)}
	case beforeReads:
		return Resolution{Instant: utc(before)}
	case afterReads:
		return Resolution{Instant: utc(after)}
	default:
		return Resolution{Instant: utc(before), Shift: Gap, Other: utc(after)}
	}
}

// Resolver resolves many wall times in one zone as [Resolve] does. It remembers a stretch of time without a change of
// the clocks, since looking one up takes longer than everything else in a plan.
type Resolver struct {
	loc              *time.Location
	from, to, offset int64 // Unix times of the stretch; empty at first
}

// NewResolver returns a resolver for one zone.
func NewResolver(loc *time.Location) *Resolver { return &Resolver{loc: loc} }

// Resolve finds the instant of w as the function [Resolve] does.
func (r *Resolver) Resolve(w WallTime) Resolution {
	naive := int64(w.Date.dayNumber())*secondsPerDay + int64(w.Clock.Hour*60+w.Clock.Minute)*60
	if naive-secondsPerDay >= r.from && naive+secondsPerDay < r.to { // both offsets that Resolve tries are the same
		return Resolution{Instant: utc(naive - r.offset)}
	}
	resolution := Resolve(w, r.loc)
	at := resolution.Instant.In(r.loc)
	from, to := at.ZoneBounds()
	_, offset := at.Zone()
	r.from, r.to, r.offset = math.MinInt64, math.MaxInt64, int64(offset)
	if !from.IsZero() {
		r.from = from.Unix()
	}
	if !to.IsZero() {
		r.to = to.Unix()
	}
	return resolution
}

// offsetAt is the number of seconds that clocks in loc are ahead of UTC at a Unix time.
func offsetAt(unix int64, loc *time.Location) int64 {
	_, offset := time.Unix(unix, 0).In(loc).Zone()
	return int64(offset)
}

func utc(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
