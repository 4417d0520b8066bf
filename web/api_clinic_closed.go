package web

import (
	"context"
	"net/http"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// closedBody is the request to close days of the clinic.
type closedBody struct {
	DryRun
	Days        civil.DateRange `json:"days" doc:"One day or a range, both ends included." example:"2026-12-24..2027-01-02"`
	Content     string          `json:"content,omitempty" enum:"append,skip" doc:"What happens to the content. Default: each protocol's rule."`
	Without     []string        `json:"without,omitempty" doc:"Cohorts to leave unchanged."`
	AcceptShift bool            `json:"accept_shift,omitempty" doc:"Accept added dates whose time a clock change skips or repeats."`
}

// reopenedBody is the request to reopen closed days.
type reopenedBody struct {
	DryRun
	Days civil.DateRange `json:"days" doc:"One day or a range, both ends included." example:"2026-12-24..2027-01-02"`
}

type closedInput struct {
	Repeatable
	Body closedBody
}

type reopenedInput struct {
	Repeatable
	Body reopenedBody
}

type closedOutput struct {
	UndoHeaders
	Body struct {
		ClosedDays []civil.DateRange `json:"closed_days" doc:"All days on which the clinic is closed, in order. With dry_run: the present ones."`
		Preview    *apiPreview       `json:"preview,omitempty" doc:"With dry_run: what the change would do."`
	} `nameHint:"ClosedDays"`
}

// registerClosedDays registers the operations on the clinic's closed days.
func (s *Server) registerClosedDays() {
	operation(s, program(access.CohortView), describe(http.MethodGet, "/closed-days", "list-closed-days", "Closed days",
		"The days on which the clinic is closed."), s.apiClosedDays)
	operation(s, program(access.CohortChange), describe(http.MethodPost, "/closed-days", "close-days", "Closed days",
		"Close the clinic on some days. Sessions on them are cancelled or moved by each protocol's rule, and none "+
			"are planned on them later. "+
			"409 names the cohorts in which this is not possible."), s.apiCloseDays)
	operation(s, program(access.CohortChange),
		describe(http.MethodPost, "/closed-days/open", "open-days", "Closed days",
			"Reopen closed days. No session moves back by itself. The preview names the cohorts that were scheduled "+
				"around them."), s.apiOpenDays)
}

func (s *Server) apiClosedDays(ctx context.Context, who visitor, _ *struct{}) (*closedOutput, error) {
	closed, err := s.Desk.ClosedDays(ctx, who.request(0))
	out := &closedOutput{}
	out.Body.ClosedDays = append([]civil.DateRange{}, closed...)
	return out, err
}

func (s *Server) apiCloseDays(ctx context.Context, who visitor, in *closedInput) (*closedOutput, error) {
	asked := scheduler.CloseRequest{Days: in.Body.Days, Content: scheduler.ContentAfter(in.Body.Content),
		AcceptShift: in.Body.AcceptShift}
	for _, id := range in.Body.Without {
		asked.Without = append(asked.Without, scheduler.ID(id))
	}
	return s.changeClosedDays(ctx, who, "close", in.IdempotencyKey, in.Body, desk.Close(asked))
}

func (s *Server) apiOpenDays(ctx context.Context, who visitor, in *reopenedInput) (*closedOutput, error) {
	return s.changeClosedDays(ctx, who, "open-days", in.IdempotencyKey, in.Body, desk.OpenDays(in.Body.Days))
}

func (s *Server) changeClosedDays(ctx context.Context, who visitor, what, key string, body stepBody,
	asked desk.Proposal) (*closedOutput, error) {
	request := who.request(0)
	var err error
	if request.Once, err = onceOf(key, what, "", body); err != nil {
		return nil, err
	}
	back, preview, err := s.changeOrPreview(ctx, request, asked, body.dry())
	if err != nil {
		return nil, err
	}
	out, err := s.apiClosedDays(ctx, who, nil)
	out.UndoHeaders, out.Body.Preview = back, preview
	return out, err
}
