package web

import (
	"context"
	"net/http"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// apiOpening is an entry that a new person could take.
type apiOpening struct {
	Cohort   string     `json:"cohort"`
	Protocol string     `json:"protocol" doc:"Of the cohort." example:"more-rolling@1"`
	Session  string     `json:"session"`
	Position string     `json:"position" doc:"The position it starts with."`
	Start    time.Time  `json:"start"`
	Date     civil.Date `json:"date" format:"date" doc:"Local to the zone."`
	Zone     string     `json:"zone" doc:"Of the cohort."`
	Seats    int        `json:"seats" doc:"How many people could start there together."`
}

type openingsInput struct {
	From     civil.Date `query:"from" format:"date" doc:"Nothing before this local date. Default: now."`
	Position string     `query:"position" doc:"Only openings that start with this position."`
	Protocol string     `query:"protocol" doc:"Only cohorts of this protocol, as id@version."`
	OfEach   int        `query:"of_each" minimum:"1" maximum:"50" default:"3" doc:"The maximum for each cohort."`
	Limit    int        `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The maximum number of results."`
}

type openingsOutput struct {
	Body struct {
		Openings []apiOpening `json:"openings"`
	} `nameHint:"Openings"`
}

// registerOpenings registers the operation that finds openings over all cohorts.
func (s *Server) registerOpenings() {
	operation(s, program(access.CohortView), describe(http.MethodGet, "/openings", "list-openings", "Cohorts",
		"Openings over all cohorts, soonest first: where a new person who enrolls now gets a seat."), s.apiOpenings)
}

func (s *Server) apiOpenings(ctx context.Context, who visitor, in *openingsInput) (*openingsOutput, error) {
	found, err := s.Lists.NextOpenings(ctx, who.actor, who.clinic, reads.OpeningsQuery{
		From: in.From, Position: in.Position, Protocol: in.Protocol, OfEach: in.OfEach, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &openingsOutput{}
	out.Body.Openings = make([]apiOpening, len(found))
	for i, o := range found {
		out.Body.Openings[i] = apiOpening{string(o.Cohort), o.Protocol, string(o.Session), o.Position, o.Start, o.Date,
			o.Zone, o.Seats}
	}
	return out, nil
}
