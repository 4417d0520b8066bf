package gate

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// Hours is the part of every day in which messages on a channel may leave, as
// wall time of the person: from From up to, not including, Until. From stands
// before Until. The zero value is the whole day.
type Hours struct{ From, Until civil.Clock }

// length is how long the hours are on a day on which no clock changes.
func (h Hours) length() time.Duration {
	return time.Duration(h.Until.Hour-h.From.Hour)*time.Hour + time.Duration(h.Until.Minute-h.From.Minute)*time.Minute
}

// HoursOn gives when messages on a channel may leave: texts and calls from 09:00
// to 20:00, e-mail in the hours that the person set, at any time when they set none.
func HoursOn(c scheduler.Channel, email Hours) Hours {
	if c == scheduler.Email {
		return email
	}
	return Hours{From: civil.Clock{Hour: 9}, Until: civil.Clock{Hour: 20}}
}

// Open tells whether a message may leave at an instant. The bounds are resolved
// on their own day (RFC 5545 §3.3.5), so a day on which the clocks change has
// its hours as the person's clock shows them.
func (h Hours) Open(at time.Time, zone *time.Location) bool {
	if h == (Hours{}) {
		return true
	}
	from, until := h.on(civil.DateOf(at.In(zone)), zone)
	return !at.Before(from) && at.Before(until)
}

// Next gives the first instant from at on at which a message may leave.
func (h Hours) Next(at time.Time, zone *time.Location) time.Time {
	if h.Open(at, zone) {
		return at
	}
	date := civil.DateOf(at.In(zone))
	from, _ := h.on(date, zone)
	if !at.Before(from) {
		from, _ = h.on(date.AddDays(1), zone)
	}
	return from
}

// on gives the instants between which the hours of a date lie.
func (h Hours) on(date civil.Date, zone *time.Location) (from, until time.Time) {
	bound := func(c civil.Clock) time.Time {
		return civil.Resolve(civil.WallTime{Date: date, Clock: c}, zone).Instant
	}
	return bound(h.From), bound(h.Until)
}

// Remind gives when a reminder leaves that should leave at due. One that falls
// outside the hours leaves in the last minute of the hours before; if that is
// past, now, when the hours are open; else not at all.
func (h Hours) Remind(due, now time.Time, zone *time.Location) (at time.Time, leaves bool) {
	if h.Open(due, zone) {
		return due, true
	}
	date := civil.DateOf(due.In(zone))
	_, until := h.on(date, zone)
	if due.Before(until) { // before the hours of its day
		_, until = h.on(date.AddDays(-1), zone)
	}
	last := until.Add(-time.Minute)
	if !last.Before(now) {
		return last, true
	}
	return now, h.Open(now, zone)
}

// Disturbing says whether a person may be written to outside the hours about a
// session that would begin before they open.
type Disturbing string

// The answers to that; without a word it is no.
const (
	DisturbNever  Disturbing = ""
	DisturbUrgent Disturbing = "urgent"
)

// How news of a change reaches somebody outside the hours.
const (
	TellNow  Act = "now"  // inside the hours, or with leave to disturb
	TellWhen Act = "wait" // when the hours open: the session is later than that
	TellCall Act = "call" // nobody may write in time: staff call within UrgentCall
)

// Change decides how a person hears that a session was cancelled or moved, and
// when at the latest. Start is the earlier of its old and new starts: anyone who
// would set out must know before.
func (h Hours) Change(start, now time.Time, zone *time.Location, leave Disturbing) (how Act, at time.Time) {
	opens := h.Next(now, zone)
	switch {
	case opens.Equal(now):
		return TellNow, now
	case start.After(opens):
		return TellWhen, opens
	case leave == DisturbUrgent:
		return TellNow, now
	default:
		return TellCall, now.Add(scheduler.UrgentCall)
	}
}
