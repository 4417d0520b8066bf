package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// queue is who stands where in a cohort, by enrollment.
func queue(t fatal, l *scheduler.Replay) map[scheduler.ID]scheduler.Enrollment {
	t.Helper()
	r, err := l.Roster("tuesday")
	if err != nil {
		t.Fatalf("roster: %v", err)
	}
	all := map[scheduler.ID]scheduler.Enrollment{}
	for _, e := range r.Enrollments {
		all[e.ID] = *e
	}
	return all
}

// Nobody gets an entry while somebody waits who is ahead, wants any entry and
// was never offered one. All are alike, so who is ahead could take it too.
func TestReplayWaitlistIsNeverOvertaken(t *testing.T) {
	t.Parallel()
	k := replayKind{zones(t),
		define(t, rolling, "capacity: {max: 2, max_new_per_session: 1}", "entry: {type: any, lead: P1D}")}
	rapid.Check(t, func(t *rapid.T) {
		l := k.replay(t, nil)
		offered := map[scheduler.ID]bool{}
		before := queue(t, l)
		look := func(what string) {
			after := queue(t, l)
			for id, e := range after {
				if e.Entry == "" || before[id].Entry == e.Entry || before[id].State == scheduler.Active {
					continue
				}
				for other, w := range after {
					ahead := w.Priority > e.Priority || w.Priority == e.Priority && w.QueueNo < e.QueueNo
					if ahead && w.State == scheduler.Waiting && before[other].State == scheduler.Waiting &&
						!offered[other] {
						t.Fatalf("by %s number %d gets an entry before number %d, who is ahead", what,
							e.QueueNo, w.QueueNo)
					}
				}
			}
			for id, e := range after {
				offered[id] = offered[id] || e.State == scheduler.Offered
			}
			before = after
		}
		people := 0
		for range rapid.IntRange(4, 25).Draw(t, "facts") {
			for range rapid.IntRange(0, 12).Draw(t, "half days") {
				if err := l.Pass(l.Now().Add(12 * time.Hour)); err != nil {
					t.Fatalf("passing: %v", err)
				}
				look("time")
			}
			person := scheduler.ID(fmt.Sprint("p", rapid.IntRange(1, max(1, people)).Draw(t, "person")))
			var err error
			what := rapid.SampledFrom([]string{"enroll", "enroll", "enroll", "accept", "decline", "withdraw",
				"capacity"}).Draw(t, "fact")
			switch it, unknown := l.Itinerary(person); {
			case what == "enroll":
				people++
				err = l.Enroll(scheduler.PlaceRequest{
					Cohort: "tuesday", Person: scheduler.ID(fmt.Sprint("p", people)),
					Priority: rapid.IntRange(0, 1).Draw(t, "priority"),
				}, "")
			case what == "capacity":
				seats := rapid.IntRange(1, 3).Draw(t, "seats")
				err = l.Change(func(b *scheduler.Book) error {
					return b.SetCapacity(scheduler.ResizeRequest{Cohort: "tuesday", Seats: seats, Reason: "a test"})
				})
			case unknown != nil:
			case what == "withdraw" && it.State.Live():
				err = l.About(person, "", (*scheduler.Book).Withdraw)
			case what == "accept" && it.State == scheduler.Offered:
				err = l.About(person, "", (*scheduler.Book).Accept)
			case what == "decline" && it.State == scheduler.Offered:
				err = l.About(person, "", (*scheduler.Book).Decline)
			}
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			look(what)
		}
	})
}

// What is expected for somebody who waits comes true when nothing else happens
// and everybody accepts.
func TestReplayExpectedEntriesComeTrue(t *testing.T) {
	t.Parallel()
	k := replayKind{zones(t),
		define(t, rolling, "capacity: {max: 2, max_new_per_session: 1}", "entry: {type: any, lead: P1D}")}
	l := k.replay(t, nil)
	expected := map[scheduler.ID]civil.Date{}
	for n := range 7 {
		person := scheduler.ID(fmt.Sprint("p", n+1))
		if err := l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: person}, ""); err != nil {
			t.Fatal(err)
		}
		it, err := l.Itinerary(person)
		if err != nil {
			t.Fatal(err)
		}
		if it.State == scheduler.Waiting {
			expected[person] = it.ExpectedEntry
		}
	}
	if len(expected) != 5 {
		t.Fatalf("%d people wait", len(expected))
	}
	for range 30 * 7 {
		if err := l.Pass(l.Now().Add(24 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		for person, date := range expected {
			it, err := l.Itinerary(person)
			if err != nil {
				t.Fatal(err)
			}
			if it.State != scheduler.Offered {
				continue
			}
			if it.Entry != date {
				t.Errorf("%s was to begin on %s and is offered %s", person, date, it.Entry)
			}
			if err := l.About(person, "", (*scheduler.Book).Accept); err != nil {
				t.Fatal(err)
			}
			delete(expected, person)
		}
	}
	if len(expected) > 0 {
		t.Errorf("still waiting: %v", expected)
	}
}
