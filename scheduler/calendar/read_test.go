package calendar_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
)

// wrapped puts content lines into a calendar with one event.
func wrapped(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

// event reads a calendar with one event.
func event(t *testing.T, raw string) *calendar.Component {
	t.Helper()
	root, err := calendar.Read([]byte(raw))
	if err != nil {
		t.Fatalf("%s\n%q", err, raw)
	}
	if root.Name != "VCALENDAR" || len(root.Components) != 1 {
		t.Fatalf("read %s with %d components", root.Name, len(root.Components))
	}
	return &root.Components[0]
}

func TestReadReply(t *testing.T) {
	t.Parallel()
	// as Outlook answers: no ORGANIZER, a zone of its own, odd case, unknown names
	raw := wrapped(
		`ATTENDEE;PARTSTAT=ACCEPTED;Cn="Pat ^'P^' Example^nb^x^^":mailto:pat@example.net`,
		`uid:6f1c2b0e-8d7a-4c55-9b1e-000000000001`,
		`SUMMARY;LANGUAGE=fr:Accepté\, oui: \"bien\", et\nvoilà\`,
		`DTSTART;TZID=Romance Standard Time:20260106T180000`,
		`DTSTAMP:20261231T235960Z`,
		`X-UNKNOWN;X-A=1,"2,3";X-A=4:kept`,
		"BEGIN:X-PART", "X-INNER:1", "END:X-PART",
		`COMMENT:one`, `COMMENT:two`,
	)
	e := event(t, raw)
	attendee, ok := e.First("ATTENDEE")
	if !ok || attendee.Params["PARTSTAT"][0] != "ACCEPTED" || attendee.Params["CN"][0] != "Pat \"P\" Example\nb^x^" ||
		attendee.Value != "mailto:pat@example.net" {
		t.Errorf("RFC 5545 §3.1, RFC 6868 §3.2: ATTENDEE is %q", attendee)
	}
	if summary, _ := e.First("SUMMARY"); summary.Text() != "Accepté, oui: \"bien\", et\nvoilà\\" {
		t.Errorf("RFC 5545 §3.3.11: SUMMARY is %q", summary.Text())
	}
	if uid, _ := e.First("UID"); uid.Value != "6f1c2b0e-8d7a-4c55-9b1e-000000000001" {
		t.Errorf("UID is %q", uid.Value)
	}
	stamp, _ := e.First("DTSTAMP")
	if at, err := stamp.Instant(); err != nil || at.Format(time.RFC3339) != "2026-12-31T23:59:59Z" {
		t.Errorf("RFC 5545 §3.3.12: second 60 reads as %s, %v", at, err)
	}
	start, _ := e.First("DTSTART")
	if _, err := start.Instant(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a local time reads as an instant: %v", err)
	}
	if unknown, _ := e.First("X-UNKNOWN"); strings.Join(unknown.Params["X-A"], "|") != "1|2,3|4" ||
		unknown.Value != "kept" {
		t.Errorf("RFC 5545 §3.6: unknown property reads as %q", unknown)
	}
	if len(e.Components) != 1 || e.Components[0].Name != "X-PART" {
		t.Errorf("RFC 5545 §3.6: the unknown part is lost")
	}
	if comments := e.All("COMMENT"); len(comments) != 2 || comments[0].Value != "one" || comments[1].Value != "two" {
		t.Errorf("the comments read as %q", comments)
	}
	if _, ok := e.First("ORGANIZER"); ok || e.All("ORGANIZER") != nil {
		t.Error("an ORGANIZER appears from nowhere")
	}
}

func TestReadForgives(t *testing.T) {
	t.Parallel()
	honest := wrapped("SUMMARY:né 🧘")
	for name, raw := range map[string]string{
		"LF":              strings.ReplaceAll(honest, "\r\n", "\n"),
		"CR":              strings.ReplaceAll(honest, "\r\n", "\r"),
		"byte order mark": "\ufeff" + honest,
		"blank lines":     "\r\n\r\n" + strings.ReplaceAll(honest, "\r\n", "\r\n\r\n") + "\r\n",
		"lower case":      strings.NewReplacer("BEGIN", "begin", "END:VEVENT", "end:Vevent").Replace(honest),
		"trailing space":  strings.ReplaceAll(honest, "VCALENDAR", "VCALENDAR "),
		"no last break":   strings.TrimSuffix(honest, "\r\n"),
		"controls":        strings.ReplaceAll(honest, "né", "n\x00\x1bé\x7f"),
		"tab fold":        strings.ReplaceAll(honest, "né", "n\r\n\té"),
	} {
		if summary, _ := event(t, raw).First("SUMMARY"); summary.Text() != "né 🧘" {
			t.Errorf("%s: SUMMARY is %q", name, summary.Text())
		}
	}
	if summary, _ := event(t, wrapped("SUMMARY:a\xffb")).First("SUMMARY"); summary.Text() != "a\ufffdb" {
		t.Errorf("invalid UTF-8: SUMMARY is %q", summary.Text())
	}
}

// TestReadUnfolds folds at every octet, inside characters too (RFC 5545 §3.1).
func TestReadUnfolds(t *testing.T) {
	t.Parallel()
	line := `SUMMARY;X-A="q é":né 🧘 予約`
	for i := range len(line) {
		if i == 0 {
			continue
		}
		summary, _ := event(t, wrapped(line[:i]+"\r\n "+line[i:])).First("SUMMARY")
		if summary.Text() != "né 🧘 予約" || summary.Params["X-A"][0] != "q é" {
			t.Errorf("folded at %d it reads %q", i, summary)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	nest := func(n int) string {
		return "BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:A\r\n", n) + strings.Repeat("END:A\r\n", n) +
			"END:VCALENDAR\r\n"
	}
	for raw, want := range map[string]string{
		"":              "empty",
		"\r\n\r\n":      "empty",
		"<!doctype>":    "Line 1",
		"SUMMARY:a":     "Line 1 of the calendar comes before BEGIN:VCALENDAR",
		"BEGIN:VEVENT":  "where it may not stand",
		"BEGIN:":        "without a proper name",
		" \r\n leading": "no colon",
		"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1":                     "breaks off before END:VEVENT",
		"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR":             "ends another component",
		"BEGIN:VCALENDAR\r\nBEGIN:VCALENDAR":                           "where it may not stand",
		nest(7) + nest(1):                                              "one calendar at a time",
		nest(8):                                                        "Line 9 of the calendar nests deeper",
		strings.Repeat("BEGIN:A\r\n", 29000):                           "where it may not stand",
		"BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:A\r\n", 29000):   "nests deeper",
		strings.Repeat("x", 256<<10+1):                                 "larger than 256 KiB",
		wrapped("ATTENDEE;CN=a"):                                       "no colon after its parameters",
		wrapped("ATTENDEE;CN="):                                        "no colon after its parameters",
		wrapped("ATTENDEE;CN"):                                         "without a name or an equal sign",
		wrapped("ATTENDEE;=a:b"):                                       "without a name or an equal sign",
		wrapped(`ATTENDEE;CN="a"b:mailto:x`):                           "quote inside a parameter",
		wrapped(`ATTENDEE;CN=a"b:mailto:x`):                            "quote inside a parameter",
		wrapped(`ATTENDEE;CN="a`):                                      "without its second quote",
		wrapped("no colon"):                                            "has no colon",
		wrapped("BAD NAME:x"):                                          "no proper name",
		wrapped(":x"):                                                  "no proper name",
		wrapped("A;B=" + strings.Repeat("c", 3000) + ":d"):             "longer parameter",
		wrapped("A" + strings.Repeat(";B=c", 65) + ":d"):               "more parameters",
		wrapped("A:" + strings.Repeat("b", 64<<10)):                    "longer than any honest line",
		wrapped("A:" + strings.Repeat("bb\r\n ", 40000)):               "longer than any honest line",
		wrapped(strings.Repeat("A:b\r\n", 20000)):                      "one too many",
		wrapped("A:b") + "X:1":                                         "comes after END:VCALENDAR",
		wrapped("A:b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\nEND:VCALENDAR"): "comes after END:VCALENDAR",
	} {
		_, err := calendar.Read([]byte(raw))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q gives %v, want a fault with %q", raw, err, want)
		}
	}
}

// TestReadReadsWhatIsWritten parses our own objects.
func TestReadReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	feed := feeds(t)["feed-hostile"]
	root, err := calendar.Read(calendar.AppendFeed(nil, feed))
	if err != nil {
		t.Fatal(err)
	}
	if len(root.Components) != len(feed.Events) {
		t.Fatalf("%d events read back as %d", len(feed.Events), len(root.Components))
	}
	for _, e := range feed.Events {
		found := false
		for _, c := range root.Components {
			uid, _ := c.First("UID")
			description, _ := c.First("DESCRIPTION")
			found = found || uid.Value == e.UID && description.Text() == legible(e.Description)
		}
		if !found && plainUID.MatchString(e.UID) {
			t.Errorf("the description of %s does not read back", e.UID)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(calendar.AppendFeed(nil, feeds(f)["feed-moved"]))
	f.Add(calendar.AppendInvitation(nil, invitations(f)["request-hostile"]))
	for _, raw := range []string{
		wrapped("ATTENDEE;CN=a"), wrapped(`ATTENDEE;CN="a"b:mailto:x`), wrapped("A;B=:c"), "BEGIN:VCALENDAR\n",
		"\ufeffBEGIN:VCALENDAR\rEND:VCALENDAR",
		wrapped("BEGIN:A\r\nEND:A\r\nBEGIN;X=1:B\r\nEND;Y=2:B"), wrapped("SUMMARY:a\\\r\n \\n"), " x", "BEGIN;:A",
		wrapped("A;B=c,,\"d\",:e"),
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kept := bytes.Clone(data)
		var root *calendar.Component
		var err error
		bounded(t, func() { root, err = calendar.Read(data) })
		if !bytes.Equal(kept, data) {
			t.Error("the input was changed")
		}
		if err != nil {
			if root != nil || !fault.Is(err, fault.Invalid) {
				t.Errorf("a refusal must be Invalid and give nothing: %v", err)
			}
			if strings.Contains(err.Error(), "panic") {
				t.Errorf("the guard let something through that go-ical panics at: %s", err)
			}
			return
		}
		sane(t, root, 1)
	})
}

// sane checks the invariants of every parsed object.
func sane(t *testing.T, c *calendar.Component, depth int) {
	if depth > 8 || c.Name == "" || (c.Name == "VCALENDAR") != (depth == 1) {
		t.Errorf("%s lies at depth %d", c.Name, depth)
	}
	for _, p := range c.Properties {
		all := p.Name + p.Value
		for name, values := range p.Params {
			all += name + strings.ReplaceAll(strings.Join(values, ""), "\n", "")
		}
		if p.Name == "" || !utf8.ValidString(all) ||
			strings.ContainsFunc(all, func(r rune) bool { return r < 0x80 && unicode.IsControl(r) && r != '\t' }) {
			t.Errorf("%q holds what it must not", all)
		}
		p.Text()
		_, _ = p.Instant()
	}
	for i := range c.Components {
		sane(t, &c.Components[i], depth+1)
	}
}
