package notify

import (
	"strings"
	"time"

	"almanac/notify/smtp"
	"almanac/scheduler/reads"
)

// What the mail about a passkey says. It is in English, as all pages of staff are.
const (
	passkeyAddedSubject   = "A passkey was added"
	passkeyAddedOpening   = "A passkey was added to your account. It signs you in from now on."
	passkeyRemovedSubject = "A passkey was removed"
	passkeyRemovedOpening = "A passkey was removed from your account. It no longer signs you in."
	passkeyWrong          = "If that was not you or an admin, tell an admin of your clinic at once."
)

// ComposePasskeyMail writes the mail that tells a member of staff what became of a passkey, as it leaves at now.
// Invalid when the address is none (field "address").
func (c *Composer) ComposePasskeyMail(news reads.PasskeyMail, now time.Time) (smtp.Message, error) {
	when := clock{words: wordsOf("en"), zone: c.zone(news.ClinicZone)}
	l := letter{Lang: "en", Subject: passkeyAddedSubject, Opening: passkeyAddedOpening, Facts: []fact{
		{"Passkey", oneLine(news.Passkey), false}, {"When", when.subject(news.At) + " " + when.zoneTime(), false},
		{"At", oneLine(news.ClinicName), false},
	}, Notes: []string{passkeyWrong}, Page: pageLink("Your account", strings.TrimRight(c.publicURL(), "/")+"/account")}
	if news.What == reads.PasskeyRemoved {
		l.Subject, l.Opening = passkeyRemovedSubject, passkeyRemovedOpening
	}
	return c.composeToStaff(l, staffMail{news.Staff, news.Name, news.Email, string(news.What)}, now)
}
