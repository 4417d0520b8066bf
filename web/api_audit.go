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

// AuditRow is one thing that was done to one subject, or a view of people's data. It holds no name.
type AuditRow struct {
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	ActorKind   string    `json:"actor_kind" enum:"staff,person,token,command,system"`
	Actor       string    `json:"actor" doc:"The id of the member of staff, the person or the token."`
	Action      string    `json:"action" example:"session.cancel"`
	Text        string    `json:"text" doc:"The action in words."`
	Subject     string    `json:"subject" doc:"The id of what it was done to."`
	SubjectKind string    `json:"subject_kind,omitempty" enum:"cohort,session,enrollment,person,staff" doc:"Omitted for other things, and for what is gone."`
	Role        string    `json:"role,omitempty" doc:"Of a member of staff, when it happened." example:"coordinator"`
	Network     string    `json:"network,omitempty" doc:"Where it came from: an IPv4 address, an IPv6 network, or local for a command on the server. Omitted for what Almanac does by itself." example:"203.0.113.7"`
	Route       string    `json:"route,omitempty" doc:"The page, operation or command." example:"GET /cohorts/:id"`
	RequestID   string    `json:"request_id,omitempty" doc:"As in the header X-Request-Id and in the log of the program."`
	Fields      []string  `json:"fields,omitempty" doc:"Which fields were read or changed, never their values." example:"[\"name\",\"contact\"]"`
	FieldsText  string    `json:"fields_text,omitempty" doc:"The fields in words." example:"name, time zone"`
	People      []string  `json:"people,omitempty" doc:"Of a view of several people: the ids of the first eight."`
	MorePeople  int       `json:"more_people,omitempty" doc:"How many people the view showed beyond these."`
}

type auditInput struct {
	Subject string    `query:"subject" doc:"Only what was done to this cohort, session, enrollment, person or member of staff, by id. Of a person: also what was done to their enrollments, and who saw their data."`
	Kind    string    `query:"kind" enum:"views,changes,exports,security" doc:"Only rows of this kind: whose data somebody saw, what somebody did, what somebody took out, or who was not let in."`
	Request string    `query:"request" doc:"Only what the request with this id left."`
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
		"Who did what and who saw whose data, and when."), s.apiAudit)
	operation(s, program(access.BreachScope), describe(http.MethodGet, "/audit/touched", "list-touched", "Audit",
		"Whose records were touched, for the scope of a breach. The answer has names; the audit says that it was "+
			"asked."), s.apiTouched)
}

func (s *Server) apiAudit(ctx context.Context, who visitor, in *auditInput) (*auditOutput, error) {
	q := reads.AuditQuery{Subject: scheduler.ID(in.Subject), Actor: in.Actor, Action: in.Action, From: in.From,
		Until: in.Until, Limit: in.Limit,
		Kind: reads.AuditKind(in.Kind), Request: in.Request}
	filters := filtersOf("subject", in.Subject, "actor", in.Actor, "action", in.Action, "kind", in.Kind,
		"request", in.Request)
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
	row := AuditRow{ID: string(r.ID), At: r.At, ActorKind: kind, Actor: id, Action: r.Action,
		Text: ActionInWords(r.Action), Subject: string(r.Subject.ID), SubjectKind: r.Subject.Kind, Role: r.Role,
		Network: r.Network, Route: r.Route, RequestID: r.Request, MorePeople: r.Others}
	if r.Fields != "" {
		row.Fields, row.FieldsText = strings.Split(r.Fields, ","), FieldsInWords(r.Fields)
	}
	for _, person := range r.People {
		row.People = append(row.People, string(person.ID))
	}
	return row
}

// Touched is a person whose record was seen, changed or taken out.
type Touched struct {
	Person  string    `json:"person" doc:"The id of the person, or of a referral."`
	Name    string    `json:"name" doc:"Empty for a referral."`
	Times   int       `json:"times" doc:"Rows of the audit."`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Actions []string  `json:"actions" example:"[\"people.view\"]"`
	Fields  []string  `json:"fields" doc:"Which fields rows of the audit name."`
}

type touchedInput struct {
	Actor   string    `query:"actor" doc:"What this actor did, as kind:id." example:"token:9ab1"`
	Request string    `query:"request" doc:"What the request with this id did."`
	From    time.Time `query:"from" doc:"From this instant on."`
	Until   time.Time `query:"until" doc:"Before this instant."`
}

type touchedOutput struct {
	Body struct {
		People []Touched `json:"people" doc:"By name."`
		Erased int       `json:"erased" doc:"People who were erased since: nobody knows any more who they were."`
		Rows   int       `json:"rows" doc:"Rows of the audit that were looked at."`
	} `nameHint:"TouchedPeople"`
}

func (s *Server) apiTouched(ctx context.Context, who visitor, in *touchedInput) (*touchedOutput, error) {
	scope, err := s.Breaches.BreachScope(ctx, who.actor, who.clinic, reads.BreachQuery{From: in.From, Until: in.Until,
		Actor: in.Actor, Request: in.Request})
	if err != nil {
		return nil, err
	}
	out := &touchedOutput{}
	out.Body.People, out.Body.Erased, out.Body.Rows = TouchedOf(scope), scope.Erased, scope.Rows
	return out, nil
}

// TouchedOf converts whose records were touched.
func TouchedOf(scope reads.BreachScope) []Touched {
	all := make([]Touched, len(scope.People))
	for i, p := range scope.People {
		all[i] = Touched{Person: string(p.Person), Name: p.Name, Times: p.Times, First: p.First, Last: p.Last,
			Actions: p.Actions, Fields: append([]string{}, p.Fields...)}
	}
	return all
}
