package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// UndoHeaders are the response headers that say how to undo a change.
type UndoHeaders struct {
	Change    string `header:"Change-Number" doc:"The clinic's change number after this change. Omitted when the change cannot be undone."`
	UndoUntil string `header:"Undo-Until" doc:"Until when POST /changes/{no}/undo can undo it, as an RFC 3339 instant."`
}

// undoHeaders returns the headers of a change, empty if it cannot be undone.
func undoHeaders(changeNo int64, until time.Time) UndoHeaders {
	if changeNo == 0 {
		return UndoHeaders{}
	}
	return UndoHeaders{Change: strconv.FormatInt(changeNo, 10), UndoUntil: until.UTC().Format(time.RFC3339)}
}

type undoInput struct {
	No int64 `path:"no" minimum:"1" doc:"The Change-Number header of the response to the change."`
	Repeatable
	Body *dryRunBody
}

type undoOutput struct {
	Body struct {
		Cohorts []scheduler.ID `json:"cohorts" doc:"The cohorts that were restored."`
		Preview *apiPreview    `json:"preview,omitempty" doc:"With dry_run: what it would do."`
	} `nameHint:"Undone"`
}

// apiUndo undoes a change.
func (s *Server) apiUndo(ctx context.Context, who visitor, in *undoInput) (*undoOutput, error) {
	request := who.request(0)
	var err error
	if request.Once, err = onceOf(in.IdempotencyKey, "undo", fmt.Sprint(in.No), nil); err != nil {
		return nil, err
	}
	out := &undoOutput{}
	if in.Body != nil && in.Body.DryRun.DryRun {
		out.Body.Cohorts = []scheduler.ID{}
		_, out.Body.Preview, err = s.changeOrPreview(ctx, request, desk.TakeBack(in.No), in.Body.DryRun)
		return out, err
	}
	changed, err := s.Desk.Change(ctx, request, desk.TakeBack(in.No))
	if err != nil {
		return nil, err
	}
	if out.Body.Cohorts = changed.Cohorts; changed.Cohorts == nil {
		out.Body.Cohorts = []scheduler.ID{}
	}
	return out, nil
}

// registerUndo registers the operation that undoes a change.
func (s *Server) registerUndo(p policy) {
	op := describe(http.MethodPost, "/changes/{no}/undo", "undo-change", "Changes",
		"Undo a change within three minutes. Everything is back as it was, and no one is notified. Only the token "+
			"that made the change can undo it."+
			" Refused if the same sessions, seats or enrollments have changed since.")
	operation(s, p, op, s.apiUndo)
}
