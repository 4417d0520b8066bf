package web

import (
	"context"
	"net/http"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// apiSession is a session for programs.
type apiSession struct {
	ID          string          `json:"id"`
	Cohort      string          `json:"cohort"`
	Number      int             `json:"number" doc:"In the main series, from 1. 0 outside the series and when cancelled."`
	Kind        string          `json:"kind"`
	Phase       string          `json:"phase"`
	Module      string          `json:"module"`
	Position    string          `json:"position" doc:"The unit of content: the module, or module-n if it has several sessions."`
	Title       string          `json:"title" doc:"For staff. Participants never see it."`
	LocalStart  civil.WallTime  `json:"local_start" doc:"In the cohort's zone." example:"2026-01-06T18:00"`
	Zone        string          `json:"zone"`
	Start       time.Time       `json:"start"`
	End         time.Time       `json:"end"`
	Minutes     int             `json:"minutes"`
	State       string          `json:"state" enum:"planned,met,cancelled"`
	MovedFrom   *civil.WallTime `json:"moved_from" doc:"Its original time. Null if it was never moved."`
	Window      *apiWindow      `json:"window,omitempty" doc:"The days within which the protocol places this appointment. Omitted: any day."`
	Enrollment  string          `json:"enrollment,omitempty" doc:"The enrollment whose individual appointment this is. Omitted for sessions of the whole cohort."`
	Place       string          `json:"place" doc:"As participants see it."`
	Meeting     string          `json:"meeting,omitempty" doc:"The id of a meeting of the cohort. Omitted: people come to the place."`
	Facilitator string          `json:"facilitator,omitempty" doc:"The id of a staff member."`
	Seats       int             `json:"seats"`
	Seated      int             `json:"seated"`
	Preview     *apiPreview     `json:"preview,omitempty" doc:"With dry_run: what the change would do. The other fields show the present state."`
}

// apiWindow is a range of days, both ends included.
type apiWindow struct {
	Opens  civil.Date `json:"opens" format:"date"`
	Closes civil.Date `json:"closes" format:"date"`
}

func apiSessionOf(c *scheduler.Cohort, d *protocols.Definition, s *scheduler.Session, seated int) apiSession {
	out := apiSession{
		ID: string(s.ID), Cohort: string(c.ID), Number: s.Number, Kind: s.Kind, Phase: s.Phase,
		Module: moduleOf(d, s.Position), Position: s.Position,
		Title: s.Title, LocalStart: s.Wall, Zone: c.Zone, Start: s.Start, End: s.End, Minutes: s.Minutes,
		State:       string(s.State),
		Facilitator: string(s.Leader), Seats: s.SeatLimit, Seated: seated, Place: s.Place, Enrollment: string(s.For),
		Meeting: string(s.Meeting),
	}
	if !s.Opens.IsZero() {
		out.Window = &apiWindow{s.Opens, s.Closes}
	}
	if !s.MovedFrom.IsZero() {
		out.MovedFrom = &s.MovedFrom
	}
	return out
}

type sessionInput struct {
	ID string `path:"id"`
	ConditionalRead
}

type sessionOutput struct {
	Status int
	UndoHeaders
	ETag string `header:"ETag"`
	Body apiSession
}

// session reads one session for an action. It also returns the clinic's change number.
func (s *Server) session(ctx context.Context, who visitor, id scheduler.ID, action access.Action) (*sessionOutput,
	int64, error) {
	book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: who.clinic, Actor: who.actor, Action: action},
		desk.Load{Sessions: []scheduler.ID{id}})
	if err != nil {
		return nil, 0, err
	}
	for _, r := range book.Rosters {
		if found := r.Session(id); found != nil {
			out := &sessionOutput{Status: http.StatusOK,
				Body: apiSessionOf(&r.Cohort, r.Definition, found, r.Seated(id))}
			out.ETag, err = etag(out.Body)
			return out, book.Clinic.ChangeNo, err
		}
	}
	return nil, 0, fault.New(fault.NotFound, "There is no such session. List the sessions of its cohort.")
}

func (s *Server) apiSession(ctx context.Context, who visitor, in *sessionInput) (*sessionOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	out, _, err := s.session(ctx, who, id, access.CohortView)
	if err == nil && matches(in.IfNoneMatch, out.ETag, true) {
		out.Status = http.StatusNotModified
	}
	return out, err
}

// cancelBody is the request to cancel a session.
type cancelBody struct {
	DryRun
	Content     string         `json:"content,omitempty" enum:"append,skip,makeup" doc:"append adds a session at the end, makeup adds one on its own date, skip drops the content. Default: the protocol's rule."`
	On          civil.WallTime `json:"on,omitempty" required:"false" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$" doc:"For makeup: the local time in the cohort's zone." example:"2026-01-09T18:00"`
	AcceptShift bool           `json:"accept_shift,omitempty" doc:"Accept a time that a clock change skips or repeats."`
	Far         bool           `json:"far,omitempty" doc:"Accept a date that is more than two years ahead, or a year from its neighbor."`
	Reason      string         `json:"reason,omitempty" maxLength:"1000" doc:"Why a rule is set aside: a closed day, an appointment's window, the equipment. Stored sealed."`
}

// moveBody is the request to move a session.
type moveBody struct {
	DryRun
	To          civil.WallTime `json:"to" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$" doc:"The new local time in the cohort's zone." example:"2026-01-08T18:00"`
	AcceptShift bool           `json:"accept_shift,omitempty" doc:"Accept a time that a clock change skips or repeats."`
	Far         bool           `json:"far,omitempty" doc:"Accept a date that is more than two years ahead, or a year from its neighbor."`
	Reason      string         `json:"reason,omitempty" maxLength:"1000" doc:"Why a rule is set aside: a closed day, an appointment's window, the equipment. Stored sealed."`
}

type cancelInput struct {
	ID string `path:"id"`
	ConditionalChange
	Repeatable
	Body *cancelBody
}

type moveInput struct {
	ID string `path:"id"`
	ConditionalChange
	Repeatable
	Body moveBody
}

func (s *Server) apiCancel(ctx context.Context, who visitor, in *cancelInput) (*sessionOutput, error) {
	if in.Body == nil {
		in.Body = &cancelBody{}
	}
	asked := scheduler.CancelRequest{Session: scheduler.ID(in.ID), Content: scheduler.ContentAfter(in.Body.Content),
		On: in.Body.On, AcceptShift: in.Body.AcceptShift, Far: in.Body.Far, Reason: in.Body.Reason}
	return s.changeSession(ctx, who,
		sessionChange{access.SessionChange, in.ID, "cancel", in.IfMatch, in.IdempotencyKey, in.Body, in.Body.DryRun},
		desk.Cancel(asked))
}

func (s *Server) apiMove(ctx context.Context, who visitor, in *moveInput) (*sessionOutput, error) {
	asked := scheduler.MoveRequest{Session: scheduler.ID(in.ID), To: in.Body.To, AcceptShift: in.Body.AcceptShift,
		Far: in.Body.Far, Reason: in.Body.Reason}
	return s.changeSession(ctx, who,
		sessionChange{access.SessionChange, in.ID, "move", in.IfMatch, in.IdempotencyKey, in.Body, in.Body.DryRun},
		desk.Move(asked))
}

// sessionChange holds what every change of a session has in common.
type sessionChange struct {
	action                 access.Action
	id, what, ifMatch, key string
	body                   any
	dry                    DryRun
}

// changeSession makes a change of one session and returns the changed session.
func (s *Server) changeSession(ctx context.Context, who visitor, c sessionChange,
	asked desk.Proposal) (*sessionOutput, error) {
	id, err := idParam(c.id)
	if err != nil {
		return nil, err
	}
	request := who.request(0)
	if request.Once, err = onceOf(c.key, c.what, c.id, c.body); err != nil {
		return nil, err
	}
	read := func(ctx context.Context) (string, int64, error) {
		out, changeNo, err := s.session(ctx, who, id, c.action)
		if err != nil {
			return "", 0, err
		}
		return out.ETag, changeNo, nil
	}
	var back UndoHeaders
	var preview *apiPreview
	err = ifMatching(ctx, c.ifMatch, read, func(expect int64) error {
		request.Expect = expect
		back, preview, err = s.changeOrPreview(ctx, request, asked, c.dry)
		return err
	})
	if err != nil {
		return nil, err
	}
	out, _, err := s.session(ctx, who, id, c.action)
	if err != nil {
		return nil, err
	}
	out.UndoHeaders, out.Body.Preview = back, preview
	return out, nil
}
