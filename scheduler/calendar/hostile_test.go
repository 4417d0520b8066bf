package calendar_test

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/scheduler/calendar"
)

// anyText draws strings as hostile as they come: syntax, controls, line
// breaks, broken UTF-8, wide and joined characters, in any length.
func anyText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom(nasty),
		rapid.SampledFrom([]string{
			"\r", "\n", "\r\n", "\r\n ", "\t", "\x00", "\x7f", "\u0085", "\u2028", ";", ",", ":", "\\", "\\n", `"`, "^",
			"^n", "^'", "=", "%", "%4",
			"é", "予", "🧘", "\u200d", "\u0301", "\u202e", "\xff", "\xc3", "\xe2\x80", "\xed\xa0\x80", "\ufffd",
			"\ufeff", "\U0010ffff",
			"END:VEVENT", "BEGIN:VALARM", "ATTENDEE:mailto:x@example.net", "", " ",
		}),
		rapid.StringN(0, 40, 80),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
		rapid.StringMatching(`[a-z ]{0,90}`),
	)
	return rapid.Custom(func(t *rapid.T) string {
		text := ""
		for range rapid.IntRange(0, 4).Draw(t, "pieces") {
			text += piece.Draw(t, "piece")
		}
		return text
	})
}

// anyInstant draws instants inside and outside of what can be written.
func anyInstant() *rapid.Generator[time.Time] {
	return rapid.Map(rapid.OneOf(rapid.Int64Range(0, 4e9), rapid.Int64Range(-1e11, 4e11)),
		func(s int64) time.Time { return time.Unix(s, s%1e9).In(time.FixedZone("", int(s%50000))) })
}

// anyEvent draws an event; its UID ends in a dash, for a number.
func anyEvent() *rapid.Generator[calendar.Event] {
	text, instant := anyText(), anyInstant()
	return rapid.Custom(func(t *rapid.T) calendar.Event {
		e := calendar.Event{
			UID:         text.Draw(t, "uid") + "0000-",
			Sequence:    rapid.IntRange(-3, 1<<30).Draw(t, "sequence"),
			Start:       instant.Draw(t, "start"),
			Changed:     instant.Draw(t, "changed"),
			Summary:     text.Draw(t, "summary"),
			Description: text.Draw(t, "description"),
			Location:    text.Draw(t, "location"),
			URL:         "https://example.net/" + text.Draw(t, "url"),
			Cancelled:   rapid.Bool().Draw(t, "cancelled"),
		}
		e.End = e.Start.Add(time.Duration(rapid.Int64Range(-10, 100).Draw(t, "minutes")) * time.Minute)
		if rapid.Bool().Draw(t, "known") {
			e.Created = instant.Draw(t, "created")
		}
		return e
	})
}

// anyFeed draws a feed with a number of events.
func anyFeed(events int) *rapid.Generator[calendar.Feed] {
	text, event := anyText(), anyEvent()
	return rapid.Custom(func(t *rapid.T) calendar.Feed {
		feed := calendar.Feed{Name: text.Draw(t, "name")}
		for i := range events {
			e := event.Draw(t, "event")
			e.UID += strconv.Itoa(i)
			feed.Events = append(feed.Events, e)
		}
		return feed
	})
}

// anyInvitation draws an invitation.
func anyInvitation() *rapid.Generator[calendar.Invitation] {
	text, event, instant := anyText(), anyEvent(), anyInstant()
	party := rapid.Custom(func(t *rapid.T) calendar.Party {
		name := text.Draw(t, "name")
		name = name[:min(len(name), 600)] // go-ical takes quadratic time over a parameter
		return calendar.Party{Name: name, Address: text.Draw(t, "box") + "@example.net"}
	})
	return rapid.Custom(func(t *rapid.T) calendar.Invitation {
		return calendar.Invitation{
			Method: rapid.SampledFrom([]calendar.Method{"", calendar.Request, calendar.Cancel, "X\r\nY:Z"}).Draw(t,
				"method"),
			Stamp:     instant.Draw(t, "stamp"),
			Organizer: party.Draw(t, "organizer"),
			Attendee:  party.Draw(t, "attendee"),
			Event:     event.Draw(t, "event"),
			AskReply:  rapid.Bool().Draw(t, "ask"),
			Answer: rapid.SampledFrom([]calendar.Answer{"", calendar.Accepted, calendar.Declined, calendar.Tentative,
				"\r\n;:"}).Draw(t, "answer"),
			Alarm: time.Duration(rapid.Int64Range(-10, 1e6).Draw(t, "alarm")) * time.Second,
		}
	})
}

// TestHostileFeeds puts over 10,000 hostile strings through every field of an
// event: 100 feeds (the default of -rapid.checks) of 100 events. make soak asks
// for 1,000, here and below.
func TestHostileFeeds(t *testing.T) {
	t.Parallel()
	feeds := anyFeed(100)
	rapid.Check(t, func(t *rapid.T) {
		feed := feeds.Draw(t, "feed")
		raw := calendar.AppendFeed(nil, feed)
		meansFeed(t, conform(t, raw, feedRules), feed)
	})
}

// TestHostileNames does the same for the name of a feed.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	names := anyFeed(0)
	rapid.Check(t, func(t *rapid.T) {
		for range 100 {
			feed := names.Draw(t, "feed")
			raw := calendar.AppendFeed(nil, feed)
			meansFeed(t, conform(t, raw, feedRules), feed)
		}
	})
}

// TestHostileInvitations does the same for names and addresses: 5,000
// invitations have 10,000 of each.
func TestHostileInvitations(t *testing.T) {
	t.Parallel()
	invitations := anyInvitation()
	rapid.Check(t, func(t *rapid.T) {
		for range 50 {
			invitation := invitations.Draw(t, "invitation")
			raw := calendar.AppendInvitation(nil, invitation)
			meansInvitation(t, conform(t, raw, invitationRules), invitation)
		}
	})
}
