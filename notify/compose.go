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

// Composer writes mails. It is deterministic: the same hand-over and instant
// give the same bytes. Use NewComposer. It is safe for concurrent use.
type Composer struct {
	from      mail.Address
	domain    string
	envelopes Envelopes
	publicURL func() string
	zones     *civil.Zones
	page      *template.Template
}

// ComposerOptions says what is the same in all mails.
type ComposerOptions struct {
	// From is the sender and organizer of everything.
	From mail.Address
	// Envelopes says from whom messages leave on the envelope; empty: EnvelopesTagged.
	Envelopes Envelopes
	// PublicURL gives the base of every link; it may be known only after the web
	// server has started.
	PublicURL func() string
	// Zones is the zone data.
	Zones *civil.Zones
}

// NewComposer makes a composer. Invalid (field "mail-from") when From is no
// address.
func NewComposer(o ComposerOptions) (*Composer, error) {
	if err := checkAddress(o.From.Address); err != nil {
		return nil, fault.In("mail-from", "The sender of mail is not an e-mail address. Write it like Appointments <appointments@example.org>.")
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

// Compose writes the mail of a hand-over as it leaves at now. Invalid when the
// address is none (field "address") or there is nothing to tell.
//
// Message-ID comes from the notice, so that a repeat carries the same. A welcome
// is the first message of its enrollment's thread and has the thread's id.
func (c *Composer) Compose(h reads.Handover, now time.Time) (smtp.Message, error) {
	if err := checkAddress(h.Address); err != nil {
		return smtp.Message{}, fault.In("address", "The stored address is not an e-mail address; correct it on the person's page.")
	}
	if len(h.Seats) == 0 && h.Kind != scheduler.OnWaitlist {
		return smtp.Message{}, fault.New(fault.Invalid, "There is no date to tell.")
	}
	h.Seats = slices.Clone(h.Seats)
	slices.SortStableFunc(h.Seats, func(a, b reads.HandoverSeat) int { return shown(h, a).Start.Compare(shown(h, b).Start) })
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

// zone gives the first zone of these that is known, else UTC.
func (c *Composer) zone(names ...string) *time.Location {
	for _, name := range names {
		if zone, err := c.zones.Location(name); err == nil {
			return zone
		}
	}
	return time.UTC
}

// hasObject tells whether a message carries a calendar object.
func hasObject(h reads.Handover) bool {
	return h.Kind == scheduler.Calendar || h.Kind == scheduler.AssignedOne
}

// assemble puts header and parts together:
//
//	welcome, reminder,
//	changes, assignments   multipart/alternative: text, HTML
//	calendar, assignment   multipart/mixed: the alternative with text/calendar as
//	                       its last part, and the same bytes as calendar.ics
func (c *Composer) assemble(h reads.Handover, l letter, now time.Time) ([]byte, error) {
	var html strings.Builder
	html.Grow(4 << 10)
	if err := c.page.Execute(&html, l); err != nil {
		return nil, fmt.Errorf("writing the HTML of a mail: %w", err)
	}
	w := &mimeWriter{buf: make([]byte, 0, 8<<10)}
	c.head(w, h, l, now)
	either, both := "e-"+string(h.Notice), "b-"+string(h.Notice)
	if hasObject(h) {
		w.header("Content-Type", `multipart/mixed; boundary="`+both+`"`)
		w.blank()
		w.boundary(both)
	}
	w.header("Content-Type", `multipart/alternative; boundary="`+either+`"`)
	w.blank()
	w.text(either, "text/plain", l.text())
	w.text(either, "text/html", html.String())
	if hasObject(h) {
		i := invitation(h, h.Seats[0], calendar.Party{Name: c.sender(h.Language), Address: c.from.Address}, now)
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

// sender is the name of who writes: as it is set up, or the default in the
// language of the person.
func (c *Composer) sender(language string) string {
	if c.from.Name == calendar.CalendarName {
		return calendar.WordsFor(language).Calendar
	}
	return c.from.Name
}

// head writes the header but for Content-Type.
func (c *Composer) head(w *mimeWriter, h reads.Handover, l letter, now time.Time) {
	thread := "<t." + string(h.Thread) + "@" + c.domain + ">"
	w.header("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	w.header("From", mailbox(c.sender(h.Language), c.from.Address))
	w.header("To", mailbox(oneLine(h.Name), h.Address))
	if h.Kind == scheduler.Welcome {
		w.header("Message-ID", thread)
	} else {
		w.header("Message-ID", "<n."+string(h.Notice)+"@"+c.domain+">")
		w.header("In-Reply-To", thread)
		w.header("References", thread)
	}
	w.header("Subject", mime.QEncoding.Encode("UTF-8", l.Subject))
	w.header("Auto-Submitted", "auto-generated")           // RFC 3834 §5
	w.header("X-Auto-Response-Suppress", "OOF, AutoReply") // Exchange: no out-of-office back
	w.header("MIME-Version", "1.0")
}

// text gives the letter as plain text, its lines ending with LF.
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
		paragraph(l.Feed.Say, l.Feed.Phones.Label+" "+string(l.Feed.Phones.URL), l.Feed.Programs.Label+" "+string(l.Feed.Programs.URL))
	}
	if l.Page != nil {
		paragraph(l.Page.Label + ": " + string(l.Page.URL))
	}
	b.WriteString(strings.Join(l.Closing, "\n"))
	b.WriteString("\n")
	return b.String()
}

// checkAddress tells whether an address is one bare address of one line.
func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || address != oneLine(address) || strings.ContainsAny(address, " <>,;\"") {
		return fault.New(fault.Invalid, "not an address")
	}
	return nil
}
