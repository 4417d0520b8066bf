package web

import (
	"context"
	"net/http"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// handOverBody is the request that somebody else leads the sessions of a member of staff.
type handOverBody struct {
	DryRun
	To     string     `json:"to" doc:"The id of the staff member who leads instead."`
	From   civil.Date `json:"from,omitempty" required:"false" format:"date" doc:"The first local date to change. Default: from now on."`
	Reason string     `json:"reason,omitempty" maxLength:"1000" doc:"Why someone leads without a credential or training. Stored sealed."`
}

type handOverInput struct {
	ID string `path:"id"`
	Repeatable
	Body handOverBody
}

// credentialBody is the request to record a credential of a member of staff.
type credentialBody struct {
	DryRun
	Expires civil.Date `json:"expires,omitempty" required:"false" format:"date" doc:"The last day on which it is good. Omitted: it does not expire."`
}

type credentialInput struct {
	ID   string `path:"id"`
	Name string `path:"name" doc:"As protocols name it." example:"mbsr-teacher"`
	Body credentialBody
}

type credentialEndInput struct {
	ID     string `path:"id"`
	Name   string `path:"name"`
	DryRun bool   `query:"dry_run" doc:"Change nothing, and only check."`
}

// registerStaffChanges registers what staff lead and may lead.
func (s *Server) registerStaffChanges() {
	operation(s, program(access.CohortChange), s.withResponse(describe(http.MethodPost, "/staff/{id}/hand-over",
		"hand-over", "Staff", "Let someone else lead all sessions to come that a member of staff leads."),
		http.StatusNoContent, "Done. With dry_run: 200 and what it would do", nil, ""), s.apiHandOver)
	operation(s, program(access.StaffManage), describe(http.MethodPut, "/staff/{id}/credentials/{name}",
		"record-credential", "Staff", "Record a credential, or until when it is good."), s.apiCredential)
	operation(s, program(access.StaffManage), describe(http.MethodDelete, "/staff/{id}/credentials/{name}",
		"withdraw-credential", "Staff", "Remove a credential."), s.apiCredentialEnd)
}

func (s *Server) apiHandOver(ctx context.Context, who visitor, in *handOverInput) (*previewOutput, error) {
	from, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	request := who.request(0)
	if request.Once, err = onceOf(in.IdempotencyKey, "hand-over", in.ID, in.Body); err != nil {
		return nil, err
	}
	back, preview, err := s.changeOrPreview(ctx, request, desk.HandOver(scheduler.HandOverRequest{From: from,
		To: scheduler.ID(in.Body.To), On: in.Body.From, Reason: in.Body.Reason}), in.Body.DryRun)
	if err != nil {
		return nil, relocateFields(err, map[string]string{"on": "from"})
	}
	return previewResponse(back, preview), nil
}

func (s *Server) apiCredential(ctx context.Context, who visitor, in *credentialInput) (*staffOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	credential := scheduler.Credential{Name: in.Name, Expires: in.Body.Expires}
	if err = credential.Check(); err == nil && !in.Body.DryRun.DryRun {
		err = s.Staff.RecordCredential(ctx, who.actor, who.clinic, id, credential)
	}
	if err != nil {
		return nil, relocateFields(err, map[string]string{"name": "path.name"})
	}
	return s.staffOutput(ctx, who, in.ID)
}

func (s *Server) apiCredentialEnd(ctx context.Context, who visitor, in *credentialEndInput) (*staffOutput, error) {
	id, err := idParam(in.ID)
	if err == nil && !in.DryRun {
		err = s.Staff.WithdrawCredential(ctx, who.actor, who.clinic, id, in.Name)
	}
	if err != nil {
		return nil, err
	}
	return s.staffOutput(ctx, who, in.ID)
}

// staffOutput reads a member of staff.
func (s *Server) staffOutput(ctx context.Context, who visitor, id string) (*staffOutput, error) {
	m, err := s.member(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &staffOutput{Status: http.StatusOK, Body: apiStaffOf(m)}, nil
}
