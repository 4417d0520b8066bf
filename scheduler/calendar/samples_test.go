package calendar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/calendar"
)

// at returns an instant of a test.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// session is a plain event of one person on a day, 18:00 to 20:00 in New York
// in winter.
func session(t testing.TB, number int, day string) calendar.Event {
	return calendar.Event{
		UID:         fmt.Sprintf("6f1c2b0e-8d7a-4c55-9b1e-%012x", number),
		Start:       at(t, day+"T23:00:00Z"),
		End:         at(t, day+"T23:00:00Z").Add(2 * time.Hour),
		Created:     at(t, "2025-12-01T15:04:05Z"),
		Changed:     at(t, "2025-12-01T15:04:05Z"),
		Summary:     calendar.Summary,
		Description: "Tuesday 6:00 PM New York, UTC-5",
		Location:    calendar.Location,
	}
}

// season is 24 weekly sessions at 18:00 in New York, which leaves winter time
// on 2026-03-08.
func season(t testing.TB) []calendar.Event {
	var events []calendar.Event
	first := session(t, 1, "2026-01-06")
	for week := range 24 {
		e := session(t, week+1, first.Start.AddDate(0, 0, 7*week).Format(time.DateOnly))
		if e.Start.After(at(t, "2026-03-08T07:00:00Z")) {
			e.Start, e.End = e.Start.Add(-time.Hour), e.End.Add(-time.Hour)
			e.Description = "Tuesday 6:00 PM New York, UTC-4"
		}
		events = append(events, e)
	}
	return events
}

// nasty lists texts that have broken writers and parsers of iCalendar.
var nasty = []string{
	"a\r\nATTENDEE:mailto:evil@example.net\rX-A:1\nEND:VEVENT",
	"\"quoted\" ^caret^n ^' back\\slash \\n semi;colon, comma: colon",
	"nul\x00 bell\x07 escape\x1b[31m delete\x7f tab\t unit\x1f c1\u009b nel\u0085 ls\u2028 ps\u2029 vt\v ff\f",
	"broken \xff\xfe \xc3( \xe2\x82 \xed\xa0\x80 \xf8 end\xc2",
	"emoji 👩‍👩‍👧‍👦🏳️‍🌈 and " + strings.Repeat("🧘", 40),
	strings.Repeat("予約の時間です。", 20),
	"עברית ו" + "العربية \u202eoverride\u202c \u200fmark",
	strings.Repeat("long,;\\\"\n", 456),
	"z\u0301\u0327" + strings.Repeat("\u0301", 120),
	"\ufeffBEGIN:VCALENDAR",
}

// hostile is a feed with every nasty text in every field.
func hostile(t testing.TB) calendar.Feed {
	feed := calendar.Feed{Name: nasty[0] + nasty[4], Refresh: time.Hour}
	for i, text := range nasty {
		e := session(t, i+1, "2026-01-06")
		e.Summary, e.Description, e.Location = text, text+text, text
		e.URL = "https://example.net/p/" + text
		feed.Events = append(feed.Events, e)
	}
	feed.Events[0].UID = "pat@example.net\r\nX:1"
	feed.Events[1].UID = ""
	feed.Events[2].UID = strings.Repeat("u", 300)
	feed.Events[3].Summary, feed.Events[3].Cancelled = "\x00\x01", true
	feed.Events[4].Sequence = -1
	feed.Events[5].End = feed.Events[5].Start
	feed.Events[6].Start, feed.Events[6].End = time.Time{}, time.Unix(1<<40, 0)
	feed.Events[7].Created, feed.Events[7].Changed = time.Time{}, time.Time{}
	feed.Events[8].URL = "javascript:alert(1)"
	return feed
}

// feeds are the feeds that have a golden.
func feeds(t testing.TB) map[string]calendar.Feed {
	cancelled := session(t, 3, "2026-01-20")
	cancelled.Cancelled, cancelled.Sequence = true, 1
	cancelled.Changed, cancelled.URL = at(t, "2026-01-12T09:30:00Z"), "https://example.net/p/k3v7"
	moved := session(t, 2, "2026-01-15")
	moved.Sequence, moved.Changed = 1, at(t, "2026-01-10T08:00:00Z")
	moved.URL = "https://example.net/p/k3v7"
	return map[string]calendar.Feed{
		"feed-empty":     {},
		"feed-one":       {Events: []calendar.Event{session(t, 1, "2026-01-06")}},
		"feed-season":    {Name: calendar.CalendarName, Refresh: time.Hour, Events: season(t)},
		"feed-cancelled": {Events: []calendar.Event{session(t, 2, "2026-01-13"), cancelled}},
		"feed-moved":     {Refresh: 90 * time.Minute, Events: []calendar.Event{moved, session(t, 1, "2026-01-06")}},
		"feed-hostile":   hostile(t),
	}
}

// invitations are the invitations that have a golden.
func invitations(t testing.TB) map[string]calendar.Invitation {
	request := calendar.Invitation{
		Method:    calendar.Request,
		Stamp:     at(t, "2025-12-30T10:00:00Z"),
		Organizer: calendar.Party{Name: "Appointments", Address: "appointments@example.org"},
		Attendee:  calendar.Party{Name: "Pat Example", Address: "pat@example.net"},
		Event:     session(t, 1, "2026-01-06"),
		AskReply:  true,
		Alarm:     time.Hour,
	}
	update := request
	update.AskReply, update.Answer, update.Event.Sequence = false, calendar.Accepted, 1
	update.Stamp, update.Event.Changed = at(t, "2026-01-02T10:00:00Z"), at(t, "2026-01-02T09:59:00Z")
	update.Event.URL = "https://example.net/p/k3v7"
	moved := update
	moved.AskReply, moved.Event.Start, moved.Event.End = true, at(t, "2026-01-08T23:00:00Z"),
		at(t, "2026-01-09T01:00:00Z")
	cancel := update
	cancel.Method, cancel.Event.Sequence = calendar.Cancel, 2
	cancel.Stamp, cancel.Event.Changed = at(t, "2026-01-04T10:00:00Z"), at(t, "2026-01-04T09:59:00Z")
	strange := request
	strange.Method, strange.Answer = "PUBLISH\r\nX:1", "DELEGATED"
	strange.Attendee = calendar.Party{Name: nasty[1] + nasty[0] + nasty[4],
		Address: "a\r\nb%?&=;,\"<x>\"@y+é@example.net"}
	strange.Organizer = calendar.Party{Name: nasty[2] + nasty[3], Address: "nowhere"}
	strange.Event.Summary, strange.Event.Description = nasty[1], nasty[0]
	return map[string]calendar.Invitation{
		"request": request, "request-update": update, "request-moved": moved, "cancel": cancel,
		"request-hostile": strange,
	}
}
