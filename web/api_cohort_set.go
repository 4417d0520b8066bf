package web

import (
	"context"
	"net/http"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// setBody is the request to change a cohort. Omitted fields stay as they are.
type setBody struct {
	DryRun
	From        civil.Date   `json:"from,omitempty" required:"false" format:"date" doc:"The first local date to change. Default: from now on."`
	Name        *string      `json:"name,omitempty" doc:"For staff. Empty: the protocol's title."`
	Place       *string      `json:"place,omitempty" doc:"Where people meet, as participants see it. People are notified."`
	Meeting     *meetingBody `json:"meeting,omitempty" doc:"How people come in from afar. People are notified."`
	Minutes     *int         `json:"minutes,omitempty" doc:"Length of a session of the series. People are notified."`
	Facilitator *string      `json:"facilitator,omitempty" doc:"The id of the facilitator. Empty: no one for now."`
	Roles       []apiPost    `json:"roles,omitempty" doc:"People to assign to roles, in addition to those already assigned."`
	Capacity    *int         `json:"capacity,omitempty" doc:"Seats in each session. No one loses a seat."`
	Reason      string       `json:"reason,omitempty" maxLength:"1000" doc:"Why a rule is set aside: a credential, a training, the seat limits, revealing words. Stored sealed."`
}

// setSessionBody is the request to change one session. Omitted fields stay as they are.
type setSessionBody struct {
	DryRun
	Place       *string      `json:"place,omitempty" doc:"Where people meet, as participants see it. People are notified."`
	Meeting     *meetingBody `json:"meeting,omitempty" doc:"How people come in from afar. People are notified."`
	Minutes     *int         `json:"minutes,omitempty" doc:"Length of the session. People are notified."`
	Facilitator *string      `json:"facilitator,omitempty" doc:"The id of the facilitator. Empty: no one for now."`
	Capacity    *int         `json:"capacity,omitempty" doc:"This session's own number of seats. No one loses a seat."`
	Reason      string       `json:"reason,omitempty" maxLength:"1000" doc:"Why a rule is set aside: a credential, the seat limits, revealing words. Stored sealed."`
}

type setInput struct {
	ID string `path:"id"`
	Repeatable
	Body setBody
}

type setSessionInput struct {
	ID string `path:"id"`
	ConditionalChange
	Repeatable
	Body setSessionBody
}

// registerSet registers the operations that change details of a cohort or a session.
func (s *Server) registerSet() {
	operation(s, program(access.CohortChange), describe(http.MethodPatch, "/cohorts/{id}", "set-cohort", "Cohorts",
		"Change a cohort's place, meeting, length, facilitator, name or number of seats, from a date on."),
		s.apiSetCohort)
	operation(s, program(access.CohortChange), describe(http.MethodPatch, "/sessions/{id}", "set-session", "Sessions",
		"Change one session's place, meeting, length, facilitator or number of seats."), s.apiSetSession)
}

func idOf(text *string) *scheduler.ID {
	if text == nil {
		return nil
	}
	id := scheduler.ID(*text)
	return &id
}

func (s *Server) apiSetCohort(ctx context.Context, who visitor, in *setInput) (*cohortOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	q := scheduler.CohortSetting{
		Cohort: id, From: in.Body.From, Name: in.Body.Name, Place: in.Body.Place, Minutes: in.Body.Minutes,
		Seats: in.Body.Capacity, Lead: idOf(in.Body.Facilitator), Reason: in.Body.Reason,
		Meeting: in.Body.Meeting.meeting(),
	}
	for _, p := range in.Body.Roles {
		q.Posts = append(q.Posts, scheduler.Post{Role: p.Role, Staff: scheduler.ID(p.Staff)})
	}
	request := who.request(0)
	if request.Once, err = onceOf(in.IdempotencyKey, "set", in.ID, in.Body); err != nil {
		return nil, err
	}
	back, preview, err := s.changeOrPreview(ctx, request, desk.SetCohort(q), in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	out, err := s.cohort(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out.UndoHeaders, out.Body.Preview = back, preview
	return out, nil
}

func (s *Server) apiSetSession(ctx context.Context, who visitor, in *setSessionInput) (*sessionOutput, error) {
	q := scheduler.CohortSetting{
		Session: scheduler.ID(in.ID), Place: in.Body.Place, Minutes: in.Body.Minutes, Seats: in.Body.Capacity,
		Lead: idOf(in.Body.Facilitator), Reason: in.Body.Reason, Meeting: in.Body.Meeting.meeting(),
	}
	c := sessionChange{access.CohortChange, in.ID, "set", in.IfMatch, in.IdempotencyKey, in.Body, in.Body.DryRun}
	return s.changeSession(ctx, who, c, desk.SetCohort(q))
}
