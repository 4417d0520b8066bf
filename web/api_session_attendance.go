package web

import (
	"context"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// attendanceBody is the attendance of some or all people of a session.
type attendanceBody struct {
	DryRun
	Marks []markBody `json:"marks" minItems:"1" doc:"One for each person. People not listed stay as they are."`
}

// markBody is the attendance of one person.
type markBody struct {
	Participant    string   `json:"participant" doc:"The person's id."`
	State          string   `json:"state" enum:"present,late,partial,excused,missed,planned" doc:"planned removes a mark."`
	Minutes        int      `json:"minutes,omitempty" minimum:"0" doc:"How long they attended. With partial."`
	NoticeHours    int      `json:"notice_hours,omitempty" minimum:"0" doc:"How many hours before the session they gave notice. With excused."`
	MissedSegments []string `json:"missed_segments,omitempty" doc:"Segments of the session that they missed, by id."`
}

// markFields maps the desk's fields of a mark to those of the body.
var markFields = map[string]string{
	"person": "participant", "state": "state", "partial": "minutes", "excused": "notice_hours",
	"segments": "missed_segments",
}

// markPlaces maps the desk's fields of n marks to their places in the body.
func markPlaces(n int) map[string]string {
	places := make(map[string]string, n*len(markFields))
	for i := range n {
		for ours, theirs := range markFields {
			places[fmt.Sprintf("marks[%d].%s", i, ours)] = fmt.Sprintf("marks[%d].%s", i, theirs)
		}
	}
	return places
}

type attendanceInput struct {
	ID string `path:"id"`
	ConditionalChange
	Repeatable
	Body attendanceBody
}

func (s *Server) apiAttendance(ctx context.Context, who visitor, in *attendanceInput) (*previewOutput, error) {
	marks := make([]scheduler.Mark, len(in.Body.Marks))
	for i, m := range in.Body.Marks {
		marks[i] = scheduler.Mark{
			Person: scheduler.ID(m.Participant), State: scheduler.SeatState(m.State), Minutes: m.Minutes,
			NoticeHours: m.NoticeHours, Missed: m.MissedSegments,
		}
	}
	change := sessionChange{access.AttendanceTake, in.ID, "attendance", in.IfMatch, in.IdempotencyKey, in.Body,
		in.Body.DryRun}
	out, err := s.changeSession(ctx, who, change, desk.TakeAttendance(scheduler.ID(in.ID), marks...))
	if err != nil {
		return nil, relocateFields(err, markPlaces(len(marks)))
	}
	return previewResponse(UndoHeaders{}, out.Body.Preview), nil
}
