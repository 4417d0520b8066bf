package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// fact is something that happened in a random history.
type fact struct {
	at   time.Time
	name string
	play func(*scheduler.Replay) error
}

var replayCohorts = []scheduler.ID{"tuesday", "thursday"}

type replayKind struct {
	zones *civil.Zones
	own   *protocols.Definition
}

// replay plays facts on two small cohorts of one protocol.
func (k replayKind) replay(t fatal, facts []fact) *scheduler.Replay {
	t.Helper()
	l := scheduler.NewReplay(k.zones, instant("2026-01-01T05:00:00Z"))
	for i, id := range replayCohorts {
		o := opening(k.own)
		o.Start = o.Start.AddDays(2 * i)
		if err := l.Open(id, o, civil.Date{}); err != nil {
			t.Fatalf("opening: %v", err)
		}
	}
	for _, f := range facts {
		if err := l.Pass(f.at); err != nil {
			t.Fatalf("passing to %s: %v", f.at, err)
		}
		if err := f.play(l); err != nil {
			t.Fatalf("%s was taken before and now is refused: %v", f.name, err)
		}
	}
	return l
}

// lines is a replay as text: every session, enrollment and seat with its id,
// everything that was told and asked.
func lines(t fatal, l *scheduler.Replay) []string {
	t.Helper()
	var all []string
	for _, id := range replayCohorts {
		r, err := l.Roster(id)
		if err != nil {
			t.Fatalf("roster: %v", err)
		}
		for _, s := range r.Sessions {
			all = append(all, fmt.Sprintf("session %s %d %s %s %s", s.ID, s.Number, s.Wall, s.Position, s.State))
		}
		for _, e := range r.Enrollments {
			all = append(all, fmt.Sprintf("enrollment %s %s %s %s", e.ID, e.Person, e.State, e.Entry))
			it, err := l.Itinerary(e.Person)
			if err != nil {
				t.Fatalf("itinerary: %v", err)
			}
			all = append(all, fmt.Sprintf("itinerary %+v", it))
		}
		for _, s := range r.Seats {
			all = append(all, fmt.Sprintf("seat %s %s %s", s.ID, s.Session, s.State))
		}
	}
	return append(all, fmt.Sprintf("%+v %+v", l.Notices, l.Tasks()))
}

func drawFact(t *rapid.T, l *scheduler.Replay) fact {
	cohort := rapid.SampledFrom(replayCohorts).Draw(t, "cohort")
	person := scheduler.ID(fmt.Sprint("p", rapid.IntRange(1, 7).Draw(t, "person")))
	r, _ := l.Roster(cohort)
	session := r.Sessions[rapid.IntRange(0, 11).Draw(t, "session")]
	day, clock := session.Wall.Date, session.Wall.Clock
	position := fmt.Sprint("m", rapid.IntRange(1, 8).Draw(t, "position"))
	n := rapid.IntRange(0, 3).Draw(t, "n")
	at := func(do func(*scheduler.Replay, *scheduler.Session) error) func(*scheduler.Replay) error {
		return func(l *scheduler.Replay) error {
			s, err := l.Find(cohort, day, &clock)
			if err != nil {
				return err
			}
			return do(l, s)
		}
	}
	plays := map[string]func(*scheduler.Replay) error{
		"enroll": func(l *scheduler.Replay) error {
			if it, err := l.Itinerary(person); err == nil && it.State.Live() {
				return fault.New(fault.Conflict, "Two cohorts at once are a reason to own a position twice.")
			}
			return l.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: person, Priority: n / 3}, "")
		},
		"withdraw": func(l *scheduler.Replay) error { return l.About(person, cohort, (*scheduler.Book).Withdraw) },
		"accept":   func(l *scheduler.Replay) error { return l.About(person, "", (*scheduler.Book).Accept) },
		"decline":  func(l *scheduler.Replay) error { return l.About(person, "", (*scheduler.Book).Decline) },
		"resume":   func(l *scheduler.Replay) error { return l.About(person, "", (*scheduler.Book).Resume) },
		"hold": func(l *scheduler.Replay) error {
			until := civil.DateOf(l.Now()).AddDays(7 * (n + 1))
			return l.About(person, "", func(b *scheduler.Book, id scheduler.ID) error {
				return b.Hold(scheduler.HoldRequest{Enrollment: id, Until: until, Release: n == 0})
			})
		},
		"reenter": func(l *scheduler.Replay) error {
			return l.About(person, "", func(b *scheduler.Book, id scheduler.ID) error {
				_, err := b.Reenter(id,
					[]scheduler.EntryMode{scheduler.ModeResume, scheduler.ModeModuleStart, scheduler.ModeRestart}[n%3])
				return err
			})
		},
		"transfer": func(l *scheduler.Replay) error {
			return l.About(person, "", func(b *scheduler.Book, id scheduler.ID) error {
				_, err := b.Transfer(id, cohort)
				return err
			})
		},
		"capacity": func(l *scheduler.Replay) error {
			return l.Change(func(b *scheduler.Book) error {
				return b.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 1 + n, Reason: "a test"})
			})
		},
		"waive": func(l *scheduler.Replay) error {
			return l.About(person, "",
				func(b *scheduler.Book, id scheduler.ID) error { return b.Waive(id, position, "known") })
		},
		"individual": func(l *scheduler.Replay) error {
			wall := civil.WallTime{Date: civil.DateOf(l.Now()).AddDays(n + 1), Clock: clock}
			return l.About(person, "", func(b *scheduler.Book, id scheduler.ID) error {
				return b.Individual(scheduler.AppointmentRequest{Enrollment: id, Position: position,
					At: wall, Minutes: 60})
			})
		},
		"makeup": at(func(l *scheduler.Replay, s *scheduler.Session) error {
			return l.About(person, "",
				func(b *scheduler.Book, id scheduler.ID) error { return b.MakeUp(id, s.Position, s.ID) })
		}),
		"cancel": at(func(l *scheduler.Replay, s *scheduler.Session) error {
			return l.Change(func(b *scheduler.Book) error {
				return b.Cancel(scheduler.CancelRequest{Session: s.ID,
					Content: []scheduler.ContentAfter{"append", "skip"}[n%2]})
			})
		}),
		"attend": at(func(l *scheduler.Replay, s *scheduler.Session) error {
			state := []scheduler.SeatState{"missed", "partial", "excused", "late"}[n]
			return l.Change(func(b *scheduler.Book) error {
				return b.Attendance(s.ID, scheduler.Mark{Person: person, State: state, Minutes: 30})
			})
		}),
	}
	every := []string{"enroll", "enroll", "enroll", "enroll", "withdraw", "accept", "accept", "decline", "hold",
		"resume", "reenter",
		"transfer", "capacity", "waive", "individual", "makeup", "cancel", "attend", "attend", "attend"}
	name := rapid.SampledFrom(every).Draw(t, "fact")
	return fact{name: fmt.Sprintf("%s %s %s %s %s %d", name, cohort, person, day, position, n), play: plays[name]}
}

// Whatever happens: no session takes more people than it has seats, nobody owns
// two sessions at once or a position twice, no projection changes the past, and
// the same facts give the same ids and bytes. `go test -rapid.checks 10000`
// plays as many histories.
func TestReplayHistories(t *testing.T) {
	t.Parallel()
	k := replayKind{zones(t),
		define(t, rolling, "capacity: {max: 2, max_new_per_session: 1}", "entry: {type: any, lead: P0D}")}
	rapid.Check(t, func(t *rapid.T) {
		l := k.replay(t, nil)
		var facts []fact
		for range rapid.IntRange(1, 14).Draw(t, "facts") {
			before := past(l)
			at := l.Now().Add(time.Duration(rapid.IntRange(0, 240).Draw(t, "hours")) * time.Hour)
			if err := l.Pass(at); err != nil {
				t.Fatalf("passing: %v", err)
			}
			samePast(t, "time", before, past(l))
			f, full := drawFact(t, l), crowd(l)
			f.at, before = at, past(l)
			if f.play(l) != nil {
				l = k.replay(t, facts)
				if err := l.Pass(at); err != nil {
					t.Fatalf("passing: %v", err)
				}
				continue
			}
			facts = append(facts, f)
			if !strings.HasPrefix(f.name, "attend") {
				samePast(t, f.name, before, past(l))
			}
			noneTooMany(t, l, full)
			nobodyTwice(t, l)
			once := lines(t, l)
			if err := l.Pass(at); err != nil || !slices.Equal(once, lines(t, l)) {
				t.Fatalf("after %s, looking again changes something: %v", f.name, err)
			}
		}
		again := k.replay(t, facts)
		if err := again.Pass(l.Now()); err != nil {
			t.Fatalf("passing: %v", err)
		}
		if first, second := lines(t, l), lines(t, again); !slices.Equal(first, second) {
			t.Fatalf("the same facts give\n%s\nand then\n%s", strings.Join(first, "\n"), strings.Join(second, "\n"))
		}
	})
}

// past lists what is over: sessions with their content, and who was there.
func past(l *scheduler.Replay) map[string]string {
	all := map[string]string{}
	for _, id := range replayCohorts {
		r, _ := l.Roster(id)
		for _, s := range r.Sessions {
			if !s.Past(l.Now()) {
				continue
			}
			all[string(s.ID)] = fmt.Sprint(s.Wall, s.Position, s.State == scheduler.SessionCancelled)
			for _, seat := range r.Seats {
				if seat.Session == s.ID {
					all[string(seat.ID)] = string(seat.State)
				}
			}
		}
	}
	return all
}

func samePast(t *rapid.T, by string, before, after map[string]string) {
	for id, was := range before {
		if after[id] != was {
			t.Fatalf("%s changes the past of %s from %s to %s", by, id, was, after[id])
		}
	}
}

// crowd counts the people of each session.
func crowd(l *scheduler.Replay) map[scheduler.ID]int {
	all := map[scheduler.ID]int{}
	for _, id := range replayCohorts {
		r, _ := l.Roster(id)
		for _, s := range r.Sessions {
			all[s.ID] = r.Seated(s.ID)
		}
	}
	return all
}

// noneTooMany: seats may only be beyond the capacity when it was lowered.
func noneTooMany(t *rapid.T, l *scheduler.Replay, before map[scheduler.ID]int) {
	for _, id := range replayCohorts {
		r, _ := l.Roster(id)
		for _, s := range r.Sessions {
			if n := r.Seated(s.ID); s.Start.After(l.Now()) && n > max(r.Cohort.Capacity, before[s.ID]) {
				t.Fatalf("the session of %s has %d people and %d seats", s.Wall, n, r.Cohort.Capacity)
			}
		}
	}
}

// nobodyTwice: no two sessions at once, and no position is still to come twice,
// or to come though it was attended.
func nobodyTwice(t *rapid.T, l *scheduler.Replay) {
	for n := range 7 {
		person := scheduler.ID(fmt.Sprint("p", n+1))
		it, err := l.Itinerary(person)
		if err != nil {
			continue
		}
		coming := map[string]bool{}
		var last scheduler.ItinerarySeat
		for _, s := range it.Seats {
			if s.State == scheduler.SeatCancelled {
				continue
			}
			if last.Wall == s.Wall {
				t.Fatalf("%s owns two sessions at %s: %+v", person, s.Wall, it.Seats)
			}
			last = s
			if s.State != scheduler.SeatPlanned {
				continue
			}
			if coming[s.Position] {
				t.Fatalf("%s owns %s twice: %+v", person, s.Position, it.Seats)
			}
			coming[s.Position] = true
		}
	}
}
