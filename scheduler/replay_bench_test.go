package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// BenchmarkReplay plays a rolling group of twelve seats, in which somebody asks every
// four days, one in nine misses a session and one in twenty leaves.
func BenchmarkReplay(b *testing.B) {
	for _, years := range []int{1, 5} {
		b.Run(fmt.Sprint(years, " years"), func(b *testing.B) {
			d := define(b, rolling)
			z := zones(b)
			for b.Loop() {
				playYears(b, z, d, years)
			}
		})
	}
}

func playYears(t fatal, z *civil.Zones, d *protocols.Definition, years int) *scheduler.Replay {
	l := scheduler.NewReplay(z, instant("2026-01-01T05:00:00Z"))
	must := func(err error) {
		if err != nil {
			t.Fatalf("%s: %v", l.Now(), err)
		}
	}
	must(l.Open("tuesday", opening(d), civil.Date{}))
	n := 0
	for day := range 365 * years {
		must(l.Pass(instant("2026-01-01T15:00:00Z").Add(time.Duration(day) * 24 * time.Hour)))
		if day%4 == 0 {
			n++
			must(l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: scheduler.ID(fmt.Sprint("p", n))}, ""))
		}
		r, err := l.Roster("tuesday")
		must(err)
		for _, e := range r.Enrollments {
			if e.State == scheduler.Offered {
				must(l.About(e.Person, "", (*scheduler.Book).Accept))
			}
		}
		if day%7 == 6 { // the day after the group met
			must(missOne(l, r, day))
		}
		if day%80 == 79 {
			person := scheduler.ID(fmt.Sprint("p", n-1))
			if it, err := l.Itinerary(person); err == nil && it.State.Live() {
				must(l.About(person, "", (*scheduler.Book).Withdraw))
			}
		}
	}
	return l
}

// missOne notes that somebody missed the last session.
func missOne(l *scheduler.Replay, r *scheduler.Roster, day int) error {
	for i := len(r.Sessions) - 1; i >= 0; i-- {
		s := r.Sessions[i]
		if !s.Past(l.Now()) {
			continue
		}
		for k, e := range r.Enrollments {
			if e.State == scheduler.Active && (k+day)%9 == 0 && r.Seated(s.ID) > 0 {
				mark := scheduler.Mark{Person: e.Person, State: scheduler.SeatMissed}
				if err := l.Change(func(b *scheduler.Book) error { return b.Attendance(s.ID, mark) }); err == nil {
					return nil
				}
			}
		}
		return nil
	}
	return nil
}
