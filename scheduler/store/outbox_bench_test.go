package store_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// BenchmarkOutbox takes 5,000 reminders that are due in the same second through
// Due, Gate and Record.
func BenchmarkOutbox(b *testing.B) {
	const people, cohorts = 1000, 5
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			h := storetest.NewHouse(b, d.url(b))
			for n := range cohorts {
				fill(b, h, h.OpenCohort(b, 9+2*n, people), people)
			}
			h.Do(b, "UPDATE notices SET state = 'sent'")
			h.Do(b, "UPDATE seats SET invited = 1")
			h.Set(firstStart().Add(-24 * time.Hour))
			start := b.Elapsed()
			if n := foresee(b, h); n < people*cohorts {
				b.Fatalf("%d reminders were foreseen", n)
			}
			b.Logf("foreseen in %s", b.Elapsed()-start)
			start = b.Elapsed()
			if n := foresee(b, h); n != 0 {
				b.Fatalf("%d reminders were foreseen twice", n)
			}
			b.Logf("nothing more foreseen in %s", b.Elapsed()-start)
			total := 0
			var cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				h.Do(b, "DELETE FROM attempts")
				h.Do(b, "UPDATE notices SET state = CASE WHEN kind = 'reminder' AND lead_seconds = 86400 THEN "+
					"'planned' ELSE 'sent' END, attempts = 0, queued_until = '', lease_until = ''")
				h.Set(firstStart().Add(-14 * time.Hour))
				if d.name == "postgres" {
					h.Do(b, "VACUUM ANALYZE") // as PostgreSQL does by itself, sooner or later
				}
				b.StartTimer()
				before := processorTime()
				total += outbox(b, h, people*cohorts)
				cpu += processorTime() - before
			}
			b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "notices/s")
			b.ReportMetric(float64(cpu.Microseconds())/float64(total), "cpu-µs/notice")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// processorTime is what this process has used of the processors; a database of
// its own process is not in it.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// fill enrolls people into a cohort in a few changes.
func fill(b *testing.B, h *storetest.House, cohort scheduler.ID, n int) {
	b.Helper()
	change := desk.Change{Clinic: h.Clinic, Actor: h.Actor, Action: access.Enroll}
	for ids := range slices.Chunk(h.AddPeople(b, n), 250) {
		err := h.DB.Change(b.Context(), change, desk.Load{Cohorts: []scheduler.ID{cohort}, People: ids},
			func(book *scheduler.Book) error {
				for _, id := range ids {
					if _, err := book.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: id}); err != nil {
						return err
					}
				}
				book.PlanNotices()
				return nil
			})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func outbox(b *testing.B, h *storetest.House, want int) int {
	tickets, err := h.DB.Due(b.Context(), worker, want+1)
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]scheduler.ID, len(tickets))
	for i, ticket := range tickets {
		ids[i] = ticket.ID
	}
	total := 0
	for part := range slices.Chunk(ids, store.MostGated) {
		handovers := passGate(b, h, part)
		results := make([]reads.Result, len(handovers))
		for i, o := range handovers {
			results[i] = reads.Result{Handover: o, Outcome: reads.Sent, Reply: "250 2.0.0 Ok", At: h.Now()}
		}
		recordResult(b, h, results...)
		total += len(results)
	}
	if total != want {
		b.Fatalf("%d of %d reminders left", total, want)
	}
	return total
}

// BenchmarkFeedKey looks up a feed among those of 1,000 people, as every fetch
// does first.
func BenchmarkFeedKey(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			h := storetest.NewHouse(b, d.url(b))
			cohort := h.OpenCohort(b, 18, 1000)
			fill(b, h, cohort, 1000)
			var tokens []string
			for _, row := range h.Ask(b, "SELECT id FROM people") {
				tokens = append(tokens, links(b, h, scheduler.ID(row[0])).Feed)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if _, err := h.DB.FeedKey(b.Context(), door, tokens[n%len(tokens)]); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}
