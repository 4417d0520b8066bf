package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// AuditRow is one thing that was done to one subject. It holds no name.
type AuditRow struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	ActorKind   string    `json:"actor_kind" enum:"staff,person,token,command,system"`
	Actor       string    `json:"actor" doc:"The id of the member of staff, the person or the token."`
	Action      string    `json:"action" example:"session.cancel"`
	Text        string    `json:"text" doc:"The action in words."`
	Subject     string    `json:"subject" doc:"The id of what it was done to."`
	SubjectKind string    `json:"subject_kind,omitempty" enum:"cohort,session,enrollment,person,staff" doc:"Omitted for other things, and for what is gone."`
}

type auditInput struct {
	Subject string    `query:"subject" doc:"Only what was done to this cohort, session, enrollment, person or member of staff, by id."`
	Actor   string    `query:"actor" doc:"Only what this actor did, as kind:id." example:"staff:4f2c"`
	Action  string    `query:"action" doc:"Only this action." example:"session.cancel"`
	From    time.Time `query:"from" doc:"From this instant on."`
	Until   time.Time `query:"until" doc:"Before this instant."`
	Paging
}

type auditOutput struct {
	Link string `header:"Link"`
	Body struct {
		Rows []AuditRow `json:"rows" doc:"The newest first. A change of several things has a row for each, with the same instant."`
	} `nameHint:"Audit"`
}

// registerAudit registers the operation that reads the audit.
func (s *Server) registerAudit() {
	operation(s, program(access.AuditView), describe(http.MethodGet, "/audit", "list-audit", "Audit",
		"Who did what, and when."), s.apiAudit)
}

func (s *Server) apiAudit(ctx context.Context, who visitor, in *auditInput) (*auditOutput, error) {
	q := reads.AuditQuery{Subject: scheduler.ID(in.Subject), Actor: in.Actor, Action: in.Action, From: in.From,
		Until: in.Until, Limit: in.Limit}
	filters := filtersOf("subject", in.Subject, "actor", in.Actor, "action", in.Action)
	for name, at := range map[string]time.Time{"from": in.From, "until": in.Until} {
		if !at.IsZero() {
			filters.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	var err error
	if q.After, err = in.cursor(); err != nil {
		return nil, err
	}
	found, err := s.Audit.Audit(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	out := &auditOutput{Link: s.nextByCursor("/audit", filters, in.Limit, found.Next)}
	out.Body.Rows = make([]AuditRow, len(found.Rows))
	for i, r := range found.Rows {
		out.Body.Rows[i] = AuditRowOf(r)
	}
	return out, nil
}

// AuditRowOf converts a row of the audit.
func AuditRowOf(r reads.AuditRow) AuditRow {
	kind, id, _ := strings.Cut(r.Actor, ":")
	return AuditRow{ID: string(r.ID), At: r.At, ActorKind: kind, Actor: id, Action: r.Action,
		Text: ActionInWords(r.Action), Subject: string(r.Subject.ID), SubjectKind: r.Subject.Kind}
}
