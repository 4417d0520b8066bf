package web

import (
	"context"
	"net/http"

	"almanac/scheduler/access"
)

// apiSettings is what a person has chosen about offers.
type apiSettings struct {
	ShortNotice bool `json:"short_notice" doc:"Dates that others give back less than 48 hours ahead are offered to them."`
}

type personIDInput struct {
	ID string `path:"id"`
}

type personSettingsInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		ShortNotice bool `json:"short_notice" doc:"Whether to offer them."`
	}
}

type personSettingsOutput struct{ Body apiSettings }

// registerPersonSettings registers what a person has chosen about offers.
func (s *Server) registerPersonSettings() {
	operation(s, program(access.PersonView), describe(http.MethodGet, "/people/{id}/settings", "get-settings", "People",
		"Whether dates are offered to a person at short notice."), s.apiGetSettings)
	operation(s, program(access.PersonChange), describe(http.MethodPut, "/people/{id}/settings", "set-settings",
		"People", "Set whether dates are offered to a person at short notice. How they are reminded stays as it is."),
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
	return &personSettingsOutput{Body: apiSettings{ShortNotice: p.Settings.ShortNotice}}, nil
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
	if !in.Body.DryRun.DryRun {
		if err := s.Settings.SetSettings(ctx, who.actor, who.clinic, id, p.Settings); err != nil {
			return nil, err
		}
	}
	return &personSettingsOutput{Body: apiSettings{ShortNotice: p.Settings.ShortNotice}}, nil
}
