package web

import (
	"context"
	"net/http"

	"almanac/protocols/civil"
	"almanac/scheduler/desk"
)

// endBody is the request to end a cohort.
type endBody struct {
	After civil.Date `json:"after" format:"date" doc:"The last local date of the cohort. Later sessions are cancelled." example:"2027-03-31"`
	DryRun
}

type endInput struct {
	ID string `path:"id"`
	Repeatable
	Body endBody
}

type endOutput struct {
	Status int
	UndoHeaders
	Body struct {
		State     string      `json:"state" enum:"open,ended" doc:"State of the cohort. With dry_run: the present state."`
		After     string      `json:"after" format:"date"`
		DryRun    bool        `json:"dry_run"`
		Cancelled []string    `json:"cancelled" doc:"With dry_run: the sessions that would be cancelled, by id."`
		Told      int         `json:"told" doc:"With dry_run: how many people would be notified."`
		Preview   *apiPreview `json:"preview,omitempty" doc:"With dry_run: what the change would do."`
	} `nameHint:"End"`
}

// apiEnd ends a cohort after a date, or previews that.
func (s *Server) apiEnd(ctx context.Context, who visitor, in *endInput) (*endOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	out := &endOutput{Status: http.StatusOK}
	out.Body.After, out.Body.DryRun, out.Body.Cancelled = in.Body.After.String(), in.Body.DryRun.DryRun, []string{}
	request := who.request(0)
	if request.Once, err = onceOf(in.IdempotencyKey, "end", in.ID, in.Body); err != nil {
		return nil, err
	}
	out.UndoHeaders, out.Body.Preview,
		err = s.changeOrPreview(ctx, request, desk.EndCohort(id, in.Body.After), in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	if p := out.Body.Preview; p != nil {
		out.Body.Told = p.Told
		for _, e := range p.Sessions {
			if e.Before != nil && e.After == nil {
				out.Body.Cancelled = append(out.Body.Cancelled, e.Session)
			}
		}
	}
	cohort, err := s.cohort(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out.Body.State = cohort.Body.State
	return out, nil
}
