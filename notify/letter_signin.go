package notify

import (
	"fmt"
	"html/template"
	"mime"
	"strings"
	"time"

	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// What the mail with a sign-in link says. It is in English, as all pages of staff are.
const (
	signInSubject = "Your sign-in link"
	signInOpening = "Here is the link that you asked for."
	signInOnce    = "It works once, in the browser in which you open it, until %s."
	signInIgnore  = "If you did not ask for it, do nothing: nobody comes in without this mail."

	invitedOpening = "A colleague has made you a sign-in for the appointments of your clinic."
	invitedIgnore  = "If you do not work there, do nothing: nobody comes in without this mail."
)

// ComposeSignIn writes the mail that brings a member of staff their sign-in link, as it leaves at now. Invalid
// when the address is none (field "address").
func (c *Composer) ComposeSignIn(link reads.SignInLink, now time.Time) (smtp.Message, error) {
	when := clock{words: wordsOf("en"), zone: c.zone(link.ClinicZone)}
	opening, ignore, until := signInOpening, signInIgnore, when.hour(link.Expires)
	if link.Invited {
		opening, ignore, until = invitedOpening, invitedIgnore, when.subject(link.Expires)
	}
	l := letter{
		Lang: "en", Subject: signInSubject, Opening: opening,
		Facts: []fact{{"At", oneLine(link.ClinicName), false}},
		Notes: []string{fmt.Sprintf(signInOnce, until+" "+when.zoneTime()), ignore},
		Page:  pageLink("Sign in", strings.TrimRight(c.publicURL(), "/")+"/signin/"+link.Token),
	}
	return c.composeToStaff(l, staffMail{link.Staff, link.Name, link.Email, "sign-in"}, now)
}

// staffMail is to whom a mail goes that stands in no ledger, and what it is for.
type staffMail struct {
	staff       scheduler.ID
	name, email string
	purpose     string
}

// composeToStaff writes a mail to a member of staff that stands in no ledger. It comes back, if it does, to the sender.
func (c *Composer) composeToStaff(l letter, to staffMail, now time.Time) (smtp.Message, error) {
	if err := checkAddress(to.email); err != nil {
		return smtp.Message{}, fault.In("address",
			"The stored address is not an email address; correct it on the staff page.")
	}
	if name := oneLine(to.name); name != "" && name != to.email {
		l.Greeting = fmt.Sprintf(wordsOf("en").greeting, name)
	}
	// The id only tells one message from another: nothing is stored under it, and it must not reveal a token.
	id := scheduler.DeriveID(to.staff, to.purpose, now.UTC().Format(time.RFC3339Nano))
	w := &mimeWriter{buf: make([]byte, 0, 4<<10)}
	w.header("Date", now.UTC().Format(dateHeader))
	w.header("From", mailbox(c.senderName("en"), c.from.Address))
	w.header("To", mailbox(oneLine(to.name), to.email))
	w.header("Message-ID", "<s."+string(id)+"@"+c.domain+">")
	w.header("Subject", mime.QEncoding.Encode("UTF-8", l.Subject))
	w.automatic()
	if err := c.alternative(w, l, "e-"+string(id)); err != nil {
		return smtp.Message{}, err
	}
	w.end("e-" + string(id))
	return smtp.Message{Notice: id, From: c.from.Address, To: to.email, Data: w.buf}, nil
}

// pageLink makes the link at the end of a letter.
func pageLink(label, address string) *link {
	return &link{Label: label, URL: template.URL(address)} // ours: the public URL and a token
}
