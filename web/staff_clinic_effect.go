package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// remindChosen is the choice of the clinic's own lead times, remindProtocol that of the protocols'.
const (
	remindProtocol = "protocol"
	remindChosen   = "chosen"
)

// fillReminders puts default leads into the form.
func (v *clinicPage) fillReminders(leads []time.Duration) {
	which := remindProtocol
	if len(leads) > 0 {
		which = remindChosen
	}
	v.Remind = choose([]Choice{
		{Value: remindProtocol, Label: "As the protocol of each cohort says"},
		{Value: remindChosen, Label: "At the times ticked here", Hint: "A protocol with times of its own keeps them; " +
			"those that it only assumes give way. People who chose times keep theirs."},
	}, which)
	offered := gate.LeadChoices()
	for _, lead := range leads {
		if !slices.Contains(offered, lead) {
			offered = append(offered, lead)
		}
	}
	v.Leads = nil
	for _, lead := range offered {
		v.Leads = append(v.Leads, Choice{Value: lead.String(), Label: settingWordsFor("en").lead(lead),
			Chosen: slices.Contains(leads, lead)})
	}
}

// readLeads reads the default leads of a form, if it has them.
func readLeads(f *form, c *reads.Clinic) {
	which := f.trimmed("remind")
	if which == "" {
		return
	}
	c.Leads = nil
	if which == remindProtocol {
		return
	}
	for _, text := range f.all("lead") {
		lead, err := time.ParseDuration(text)
		if err != nil {
			f.fail("leads", "A reminder can come one hour to fourteen days before. Choose from the list.")
			continue
		}
		c.Leads = append(c.Leads, lead)
	}
	if len(f.all("lead")) == 0 {
		f.fail("leads", "Tick at least one time, or choose what the protocols say.")
	}
}

// foreseeClinic puts into the page what other settings would do that cannot be seen in them.
func (s *Server) foreseeClinic(c echo.Context, who visitor, v *clinicPage, wanted reads.Clinic) error {
	was := v.Now
	if slices.Equal(was.Leads, wanted.Leads) && was.MailDays == wanted.MailDays && was.TextYears == wanted.TextYears {
		return nil
	}
	e, err := s.Clinics.ClinicEffect(c.Request().Context(), who.actor, wanted)
	if err != nil {
		return err
	}
	if !slices.Equal(was.Leads, wanted.Leads) {
		v.Effects = remindersEffect(e, wanted.Leads)
	}
	date := func(at time.Time) string { return wordsFor("en").date(civil.DateOf(at.In(s.location(was.Zone)))) }
	if wanted.TextYears != was.TextYears && e.Texts > 0 {
		v.Effects = append(v.Effects, fmt.Sprintf("The text of %s from before %s is erased within the hour.",
			count(e.Texts, "message", "messages"), date(wanted.TextsGoBefore(s.Now()))))
	}
	if wanted.MailDays < was.MailDays && s.Mail != nil {
		before := wanted.MailGoesBefore(s.Now())
		n, err := s.Mail.Older(who.actor, who.clinic, before)
		if err != nil {
			return err
		}
		if n > 0 {
			v.Effects = append(v.Effects, fmt.Sprintf("%s from before %s is erased within the hour.",
				count(n, "kept mail", "kept mails"), date(before)))
		}
	}
	v.Seen = fmt.Sprint(wanted.Leads, wanted.MailDays, wanted.TextYears)
	return nil
}

// readKept reads how long things are kept, if the form has it. What is no number is refused by its range.
func readKept(f *form, c *reads.Clinic) {
	if text := f.trimmed("mail_days"); text != "" {
		c.MailDays, _ = strconv.Atoi(text)
		c.TextYears = 0
	}
	if text := f.trimmed("text_years"); text != "" {
		years, err := strconv.Atoi(text)
		if c.TextYears = years; err != nil {
			c.TextYears = -1
		}
	}
}

// remindersEffect says what other default leads would do.
func remindersEffect(e reads.ClinicEffect, leads []time.Duration) []string {
	when := "as the protocols say"
	if len(leads) > 0 {
		words := make([]string, len(leads))
		for i, lead := range leads {
			words[i] = settingWordsFor("en").lead(lead)
		}
		when = strings.Join(words, " and ")
	}
	says := []string{fmt.Sprintf("People are reminded %s. In the next two weeks %s instead of %d.", when,
		count(e.RemindersThen, "reminder leaves", "reminders leave"), e.RemindersNow)}
	if e.OwnLeads > 0 {
		says = append(says, count(e.OwnLeads, "cohort keeps the times of its protocol.",
			"cohorts keep the times of their protocols."))
	}
	return says
}
