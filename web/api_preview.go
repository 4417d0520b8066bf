package web

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// DryRun is part of the body of every change.
type DryRun struct {
	DryRun bool `json:"dry_run,omitempty" doc:"Change nothing, and describe in preview what it would do."`
}

// mode returns what a change without a preview is asked for.
func (d DryRun) mode() reads.Mode {
	if d.DryRun {
		return reads.OnlyCheck
	}
	return reads.Do
}

// dryRunBody is the body of a change that needs nothing else.
type dryRunBody struct{ DryRun }

// apiPreview is what a change would do. It contains no names.
type apiPreview struct {
	Told        int                   `json:"told" doc:"How many people would be notified."`
	Calls       int                   `json:"calls" doc:"How many of them staff would have to call, or give a letter."`
	Staff       int                   `json:"staff" doc:"How many facilitators would be notified, because a session of theirs changes."`
	Says        string                `json:"says" doc:"When messages would be sent, and whether the change could be undone."`
	Undoable    bool                  `json:"undoable" doc:"The change could be undone for three minutes. Messages are sent after that."`
	Shifts      []string              `json:"shifts" doc:"What a clock change does to dates of this change, with both readings."`
	Sessions    []apiEffect           `json:"sessions" doc:"Sessions that would be added, moved or cancelled, or get other content."`
	Enrollments []apiEnrollmentEffect `json:"enrollments" doc:"Enrollments that would be new, change state, or start at another session."`
	Cohorts     []apiCohortEffect     `json:"cohorts" doc:"For closed days: each affected cohort."`
	Stays       []apiStay             `json:"stays,omitempty" doc:"Of a moved waitlist: who stays on it."`
}

// apiEffect is what a change would do to one session.
type apiEffect struct {
	Session string     `json:"session"`
	Cohort  string     `json:"cohort"`
	Title   string     `json:"title" doc:"For staff. Participants never see it."`
	Before  *apiMoment `json:"before,omitempty" doc:"Omitted when the session does not take place now."`
	After   *apiMoment `json:"after,omitempty" doc:"Omitted when the session would not take place."`
}

// apiStay is an enrollment that a change for many leaves where it is.
type apiStay struct {
	Enrollment string `json:"enrollment"`
	Why        string `json:"why"`
}

// apiMoment is the time and place of a session.
type apiMoment struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Place   string    `json:"place"`
	Meeting string    `json:"meeting,omitempty" doc:"The id of the meeting."`
}

// apiEnrollmentEffect is what a change would do to one enrollment.
type apiEnrollmentEffect struct {
	ID     string      `json:"id"`
	Cohort string      `json:"cohort"`
	State  string      `json:"state" enum:"pending,waiting,offered,active,on_hold,completed,withdrawn"`
	Entry  *civil.Date `json:"entry" format:"date" doc:"Null while waiting."`
}

// apiCohortEffect is what closing or reopening days would do to one cohort.
type apiCohortEffect struct {
	ID        string       `json:"id"`
	WentRound []civil.Date `json:"went_round" doc:"For reopened days: dates on which the cohort would have met."`
	Trouble   string       `json:"trouble,omitempty" doc:"Why the change is not possible in this cohort. List such cohorts in without to go ahead."`
}

// previewOf converts a preview for programs.
func previewOf(p scheduler.Preview) *apiPreview {
	out := &apiPreview{
		Says: p.Leaves(), Undoable: p.Rests && !p.AtOnce, Shifts: append([]string{}, p.Shifts...),
		Sessions: []apiEffect{}, Enrollments: []apiEnrollmentEffect{}, Cohorts: []apiCohortEffect{},
	}
	told, calls := map[scheduler.ID]bool{}, map[scheduler.ID]bool{}
	for _, t := range p.Told {
		told[t.Person] = true
		if t.Channel == "" {
			calls[t.Person] = true
		}
	}
	out.Told, out.Calls, out.Staff = len(told), len(calls), len(p.Staff)
	for _, c := range p.Cohorts {
		for _, e := range c.Sessions {
			out.Sessions = append(out.Sessions, apiEffect{
				Session: string(e.Session), Cohort: string(c.Cohort), Title: e.Title, Before: apiMomentOf(e.Before),
				After: apiMomentOf(e.After),
			})
		}
		outlook := apiCohortEffect{ID: string(c.Cohort), WentRound: append([]civil.Date{}, c.WentRound...)}
		for _, f := range fault.All(c.Trouble) {
			outlook.Trouble = f.Message
		}
		out.Cohorts = append(out.Cohorts, outlook)
	}
	for _, stay := range p.Stays {
		out.Stays = append(out.Stays, apiStay{string(stay.Enrollment), stay.Why})
	}
	for _, e := range p.Enrollments {
		out.Enrollments = append(out.Enrollments, apiEnrollmentEffect{
			ID: string(e.Enrollment), Cohort: string(e.Cohort), State: string(e.State), Entry: dateOrNull(e.Entry),
		})
	}
	return out
}

func apiMomentOf(m scheduler.Moment) *apiMoment {
	if !m.Expected {
		return nil
	}
	return &apiMoment{m.Start, m.End, m.Place, string(m.Meeting)}
}

func dateOrNull(d civil.Date) *civil.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// changeOrPreview makes a change and returns how to undo it. With dry_run it changes nothing and
// returns a preview.
func (s *Server) changeOrPreview(ctx context.Context, request desk.Request, asked desk.Proposal,
	dry DryRun) (UndoHeaders, *apiPreview, error) {
	if dry.DryRun {
		p, err := s.Desk.Preview(ctx,
			desk.Request{Actor: request.Actor, Clinic: request.Clinic, Expect: max(0, request.Expect)}, asked)
		if err != nil {
			return UndoHeaders{}, nil, err
		}
		return UndoHeaders{}, previewOf(p), nil
	}
	changed, err := s.Desk.Change(ctx, request, asked)
	return undoHeaders(changed.ChangeNo, changed.Until), nil, err
}

// previewOutput is an empty 204 response, or with dry_run a 200 response with the preview.
type previewOutput struct {
	Status int
	UndoHeaders
	Body *apiPreview
}

func previewResponse(back UndoHeaders, p *apiPreview) *previewOutput {
	if p == nil {
		return &previewOutput{Status: http.StatusNoContent, UndoHeaders: back}
	}
	return &previewOutput{Status: http.StatusOK, Body: p}
}

// withResponse documents a response with another status. body is nil for an empty response.
func (s *Server) withResponse(op huma.Operation, status int, description string, body reflect.Type,
	name string) huma.Operation {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	answer := &huma.Response{Description: description}
	if body != nil {
		schema := s.api.OpenAPI().Components.Schemas.Schema(body, true, name)
		answer.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
	}
	op.Responses[strconv.Itoa(status)] = answer
	return op
}
