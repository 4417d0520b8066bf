package web

import (
	"context"
	"net/http"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// apartBody names the other person of a pair.
type apartBody struct {
	DryRun
	Other string `json:"other" doc:"The id of the other person."`
}

type apartInput struct {
	ID string `path:"id"`
	Repeatable
	Body apartBody
}

type renewLinksInput struct {
	ID   string `path:"id"`
	Body *dryRunBody
}

// registerPersonChanges registers who is kept apart, and new private addresses.
func (s *Server) registerPersonChanges() {
	const done = "Done. With dry_run: 200 and what it would do"
	for _, o := range []struct {
		word, id, summary string
		propose           func(one, other scheduler.ID) desk.Proposal
	}{
		{"apart", "keep-apart", "Keep two people apart: from now on, neither is given a session that the other " +
			"attends. Sessions they already share stay.", desk.KeepApart},
		{"together", "end-apart", "Let two people share sessions again who were kept apart.", desk.EndApart},
	} {
		op := describe(http.MethodPost, "/people/{id}/"+o.word, o.id, "People", o.summary)
		operation(s, program(access.EnrollmentChange), s.withResponse(op, http.StatusNoContent, done, nil, ""),
			func(ctx context.Context, who visitor, in *apartInput) (*previewOutput, error) {
				id, err := idParam(in.ID)
				if err != nil {
					return nil, err
				}
				request := who.request(0)
				if request.Once, err = onceOf(in.IdempotencyKey, o.word, in.ID, in.Body); err != nil {
					return nil, err
				}
				back, preview, err := s.changeOrPreview(ctx, request, o.propose(id, scheduler.ID(in.Body.Other)),
					in.Body.DryRun)
				if err != nil {
					return nil, relocateFields(err, map[string]string{"keep_apart": "other"})
				}
				return previewResponse(back, preview), nil
			})
	}
	operation(s, program(access.PersonChange), describe(http.MethodPost, "/people/{id}/links/renew", "renew-links",
		"People", "Give a person's page and calendar new private addresses. The old ones end at once."),
		s.apiRenewLinks)
}

// apiRenewLinks responds with the person. An enrollment of theirs has the new addresses.
func (s *Server) apiRenewLinks(ctx context.Context, who visitor, in *renewLinksInput) (*personOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Records.PersonRecord(ctx, who.actor, who.clinic, id)
	if err == nil && (in.Body == nil || !in.Body.DryRun.DryRun) {
		err = s.Records.RenewLinks(ctx, who.actor, who.clinic, id, p.Generation)
	}
	if err != nil {
		return nil, err
	}
	return &personOutput{Body: s.apiPersonOf(p)}, nil
}
