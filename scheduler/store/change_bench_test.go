package store_test

import (
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// BenchmarkEnroll seats new people, with contact data and consent, one after another: each in eight sessions. A
// further cohort opens, beside the clock, when one has no seat left.
func BenchmarkEnroll(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			h := storetest.NewHouse(b, d.url(b))
			var cohort scheduler.ID
			n := 0
			for b.Loop() {
				if n%seats == 0 {
					b.StopTimer()
					cohort = h.OpenCohort(b, 18, seats)
					b.StartTimer()
				}
				if e := enrollNew(b, h, cohort, n); e.State != scheduler.Active {
					b.Fatalf("the person is %s", e.State)
				}
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "enrollments/s")
		})
	}
}

// BenchmarkOldCohort changes a rolling cohort that has been running for four years, and one that has run for twelve
// weeks, with as many people in both: it moves a session to come, or lets somebody ask for a place and leave.
func BenchmarkOldCohort(b *testing.B) {
	const years = 4
	for _, d := range databases {
		h := storetest.NewHouse(b, d.url(b))
		old := h.OpenRolling(b, "Old", 9, seats)
		next := h.RunRolling(b, old, 52*years, 0)
		fresh := h.OpenRolling(b, "Fresh", 15, seats)
		next = h.RunRolling(b, fresh, 12, next)
		more := waitingIn(b, h, old) - waitingIn(b, h, fresh)
		for waitingIn(b, h, fresh) < waitingIn(b, h, old) {
			h.FillCohort(b, fresh, next, max(1, more))
			next, more = next+max(1, more), 1
		}
		for _, c := range []struct {
			name   string
			cohort scheduler.ID
		}{{"four years", old}, {"fresh", fresh}} {
			b.Run(d.name+"/move/"+c.name, func(b *testing.B) {
				r := h.Roster(b, c.cohort, desk.Load{})
				i := slices.IndexFunc(r.Sessions,
					func(s *scheduler.Session) bool { return s.Start.After(h.Now().AddDate(0, 0, 14)) })
				to := r.Sessions[i].Wall
				change(b, func(n int) error {
					to.Clock.Minute = 30 * ((to.Clock.Minute/30 + 1) % 2)
					return h.Desk.Confirm(b.Context(), h.Request(),
						desk.Move(scheduler.MoveRequest{Session: r.Sessions[i].ID, To: to}))
				})
			})
			b.Run(d.name+"/enroll and withdraw/"+c.name, func(b *testing.B) {
				change(b, func(int) error {
					e := enrollNew(b, h, c.cohort, next)
					next++
					return h.Desk.Confirm(b.Context(), h.Request(), desk.Withdraw(e.Enrollment))
				})
			})
		}
	}
}

func waitingIn(b *testing.B, h *storetest.House, cohort scheduler.ID) (n int) {
	for _, e := range h.Roster(b, cohort, desk.Load{}).Enrollments {
		if e.State == scheduler.Waiting {
			n++
		}
	}
	return n
}

// change measures a change with the processor's part of it.
func change(b *testing.B, do func(n int) error) {
	cpu, n := processorTime(), 0
	for b.Loop() {
		if err := do(n); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64((processorTime()-cpu).Microseconds())/1000/float64(n), "cpu-ms/op")
}

// BenchmarkEnrollBehind enrolls behind a waitlist of 5,000.
func BenchmarkEnrollBehind(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			h := storetest.NewHouse(b, d.url(b))
			cohort, n := h.OpenCohort(b, 18, seats), 5000
			h.EnrollAll(b, cohort, h.AddPeople(b, n))
			for b.Loop() {
				enrollNew(b, h, cohort, n)
				n++
			}
		})
	}
}

// BenchmarkCancel cancels a session of a full cohort and adds one at its end.
func BenchmarkCancel(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			h := storetest.NewHouse(b, d.url(b))
			for b.Loop() {
				b.StopTimer()
				cohort := h.OpenCohort(b, 18, seats)
				h.EnrollAll(b, cohort, h.AddPeople(b, 2*seats))
				session := h.Roster(b, cohort, desk.Load{}).Sessions[2].ID
				b.StartTimer()
				if err := h.Desk.Confirm(b.Context(), h.Request(),
					desk.Cancel(scheduler.CancelRequest{Session: session})); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func enrollNew(b *testing.B, h *storetest.House, cohort scheduler.ID, n int) scheduler.Enrolled {
	e, err := h.Desk.Enroll(b.Context(), h.Request(),
		scheduler.EnrollRequest{Cohort: cohort, Contact: storetest.Contact(n)})
	if err != nil {
		b.Fatal(err)
	}
	return e
}
