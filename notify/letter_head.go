package notify

import (
	"almanac/notify/smtp"
	"almanac/scheduler/reads"
)

// ComposeHeadMail writes the mail with the newest head of a clinic's audit, as it leaves at now. It is neutral: it says
// neither whose log it is nor what for, beyond an id. Invalid when the address is none (field "address").
func (c *Composer) ComposeHeadMail(mail reads.HeadMail) (smtp.Message, error) {
	when := clock{words: wordsOf("en"), zone: c.zone(mail.Zone)}
	l := letter{Lang: "en", Subject: "Daily proof, " + when.subject(mail.Head.At),
		Opening: "Please keep this message. It proves later that no record was removed or altered since.",
		Notes: []string{"To prove it, save this message as text in a file, such as proof.txt, and run: " +
			"almanac audit verify --since proof.txt"},
		Literal: mail.Head.Signed}
	message, err := c.composeToStaff(l, staffMail{mail.Clinic, "", mail.Email, "head"}, mail.Head.At)
	message.Clinic = mail.Clinic
	return message, err
}
