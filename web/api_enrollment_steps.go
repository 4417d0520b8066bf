package web

import (
	"context"
	"net/http"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// dry returns the dry_run flag of a body.
func (d DryRun) dry() DryRun { return d }

// stepBody is the body of a change of an enrollment.
type stepBody interface{ dry() DryRun }

type stepInput[B stepBody] struct {
	ID string `path:"id"`
	ConditionalChange
	Repeatable
	Body B
}

// bareStepInput is a stepInput whose body may be omitted.
type bareStepInput struct {
	ID string `path:"id"`
	ConditionalChange
	Repeatable
	Body *dryRunBody
}

// holdBody is the request to put a person on hold.
type holdBody struct {
	DryRun
	From    civil.Date `json:"from,omitempty" required:"false" format:"date" doc:"The first day. Default: today."`
	Until   civil.Date `json:"until,omitempty" required:"false" format:"date" doc:"The day they are back. Default: the longest hold that the protocol allows."`
	Release bool       `json:"release,omitempty" doc:"Give up the seat."`
	Reason  string     `json:"reason,omitempty" maxLength:"1000" doc:"Nobody must give one. Stored sealed."`
}

// excuseBody is the request to excuse a person from one date.
type excuseBody struct {
	DryRun
	Session string `json:"session" doc:"One of the person's upcoming sessions."`
	Reason  string `json:"reason,omitempty" maxLength:"1000" doc:"Nobody must give one. Stored sealed."`
}

// excuseUndoBody is the request to take back a date that was given back.
type excuseUndoBody struct {
	DryRun
	Session string `json:"session" doc:"A session that the person gave back."`
}

type transferBody struct {
	DryRun
	To string `json:"to" doc:"An open cohort of the same protocol and version."`
}

// makeupBody is the request to make up a position in another cohort's session.
type makeupBody struct {
	DryRun
	Position string `json:"position" doc:"An owed position."`
	Session  string `json:"session" doc:"A session of another cohort with the same content."`
}

type waiveBody struct {
	DryRun
	Position string `json:"position" doc:"The owed position to waive."`
	Reason   string `json:"reason" maxLength:"1000" doc:"Stored sealed."`
}

type advanceBody struct {
	DryRun
	Phase  string `json:"phase"`
	Reason string `json:"reason" maxLength:"1000" doc:"Stored sealed."`
}

// doneBody is the request to record a prerequisite as done.
type doneBody struct {
	DryRun
	Done string `json:"done" doc:"A prerequisite of the protocol." example:"orientation"`
}

// dateBody is the request to record a date that the protocol asks for.
type dateBody struct {
	DryRun
	Field string     `json:"field" doc:"The protocol's name for it." example:"stable-dose-since"`
	Date  civil.Date `json:"date" format:"date" doc:"The date itself."`
}

// withoutBody is the request to skip a prerequisite.
type withoutBody struct {
	DryRun
	Done   string `json:"done" doc:"A prerequisite of the protocol, or a date that it asks for." example:"orientation"`
	Reason string `json:"reason" maxLength:"1000" doc:"Stored sealed."`
}

// appointmentBody is the request to make up a position in an appointment of one's own.
type appointmentBody struct {
	DryRun
	Position    string         `json:"position" doc:"An owed position."`
	At          civil.WallTime `json:"at" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$" doc:"The local time in the cohort's zone." example:"2026-01-09T18:00"`
	Minutes     int            `json:"minutes,omitempty" minimum:"0" doc:"Default: as long as a session."`
	Facilitator string         `json:"facilitator,omitempty" doc:"The id of a staff member."`
	AcceptShift bool           `json:"accept_shift,omitempty" doc:"Accept a time that a clock change skips or repeats."`
	Far         bool           `json:"far,omitempty" doc:"Accept a date that is far ahead."`
	Reason      string         `json:"reason,omitempty" maxLength:"1000" doc:"Why a rule is set aside: a closed day, a credential. Stored sealed."`
}

// reenterBody is the request to enroll a person again who has left.
type reenterBody struct {
	DryRun
	Mode string `json:"mode" enum:"resume,module-start,restart" doc:"resume: at any session. module-start: where a module begins. restart: as a new person, without credit."`
}

// registerSteps registers the changes of an enrollment.
func (s *Server) registerSteps() {
	change, answer := program(access.EnrollmentChange), program(access.OfferAnswer)
	apiStep(s, change, "hold", "hold-enrollment",
		"Put a person on hold. Sessions during the hold are excused and owed.",
		func(id scheduler.ID, b holdBody) desk.Proposal {
			return desk.Hold(scheduler.HoldRequest{Enrollment: id, From: b.From, Until: b.Until,
				Release: b.Release, Reason: b.Reason})
		})
	apiBareStep(s, change, "resume", "resume-enrollment", "End a hold, or make offers again after several expired.",
		desk.Resume)
	apiStep(s, change, "excuse", "excuse-date",
		"Excuse a person from one upcoming date. After an hour the seat is free for others, and its content is owed.",
		func(id scheduler.ID, b excuseBody) desk.Proposal {
			return desk.Excuse(scheduler.ExcuseRequest{Enrollment: id, Session: scheduler.ID(b.Session),
				Reason: b.Reason})
		})
	apiStep(s, change, "excuse-undo", "undo-excuse",
		"Take back a date that the person gave back, until the session starts or another person has taken the seat.",
		func(id scheduler.ID, b excuseUndoBody) desk.Proposal {
			return desk.UndoExcuse(id, scheduler.ID(b.Session))
		})
	apiBareStep(s, answer, "accept", "accept-offer", "Accept an offer and take its seats.", desk.Accept)
	apiBareStep(s, answer, "decline", "decline-offer",
		"Decline an offer. The person keeps their place on the waitlist.", desk.Decline)
	apiStep(s, change, "transfer", "transfer-enrollment",
		"Transfer to another cohort. What the person has completed counts there.",
		func(id scheduler.ID, b transferBody) desk.Proposal {
			return desk.Transfer(id, scheduler.ID(b.To))
		})
	apiStep(s, change, "makeup", "make-up", "Take a seat in one session of another cohort, for owed content.",
		func(id scheduler.ID, b makeupBody) desk.Proposal {
			return desk.MakeUp(id, b.Position, scheduler.ID(b.Session))
		})
	apiStep(s, change, "appointment", "make-appointment", "Make an individual appointment for owed content.",
		func(id scheduler.ID, b appointmentBody) desk.Proposal {
			return desk.Individual(scheduler.AppointmentRequest{Enrollment: id, Position: b.Position, At: b.At,
				Minutes: b.Minutes, Leader: scheduler.ID(b.Facilitator), AcceptShift: b.AcceptShift, Far: b.Far,
				Reason: b.Reason})
		})
	apiStep(s, change, "reenter", "reenter", "Enroll a person again who has left this cohort.",
		func(id scheduler.ID, b reenterBody) desk.Proposal {
			return desk.Reenter(id, scheduler.EntryMode(b.Mode))
		})
	apiBareStep(s, program(access.Enroll), "admit", "admit", "Seat the first person of the waitlist.", desk.Admit)
	apiBareStep(s, change, "tell", "tell-offer",
		"Record that a person was told of their offer. The time to answer starts now.", desk.TellOffer)
	apiStep(s, change, "waive", "waive-position",
		"Waive owed content. The person can graduate without it. It does not count toward the dose.",
		func(id scheduler.ID, b waiveBody) desk.Proposal {
			return desk.Waive(id, b.Position, b.Reason)
		})
	apiStep(s, change, "advance", "advance-enrollment",
		"Advance to another phase earlier than the protocol schedules it.",
		func(id scheduler.ID, b advanceBody) desk.Proposal {
			return desk.Advance(id, b.Phase, b.Reason)
		})
	apiStep(s, change, "done", "record-done",
		"Record that a prerequisite is done. After the last one, the person gets a seat or goes on the waitlist.",
		func(id scheduler.ID, b doneBody) desk.Proposal { return desk.DonePrerequisite(id, b.Done) })
	apiStep(s, change, "date", "record-date",
		"Record a date of the person's record that the protocol asks for. After the last prerequisite, the person "+
			"gets a seat or goes on the waitlist.",
		func(id scheduler.ID, b dateBody) desk.Proposal { return desk.RecordDate(id, b.Field, b.Date) })
	apiStep(s, change, "override", "begin-without", "Let a person start without a prerequisite. The reason is stored.",
		func(id scheduler.ID, b withoutBody) desk.Proposal {
			return desk.OverridePrerequisite(id, b.Done, b.Reason)
		})
}

// apiStep registers one change of an enrollment under the last word of its address. It responds
// with the changed enrollment.
func apiStep[B stepBody](s *Server, p policy, word, id, summary string,
	propose func(scheduler.ID, B) desk.Proposal) {
	op := describe(http.MethodPost, "/enrollments/{id}/"+word, id, "Enrollments", summary)
	operation(s, p, op, func(ctx context.Context, who visitor, in *stepInput[B]) (*enrollmentOutput, error) {
		c := enrollmentChange{id: in.ID, what: word, ifMatch: in.IfMatch, key: in.IdempotencyKey, body: in.Body,
			dry: in.Body.dry()}
		out, err := s.changeAndReadEnrollment(ctx, who, c, propose(scheduler.ID(in.ID), in.Body))
		return out, relocateFields(err, map[string]string{"facts": "date"})
	})
}

func apiBareStep(s *Server, p policy, word, id, summary string, propose func(scheduler.ID) desk.Proposal) {
	op := describe(http.MethodPost, "/enrollments/{id}/"+word, id, "Enrollments", summary)
	operation(s, p, op, func(ctx context.Context, who visitor, in *bareStepInput) (*enrollmentOutput, error) {
		c := enrollmentChange{id: in.ID, what: word, ifMatch: in.IfMatch, key: in.IdempotencyKey, body: in.Body}
		if in.Body != nil {
			c.dry = in.Body.DryRun
		}
		return s.changeAndReadEnrollment(ctx, who, c, propose(scheduler.ID(in.ID)))
	})
}

func (s *Server) changeAndReadEnrollment(ctx context.Context, who visitor, c enrollmentChange,
	asked desk.Proposal) (*enrollmentOutput, error) {
	back, preview, err := s.changeEnrollment(ctx, who, c, asked)
	if err != nil {
		return nil, err
	}
	out, err := s.enrollment(ctx, who, scheduler.ID(c.id))
	if err != nil {
		return nil, err
	}
	out.UndoHeaders, out.Body.Preview = back, preview
	return out, nil
}
