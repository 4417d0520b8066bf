package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// clinicPage shows and changes the settings of the clinic, and lists its closed days.
type clinicPage struct {
	Page
	Now          reads.Clinic // as typed, or as it stands
	From, Until  string       // of the hours
	LockAfter    string       // idle minutes
	JoinAhead    string       // minutes
	MailDays     string
	TextYears    string // empty: for good
	Facilitators []Choice
	SignIns      []Choice
	keys         reads.StaffKeys
	Remind       []Choice // by whose lead times
	Leads        []Choice
	Effects      []string // what a save would do; empty: nothing that asks for a second look
	Seen         string   // what Effects are about
	ZoneNames    []string
	Titles       []Choice
	Closed       []closedLine
	Holidays     []holidayLine
}

// holidayLine is a federal holiday to come. Closed: the clinic is closed on it already.
type holidayLine struct {
	Date, Name, Days string
	Closed           bool
}

// holidayDays is how far ahead holidays are listed: a year and a month.
const holidayDays = 396

func (s *Server) clinicForm(c echo.Context, who visitor) error {
	v, err := s.clinicPage(c, who)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) clinicPage(c echo.Context, who visitor) (*clinicPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "clinic", "Clinic settings")
	if err != nil {
		return nil, err
	}
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	v := &clinicPage{Page: page, ZoneNames: s.Zones.Names()}
	if v.keys, err = s.Clinics.SignInRule(ctx, who.actor, clinic); err != nil {
		return nil, err
	}
	v.fill(clinic)
	v.Now.Contact.Phone = clinic.Contact.ShownPhone()
	today := civil.DateOf(s.Now().In(s.location(clinic.Zone)))
	for _, days := range clinic.Closed {
		if !days.To.Before(today) {
			v.Closed = append(v.Closed, closedLine{days.From.String(), days.To.String(), rangeInWords(days)})
		}
	}
	for _, h := range protocols.FederalHolidays(today, holidayDays) {
		closed := slices.ContainsFunc(clinic.Closed, func(r civil.DateRange) bool { return r.Contains(h.Date) })
		v.Holidays = append(v.Holidays, holidayLine{h.Date.String(), h.Name, wordsFor("en").date(h.Date), closed})
	}
	return v, nil
}

// fill puts settings into the form.
func (v *clinicPage) fill(clinic reads.Clinic) {
	v.Now, v.LockAfter, v.JoinAhead = clinic, strconv.Itoa(clinic.LockMinutes), strconv.Itoa(clinic.JoinMinutes)
	if clinic.Hours != (gate.Hours{}) {
		v.From, v.Until = clinic.Hours.From.String(), clinic.Hours.Until.String()
	}
	v.Facilitators = choose([]Choice{
		{Value: "own", Label: "Their own cohorts", Hint: "Those that they lead or substitute in."},
		{Value: "all", Label: "All cohorts of the clinic"},
	}, clinic.Facilitators)
	v.fillReminders(clinic.Leads)
	v.MailDays, v.TextYears = strconv.Itoa(clinic.MailDays), ""
	if clinic.TextYears != 0 {
		v.TextYears = strconv.Itoa(clinic.TextYears)
	}
	v.SignIns = choose([]Choice{
		{Value: reads.SignInByMail, Label: "A link by email is enough",
			Hint: "Staff and exports ask for a passkey or the organization's account all the same."},
		{Value: reads.SignInStrong, Label: "A passkey or the organization's account is needed", Hint: v.withoutKeys()},
	}, clinic.SignIn)
	v.Titles = choose([]Choice{
		{Value: reads.TitlesPage, Label: "The name of the page", Hint: "As Enrollment, Audit or Messages."},
		{Value: reads.TitlesPlain, Label: "The same neutral words for every page",
			Hint: "As people see the clinic. Others see them in tabs, histories and shared screens."},
	}, clinic.Titles)
}

// withoutKeys says who would need what to come in.
func (v *clinicPage) withoutKeys() string {
	switch v.keys.Without {
	case 0:
		return "Everyone on the staff has one of them."
	case 1:
		return fmt.Sprintf("1 of %d on the staff has neither, and can then come in only by a link from an admin, to "+
			"add one.", v.keys.All)
	}
	return fmt.Sprintf("%d of %d on the staff have neither, and can then come in only by a link from an admin, to "+
		"add one.", v.keys.Without, v.keys.All)
}

func (s *Server) clinicSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.clinicPage(c, who)
	if err != nil {
		return err
	}
	wanted := readClinic(f, v.Now)
	tidy, invalid := s.Clinics.CheckClinic(wanted)
	if err = errors.Join(f.err(), invalid); err == nil {
		err = s.foreseeClinic(c, who, v, tidy)
	}
	asks := err == nil && len(v.Effects) > 0 && v.Seen != f.text("seen")
	if err == nil && !asks {
		if err = s.Clinics.SetClinicSettings(c.Request().Context(), who.actor, wanted); err == nil {
			return s.redirect(c, who.token, "/clinic", "clinic")
		}
	}
	if err != nil && !correctable[fault.KindOf(err)] {
		return err
	}
	v.fill(wanted)
	if typed := f.trimmed("lock_minutes"); typed != "" {
		v.LockAfter = typed
	}
	if typed := f.trimmed("join_minutes"); typed != "" {
		v.JoinAhead = typed
	}
	if f.trimmed("mail_days") != "" {
		v.MailDays, v.TextYears = f.trimmed("mail_days"), f.trimmed("text_years")
	}
	v.From, v.Until = f.trimmed("hours_from"), f.trimmed("hours_until")
	if asks {
		return s.render(c, http.StatusOK, v)
	}
	v.Effects = nil
	v.explain(err)
	return s.render(c, statusOf(err), v)
}

// readClinic reads the settings of a form; what the form does not have stays as it is.
func readClinic(f *form, was reads.Clinic) reads.Clinic {
	c := was
	c.Name, c.Zone, c.Facilitators = f.trimmed("name"), f.trimmed("zone"), f.trimmed("facilitators")
	if f.trimmed("sign_in") != "" {
		c.SignIn = f.trimmed("sign_in")
	}
	if f.trimmed("lock_minutes") != "" {
		c.LockMinutes, _ = strconv.Atoi(f.trimmed("lock_minutes")) // what is no number is 0, which is refused
	}
	if f.trimmed("join_minutes") != "" {
		c.JoinMinutes, _ = strconv.Atoi(f.trimmed("join_minutes"))
	}
	c.Contact.Name, c.Contact.Phone = f.trimmed("shown_name"), f.trimmed("phone")
	c.Contact.Crisis, c.HeadEmail = f.trimmed("crisis"), f.trimmed("head_email")
	if f.trimmed("titles") != "" {
		c.Titles = f.trimmed("titles")
	}
	readLeads(f, &c)
	readKept(f, &c)
	c.Hours = gate.Hours{}
	if f.trimmed("hours_from") != "" || f.trimmed("hours_until") != "" {
		c.Hours = gate.Hours{From: f.clock("hours_from"), Until: f.clock("hours_until")}
	}
	return c
}
