package calendar_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/calendar"
)

var update = flag.Bool("update", false, "write the goldens anew")

// golden compares bytes with testdata/NAME.ics.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".ics")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it, then run with -update if it is right:\n%s", path, got)
	}
}

// unfolded returns an object with its long lines joined.
func unfolded(raw []byte) string { return strings.ReplaceAll(string(raw), "\r\n ", "") }

// discreet checks an object that holds no hostile text against the denylist.
func discreet(t *testing.T, name string, raw []byte) {
	t.Helper()
	if word, found := calendar.Denied(unfolded(raw)); found {
		t.Errorf("%s gives away %q", name, word)
	}
}

func TestFeedGoldens(t *testing.T) {
	t.Parallel()
	for name, feed := range feeds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := calendar.AppendFeed(nil, feed)
			golden(t, name, got)
			meansFeed(t, conform(t, got, feedRules), feed)
			discreet(t, name, got)
		})
	}
}

func TestInvitationGoldens(t *testing.T) {
	t.Parallel()
	for name, invitation := range invitations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := calendar.AppendInvitation(nil, invitation)
			golden(t, name, got)
			meansInvitation(t, conform(t, got, invitationRules), invitation)
			discreet(t, name, got)
			method := "REQUEST"
			if name == "cancel" {
				method = "CANCEL"
			}
			if want := "text/calendar; charset=UTF-8; method=" + method +
				"; component=VEVENT"; invitation.Method.ContentType() != want {
				t.Errorf("RFC 6047 §2.4: content type is %q, want %q", invitation.Method.ContentType(), want)
			}
		})
	}
}

func TestSameFeedSameBytes(t *testing.T) {
	t.Parallel()
	feed := feeds(t)["feed-season"]
	want := calendar.AppendFeed(nil, feed)
	shuffled := feed
	shuffled.Events = slices.Clone(feed.Events)
	slices.Reverse(shuffled.Events)
	first := shuffled.Events[0].UID
	abroad := time.FixedZone("", 3*60*60+1800)
	for i := range shuffled.Events {
		shuffled.Events[i].Start = shuffled.Events[i].Start.In(abroad)
	}
	if got := calendar.AppendFeed([]byte("before"), shuffled); string(got) != "before"+string(want) {
		t.Error("order or zone of the input changes the bytes, or what stood before them")
	}
	if shuffled.Events[0].UID != first {
		t.Error("the caller's events were sorted in place")
	}
}

func TestFeedIsBounded(t *testing.T) {
	t.Parallel()
	var feed calendar.Feed
	for i := range calendar.MaxFeedEvents + 5 {
		e := session(t, i, "2026-01-06")
		e.Start, e.End = e.Start.Add(time.Duration(-i)*time.Hour), e.End.Add(time.Duration(-i)*time.Hour)
		feed.Events = append(feed.Events, e)
	}
	got := calendar.AppendFeed(nil, feed)
	if n := bytes.Count(got, []byte("BEGIN:VEVENT\r\n")); n != calendar.MaxFeedEvents {
		t.Errorf("the feed holds %d events, want %d", n, calendar.MaxFeedEvents)
	}
	if bytes.Contains(got, []byte(feed.Events[0].UID)) {
		t.Error("the latest event must be the one that is left out")
	}
}

func TestUIDIsOpaque(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for id, kept := range map[string]bool{
		"a": true, "A-9": true, strings.Repeat("u", 254): true,
		"": false, strings.Repeat("u", 255): false, "a@b": false, "a b": false, "a\r\nX:1": false,
		"é": false, "a_b": false,
	} {
		e := session(t, 1, "2026-01-06")
		e.UID = id
		root := decoded(t, calendar.AppendFeed(nil, calendar.Feed{Events: []calendar.Event{e}}))
		uid := root.Children[0].Props.Get("UID").Value
		if (uid == id) != kept || !plainUID.MatchString(uid) {
			t.Errorf("RFC 7986 §5.3: %q is written as %q", id, uid)
		}
		if other, twice := seen[uid]; twice {
			t.Errorf("%q and %q are both written as %q", id, other, uid)
		}
		seen[uid] = id
	}
}

// TestFoldAtEveryOffset slides characters of one to four octets and escapes
// over the end of the line, in TEXT and in a parameter.
func TestFoldAtEveryOffset(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"x", "é", "予", "🧘", "\n", ",", `"`, "^", "\\", " "} {
		for offset := range 160 {
			text := strings.Repeat("a", offset) + strings.Repeat(unit, 3) + "b"
			feed := calendar.Feed{Name: text, Events: []calendar.Event{session(t, 1, "2026-01-06")}}
			feed.Events[0].Summary, feed.Events[0].URL = text, "https://example.net/"+text
			raw := calendar.AppendFeed(nil, feed)
			meansFeed(t, conform(t, raw, feedRules), feed)

			invitation := invitations(t)["request"]
			invitation.Attendee = calendar.Party{Name: text, Address: text + "@example.net"}
			raw = calendar.AppendInvitation(nil, invitation)
			meansInvitation(t, conform(t, raw, invitationRules), invitation)
		}
	}
}
