package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// detailsPage lets a person change their zone, their language, and where they are reached. Others may look at the
// screen, so it shows addresses in part only.
type detailsPage struct {
	Page
	W         *detailWords
	Token     string
	Back      string
	Zone      Input
	ZoneOther Input
	Language  Input
	Addresses []*ownAddress
	Refused   string
}

// ownAddress is an address with what can be done to change it.
type ownAddress struct {
	Channel, Label, Now string
	New, Code           Input
	Change, To          string // what waits for its code; empty: nothing
}

// detailProblems are the messages of this page by the field of a fault.
func (w *detailWords) detailProblems(field string) string {
	return map[string]string{"zone": w.ZoneWrong, "language": w.LanguageWrong, "address": w.AddressWrong,
		"code": w.CodeWrong}[field]
}

// loadDetails builds the page. f is what was typed in; nil: nothing.
func (s *Server) loadDetails(c echo.Context, f *form) (*detailsPage, reads.OwnDetails, error) {
	token := c.Param("token")
	if len(token) > longestToken {
		return nil, reads.OwnDetails{}, errNoFeed
	}
	d, err := s.Own.OwnDetails(c.Request().Context(), s.system, token)
	if err != nil {
		return nil, d, err
	}
	read, w := wordsFor(d.Language), detailWordsFor(d.Language)
	v := &detailsPage{Page: s.ownPage(read, w.Title), W: w, Token: token, Back: "/p/" + token}
	typed := func(name, standing string) string {
		if f != nil && f.values[name] != nil {
			return f.trimmed(name)
		}
		return standing
	}
	v.Zone = v.Select("zone", w.Zone, s.ownZones(d.Zone, typed("zone", d.Zone), read), w.ZoneHint)
	v.ZoneOther = v.Field("zone_other", w.ZoneOther, "text", typed("zone_other", ""), w.ZoneOtherHint)
	v.Language = v.Select("language", w.Language, choose([]Choice{{Value: "en", Label: "English"},
		{Value: "es", Label: "Español"}}, typed("language", d.Language)), "")
	v.Addresses = []*ownAddress{
		{Channel: string(scheduler.Email), Label: w.Email, Now: d.Email,
			New: v.Field("email", w.NewEmail, "email", "", w.SendHint)},
		{Channel: string(scheduler.SMS), Label: w.Phone, Now: d.Phone,
			New: v.Field("phone", w.NewPhone, "tel", "", w.SendHint)},
	}
	for i, one := range v.Addresses {
		one.New.Complete = []string{"email", "tel"}[i]
		if f != nil && f.trimmed("channel") == one.Channel {
			one.New.Value = f.trimmed(one.New.Name)
		}
		for _, asked := range d.Asked {
			if string(asked.Channel) == one.Channel {
				one.Change, one.To = string(asked.Change), asked.Address
				one.Code = v.Field("code", w.Code, "text", "", w.CodeHint)
				one.Code.Complete = "one-time-code"
			}
		}
	}
	return v, d, nil
}

// ownZones are the zones of the country of a person, by the name of their city.
func (s *Server) ownZones(standing, chosen string, w *words) []Choice {
	country := s.Zones.Country(standing)
	var all []Choice
	for _, name := range s.Zones.Names() {
		if name == standing || country != "" && s.Zones.Country(name) == country {
			all = append(all, Choice{Value: name, Label: w.place(zoneName(name)), Chosen: name == chosen})
		}
	}
	slices.SortStableFunc(all, func(a, b Choice) int { return cmp.Compare(a.Label, b.Label) })
	return all
}

func (s *Server) ownDetailsForm(c echo.Context, _ visitor) error {
	v, _, err := s.loadDetails(c, nil)
	if err != nil {
		return err
	}
	v.Flash = map[string]string{"saved": v.W.Saved, "code": v.W.CodeSent, "address": v.W.Done,
		"call": v.W.WeCall}[s.flash(c.Request(), v.Token)]
	return s.render(c, http.StatusOK, v)
}

// ownDetailsSave saves zone and language, sends a code, or takes one.
func (s *Server) ownDetailsSave(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, d, err := s.loadDetails(c, f)
	if err != nil {
		return err
	}
	token, said := v.Token, ""
	switch f.trimmed("do") {
	case "details":
		said, err = "saved", s.saveOwnZone(c, f, d)
	case "address":
		q := reads.AddressRequest{Channel: scheduler.Channel(f.trimmed("channel")), Address: f.trimmed("email"),
			NoTexts: s.TextHook == nil}
		if q.Channel == scheduler.SMS {
			q.Address = f.trimmed("phone")
		}
		said, err = "code", s.Own.AskAddress(c.Request().Context(), s.system, token, q)
		if q.NoTexts && q.Channel == scheduler.SMS {
			said = "call"
		}
	case "code":
		token, said, err = s.takeCode(c, f, token)
	default:
		err = fault.New(fault.Invalid, "There is no such button.")
	}
	if err != nil && correctable[fault.KindOf(err)] {
		return s.refuseDetails(c, v, f, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, token, "/p/"+token+"/details", said)
}

// saveOwnZone saves zone and language. What stands already is no fault.
func (s *Server) saveOwnZone(c echo.Context, f *form, d reads.OwnDetails) error {
	zone, language := cmp.Or(f.trimmed("zone_other"), f.trimmed("zone")), f.trimmed("language")
	if zone == d.Zone && language == d.Language {
		return nil
	}
	return s.Desk.Confirm(c.Request().Context(), ownRequest(d.Clinic, d.Person),
		s.Desk.OwnDetails(scheduler.PersonSetting{Person: d.Person, Zone: &zone, Language: &language}))
}

// takeCode takes the code of another address. The page has a new token then.
func (s *Server) takeCode(c echo.Context, f *form, token string) (next, said string, err error) {
	ctx := c.Request().Context()
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, f.text("code"))
	proof, err := s.Own.ProveAddress(ctx, s.system, token, scheduler.ID(f.trimmed("change")), digits)
	if err != nil || proof.Called {
		return token, "call", err
	}
	q := scheduler.PersonSetting{Person: proof.Person, Change: proof.Change, Email: &proof.Address}
	if proof.Channel == scheduler.SMS {
		q.Email, q.Phone = nil, &proof.Address
	}
	if err := s.Desk.Confirm(ctx, ownRequest(proof.Clinic, proof.Person), s.Desk.OwnDetails(q)); err != nil {
		return token, "", err
	}
	next, err = s.Own.OwnPage(ctx, s.system, proof.Clinic, proof.Person)
	return next, "address", err
}

// ownRequest asks the desk as the person of a page.
func ownRequest(clinic, person scheduler.ID) desk.Request {
	return desk.Request{Actor: actorOf(reads.Page{Clinic: clinic, Person: person}), Clinic: clinic}
}

// refuseDetails shows the page again with what was typed, and why it was refused.
func (s *Server) refuseDetails(c echo.Context, v *detailsPage, f *form, err error) error {
	v.Refused = v.W.Wrong
	if fault.Is(err, fault.Closed) {
		if v.Refused = v.W.TooOften; f.trimmed("do") == "code" {
			v.Refused = v.W.CodeOld
		}
	}
	for _, problem := range fault.All(err) {
		said := v.W.detailProblems(problem.Field)
		switch problem.Field {
		case "zone":
			v.ZoneOther.Problem = said
		case "language":
			v.Language.Problem = said
		}
		for _, one := range v.Addresses {
			switch {
			case problem.Field == "address" && one.Channel == f.trimmed("channel"):
				one.New.Problem = said
			case problem.Field == "code" && one.Change == f.trimmed("change"):
				one.Code.Problem = said
			}
		}
	}
	return s.render(c, statusOf(err), v)
}

// ownChannel is a channel with the button that stops it or has it go on.
type ownChannel struct {
	Channel, Button string
	On              bool
	Text            []string // what they agree to by having it go on
}

// ownChannels are the buttons of a person's channels.
func ownChannels(d reads.OwnDetails) (all []ownChannel) {
	w := detailWordsFor(d.Language)
	for _, c := range d.Channels {
		stop, again := w.channel(c.Channel)
		one := ownChannel{Channel: string(c.Channel), Button: stop, On: c.On}
		if !c.On {
			one.Button = again
			if text, err := scheduler.ConsentTextOf(scheduler.ConsentKind(c.Channel), "", d.Language); err == nil {
				one.Text = text.Body
			}
		}
		all = append(all, one)
	}
	return all
}

// ownChannelSave stops a channel, or has it go on.
func (s *Server) ownChannelSave(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	token := c.Param("token")
	if len(token) > longestToken {
		return errNoFeed
	}
	one := reads.OwnChannel{Channel: scheduler.Channel(f.trimmed("channel")), On: f.trimmed("do") == "again"}
	said := "stopped"
	if one.On {
		said = "again"
	}
	if err := s.Own.SetOwnChannel(c.Request().Context(), s.system, token, one); err != nil {
		return err
	}
	return s.redirect(c, token, "/p/"+token+"/settings", said)
}
