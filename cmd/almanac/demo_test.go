package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/notify"
	"almanac/scheduler/access"
)

// TestDemoMailIsOfToday: the letters of the sample clinic hold addresses that
// answer, none of them is dated later than now, and none has left hours after
// it was due.
func TestDemoMailIsOfToday(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config, _, err := parseConfig(nil, func(string) (string, bool) { return "", false }, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	clock := &movingClock{real: time.Now}
	h, err := openHouse(t.Context(), config.forDemo(folder), slog.New(slog.DiscardHandler), clock.now)
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.startDemo(t.Context(), clock)
	if err != nil {
		t.Fatal(err)
	}
	clinic := h.sample.clinic.ID
	days, err := h.store.LedgerDays(t.Context(), access.Operator(string(clinic)), clinic, 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range days {
		if day.Max > 90*time.Minute { // what is due in the hour before now waits for the worker
			t.Errorf("on %s a letter left %s after it was due", day.Date, day.Max)
		}
	}
	base := h.publicURL()
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	kept, err := notify.NewKept(filepath.Join(folder, "mail"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	letters, err := kept.List()
	if err != nil || len(letters) == 0 {
		t.Fatalf("%d letters, %v", len(letters), err)
	}
	for _, l := range letters {
		if l.At.After(time.Now()) {
			t.Fatalf("a letter is dated %s", l.At)
		}
		full, err := kept.Open(l.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(full.Text, base+"/p/") {
			t.Fatalf("a letter does not lead to %s:\n%s", base, full.Text)
		}
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}

// The story's dates hang on the week, its people on now: it is told on every day
// and at every hour of the week.
func TestDemoAtAnyTime(t *testing.T) {
	t.Parallel()
	for _, now := range []string{"2026-11-22T22:10:00Z", "2026-11-23T04:50:00Z", "2026-11-23T05:10:00Z", "2026-03-08T06:59:00Z"} {
		t.Run(now, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, now)
			if err != nil {
				t.Fatal(err)
			}
			config, _, err := parseConfig(nil, func(string) (string, bool) { return "", false }, os.ReadFile)
			if err != nil {
				t.Fatal(err)
			}
			clock := &movingClock{real: func() time.Time { return at }}
			h, err := openHouse(t.Context(), config.forDemo(t.TempDir()), slog.New(slog.DiscardHandler), clock.now)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.listen(t.Context()); err != nil {
				t.Fatal(err)
			}
			if h.post, err = h.openPost(); err != nil {
				t.Fatal(err)
			}
			if _, err := seedSample(t.Context(), h, clock); err != nil {
				t.Error(err)
			}
			if err := errors.Join(h.post.close(), h.close()); err != nil {
				t.Error(err)
			}
		})
	}
}
