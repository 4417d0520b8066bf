package web

import (
	"context"
	"net/http"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

type eraseInput struct {
	ID string `path:"id"`
	Repeatable
	Body struct {
		DryRun
	} `nameHint:"EraseBody"`
}

type eraseOutput struct {
	Body struct {
		Goes    []string `json:"goes" doc:"What an erasure takes away, in sentences. With dry_run: would take."`
		Remains string   `json:"remains" doc:"What stays under a pseudonym."`
	} `nameHint:"Erasure"`
}

type holdInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		Reason string `json:"reason" doc:"Why this person's data must be kept."`
	} `nameHint:"LegalHoldBody"`
}

type holdEndInput struct {
	ID     string `path:"id"`
	DryRun bool   `query:"dry_run" doc:"Change nothing, and only check that a hold stands."`
}

// registerRightsOperations registers the operations about the rights of a person.
func (s *Server) registerRightsOperations() {
	s.registerRecordOperation()
	operation(s, program(access.PersonErase), describe(http.MethodPost, "/people/{id}/erase", "erase-person", "People",
		"Erase a person: name, addresses, ids, private links and all that staff wrote about them go for good. "+
			"Enrollments, attendance and the audit stay under a pseudonym. It cannot be undone. Fails with 409 while "+
			"a legal hold stands, an enrollment lives, or a message is on its way. Of merged records it erases all."),
		s.apiErase)
	operation(s, program(access.PersonErase), describe(http.MethodPut, "/people/{id}/hold", "hold-person", "People",
		"Set a legal hold: nobody can erase this person until it is lifted. Fails with 409 if one stands."),
		s.apiHold)
	operation(s, program(access.PersonErase), describe(http.MethodDelete, "/people/{id}/hold", "lift-hold", "People",
		"Lift the legal hold of a person."), s.apiLiftHold)
}

func (s *Server) apiErase(ctx context.Context, who visitor, in *eraseInput) (*eraseOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.PersonErase},
		desk.EraseLoad(id))
	if err != nil {
		return nil, err
	}
	request := who.request(0)
	if request.Once, err = onceOf(in.IdempotencyKey, "erase-person", in.ID, in.Body); err != nil {
		return nil, err
	}
	_, _, err = s.changeOrPreview(ctx, request, desk.Erase(scheduler.EraseRequest{Person: id}), in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	out := &eraseOutput{}
	out.Body.Goes, out.Body.Remains = book.Erasing.Counts.Goes(), book.Erasing.Counts.Remains()
	return out, nil
}

func (s *Server) apiHold(ctx context.Context, who visitor, in *holdInput) (*struct{}, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Rights.SetHold(ctx, who.actor, who.clinic, id, in.Body.Reason, in.Body.mode())
}

func (s *Server) apiLiftHold(ctx context.Context, who visitor, in *holdEndInput) (*struct{}, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Rights.LiftHold(ctx, who.actor, who.clinic, id, DryRun{in.DryRun}.mode())
}
