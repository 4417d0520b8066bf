package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
)

// settingsPage lets a participant choose how to be reminded.
type settingsPage struct {
	Page
	Form     settingsForm
	Back     string
	Token    string       // of the page
	Channels []ownChannel // with a button each
	Stops    *detailWords
}

// staffSettingsPage lets staff do the same for a person.
type staffSettingsPage struct {
	Page
	Form     settingsForm
	ID, Name string
}

// settingsForm is the form of both pages.
type settingsForm struct {
	Action      string
	W           *settingWords
	Remind      []Choice // channels, checked where reminders are wanted
	Leads       []Choice
	From, Until Input
	Disturb     bool
	ShortNotice bool
	MaxPerWeek  Input
	Contact     []Choice // what is allowed of calls and post
	CallFrom    Input
	CallUntil   Input
	Back        string
	LeadProblem string
}

// settingsForm returns the form with the present settings.
func (p *Page) settingsForm(w *settingWords, reach []scheduler.Channel, s gate.Settings) settingsForm {
	form := settingsForm{W: w, Disturb: s.Disturb == gate.DisturbUrgent, ShortNotice: s.ShortNotice}
	for _, c := range reach {
		form.Remind = append(form.Remind,
			Choice{Value: string(c), Label: w.channels[c], Chosen: !slices.Contains(s.Muted, c)})
	}
	leads := gate.LeadChoices()
	for _, lead := range s.Leads {
		if !slices.Contains(leads, lead) {
			leads = append(leads, lead)
		}
	}
	for _, lead := range leads {
		form.Leads = append(form.Leads,
			Choice{Value: lead.String(), Label: w.lead(lead), Chosen: slices.Contains(s.Leads, lead)})
	}
	var from, until, most string
	if s.EmailHours != (gate.Hours{}) {
		from, until = s.EmailHours.From.String(), s.EmailHours.Until.String()
	}
	if s.MaxPerWeek != 0 {
		most = strconv.Itoa(s.MaxPerWeek)
	}
	form.From, form.Until = p.Field("from", w.From, "time", from, ""), p.Field("until", w.Until, "time", until, "")
	p.contactFields(&form, s.Contact)
	form.MaxPerWeek = p.Field("max_per_week", w.Most, "number", most, w.MostHint)
	return form
}

// again returns the form as it was filled in, with a message at each wrong field.
func (p *Page) again(was settingsForm, f *form, reach []scheduler.Channel, wanted gate.Settings,
	err error) settingsForm {
	p.explain(err)
	was.W.own(p.Problems)
	form := p.settingsForm(was.W, reach, wanted)
	form.Action, form.Back = was.Action, was.Back
	form.From.Value, form.Until.Value, form.MaxPerWeek.Value = f.trimmed("from"), f.trimmed("until"),
		f.trimmed("max_per_week")
	form.CallFrom.Value, form.CallUntil.Value = f.trimmed("call_from"), f.trimmed("call_until")
	form.LeadProblem = p.problem("leads")
	return form
}

// readSettings reads the form. Settings that it does not show are kept.
func readSettings(f *form, reach []scheduler.Channel, was gate.Settings) gate.Settings {
	var s gate.Settings
	for _, c := range was.Muted {
		if !slices.Contains(reach, c) {
			s.Muted = append(s.Muted, c)
		}
	}
	for _, c := range reach {
		if !slices.Contains(f.all("remind"), string(c)) {
			s.Muted = append(s.Muted, c)
		}
	}
	for _, text := range f.all("lead") {
		lead, err := time.ParseDuration(text)
		if err != nil {
			f.fail("leads", "A reminder can come one hour to fourteen days before. Choose from the list.")
			continue
		}
		s.Leads = append(s.Leads, lead)
	}
	if f.trimmed("from")+f.trimmed("until") != "" {
		s.EmailHours = gate.Hours{From: f.clock("from"), Until: f.clock("until")}
		if s.EmailHours == (gate.Hours{}) { // 00:00 to 00:00 is not a window
			s.EmailHours.Until = civil.Clock{Minute: 1}
		}
	}
	if f.ticked("disturb") {
		s.Disturb = gate.DisturbUrgent
	}
	s.MaxPerWeek, _ = f.number("max_per_week")
	s.ShortNotice = f.ticked("short_notice")
	s.Contact = readContact(f)
	return s
}

// contactFields fills in what the person allows of calls and post.
func (p *Page) contactFields(form *settingsForm, c gate.SafeContact) {
	w := form.W
	form.Contact = []Choice{{Value: "word", Label: w.LeaveWord, Chosen: c.LeaveWord},
		{Value: "who", Label: w.SayWho, Chosen: c.SayWho}, {Value: "post", Label: w.Post, Chosen: c.Post}}
	var from, until string
	if c.Hours != (gate.Hours{}) {
		from, until = c.Hours.From.String(), c.Hours.Until.String()
	}
	form.CallFrom = p.Field("call_from", w.From, "time", from, "")
	form.CallUntil = p.Field("call_until", w.Until, "time", until, "")
}

// readContact reads what is allowed of calls and post. Who sends the form was asked.
func readContact(f *form) gate.SafeContact {
	allowed := f.all("contact")
	c := gate.SafeContact{Asked: true, LeaveWord: slices.Contains(allowed, "word"),
		SayWho: slices.Contains(allowed, "who"), Post: slices.Contains(allowed, "post")}
	if f.trimmed("call_from")+f.trimmed("call_until") != "" {
		c.Hours = gate.Hours{From: f.clock("call_from"), Until: f.clock("call_until")}
		if c.Hours == (gate.Hours{}) { // 00:00 to 00:00 is not a window
			c.Hours.Until = civil.Clock{Minute: 1}
		}
	}
	return c
}

func (s *Server) ownSettings(c echo.Context) (*settingsPage, []scheduler.Channel, gate.Settings, error) {
	token := c.Param("token")
	if len(token) > longestToken {
		return nil, nil, gate.Settings{}, errNoFeed
	}
	p, err := s.Feeds.Page(c.Request().Context(), s.system, token)
	if err != nil {
		return nil, nil, gate.Settings{}, err
	}
	if p.Over {
		return nil, nil, gate.Settings{}, errNoFeed
	}
	read := wordsFor(p.Language)
	w := settingWordsFor(p.Language).inZone(read.place(zoneName(p.Zone)))
	v := &settingsPage{Page: s.ownPage(read, w.Title), Back: "/p/" + token, Token: token}
	v.Form = v.settingsForm(w, p.Reach, p.Settings)
	v.Form.Action, v.Form.Back = v.Back+"/settings", v.Back
	own, err := s.Own.OwnDetails(c.Request().Context(), s.system, token)
	if err != nil {
		return nil, nil, gate.Settings{}, err
	}
	v.Channels, v.Stops = ownChannels(own), detailWordsFor(p.Language)
	v.Flash = map[string]string{"saved": w.Saved, "stopped": v.Stops.StopDone,
		"again": v.Stops.AgainDone}[s.flash(c.Request(), token)]
	return v, p.Reach, p.Settings, nil
}

func (s *Server) ownSettingsForm(c echo.Context, _ visitor) error {
	v, _, _, err := s.ownSettings(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) ownSettingsSave(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, reach, was, err := s.ownSettings(c)
	if err != nil {
		return err
	}
	wanted := readSettings(f, reach, was)
	err = f.err()
	if err == nil {
		err = s.Settings.ChangeOwnSettings(c.Request().Context(), s.system, c.Param("token"), wanted)
	}
	if correctable[fault.KindOf(err)] && err != nil {
		v.Form = v.again(v.Form, f, reach, wanted, err)
		return s.render(c, statusOf(err), v)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.Param("token"), v.Form.Action, "saved")
}

func (s *Server) staffSettings(c echo.Context, who visitor) (*staffSettingsPage, scheduler.ID, []scheduler.Channel,
	gate.Settings, error) {
	full, enrollment, err := s.enrollmentPage(c, who, "Reminders and messages")
	if err != nil {
		return nil, "", nil, gate.Settings{}, err
	}
	p, err := s.People.Person(c.Request().Context(), who.actor, who.clinic, enrollment.Person)
	if err != nil {
		return nil, "", nil, gate.Settings{}, err
	}
	v := &staffSettingsPage{Page: full.Page, ID: full.ID, Name: full.Name}
	v.Form = v.settingsForm(settingWordsFor("en").forStaff().inZone(zoneName(p.Zone)), p.Reach, p.Settings)
	v.Form.Back = "/enrollments/" + v.ID
	v.Form.Action = v.Form.Back + "/settings"
	return v, enrollment.Person, p.Reach, p.Settings, nil
}

func (s *Server) personSettingsForm(c echo.Context, who visitor) error {
	v, _, _, _, err := s.staffSettings(c, who)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) personSettingsSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, person, reach, was, err := s.staffSettings(c, who)
	if err != nil {
		return err
	}
	wanted := readSettings(f, reach, was)
	err = f.err()
	if err == nil {
		err = s.Settings.SetSettings(c.Request().Context(), who.actor, who.clinic, person, wanted)
	}
	if correctable[fault.KindOf(err)] && err != nil {
		v.Form = v.again(v.Form, f, reach, wanted, err)
		return s.render(c, statusOf(err), v)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, who.token, v.Form.Back, "settings")
}
