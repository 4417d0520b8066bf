package notify_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// BenchmarkCompose writes the mail of a reminder.
func BenchmarkCompose(b *testing.B) {
	c := newComposer(b)
	start := time.Date(2026, 1, 6, 23, 0, 0, 0, time.UTC)
	h := reads.Handover{
		Notice: "111111111111111111", Thread: "222222222222222222",
		Kind: scheduler.Reminder, Channel: scheduler.Email, Name: "Pat Example", Address: "pat@example.net",
		Zone: "America/New_York", Language: "en", Links: reads.Links{Page: "abcdefghijklmnopqrstuvwxyz"},
		Seats: []reads.HandoverSeat{{
			Moment: scheduler.Moment{Expected: true, Start: start, End: start.Add(2 * time.Hour)},
			Zone:   "America/New_York",
		}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Compose(h, start); err != nil {
			b.Fatal(err)
		}
	}
}
