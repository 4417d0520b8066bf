package web

import (
	"context"
	"net/http"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// apiClinic is the settings of a clinic.
type apiClinic struct {
	ID           string `json:"id"`
	Name         string `json:"name" doc:"For staff."`
	Zone         string `json:"zone" example:"America/New_York"`
	Facilitators string `json:"facilitators" enum:"own,all" doc:"The cohorts that facilitators see."`
	SignIn       string `json:"sign_in" enum:"mail,strong" doc:"What lets staff in: a link by mail, or only a passkey or the organization's account."`
	StaffWithout int    `json:"staff_without" doc:"Members of staff who have neither a passkey nor a linked account. With strong they need a link from an admin, to add one."`
	LockMinutes  int    `json:"lock_minutes" doc:"Idle minutes after which the screens of staff are locked."`
	JoinMinutes  int    `json:"join_minutes" doc:"How many minutes before their start sessions can be joined."`
	ShownName    string `json:"shown_name" doc:"The name that people see. Empty: none."`
	Phone        string `json:"phone" doc:"E.164, shown to people. Empty: none."`
	Crisis       string `json:"crisis" doc:"A line for people in a crisis. Empty: none."`
	HoursFrom    string `json:"hours_from" example:"08:00" doc:"Hours of messages to people who chose none. Empty: at any time."`
	HoursUntil   string `json:"hours_until" example:"21:00"`

	ReminderHours []int            `json:"reminder_hours" doc:"Hours before a date at which people are reminded, unless its protocol has times of its own or they chose others. Empty: as the protocols say."`
	MailDays      int              `json:"mail_days" doc:"Days that kept mail stays, where no mail server is set."`
	TextYears     int              `json:"text_years" doc:"Years that the texts of messages to groups stay. 0: for good."`
	Titles        string           `json:"titles" enum:"page,plain" doc:"What browsers call the pages of staff: the name of the page, or neutral words."`
	HeadEmail     string           `json:"head_email" doc:"Who gets the newest signed head of the audit each day. Empty: nobody."`
	Effect        *apiClinicEffect `json:"effect,omitempty" doc:"With dry_run: what the settings would do."`
}

// apiClinicEffect is what other settings would do that the settings do not show.
type apiClinicEffect struct {
	RemindersNow int `json:"reminders_now" doc:"Reminders that leave in the next two weeks as it is."`
	Reminders    int `json:"reminders" doc:"And as it would be."`
	OwnTimes     int `json:"own_times" doc:"Open cohorts that keep the times of their protocol."`
	Texts        int `json:"texts" doc:"Messages to groups whose texts would be erased within the hour."`
}

// clinicBody is the request to change settings. Omitted fields stay as they are.
type clinicBody struct {
	DryRun
	Name         *string `json:"name,omitempty" doc:"For staff."`
	Zone         *string `json:"zone,omitempty"`
	Facilitators *string `json:"facilitators,omitempty" doc:"own or all."`
	SignIn       *string `json:"sign_in,omitempty" doc:"mail or strong. strong is refused unless an admin has a passkey or a linked account."`
	LockMinutes  *int    `json:"lock_minutes,omitempty" doc:"5 to 60."`
	JoinMinutes  *int    `json:"join_minutes,omitempty" doc:"5 to 60."`
	ShownName    *string `json:"shown_name,omitempty" doc:"Empty: people see no name."`
	Phone        *string `json:"phone,omitempty" doc:"Empty: people see no number."`
	Crisis       *string `json:"crisis,omitempty"`
	HoursFrom    *string `json:"hours_from,omitempty" doc:"Empty, like hours_until: at any time."`
	HoursUntil   *string `json:"hours_until,omitempty"`

	ReminderHours *[]int `json:"reminder_hours,omitempty" doc:"1 to 336, at most six. Empty: as the protocols say."`
	MailDays      *int   `json:"mail_days,omitempty" doc:"1 to 90."`
	TextYears     *int   `json:"text_years,omitempty" doc:"6 to 50, or 0 for good."`

	Titles    *string `json:"titles,omitempty" doc:"page or plain."`
	HeadEmail *string `json:"head_email,omitempty" doc:"Empty: nobody gets it."`
}

type clinicInput struct{ Body clinicBody }

type clinicOutput struct{ Body apiClinic }

// registerClinicSettings registers the operations on the clinic's settings.
func (s *Server) registerClinicSettings() {
	operation(s, program(access.ClinicView), describe(http.MethodGet, "/clinic", "show-clinic", "Clinic",
		"The settings of the clinic."), s.apiShowClinic)
	operation(s, program(access.ClinicChange), describe(http.MethodPatch, "/clinic", "set-clinic", "Clinic",
		"Change settings of the clinic. With dry_run the answer is what would hold."), s.apiSetClinic)
}

func apiClinicOf(c reads.Clinic) apiClinic {
	out := apiClinic{ID: string(c.ID), Name: c.Name, Zone: c.Zone, Facilitators: c.Facilitators, SignIn: c.SignIn,
		LockMinutes: c.LockMinutes, JoinMinutes: c.JoinMinutes, MailDays: c.MailDays, TextYears: c.TextYears,
		ShownName: c.Contact.Name, Phone: c.Contact.Phone, Crisis: c.Contact.Crisis, Titles: c.Titles,
		HeadEmail: c.HeadEmail}
	out.ReminderHours = []int{}
	for _, lead := range c.Leads {
		out.ReminderHours = append(out.ReminderHours, int(lead/time.Hour))
	}
	if c.Hours != (gate.Hours{}) {
		out.HoursFrom, out.HoursUntil = c.Hours.From.String(), c.Hours.Until.String()
	}
	return out
}

func (s *Server) apiShowClinic(ctx context.Context, who visitor, _ *struct{}) (*clinicOutput, error) {
	c, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	return s.clinicOutput(ctx, who, c)
}

// clinicOutput fails with Invalid if the rule of sign-ins would lock out every admin.
func (s *Server) clinicOutput(ctx context.Context, who visitor, c reads.Clinic) (*clinicOutput, error) {
	n, err := s.Clinics.SignInRule(ctx, who.actor, c)
	out := apiClinicOf(c)
	out.StaffWithout = n.Without
	return &clinicOutput{out}, err
}

func (s *Server) apiSetClinic(ctx context.Context, who visitor, in *clinicInput) (*clinicOutput, error) {
	was, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	wanted := apiClinicOf(was)
	for into, value := range map[*string]*string{
		&wanted.Name: in.Body.Name, &wanted.Zone: in.Body.Zone, &wanted.Facilitators: in.Body.Facilitators,
		&wanted.SignIn:    in.Body.SignIn,
		&wanted.ShownName: in.Body.ShownName, &wanted.Phone: in.Body.Phone, &wanted.Crisis: in.Body.Crisis,
		&wanted.Titles: in.Body.Titles, &wanted.HeadEmail: in.Body.HeadEmail,
		&wanted.HoursFrom: in.Body.HoursFrom, &wanted.HoursUntil: in.Body.HoursUntil,
	} {
		if value != nil {
			*into = *value
		}
	}
	c := was
	c.Name, c.Zone, c.Facilitators, c.SignIn = wanted.Name, wanted.Zone, wanted.Facilitators, wanted.SignIn
	c.Contact.Name, c.Contact.Phone, c.Contact.Crisis = wanted.ShownName, wanted.Phone, wanted.Crisis
	c.Titles, c.HeadEmail = wanted.Titles, wanted.HeadEmail
	for into, number := range map[*int]*int{&c.LockMinutes: in.Body.LockMinutes, &c.MailDays: in.Body.MailDays,
		&c.TextYears: in.Body.TextYears, &c.JoinMinutes: in.Body.JoinMinutes} {
		if number != nil {
			*into = *number
		}
	}
	if in.Body.ReminderHours != nil {
		c.Leads = nil
		for _, hours := range *in.Body.ReminderHours {
			c.Leads = append(c.Leads, time.Duration(hours)*time.Hour)
		}
	}
	if c.Hours, err = hoursOf(wanted.HoursFrom, wanted.HoursUntil); err != nil {
		return nil, err
	}
	if c, err = s.Clinics.CheckClinic(c); err == nil && !in.Body.DryRun.DryRun {
		err = s.Clinics.SetClinicSettings(ctx, who.actor, c)
	}
	if err != nil {
		return nil, relocateFields(err, map[string]string{"leads": "reminder_hours"})
	}
	out, err := s.clinicOutput(ctx, who, c)
	if err == nil && in.Body.DryRun.DryRun {
		e, err := s.Clinics.ClinicEffect(ctx, who.actor, c)
		out.Body.Effect = &apiClinicEffect{RemindersNow: e.RemindersNow, Reminders: e.RemindersThen,
			OwnTimes: e.OwnLeads, Texts: e.Texts}
		return out, err
	}
	return out, err
}

// hoursOf reads the two ends of hours. Both are empty, or neither is.
func hoursOf(from, until string) (h gate.Hours, err error) {
	if from == "" && until == "" {
		return h, nil
	}
	if h.From, err = civil.ParseClock(from); err != nil {
		return h, fault.In("hours_from", "Write a time of day, like 08:00.")
	}
	if h.Until, err = civil.ParseClock(until); err != nil {
		return h, fault.In("hours_until", "Write a time of day, like 21:00.")
	}
	return h, nil
}
