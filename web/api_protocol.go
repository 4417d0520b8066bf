package web

import (
	"context"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// ProtocolSummary is a protocol in a list.
type ProtocolSummary struct {
	ID             string `json:"id" example:"more-telehealth"`
	Version        string `json:"version" example:"1"`
	Title          string `json:"title" doc:"For staff. Participants never see it."`
	Summary        string `json:"summary"`
	Rolling        bool   `json:"rolling" doc:"Its cohorts run without an end date and take new people along the way."`
	ContactMinutes int    `json:"contact_minutes"`
	Capacity       int    `json:"capacity" doc:"The most people in a cohort. 0: the protocol sets no limit."`
}

// apiProtocolWhole is a protocol with its content and source.
type apiProtocolWhole struct {
	ProtocolSummary
	Positions []apiPosition `json:"positions" doc:"Its content in order, one cycle of it."`
	Source    string        `json:"source" doc:"The definition, in YAML."`
}

type apiPosition struct {
	ID     string `json:"id"`
	Module string `json:"module"`
	Phase  string `json:"phase"`
	Title  string `json:"title"`
}

func apiProtocolOf(d *protocols.Definition) ProtocolSummary {
	return ProtocolSummary{
		ID: d.Protocol, Version: d.Version, Title: d.Title, Summary: d.Summary, Rolling: d.Rolling(),
		ContactMinutes: d.ContactTime().Minutes, Capacity: d.Capacity.Max,
	}
}

type protocolsInput struct{ Paging }

type protocolsOutput struct {
	Link string `header:"Link"`
	Body struct {
		Protocols []ProtocolSummary `json:"protocols"`
	} `nameHint:"Protocols"`
}

func (s *Server) apiProtocols(_ context.Context, _ visitor, in *protocolsInput) (*protocolsOutput, error) {
	cut, next, err := paginate(s, s.Library.List(), in.Paging, "/protocols", nil, (*protocols.Definition).Ref)
	if err != nil {
		return nil, err
	}
	out := &protocolsOutput{Link: next}
	out.Body.Protocols = make([]ProtocolSummary, len(cut))
	for i, d := range cut {
		out.Body.Protocols[i] = apiProtocolOf(d)
	}
	return out, nil
}

type protocolInput struct {
	ID string `path:"id" doc:"id or id@version" example:"more-telehealth@1"`
}

type protocolOutput struct{ Body apiProtocolWhole }

func (s *Server) apiProtocol(_ context.Context, _ visitor, in *protocolInput) (*protocolOutput, error) {
	d, err := s.Library.Find(in.ID)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "There is no such protocol. GET /api/v1/protocols lists them all.")
	}
	out := &protocolOutput{Body: apiProtocolWhole{ProtocolSummary: apiProtocolOf(d), Positions: []apiPosition{},
		Source: string(d.Source())}}
	for _, p := range d.Positions() {
		out.Body.Positions = append(out.Body.Positions,
			apiPosition{ID: p.ID, Module: p.Module, Phase: p.Phase, Title: p.Title})
	}
	return out, nil
}
