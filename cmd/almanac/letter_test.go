package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // so that every charset is read

	"almanac/protocols/civil"
	"almanac/scheduler/calendar"
)

// letter is a mail that arrived, read by other programs' eyes.
type letter struct {
	at       time.Time
	envelope []string // who it was handed over for; nil for kept mail
	to       []string // who its header names
	from     string
	id       string
	subject  string
	text     string
	html     string
	objects  [][]byte // its calendar parts
	method   string   // of the part inside the alternative

	kind      string
	start     time.Time
	end       time.Time
	sequence  int
	uid       string
	attendees []string
	organizer string
}

func (l letter) String() string {
	return fmt.Sprintf("%s to %s about %s (sequence %d), arrived %s", l.kind, l.recipient(), stampOf(l.start),
		l.sequence, stampOf(l.at))
}

func (l letter) recipient() string { return strings.Join(l.to, " and ") }

// keeps tells whether the letter is the one promised, in time.
func (l letter) keeps(p promise) bool {
	return l.recipient() == p.to && l.kind == p.kind && l.start.Equal(p.start) && l.sequence == p.sequence &&
		!l.at.Before(p.due) && !l.at.After(p.until)
}

// readLetter reads a mail. at is when it arrived.
func readLetter(raw []byte, at time.Time, envelope []string) (letter, error) {
	l := letter{at: at, envelope: envelope}
	entity, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		return l, fmt.Errorf("reading a mail: %w", err)
	}
	if err := l.readHead(raw); err != nil {
		return l, err
	}
	err = entity.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		return l.readPart(part)
	})
	if err != nil {
		return l, fmt.Errorf("reading the parts of a mail: %w", err)
	}
	switch {
	case len(l.objects) > 0:
		return l, l.readCalendar()
	case strings.Contains(l.text, "/f/"):
		l.kind = "welcome"
	case strings.Contains(l.subject, "waitlist"), strings.Contains(l.subject, "lista de espera"):
		l.kind = "waitlist"
	case strings.Contains(l.subject, "; "):
		l.kind = "changes"
	default:
		l.kind = "reminder"
	}
	return l, nil
}

func (l *letter) readHead(raw []byte) error {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("reading the header: %w", err)
	}
	for _, name := range []string{"To", "Cc", "Bcc"} {
		if parsed.Header.Get(name) == "" {
			continue
		}
		list, err := parsed.Header.AddressList(name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		for _, a := range list {
			l.to = append(l.to, a.Address)
		}
	}
	from, err := parsed.Header.AddressList("From")
	if err != nil || len(from) != 1 {
		return fmt.Errorf("a mail has %d senders: %w", len(from), errors.Join(err))
	}
	l.from, l.id = from[0].String(), parsed.Header.Get("Message-Id")
	head := message.Header{}
	head.Set("Subject", parsed.Header.Get("Subject"))
	l.subject, err = head.Text("Subject")
	return err
}

func (l *letter) readPart(part *message.Entity) error {
	kind, parameters, err := part.Header.ContentType()
	if err != nil || strings.HasPrefix(kind, "multipart/") {
		return err
	}
	body, err := io.ReadAll(part.Body)
	if err != nil {
		return err
	}
	switch kind {
	case "text/plain":
		l.text = string(body)
	case "text/html":
		l.html = string(body)
	case "text/calendar":
		l.method = parameters["method"]
		l.objects = append(l.objects, body)
	case "application/ics":
		l.objects = append(l.objects, body)
	default:
		return fmt.Errorf("a mail has a part of kind %s", kind)
	}
	return nil
}

func (l *letter) readCalendar() error {
	root, err := calendar.Read(l.objects[0])
	if err != nil {
		return err
	}
	if len(root.Components) != 1 || root.Components[0].Name != "VEVENT" {
		return fmt.Errorf("a calendar part has %d components", len(root.Components))
	}
	event := root.Components[0]
	get := func(c *calendar.Component, name string) string { p, _ := c.First(name); return p.Value }
	l.kind, l.uid = get(root, "METHOD"), get(&event, "UID")
	l.organizer = get(&event, "ORGANIZER")
	for _, a := range event.All("ATTENDEE") {
		l.attendees = append(l.attendees, a.Value)
	}
	if _, err := fmt.Sscan(get(&event, "SEQUENCE"), &l.sequence); err != nil {
		return fmt.Errorf("reading SEQUENCE: %w", err)
	}
	start, _ := event.First("DTSTART")
	end, _ := event.First("DTEND")
	var startErr, endErr error
	l.start, startErr = start.Instant()
	l.end, endErr = end.Instant()
	return errors.Join(startErr, endErr)
}

// inspect says what is wrong with a letter by itself, whether it was due or not.
func (s story) inspect(l letter) []string {
	var problems []string
	complain := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf(format, args...)+": "+l.String())
	}
	if len(l.to) != 1 || l.envelope != nil && !slices.Equal(l.envelope, l.to) {
		complain("it goes to %q by envelope %q", l.to, l.envelope)
		return problems
	}
	if !strings.Contains(l.from, "<"+storySender+">") {
		complain("it comes from %s", l.from)
	}
	for place, words := range map[string]string{"subject": l.subject, "text": l.text, "HTML": l.html, "sender": l.from,
		"calendar": unfolded(l.objects)} {
		if word, found := calendar.Denied(words); found {
			complain("its %s says %q", place, word)
		}
	}
	if len(l.objects) > 0 {
		switch {
		case l.method != l.kind:
			complain("its part says method %q", l.method)
		case len(l.objects) != 2 || !bytes.Equal(l.objects[0], l.objects[1]):
			complain("it has %d calendar parts, or two that differ", len(l.objects))
		case !slices.Equal(l.attendees, []string{"mailto:" + l.to[0]}):
			complain("it has the attendees %q", l.attendees)
		case l.organizer != "mailto:"+storySender:
			complain("it has the organizer %q", l.organizer)
		case l.end.Sub(l.start) != 2*time.Hour:
			complain("it lasts %s", l.end.Sub(l.start))
		}
	}
	if !l.start.IsZero() && !l.at.Before(l.start) {
		complain("it comes at or after the start")
	}
	return append(problems, s.inspectTimes(l)...)
}

func unfolded(objects [][]byte) string {
	return strings.ReplaceAll(string(bytes.Join(objects, []byte("\n"))), "\r\n ", "")
}

// inspectTimes holds the letter's times against its reader's own zone.
func (s story) inspectTimes(l letter) []string {
	zones, err := civil.BuiltinZones()
	if err != nil {
		return []string{err.Error()}
	}
	if l.kind == "waitlist" {
		return nil // it names no date
	}
	reader := s.guest(l.to[0])
	zone, err := zones.Location(reader.zoneOf())
	if err != nil {
		return []string{err.Error()}
	}
	named, day, subject := []time.Time{l.start}, "Mon 2 Jan 2006, 3:04 PM", "Mon 2 Jan, 3:04 PM"
	switch l.kind {
	case "changes":
		named, subject = []time.Time{s.cancelled, s.added}, "Mon 2 Jan"
	case "CANCEL":
		subject = "Mon 2 Jan" // as the text before it
	case "welcome":
		named = s.first
		if reader.language == "es" {
			day = "Mon 2 Jan 2006, de 3:04 PM"
		}
	}
	var problems []string
	for _, start := range named {
		if said := spoken(start.In(zone), reader.language, day); !strings.Contains(plainSpaces(l.text), said) {
			problems = append(problems, fmt.Sprintf("it does not say %q: %s\n%s", said, l, l.text))
		}
	}
	if said := spoken(named[0].In(zone), reader.language, subject); !strings.Contains(plainSpaces(l.subject), said) {
		problems = append(problems, fmt.Sprintf("its subject is %q, without %q: %s", l.subject, said, l))
	}
	return problems
}

func plainSpaces(text string) string { return strings.ReplaceAll(text, "\u00a0", " ") }

// spoken writes a local time as its reader says it.
func spoken(t time.Time, language, layout string) string {
	text := t.Format(layout)
	if language != "es" {
		return text
	}
	return strings.NewReplacer("Mon", "lun", "Tue", "mar", "Wed", "mié", "Thu", "jue", "Fri", "vie", "Sat",
		"sáb", "Sun", "dom",
		"Jan", "ene", "Feb", "feb", "Mar", "mar", "Apr", "abr", "AM", "a. m.", "PM", "p. m.").Replace(text)
}

// name finds which session a reminder is about, by the time that it says.
func (s story) name(t testing.TB, l letter) letter {
	t.Helper()
	if l.kind == "changes" {
		l.start = s.cancelled
	}
	if l.kind != "reminder" || len(l.to) != 1 {
		return l
	}
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	reader := s.guest(l.to[0])
	zone, err := zones.Location(reader.zoneOf())
	if err != nil {
		t.Fatal(err)
	}
	for _, start := range s.starts() {
		if strings.Contains(plainSpaces(l.text), spoken(start.In(zone), reader.language, "Mon 2 Jan 2006, 3:04 PM")) {
			l.start = start
		}
	}
	return l
}

// secretPath finds the tokens in what a command printed.
var secretPath = regexp.MustCompile(`/(?:f|p|signin)/([A-Za-z0-9_-]{16,})`)

func tokens(outputs ...string) []string {
	var all []string
	for _, output := range outputs {
		for _, match := range secretPath.FindAllStringSubmatch(output, -1) {
			all = append(all, match[1])
		}
	}
	return all
}
