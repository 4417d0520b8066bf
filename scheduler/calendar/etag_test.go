package calendar_test

import (
	"testing"
	"time"

	"almanac/scheduler/calendar"
)

func TestETag(t *testing.T) {
	t.Parallel()
	if got, want := calendar.ETag(12, 3, "2026f", "2026-11-22", "es"),
		`W/"12-3-`+calendar.EncoderVersion+`-2026f-2026-11-22-es"`; got != want {
		t.Errorf("ETag is %s, want %s", got, want)
	}
	if got, want := calendar.ETag(1, 2, "my \"own\"\r\nzones\x7fé", "d", "en"),
		`W/"1-2-`+calendar.EncoderVersion+`-myownzones-d-en"`; got != want {
		t.Errorf("RFC 9110 §8.8.3: ETag is %s, want %s", got, want)
	}
}

func TestMatchETag(t *testing.T) {
	t.Parallel()
	const tag = `W/"12-3-1-2026f-2026-11-22"`
	for field, want := range map[string]bool{
		"":                                       false,
		"*":                                      true,
		" * ":                                    true,
		`"*"`:                                    false,
		tag:                                      true,
		`"12-3-1-2026f-2026-11-22"`:              true,
		`  W/"12-3-1-2026f-2026-11-22"  `:        true,
		`"a", W/"b" ,"12-3-1-2026f-2026-11-22"`:  true,
		`"a",, ,W/"12-3-1-2026f-2026-11-22"`:     true,
		`"a,b", "12-3-1-2026f-2026-11-22"`:       true,
		`"a"`:                                    false,
		`"12-3-1-2026f-2026-11-23"`:              false,
		`12-3-1-2026f-2026-11-22`:                false,
		`w/"12-3-1-2026f-2026-11-22"`:            false,
		`"12-3-1-2026f-2026-11-22`:               false,
		`"a" "12-3-1-2026f-2026-11-22"`:          false,
		`junk, "12-3-1-2026f-2026-11-22"`:        false,
		`"12-3-1-2026f-2026-11-22", junk`:        true,
		`W/W/"12-3-1-2026f-2026-11-22"`:          false,
		`"x12-3-1-2026f-2026-11-22"`:             false,
		`W/"a", "\", "12-3-1-2026f-2026-11-22"`:  true,
		`"a, W/", "12-3-1-2026f-2026-11-22" , *`: true,
	} {
		if got := calendar.MatchETag(field, tag); got != want {
			t.Errorf("MatchETag(%q) = %t, want %t", field, got, want)
		}
	}
	if !calendar.MatchETag(tag, `"12-3-1-2026f-2026-11-22"`) {
		t.Error("RFC 9110 §8.8.3.2: weak comparison looks at neither side's W/")
	}
}

func TestFeedWindow(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-22T14:30:00+02:00")
	from, to := calendar.FeedWindow(now)
	if !from.Equal(at(t, "2026-10-23T00:00:00Z")) || !to.Equal(at(t, "2027-11-23T00:00:00Z")) {
		t.Errorf("the window is %s to %s", from, to)
	}
	early, late := at(t, "2026-11-22T00:00:00Z"), at(t, "2026-11-22T23:59:59Z")
	from2, to2 := calendar.FeedWindow(late)
	if from1, to1 := calendar.FeedWindow(early); from1 != from2 || to1 != to2 ||
		calendar.Day(early) != calendar.Day(late) {
		t.Error("the window moves within a UTC date, which the ETag would not tell")
	}
	if got := calendar.Day(at(t, "2026-11-22T23:30:00-05:00")); got != "2026-11-23" {
		t.Errorf("the day is %s, want the UTC date", got)
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		start, now string
		cancelled  bool
		want       bool
	}{
		{"2026-11-22T18:00:00Z", "2026-11-22T18:00:00Z", false, true},
		{"2026-10-23T00:00:00Z", "2026-11-22T18:00:00Z", false, true},
		{"2026-10-22T23:59:59Z", "2026-11-22T00:00:00Z", false, false},
		{"2027-11-22T23:59:59Z", "2026-11-22T18:00:00Z", false, true},
		{"2027-11-23T00:00:00Z", "2026-11-22T18:00:00Z", false, false},
		{"2026-12-22T18:00:00Z", "2026-11-22T18:00:00Z", true, true},
		{"2026-11-15T18:00:00Z", "2026-11-22T17:59:59Z", true, true},
		{"2026-11-15T18:00:00Z", "2026-11-22T23:59:59Z", true, true},
		{"2026-11-15T18:00:00Z", "2026-11-23T00:00:00Z", true, false},
		{"2026-11-15T00:00:00Z", "2026-11-22T12:00:00Z", true, true},
		{"2026-11-14T23:59:59Z", "2026-11-22T00:00:00Z", true, false},
	} {
		e := calendar.Event{Start: at(t, c.start).In(time.FixedZone("", -5*3600)), Cancelled: c.cancelled}
		if got := calendar.Visible(e, at(t, c.now)); got != c.want {
			t.Errorf("start %s, cancelled %t, at %s: visible is %t, want %t", c.start, c.cancelled, c.now, got, c.want)
		}
	}
}
