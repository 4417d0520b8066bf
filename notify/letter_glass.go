package notify

import (
	"strings"
	"time"

	"almanac/notify/smtp"
	"almanac/scheduler/reads"
)

// ComposeGlassMail writes the mail that tells a privacy officer of an access in an emergency, as it leaves at now. It
// does not say about whom. Invalid when the address is none (field "address").
func (c *Composer) ComposeGlassMail(news reads.GlassMail, now time.Time) (smtp.Message, error) {
	when := clock{words: wordsOf("en"), zone: c.zone(news.ClinicZone)}
	l := letter{Lang: "en", Subject: "Emergency access to a record",
		Opening: oneLine(news.By) + " opened a record that they usually do not see, for one hour, and gave a reason.",
		Facts: []fact{{"When", when.subject(news.At) + " " + when.zoneTime(), false},
			{"At", oneLine(news.ClinicName), false}},
		Notes: []string{"Look at the reason, and note that you did."},
		Page:  pageLink("Emergency access", strings.TrimRight(c.publicURL(), "/")+"/glass")}
	return c.composeToStaff(l, staffMail{news.Staff, news.Name, news.Email, "glass"}, now)
}
