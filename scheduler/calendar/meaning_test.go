package calendar_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/emersion/go-ical"

	"almanac/scheduler/calendar"
)

// The values that go-ical must read back, computed without the writer's code.

// fails is the part of *testing.T and *rapid.T that checks use.
type fails interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n",
	"\u2029", "\n")

// legible is the expected form of any text; a blank one becomes empty.
func legible(s string) string {
	if s = sound(s); strings.TrimSpace(s) == "" {
		return ""
	}
	return s
}

// sound is a text with one kind of line break and without control characters.
func sound(s string) string {
	var b strings.Builder
	for _, r := range breaks.Replace(s) {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// inline is the expected form of an address before percent-encoding.
func inline(s string) string { return strings.NewReplacer("\n", "", "\t", "").Replace(sound(s)) }

// unpercent decodes what is percent-encoded and leaves the rest.
func unpercent(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// written is the expected form of an instant.
func written(t time.Time) string {
	switch t = t.UTC(); {
	case t.Year() < 1970:
		return "19700101T000000Z"
	case t.Year() > 9999:
		return "99991231T235959Z"
	}
	return t.Format("20060102T150405Z")
}

// decoded reads one object with go-ical and makes sure nothing follows.
func decoded(t fails, raw []byte) *ical.Component {
	t.Helper()
	decoder := ical.NewDecoder(bytes.NewReader(raw))
	cal, err := decoder.Decode()
	if err != nil {
		t.Fatalf("go-ical refuses the object: %s\n%q", err, raw)
	}
	if _, err := decoder.Decode(); err != io.EOF { // go-ical returns it bare
		t.Fatalf("something follows the object")
	}
	return cal.Component
}

var texts = []string{"NAME", "X-WR-CALNAME", "SUMMARY", "DESCRIPTION", "LOCATION"}

// values flattens a component's properties: name to value, TEXT unescaped,
// addresses percent-decoded, parameters aside.
func values(t fails, c *ical.Component) map[string]string {
	t.Helper()
	got := map[string]string{}
	for name, props := range c.Props {
		if len(props) != 1 {
			t.Errorf("%s stands %d times", name, len(props))
		}
		got[name] = props[0].Value
		switch {
		case slices.Contains(texts, name):
			text, err := props[0].Text()
			if err != nil {
				t.Errorf("%s: %s", name, err)
			}
			got[name] = text
		case name == "URL", name == "ORGANIZER", name == "ATTENDEE":
			got[name] = unpercent(props[0].Value)
		}
	}
	return got
}

var (
	plainUID   = regexp.MustCompile(`^[0-9A-Za-z-]{1,254}$`)
	derivedUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

// wantEvent is what an event must hold, given what was read as its UID.
func wantEvent(t fails, e calendar.Event, cancelled bool, uid string) map[string]string {
	t.Helper()
	if plainUID.MatchString(e.UID) && uid != e.UID || !plainUID.MatchString(e.UID) && !derivedUID.MatchString(uid) {
		t.Errorf("UID %q is written as %q", e.UID, uid)
	}
	want := map[string]string{
		"UID": uid, "DTSTAMP": written(e.Changed), "LAST-MODIFIED": written(e.Changed),
		"SEQUENCE": strconv.Itoa(max(e.Sequence, 0)), "DTSTART": written(e.Start),
		"SUMMARY": or(legible(e.Summary), "Appointment"), "STATUS": "CONFIRMED", "TRANSP": "OPAQUE", "CLASS": "PRIVATE",
	}
	if !e.Created.IsZero() {
		want["CREATED"] = written(e.Created)
	}
	if written(e.End) > written(e.Start) {
		want["DTEND"] = written(e.End)
	}
	if text := legible(e.Description); text != "" {
		want["DESCRIPTION"] = text
	}
	if text := legible(e.Location); text != "" {
		want["LOCATION"] = text
	}
	switch {
	case cancelled:
		want["STATUS"], want["TRANSP"], want["SUMMARY"] = "CANCELLED", "TRANSPARENT", "Cancelled: "+want["SUMMARY"]
	case strings.HasPrefix(e.URL, "https://"):
		want["URL"] = unpercent(inline(e.URL))
	}
	return want
}

// same compares two sets of properties name by name.
func same(t fails, where string, got, want map[string]string) {
	t.Helper()
	for name := range maps.Keys(want) {
		if got[name] != want[name] {
			t.Errorf("%s: %s is %q, want %q", where, name, got[name], want[name])
		}
	}
	for name := range maps.Keys(got) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s stands there and was not meant", where, name)
		}
	}
}

// meansFeed checks that a feed reads back as exactly what was meant.
func meansFeed(t fails, root *ical.Component, f calendar.Feed) {
	t.Helper()
	refresh := "PT1H"
	if f.Refresh == 90*time.Minute {
		refresh = "PT1H30M"
	}
	name := or(legible(f.Name), "Appointments")
	same(t, "VCALENDAR", values(t, root), map[string]string{
		"VERSION": "2.0", "PRODID": "-//Appointments//Calendar//EN", "CALSCALE": "GREGORIAN",
		"NAME": name, "X-WR-CALNAME": name, "REFRESH-INTERVAL": refresh, "X-PUBLISHED-TTL": refresh,
	})
	if len(f.Events) == 0 {
		if len(root.Children) != 1 || root.Children[0].Name != "VTIMEZONE" {
			t.Errorf("an empty feed holds %d components, want one VTIMEZONE", len(root.Children))
		}
		return
	}
	events := slices.Clone(f.Events)
	slices.SortStableFunc(events, func(a, b calendar.Event) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.UID, b.UID))
	})
	if len(root.Children) != len(events) {
		t.Fatalf("%d events became %d", len(events), len(root.Children))
	}
	for i, child := range root.Children {
		got := values(t, child)
		same(t, fmt.Sprintf("event %d", i), got, wantEvent(t, events[i], events[i].Cancelled, got["UID"]))
	}
}

var caret = strings.NewReplacer("^^", "^", "^n", "\n", "^'", `"`)

// meansParty checks an ORGANIZER or ATTENDEE.
func meansParty(t fails, prop *ical.Prop, p calendar.Party) {
	t.Helper()
	if got := caret.Replace(prop.Params.Get("CN")); got != legible(p.Name) {
		t.Errorf("%s has CN %q, want %q", prop.Name, got, legible(p.Name))
	}
	if got, want := unpercent(prop.Value), "mailto:"+inline(p.Address); got != want {
		t.Errorf("%s is %q, want %q", prop.Name, got, want)
	}
}

// meansInvitation checks that an invitation reads back as exactly what was meant.
func meansInvitation(t fails, root *ical.Component, i calendar.Invitation) {
	t.Helper()
	method := "REQUEST"
	if i.Method == calendar.Cancel {
		method = "CANCEL"
	}
	same(t, "VCALENDAR", values(t, root), map[string]string{
		"VERSION": "2.0", "PRODID": "-//Appointments//Calendar//EN", "CALSCALE": "GREGORIAN", "METHOD": method,
	})
	if len(root.Children) != 1 || root.Children[0].Name != "VEVENT" {
		t.Fatalf("an invitation must hold one VEVENT")
	}
	event := root.Children[0]
	got := values(t, event)
	want := wantEvent(t, i.Event, method == "CANCEL", got["UID"])
	want["DTSTAMP"], want["X-MICROSOFT-DISALLOW-COUNTER"] = written(i.Stamp), "TRUE"
	want["ORGANIZER"], want["ATTENDEE"] = "mailto:"+inline(i.Organizer.Address), "mailto:"+inline(i.Attendee.Address)
	same(t, method, got, want)
	meansParty(t, event.Props.Get("ORGANIZER"), i.Organizer)
	attendee := event.Props.Get("ATTENDEE")
	meansParty(t, attendee, i.Attendee)
	status, rsvp := "NEEDS-ACTION", "FALSE"
	switch {
	case i.AskReply && method == "REQUEST":
		rsvp = "TRUE"
	case i.Answer == "ACCEPTED" || i.Answer == "DECLINED" || i.Answer == "TENTATIVE":
		status = string(i.Answer)
	}
	for name, want := range map[string]string{"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": status,
		"RSVP": rsvp} {
		if got := attendee.Params[name]; len(got) != 1 || got[0] != want {
			t.Errorf("ATTENDEE has %s=%q, want %q", name, got, want)
		}
	}
}

func TestDurationsAreLegal(t *testing.T) {
	t.Parallel()
	for refresh, want := range map[time.Duration]string{
		0: "PT1H", -time.Hour: "PT1H", time.Millisecond: "PT1H", time.Second: "PT1S", time.Hour: "PT1H",
		time.Hour + time.Second: "PT1H0M1S", 25 * time.Hour: "PT25H", 61 * time.Minute: "PT1H1M",
		90 * time.Second: "PT1M30S",
	} {
		root := decoded(t, calendar.AppendFeed(nil, calendar.Feed{Refresh: refresh}))
		if got := root.Props.Get("REFRESH-INTERVAL").Value; got != want {
			t.Errorf("%s is written as %s, want %s", refresh, got, want)
		}
	}
}
