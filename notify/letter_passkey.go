package notify

import (
	"strings"
	"time"

	"almanac/notify/smtp"
	"almanac/scheduler/reads"
)

// passkeyWrong ends the mails about passkeys and the organization's account.
const passkeyWrong = "If that was not you or an admin, tell an admin of your clinic at once."

// passkeyTexts are subject and opening of each mail. They are in English, as all pages of staff are.
var passkeyTexts = map[reads.PasskeyEvent][2]string{
	reads.PasskeyAdded: {"A passkey was added", "A passkey was added to your account. It signs you in from now on."},
	reads.PasskeyRemoved: {"A passkey was removed",
		"A passkey was removed from your account. It no longer signs you in."},
	reads.AccountLinked: {"Your organization's account was linked",
		"Your account at your organization was linked. It signs you in from now on."},
	reads.AccountUnlinked: {"Your organization's account was unlinked",
		"Your account at your organization was unlinked. It no longer signs you in."},
}

// ComposePasskeyMail writes the mail that tells a member of staff what became of a passkey or of their organization's
// account, as it leaves at now. Invalid when the address is none (field "address").
func (c *Composer) ComposePasskeyMail(news reads.PasskeyMail, now time.Time) (smtp.Message, error) {
	when := clock{words: wordsOf("en"), zone: c.zone(news.ClinicZone)}
	facts := []fact{{"When", when.subject(news.At) + " " + when.zoneTime(), false},
		{"At", oneLine(news.ClinicName), false}}
	if news.Passkey != "" {
		facts = append([]fact{{"Passkey", oneLine(news.Passkey), false}}, facts...)
	}
	texts := passkeyTexts[news.What]
	l := letter{Lang: "en", Subject: texts[0], Opening: texts[1], Facts: facts,
		Notes: []string{passkeyWrong}, Page: pageLink("Your account", strings.TrimRight(c.publicURL(), "/")+"/account")}
	return c.composeToStaff(l, staffMail{news.Staff, news.Name, news.Email, string(news.What)}, now)
}
