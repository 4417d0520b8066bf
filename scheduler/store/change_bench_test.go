package store_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/store/storetest"
)

// BenchmarkEnroll enrolls new people, with contact data and consent, one after
// another: 12 in seats and then up to 500 to the waitlist of each cohort.
func BenchmarkEnroll(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			h := storetest.NewHouse(b, d.url(b))
			var cohort scheduler.ID
			n := 0
			for b.Loop() {
				if n%racers == 0 {
					b.StopTimer()
					cohort = h.OpenCohort(b, 18, seats)
					b.StartTimer()
				}
				enrollNew(b, h, cohort, n)
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "enrollments/s")
		})
	}
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
				session := h.Roster(b, cohort, scheduler.Load{}).Sessions[2].ID
				b.StartTimer()
				if err := h.Desk.Confirm(b.Context(), h.Request(), scheduler.Cancel(scheduler.Cancelling{Session: session})); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func enrollNew(b *testing.B, h *storetest.House, cohort scheduler.ID, n int) {
	_, err := h.Desk.Enroll(b.Context(), h.Request(), scheduler.Enrolling{Cohort: cohort, Contact: storetest.Contact(n)})
	if err != nil {
		b.Fatal(err)
	}
}
