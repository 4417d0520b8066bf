package web

import (
	"context"
	"net/http"

	"almanac/protocols"
	"almanac/scheduler"
)

// endBody says after which date a cohort ends.
type endBody struct {
	After  protocols.Date `json:"after" format:"date" doc:"The last local date of the group; later sessions are cancelled." example:"2027-03-31"`
	DryRun bool           `json:"dry_run,omitempty" doc:"Change nothing, and say what it would do."`
}

type endInput struct {
	ID string `path:"id"`
	Repeatable
	Body endBody
}

type endOutput struct {
	Status int
	WayBack
	Body struct {
		State     string   `json:"state" enum:"open,ended" doc:"Of the cohort; with dry_run as it is now."`
		After     string   `json:"after" format:"date"`
		DryRun    bool     `json:"dry_run"`
		Cancelled []string `json:"cancelled" doc:"With dry_run: the sessions that would be cancelled, by id."`
		Told      int      `json:"told" doc:"With dry_run: how many people would be told."`
	} `nameHint:"End"`
}

// apiEnd ends a cohort after a date, or says what that would do.
func (s *Server) apiEnd(ctx context.Context, who visitor, in *endInput) (*endOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	asked, out := scheduler.EndCohort(id, in.Body.After), &endOutput{Status: http.StatusOK}
	out.Body.After, out.Body.DryRun, out.Body.Cancelled = in.Body.After.String(), in.Body.DryRun, []string{}
	if in.Body.DryRun {
		preview, err := s.Desk.Preview(ctx, who.request(0), asked)
		if err != nil {
			return nil, err
		}
		people := map[scheduler.ID]bool{}
		for _, t := range preview.Told {
			people[t.Person] = true
		}
		for _, e := range preview.Effects() {
			if e.Before.Expected && !e.After.Expected {
				out.Body.Cancelled = append(out.Body.Cancelled, string(e.Session))
			}
		}
		out.Body.Told = len(people)
	} else {
		request := who.request(0)
		if request.Once, err = once(in.IdempotencyKey, "end", in.ID, in.Body); err != nil {
			return nil, err
		}
		changed, err := s.Desk.Change(ctx, request, asked)
		if err != nil {
			return nil, err
		}
		out.WayBack = wayBack(changed.ChangeNo, changed.Until)
	}
	cohort, err := s.cohort(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out.Body.State = cohort.Body.State
	return out, nil
}
