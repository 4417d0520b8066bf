package scheduler_test

import (
	"fmt"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// excuse gives a date back ahead.
func (l played) excuse(person scheduler.ID, day string) {
	l.t.Helper()
	s, err := l.Find("tuesday", date(day), nil)
	l.ok(err)
	l.ok(l.About(person, "", func(b *scheduler.Book, id scheduler.ID) error {
		return b.Excuse(scheduler.ExcuseRequest{Enrollment: id, Session: s.ID})
	}))
}

func (l played) undo(person scheduler.ID, day string) error {
	l.t.Helper()
	s, err := l.Find("tuesday", date(day), nil)
	l.ok(err)
	return l.About(person, "", func(b *scheduler.Book, id scheduler.ID) error { return b.UndoExcuse(id, s.ID) })
}

// offers lists what was offered to whom, as "A 2026-02-03 2026-02-01T15:00".
func (l played) offers() []string {
	var all []string
	for _, n := range l.Notices {
		if n.About == scheduler.AboutOffer {
			all = append(all, fmt.Sprintf("%s %s %s", n.Person, n.Dates[0], n.At.UTC().Format("2006-01-02T15:04")))
		}
	}
	return all
}

// owing plays one-seat sessions of the rolling cohort. A sits in it up to 24 February, misses m6 of 10 February, and
// has it planned on 2 June, because N, who stays from 3 March on, has it on 7 April.
func owing(t *testing.T, asked ...scheduler.ID) played {
	t.Helper()
	l := playedOn(t, define(t, rolling, "capacity: {max: 1}"), "A")
	l.pass("2026-02-04T15:00:00Z")
	l.ok(l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: "N", Earliest: date("2026-03-03")}, ""))
	l.mark("2026-02-10", "A", scheduler.SeatMissed)
	for _, person := range asked {
		l.AskShortNotice(person)
	}
	return l
}

// A date given back rests an hour and is offered to who owes it, two days ahead as any earlier date.
func TestADateGivenBackIsOfferedAfterAnHour(t *testing.T) {
	t.Parallel()
	l := owing(t)
	l.pass("2026-04-05T21:00:00Z") // 17:00, 49 hours before the session of 7 April, 18:00
	l.excuse("N", "2026-04-07")
	same(t, "within the hour", l.offers(), "[]")
	l.pass("2026-04-05T22:00:00Z")
	same(t, "after the hour", l.offers(), "[A 2026-04-07 2026-04-05T22:00]")
	l.ok(l.About("A", "", (*scheduler.Book).Accept))
	same(t, "taken", plannedOn(l.itinerary("A"), "m6"), "2026-04-07")
	refused(t, l.undo("N", "2026-04-07"), fault.Full, "",
		"Somebody else has the seat of 2026-04-07 by now. The person's other dates stay.")
}

// Nearer than two days only those are asked who want dates at short notice, outside of their nights, and not in the
// last four hours.
func TestShortNoticeReachesOnlyWhoAskedForIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		asked []scheduler.ID
		at    string
		want  string
	}{
		"nobody asked":               {nil, "2026-04-07T14:00:00Z", "[]"},
		"at noon of the day":         {[]scheduler.ID{"A"}, "2026-04-07T16:00:00Z", "[A 2026-04-07 2026-04-07T17:00]"},
		"in the last four hours":     {[]scheduler.ID{"A"}, "2026-04-07T17:00:00Z", "[]"},
		"in the night":               {[]scheduler.ID{"A"}, "2026-04-07T02:30:00Z", "[A 2026-04-07 2026-04-07T12:00]"},
		"at 18:00 of the day before": {[]scheduler.ID{"A"}, "2026-04-06T22:00:00Z", "[A 2026-04-07 2026-04-06T23:00]"},
		"at 18:00 two days before":   {nil, "2026-04-05T22:00:00Z", "[A 2026-04-07 2026-04-05T23:00]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := owing(t, tt.asked...)
			l.pass(tt.at)
			l.excuse("N", "2026-04-07")
			l.pass("2026-04-07T21:30:00Z")
			same(t, "offers", l.offers(), tt.want)
			same(t, "later date", plannedOn(l.itinerary("A"), "m6"), "2026-06-02")
		})
	}
}

// Somebody who can come after all has the date again until another person has accepted it; an offer that is not
// answered ends, and the other person keeps the later date.
func TestADateIsTakenBackUntilSomebodyAccepts(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]string{
		"while it rests":  "2026-04-06T22:30:00Z",
		"while it stands": "2026-04-06T23:30:00Z",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := owing(t, "A")
			l.pass("2026-04-06T22:00:00Z")
			l.excuse("N", "2026-04-07")
			l.pass(at)
			l.ok(l.undo("N", "2026-04-07"))
			s, err := l.Find("tuesday", date("2026-04-07"), nil)
			l.ok(err)
			r, err := l.Roster("tuesday")
			l.ok(err)
			planned := func(person scheduler.ID) string { return plannedOn(l.itinerary(person), "m6") }
			same(t, "seats", []any{r.Seated(s.ID), planned("N"), planned("A")}, "[1 2026-04-07 2026-06-02]")
			same(t, "nothing is owed", l.itinerary("N").Owed, "[]")
			refused(t, l.About("A", "", (*scheduler.Book).Accept), fault.Closed, "",
				"This person has no open offer: the enrollment is active.")
			refused(t, l.undo("N", "2026-04-07"), fault.Closed, "",
				"This date was not given back, or the enrollment has ended. Look at it again.")
			l.excuse("N", "2026-04-07") // and once more
			same(t, "given back again", r.Seated(s.ID), 0)
		})
	}
}

// An answer at short notice is due three hours after it was told or two before the start, and never in the night.
func TestAnAnswerAtShortNoticeIsDueSoon(t *testing.T) {
	t.Parallel()
	for back, due := range map[string]string{
		"2026-04-06T14:00:00Z": "2026-04-06T18:00:00Z", // told at 11:00, due at 14:00
		"2026-04-06T22:30:00Z": "2026-04-07T12:00:00Z", // told at 19:30; 22:30 is night, so 8:00
		"2026-04-07T16:30:00Z": "2026-04-07T20:00:00Z", // told at 13:30; two hours before 18:00
	} {
		l := owing(t, "A")
		l.pass(back)
		l.excuse("N", "2026-04-07")
		l.ok(l.Pass(instant(back).Add(scheduler.ExcuseRest)))
		same(t, back, l.itinerary("A").OfferExpires.UTC().Format("2006-01-02T15:04:05Z"), due)
	}
}

// Nobody from the waitlist begins in a seat that was given back a day before.
func TestTheWaitlistDoesNotBeginAtShortNotice(t *testing.T) {
	t.Parallel()
	l := owing(t)
	l.ok(l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: "W"}, ""))
	l.pass("2026-04-06T14:00:00Z")
	l.excuse("N", "2026-04-07")
	l.pass("2026-04-07T21:59:00Z")
	same(t, "offers", l.offers(), "[]")
}
