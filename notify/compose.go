package notify

import (
	_ "embed"
	"fmt"
	"html/template"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"

	"almanac/notify/smtp"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

//go:embed letter.html
var letterHTML string

// Composer writes mails. It is deterministic: equal arguments give equal bytes. Use
// NewComposer. It is safe for concurrent use.
type Composer struct {
	from      mail.Address
	domain    string
	envelopes Envelopes
	publicURL func() string
	zones     *civil.Zones
	page      *template.Template
}

// ComposerOptions is what all mails have in common.
type ComposerOptions struct {
	// From is the sender and organizer of everything.
	From mail.Address
	// Envelopes is the kind of envelope sender; empty means EnvelopesTagged.
	Envelopes Envelopes
	// PublicURL returns the base of every link. It is a function because the URL may
	// be known only after the web server has started.
	PublicURL func() string
	Zones     *civil.Zones
}

// NewComposer makes a composer. It fails with Invalid (field "mail-from") when From
// is not an address.
func NewComposer(o ComposerOptions) (*Composer, error) {
	if err := checkAddress(o.From.Address); err != nil {
		return nil, fault.In("mail-from",
			"The sender of mail is not an e-mail address. Write it like Appointments <appointments@example.org>.")
	}
	page, err := template.New("letter").Parse(letterHTML)
	if err != nil {
		return nil, fmt.Errorf("reading the template of mails: %w", err)
	}
	o.From.Name = oneLine(o.From.Name)
	return &Composer{
		from: o.From, domain: scheduler.DomainOf(o.From.Address),
		envelopes: o.Envelopes, publicURL: o.PublicURL, zones: o.Zones, page: page,
	}, nil
}

// Compose writes the mail of a hand-over, dated now. It fails with Invalid when the
// address is not one (field "address") or there is no date to tell.
//
// The Message-ID is derived from the notice, so every attempt has the same. A
// welcome begins the thread of its enrollment and has the id of the thread.
func (c *Composer) Compose(h reads.Handover, now time.Time) (smtp.Message, error) {
	if err := checkAddress(h.Address); err != nil {
		return smtp.Message{}, fault.In("address",
			"The stored address is not an e-mail address; correct it on the person's page.")
	}
	dateless := h.Kind == scheduler.OnWaitlist || h.Kind == scheduler.StaffMessage || h.Kind.AboutAddress()
	if len(h.Seats) == 0 && !dateless {
		return smtp.Message{}, fault.New(fault.Invalid, "There is no date to tell.")
	}
	h.Seats = slices.Clone(h.Seats)
	slices.SortStableFunc(h.Seats, func(a, b reads.HandoverSeat) int {
		return shownMoment(h, a).Start.Compare(shownMoment(h, b).Start)
	})
	zones := []string{h.Zone}
	if len(h.Seats) > 0 {
		zones = append(zones, h.Seats[0].Zone)
	}
	l := writer{
		clock: clock{words: wordsOf(h.Language), zone: c.zone(zones...)},
		base:  strings.TrimRight(c.publicURL(), "/"), sender: c.from.Address,
		zones: func(name string) *time.Location { return c.zone(name) },
	}.write(h)
	data, err := c.assemble(h, l, now)
	if err != nil {
		return smtp.Message{}, err
	}
	return smtp.Message{Notice: h.Notice, Clinic: h.Clinic, From: c.envelope(h.Notice), To: h.Address, Data: data}, nil
}

// zone returns the first of these zones that exists, or UTC.
func (c *Composer) zone(names ...string) *time.Location {
	for _, name := range names {
		if zone, err := c.zones.Location(name); err == nil {
			return zone
		}
	}
	return time.UTC
}

// hasInvitation tells whether a message contains a calendar object.
func hasInvitation(h reads.Handover) bool {
	return h.Kind == scheduler.Calendar || h.Kind == scheduler.AssignedOne
}

// assemble writes header and parts:
//
//	welcome, reminder,
//	changes, assignments   multipart/alternative: text, HTML
//	calendar, assignment   multipart/mixed: the alternative with text/calendar as
//	                       its last part, and the same bytes as calendar.ics
func (c *Composer) assemble(h reads.Handover, l letter, now time.Time) ([]byte, error) {
	w := &mimeWriter{buf: make([]byte, 0, 8<<10)}
	c.head(w, h, l, now)
	either, both := "e-"+string(h.Notice), "b-"+string(h.Notice)
	if hasInvitation(h) {
		w.header("Content-Type", `multipart/mixed; boundary="`+both+`"`)
		w.blank()
		w.boundary(both)
	}
	if err := c.alternative(w, l, either); err != nil {
		return nil, err
	}
	if hasInvitation(h) {
		i := invitation(h, h.Seats[0], calendar.Party{Name: c.senderName(h.Language), Address: c.from.Address}, now)
		object := calendar.AppendInvitation(nil, i)
		w.base64(either, i.Method.ContentType(), "", object)
		w.end(either)
		name := calendar.WordsFor(h.Language).File
		w.base64(both, `application/ics; name="`+name+`"`, `attachment; filename="`+name+`"`, object)
		w.end(both)
	} else {
		w.end(either)
	}
	return w.buf, nil
}

// alternative begins a multipart/alternative with a letter as text and as HTML.
func (c *Composer) alternative(w *mimeWriter, l letter, mark string) error {
	var html strings.Builder
	html.Grow(4 << 10)
	if err := c.page.Execute(&html, l); err != nil {
		return fmt.Errorf("writing the HTML of a mail: %w", err)
	}
	w.header("Content-Type", `multipart/alternative; boundary="`+mark+`"`)
	w.blank()
	w.text(mark, "text/plain", l.text())
	w.text(mark, "text/html", html.String())
	return nil
}

// senderName is the configured name of the sender; the default name is translated.
func (c *Composer) senderName(language string) string {
	if c.from.Name == calendar.CalendarName {
		return calendar.WordsFor(language).Calendar
	}
	return c.from.Name
}

// dateHeader is how a header writes an instant (RFC 5322 §3.3).
const dateHeader = "Mon, 02 Jan 2006 15:04:05 -0700"

// head writes the header except Content-Type.
func (c *Composer) head(w *mimeWriter, h reads.Handover, l letter, now time.Time) {
	thread := "<t." + string(h.Thread) + "@" + c.domain + ">"
	w.header("Date", now.UTC().Format(dateHeader))
	w.header("From", mailbox(c.senderName(h.Language), c.from.Address))
	w.header("To", mailbox(oneLine(h.Name), h.Address))
	if h.Kind == scheduler.Welcome {
		w.header("Message-ID", thread)
	} else {
		w.header("Message-ID", "<n."+string(h.Notice)+"@"+c.domain+">")
		w.header("In-Reply-To", thread)
		w.header("References", thread)
	}
	w.header("Subject", mime.QEncoding.Encode("UTF-8", l.Subject))
	w.automatic()
}

// automatic ends the header but for Content-Type, and says that a program wrote this.
func (w *mimeWriter) automatic() {
	w.header("Auto-Submitted", "auto-generated")           // RFC 3834 §5
	w.header("X-Auto-Response-Suppress", "OOF, AutoReply") // Exchange: send no out-of-office reply
	w.header("MIME-Version", "1.0")
}

// text returns the letter as plain text; lines end with LF.
func (l letter) text() string {
	var b strings.Builder
	paragraph := func(lines ...string) {
		b.WriteString(strings.Join(lines, "\n"))
		b.WriteString("\n\n")
	}
	if l.Greeting != "" {
		paragraph(l.Greeting)
	}
	paragraph(l.Opening)
	var lines []string
	for i, date := range l.Dates {
		lines = append(lines, fmt.Sprintf("%3d. %s", i+1, date))
	}
	for i, f := range l.Facts {
		if i == 0 && len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, f.Label+": "+f.Value)
	}
	if len(lines) > 0 {
		paragraph(lines...)
	}
	for _, note := range l.Notes {
		paragraph(note)
	}
	if l.Feed != nil {
		phones, programs := l.Feed.Phones, l.Feed.Programs
		paragraph(l.Feed.Say, phones.Label+" "+string(phones.URL), programs.Label+" "+string(programs.URL))
	}
	if l.Page != nil {
		paragraph(l.Page.Label + ": " + string(l.Page.URL))
	}
	if l.Literal != "" {
		paragraph(strings.TrimSuffix(l.Literal, "\n"))
	}
	b.WriteString(strings.Join(l.Closing, "\n"))
	b.WriteString("\n")
	return b.String()
}

// checkAddress fails unless address is one bare address on one line.
func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || address != oneLine(address) ||
		strings.ContainsAny(address, " <>,;\"") {
		return fault.New(fault.Invalid, "not an address")
	}
	return nil
}
