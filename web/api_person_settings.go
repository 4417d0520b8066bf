package web

import (
	"context"
	"net/http"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
)

// apiSettings is what a person has chosen about offers.
type apiSettings struct {
	ShortNotice bool       `json:"short_notice" doc:"Dates that others give back less than 48 hours ahead are offered to them."`
	Contact     apiContact `json:"contact"`
}

// apiContact is what a person allows of calls and post.
type apiContact struct {
	Asked     bool   `json:"asked,omitempty" readOnly:"true" doc:"False: nobody asked them, so nothing below is allowed."`
	LeaveWord bool   `json:"leave_word" doc:"Word that asks them to call back may be left, never what it is about."`
	SayWho    bool   `json:"say_who" doc:"The clinic's name may be said."`
	Post      bool   `json:"post" doc:"Letters may come by post."`
	From      string `json:"from,omitempty" example:"10:00" doc:"Calls from, in their own time. Omitted: 09:00."`
	Until     string `json:"until,omitempty" example:"18:00" doc:"Calls until. Omitted: 20:00."`
}

func apiContactOf(c gate.SafeContact) apiContact {
	out := apiContact{Asked: c.Asked, LeaveWord: c.LeaveWord, SayWho: c.SayWho, Post: c.Post}
	if c.Hours != (gate.Hours{}) {
		out.From, out.Until = c.Hours.From.String(), c.Hours.Until.String()
	}
	return out
}

// contact reads the rules. A program that sends them has asked.
func (c apiContact) contact() (gate.SafeContact, error) {
	out := gate.SafeContact{Asked: true, LeaveWord: c.LeaveWord, SayWho: c.SayWho, Post: c.Post}
	if c.From+c.Until == "" {
		return out, nil
	}
	var wrong error
	if out.Hours.From, wrong = civil.ParseClock(c.From); wrong == nil {
		out.Hours.Until, wrong = civil.ParseClock(c.Until)
	}
	if wrong != nil {
		return out, fault.In("contact", "Write the hours for calls as 09:00 and 18:00, or leave both out.")
	}
	return out, nil
}

type personIDInput struct {
	ID string `path:"id"`
}

type personSettingsInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		ShortNotice bool        `json:"short_notice" doc:"Whether to offer them."`
		Contact     *apiContact `json:"contact,omitempty" doc:"What they allow of calls and post. Omitted: as it is."`
	}
}

type personSettingsOutput struct{ Body apiSettings }

// registerPersonSettings registers what a person has chosen about offers.
func (s *Server) registerPersonSettings() {
	operation(s, program(access.PersonView), describe(http.MethodGet, "/people/{id}/settings", "get-settings", "People",
		"Whether dates are offered to a person at short notice, and what they allow of calls and post."),
		s.apiGetSettings)
	operation(s, program(access.PersonChange), describe(http.MethodPut, "/people/{id}/settings", "set-settings",
		"People", "Set whether dates are offered to a person at short notice, and what they allow of calls and post. "+
			"How they are reminded stays as it is."),
		s.apiSetSettings)
}

func (s *Server) apiGetSettings(ctx context.Context, who visitor, in *personIDInput) (*personSettingsOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.People.Person(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	return settingsOutput(p.Settings), nil
}

func settingsOutput(s gate.Settings) *personSettingsOutput {
	return &personSettingsOutput{Body: apiSettings{ShortNotice: s.ShortNotice, Contact: apiContactOf(s.Contact)}}
}

func (s *Server) apiSetSettings(ctx context.Context, who visitor, in *personSettingsInput) (*personSettingsOutput,
	error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.People.Person(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	p.Settings.ShortNotice = in.Body.ShortNotice
	if in.Body.Contact != nil {
		if p.Settings.Contact, err = in.Body.Contact.contact(); err == nil {
			err = p.Settings.Contact.Check()
		}
		if err != nil {
			return nil, err
		}
	}
	if !in.Body.DryRun.DryRun {
		if err := s.Settings.SetSettings(ctx, who.actor, who.clinic, id, p.Settings); err != nil {
			return nil, err
		}
	}
	return settingsOutput(p.Settings), nil
}
