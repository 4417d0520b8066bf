package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// EncoderVersion is part of every ETag. Increase it when the same feed is encoded to
// different bytes.
const EncoderVersion = "2"

// MaxFeedEvents is the most events of a feed.
const MaxFeedEvents = 2000

const (
	closing = "END:VCALENDAR\r\n"

	// onlyZone is the component of a feed without events, because an object needs at
	// least one (RFC 5545 §3.6).
	onlyZone = "BEGIN:VTIMEZONE\r\nTZID:Etc/UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n" +
		"TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nTZNAME:UTC\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"

	// openingOctets is about the size before the events.
	openingOctets = 120

	// eventOctets is about the size of an event without its texts.
	eventOctets = 360
)

// AppendFeed appends a feed as a snapshot (RFC 5545 §3.7.2): without METHOD, ORGANIZER
// and ATTENDEE, events ordered by start and UID, DTSTAMP equal to LAST-MODIFIED. It
// cannot fail, and the same feed gives the same bytes.
func AppendFeed(dst []byte, f Feed) []byte {
	events := ordered(f.Events)
	events = events[:min(len(events), MaxFeedEvents)]
	w := writer{buf: slices.Grow(dst, feedOctets(f.Name, events)), say: WordsFor(f.Language)}
	w.opening()
	w.name(f.Name)
	refresh := f.Refresh
	if refresh < time.Second {
		refresh = DefaultRefresh
	}
	w.duration("REFRESH-INTERVAL;VALUE=DURATION:", refresh) // RFC 7986 §5.7: VALUE is required
	w.duration("X-PUBLISHED-TTL:", refresh)
	for i := range events {
		e := &events[i]
		w.lines("BEGIN:VEVENT\r\n")
		w.facts(e, e.Changed)
		w.words(e, e.Cancelled)
		w.lines("END:VEVENT\r\n")
	}
	if len(events) == 0 {
		w.lines(onlyZone)
	}
	w.lines(closing)
	return w.buf
}

// ordered returns a copy of the events, ordered by start, UID and sequence.
func ordered(events []Event) []Event {
	if slices.IsSortedFunc(events, compare) {
		return events
	}
	events = slices.Clone(events)
	slices.SortStableFunc(events, compare)
	return events
}

// compare orders events as a feed lists them.
func compare(a, b Event) int {
	if c := a.Start.Compare(b.Start); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.UID, b.UID), cmp.Compare(a.Sequence, b.Sequence))
}

// feedOctets estimates the size of a feed; the estimate is rarely too small.
func feedOctets(name string, events []Event) int {
	n := openingOctets + 2*len(name) + len(onlyZone) + len(closing) + 160
	for i := range events {
		e := &events[i]
		n += eventOctets + (len(e.UID)+len(e.Summary)+len(e.Description)+len(e.Location)+len(e.URL))*9/8
	}
	return n
}

// opening appends the first properties of every calendar.
func (w *writer) opening() {
	w.lines("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
	w.lines(w.say.Product)
	w.lines("\r\nCALSCALE:GREGORIAN\r\n")
}

// name appends the calendar's name twice: as in the standard (RFC 7986 §5.1), and as
// calendar programs read it.
func (w *writer) name(name string) {
	if !w.text("NAME:", name) {
		name = w.say.Calendar
		w.text("NAME:", name)
	}
	w.text("X-WR-CALNAME:", name)
}

// facts appends the identity, revision and time of an event.
func (w *writer) facts(e *Event, stamp time.Time) {
	w.uid(e.UID)
	w.instant("DTSTAMP:", stamp)
	w.instant("LAST-MODIFIED:", e.Changed)
	if !e.Created.IsZero() {
		w.instant("CREATED:", e.Created)
	}
	w.number("SEQUENCE:", e.Sequence)
	w.instant("DTSTART:", e.Start)
	if seconds(e.End) > seconds(e.Start) { // RFC 5545 §3.8.2.2: later than DTSTART
		w.instant("DTEND:", e.End)
	}
}

// words appends the texts of an event. A cancelled one says so in its summary, for
// programs that ignore STATUS; it blocks no time and has no URL.
func (w *writer) words(e *Event, cancelled bool) {
	summary := "SUMMARY:"
	if cancelled {
		summary += w.say.Cancelled
	}
	if !w.text(summary, e.Summary) {
		w.text(summary, w.say.Summary)
	}
	w.text("DESCRIPTION:", e.Description)
	w.text("LOCATION:", e.Location)
	if cancelled {
		w.lines("STATUS:CANCELLED\r\nTRANSP:TRANSPARENT\r\nCLASS:PRIVATE\r\n")
		return
	}
	if absolute(e.URL) {
		w.begin("URL:")
		w.uri(e.URL, urlMarks)
		w.end()
	}
	w.lines("STATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nCLASS:PRIVATE\r\n")
}

// absolute tells whether a URL is an http or https URL.
func absolute(url string) bool {
	for _, scheme := range [...]string{"https://", "http://"} {
		if len(url) > len(scheme) && strings.EqualFold(url[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}
