package calendar_test

import (
	"testing"

	"almanac/scheduler/calendar"
)

// BenchmarkAppendFeed24 encodes a season of 24 sessions anew each time; the
// aim is under 25 µs and at most 2 allocations.
func BenchmarkAppendFeed24(b *testing.B) {
	feed := feeds(b)["feed-season"]
	b.ReportAllocs()
	b.SetBytes(int64(len(calendar.AppendFeed(nil, feed))))
	for b.Loop() {
		calendar.AppendFeed(nil, feed)
	}
}

// BenchmarkAppendFeed24Reused does the same into a buffer that is large enough.
func BenchmarkAppendFeed24Reused(b *testing.B) {
	feed := feeds(b)["feed-season"]
	buf := calendar.AppendFeed(nil, feed)
	b.ReportAllocs()
	for b.Loop() {
		buf = calendar.AppendFeed(buf[:0], feed)
	}
}

// BenchmarkAppendInvitation encodes one REQUEST.
func BenchmarkAppendInvitation(b *testing.B) {
	invitation := invitations(b)["request"]
	b.ReportAllocs()
	for b.Loop() {
		calendar.AppendInvitation(nil, invitation)
	}
}

// BenchmarkRead reads the season back.
func BenchmarkRead(b *testing.B) {
	raw := calendar.AppendFeed(nil, feeds(b)["feed-season"])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := calendar.Read(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDenied looks for telling words in the season.
func BenchmarkDenied(b *testing.B) {
	text := unfolded(calendar.AppendFeed(nil, feeds(b)["feed-season"]))
	b.ReportAllocs()
	for b.Loop() {
		if _, found := calendar.Denied(text); found {
			b.Fatal("the season gives something away")
		}
	}
}

func TestEncodingAllocatesLittle(t *testing.T) { // not parallel: AllocsPerRun counts the whole process
	feed := feeds(t)["feed-season"]
	buf := calendar.AppendFeed(nil, feed)
	if n := testing.AllocsPerRun(100, func() { buf = calendar.AppendFeed(buf[:0], feed) }); n > 0 {
		t.Errorf("encoding into a large enough buffer allocates %.0f times", n)
	}
	if n := testing.AllocsPerRun(100, func() { calendar.AppendFeed(nil, feed) }); n > 2 {
		t.Errorf("encoding 24 events allocates %.0f times, want at most 2", n)
	}
}
