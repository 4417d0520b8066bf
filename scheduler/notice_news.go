package scheduler

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Off says why a date that a person was told is theirs no more. It never says at whose wish.
type Off string

// The ways in which a date goes.
const (
	OffNot       Off = ""          // the date stands
	OffCancelled Off = "cancelled" // the session does not take place
	OffLeft      Off = "left"      // the person has left
	OffReleased  Off = "off"       // it takes place without them: a leave, another cohort, a new plan
)

// KnownSeat is a seat with what its person knows of it.
type KnownSeat struct {
	Seat       *Seat
	Session    *Session
	Enrollment EnrollmentState
	Continued  bool // another enrollment of the person goes on from this one
	// Known is what the person was told last, by any channel or by staff. A text whose
	// outcome is unknown counts.
	Known Moment
	// Announced: the date is to be told now although its invite is not due.
	Announced bool
}

// current returns the seat as it is now. Without a place in the cohort a person is expected nowhere.
func (k KnownSeat) current() Moment {
	m := MomentOf(k.Seat, k.Session)
	m.Expected = m.Expected && (k.Enrollment == Active || k.Enrollment == OnHold)
	return m
}

// Off says why a seat at which its person is not expected is not theirs any more.
func (k KnownSeat) Off() Off {
	switch {
	case k.Enrollment == Withdrawn && !k.Continued:
		return OffLeft
	case !k.Session.Live():
		return OffCancelled
	default:
		return OffReleased
	}
}

// News is one date that is not as its person knows it.
type News struct {
	Seat          *Seat
	Session       *Session
	Before, After Moment
	Off           Off // OffNot: it stands, new or changed
}

// About gives the news in the word of a task.
func (n News) About() string {
	switch {
	case n.Off == OffCancelled:
		return AboutCancelled
	case n.Off == OffLeft:
		return AboutLeft
	case n.Off == OffReleased:
		return AboutOff
	case n.Before.Expected:
		return AboutMoved
	default:
		return AboutAdded
	}
}

// Start is the instant from which on the news is useless: the earlier of the date
// that the person knows and the date that is true.
func (n News) Start() time.Time {
	switch {
	case !n.After.Expected:
		return n.Before.Start
	case !n.Before.Expected:
		return n.After.Start
	default:
		return earlier(n.Before.Start, n.After.Start)
	}
}

// NewsOf compares what a person knows with what is true, for all their seats, and gives
// what is off and what holds instead, in order of time. Dates that are over are left out.
func NewsOf(seats []KnownSeat, now time.Time) []News {
	var all []News
	for _, k := range seats {
		if k.Enrollment == Pending || k.Enrollment == Offered {
			continue // seats that are kept for an answer are nothing that people know of
		}
		n := News{Seat: k.Seat, Session: k.Session, Before: k.Known, After: k.current()}
		if !n.After.Expected {
			n.Off = k.Off()
		}
		if !n.Before.Equal(n.After) && n.ahead(now) && (n.Before.Expected || k.Announced) && !stands(n, seats) {
			all = append(all, n)
		}
	}
	sortNews(all)
	return all
}

func sortNews(all []News) {
	slices.SortStableFunc(all,
		func(a, b News) int { return cmp.Or(a.Start().Compare(b.Start()), cmp.Compare(a.Seat.ID, b.Seat.ID)) })
}

// stands tells whether a date that is off in one enrollment is the person's by another, as when
// they come back at once: then they know what is true already.
func stands(n News, seats []KnownSeat) bool {
	return slices.ContainsFunc(seats, func(other KnownSeat) bool {
		switch now := other.current(); {
		case other.Seat.ID == n.Seat.ID:
			return false
		case n.Off != OffNot:
			return now.Expected && now.Equal(n.Before)
		default:
			return !n.Before.Expected && !now.Expected && other.Known.Expected && other.Known.Equal(n.After)
		}
	})
}

// ahead tells whether the news is about a date to come. A session that is cancelled or
// changed while it runs still counts.
func (n News) ahead(now time.Time) bool {
	switch {
	case n.Off == OffCancelled:
		return n.Before.End.After(now)
	case n.Off != OffNot:
		return n.Before.Start.After(now)
	case n.Before.Expected:
		return n.After.End.After(now)
	default:
		return n.After.Start.After(now)
	}
}

// NewsNote writes news for the one who calls the person, one date on each line, in a zone.
func NewsNote(all []News, zone *time.Location) string {
	var lines []string
	at := func(m Moment) string {
		return m.Start.In(zone).Format("Mon 2 Jan 2006, 3:04 PM") // as staff pages write dates
	}
	for _, n := range all {
		switch n.About() {
		case AboutLeft:
			lines = append(lines, "No longer theirs, because they have left: "+at(n.Before))
		case AboutCancelled:
			lines = append(lines, "Does not take place: "+at(n.Before))
		case AboutOff:
			lines = append(lines, "No longer theirs: "+at(n.Before))
		case AboutMoved:
			lines = append(lines, "Changed: "+at(n.Before)+", now "+at(n.After))
		default:
			lines = append(lines, "New: "+at(n.After))
		}
	}
	return strings.Join(lines, "\n")
}

// Times of telling; they are elapsed time.
const (
	// AtOnceWithin: news of a session that starts so soon does not rest.
	AtOnceWithin = 30 * time.Minute
	// CallWithin: news of a session that starts so soon is also an urgent call.
	CallWithin = 2 * time.Hour
)

// TellAt is when news of a session leaves: after it has rested, or at once when the
// session starts so soon that the rest would make the news useless.
func TellAt(start, now time.Time) time.Time {
	if start.Sub(now) <= AtOnceWithin {
		return now
	}
	return now.Add(ChangeDelay)
}

// urgent tells whether staff must call besides: there is less than CallWithin to go.
func urgent(start, now time.Time) bool { return start.After(now) && start.Sub(now) < CallWithin }

// UrgentKey is the natural key of the call that goes beside a notice. The call is
// closed when the notice was handed over in time.
func UrgentKey(notice string) string { return "urgent:" + notice }
