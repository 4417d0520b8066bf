package notify

import (
	"fmt"
	"mime"
	"strings"
	"time"

	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// What the mail about a change of a sign-in says. It is in English, as all pages of staff are.
const (
	doorAddedSubject   = "A passkey was added"
	doorAddedOpening   = "A passkey was added to your account. It signs you in from now on."
	doorRemovedSubject = "A passkey was removed"
	doorRemovedOpening = "A passkey was removed from your account. It no longer signs you in."
	doorWrong          = "If that was not you or an admin, tell an admin of your clinic at once."
)

// ComposeDoorNews writes the mail that tells a member of staff about a change of their sign-in, as it leaves at now.
// Invalid when the address is none (field "address").
func (c *Composer) ComposeDoorNews(news reads.DoorNews, now time.Time) (smtp.Message, error) {
	if err := checkAddress(news.Email); err != nil {
		return smtp.Message{}, fault.In("address",
			"The stored address is not an email address; correct it on the staff page.")
	}
	when := clock{words: wordsOf("en"), zone: c.zone(news.ClinicZone)}
	l := letter{Lang: "en", Subject: doorAddedSubject, Opening: doorAddedOpening, Facts: []fact{
		{"Passkey", oneLine(news.Passkey), false}, {"When", when.subject(news.At) + " " + when.zoneTime(), false},
		{"At", oneLine(news.ClinicName), false},
	}, Notes: []string{doorWrong}, Page: pageLink("Your account", strings.TrimRight(c.publicURL(), "/")+"/account")}
	if news.What == reads.PasskeyRemoved {
		l.Subject, l.Opening = doorRemovedSubject, doorRemovedOpening
	}
	if name := oneLine(news.Name); name != "" && name != news.Email {
		l.Greeting = fmt.Sprintf(when.words.greeting, name)
	}
	id := scheduler.DeriveID(news.Staff, string(news.What), now.UTC().Format(time.RFC3339Nano))
	w := &mimeWriter{buf: make([]byte, 0, 4<<10)}
	w.header("Date", now.UTC().Format(dateHeader))
	w.header("From", mailbox(c.senderName("en"), c.from.Address))
	w.header("To", mailbox(oneLine(news.Name), news.Email))
	w.header("Message-ID", "<s."+string(id)+"@"+c.domain+">")
	w.header("Subject", mime.QEncoding.Encode("UTF-8", l.Subject))
	w.automatic()
	if err := c.alternative(w, l, "e-"+string(id)); err != nil {
		return smtp.Message{}, err
	}
	w.end("e-" + string(id))
	return smtp.Message{Notice: id, From: c.from.Address, To: news.Email, Data: w.buf}, nil
}
