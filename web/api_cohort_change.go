package web

import (
	"context"
	"net/http"
	"reflect"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// rescheduleBody is the request to change the days or the time of a cohort. Omitted fields stay as they are.
type rescheduleBody struct {
	DryRun
	From        civil.Date   `json:"from" format:"date" doc:"The first local date to change."`
	Days        []string     `json:"days,omitempty" doc:"Days of the week, such as mon and thu."`
	Time        *civil.Clock `json:"time,omitempty" pattern:"^[0-9]{2}:[0-9]{2}$" example:"18:00"`
	Zone        string       `json:"zone,omitempty" doc:"An IANA name."`
	AcceptShift bool         `json:"accept_shift,omitempty" doc:"Accept times that a clock change skips or repeats."`
	Far         bool         `json:"far,omitempty" doc:"Accept a first date that is more than two years ahead."`
	Reason      string       `json:"reason,omitempty" maxLength:"1000" doc:"Why a rule is set aside: the equipment, an appointment's window. Stored sealed."`
}

// rotationBody is the request to let facilitators lead in turn.
type rotationBody struct {
	DryRun
	Facilitators []string `json:"facilitators" minItems:"1" doc:"The ids of staff members, in their order."`
	Reason       string   `json:"reason,omitempty" maxLength:"1000" doc:"Why someone leads without the credential that the protocol asks for. Stored sealed."`
}

// phaseBody is the request to run one phase of a programme.
type phaseBody struct {
	DryRun
	Phase  string `json:"phase" doc:"As the protocol names it." example:"low-dose"`
	Number int    `json:"number" minimum:"1" doc:"The phase's place in the programme."`
	Beside string `json:"beside,omitempty" doc:"The id of a cohort that runs another phase. Omitted: this one is the first."`
}

// versionBody is the request to follow another version of the protocol.
type versionBody struct {
	DryRun
	Protocol    string `json:"protocol" doc:"The same protocol, as id@version." example:"more-telehealth@1"`
	AcceptShift bool   `json:"accept_shift,omitempty" doc:"Accept added times that a clock change skips or repeats."`
}

// waitlistBody is the request to move a waitlist.
type waitlistBody struct {
	DryRun
	To string `json:"to" doc:"Another cohort of the same protocol that takes new people."`
}

// addSessionBody is the request to add a session to a cohort.
type addSessionBody struct {
	DryRun
	At          civil.WallTime `json:"at" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$" doc:"The local time in the cohort's zone." example:"2026-01-09T18:00"`
	Kind        string         `json:"kind,omitempty" enum:"group,orientation,retreat,workshop,check-in,meeting" doc:"Default: group."`
	Position    string         `json:"position,omitempty" doc:"Its content, by the protocol's name. Omitted: none, and it stands beside the series."`
	Minutes     int            `json:"minutes,omitempty" minimum:"0" doc:"Default: as long as the protocol's sessions."`
	AcceptShift bool           `json:"accept_shift,omitempty" doc:"Accept a time that a clock change skips or repeats."`
	Far         bool           `json:"far,omitempty" doc:"Accept a date that is far ahead."`
	Reason      string         `json:"reason,omitempty" maxLength:"1000" doc:"Why a rule is set aside: a closed day, the equipment. Stored sealed."`
}

type cohortChangeInput[B stepBody] struct {
	ID string `path:"id"`
	Repeatable
	Body B
}

// registerCohortChanges registers the changes of a cohort that are no plain fields of it.
func (s *Server) registerCohortChanges() {
	apiCohortChange(s, "reschedule", "reschedule-cohort",
		"Change the weekdays, time or zone of a cohort, from a date on. Everyone affected is notified.",
		func(id scheduler.ID, b rescheduleBody) (desk.Proposal, error) {
			days, err := weekdaysOf(b.Days)
			return desk.Reschedule(scheduler.RescheduleRequest{Cohort: id, From: b.From, Weekdays: days, At: b.Time,
				Zone: b.Zone, AcceptShift: b.AcceptShift, Far: b.Far, Reason: b.Reason}), err
		})
	apiCohortChange(s, "rotation", "rotate-cohort", "Let facilitators lead the upcoming sessions in turn.",
		func(id scheduler.ID, b rotationBody) (desk.Proposal, error) {
			q := scheduler.RotateRequest{Cohort: id, Reason: b.Reason}
			for _, one := range b.Facilitators {
				q.Leaders = append(q.Leaders, scheduler.ID(one))
			}
			return desk.Rotate(q), nil
		})
	apiCohortChange(s, "phase", "set-cohort-phase", "Run one phase of a programme whose phases run beside each other.",
		func(id scheduler.ID, b phaseBody) (desk.Proposal, error) {
			return desk.RunPhase(scheduler.PhaseRequest{Cohort: id, Beside: scheduler.ID(b.Beside), Phase: b.Phase,
				Number: b.Number}), nil
		})
	apiCohortChange(s, "version", "set-cohort-version",
		"Follow another version of the protocol in the upcoming sessions.",
		func(id scheduler.ID, b versionBody) (desk.Proposal, error) {
			to, err := s.Library.Find(b.Protocol)
			if err != nil {
				return desk.Proposal{}, noProtocol(err)
			}
			return desk.ChangeVersion(scheduler.VersionRequest{Cohort: id, To: to, AcceptShift: b.AcceptShift}), nil
		})
	apiCohortChange(s, "waitlist/move", "move-waitlist", "Move everyone on the waitlist to another cohort. They keep "+
		"their order and their time of asking, and are offered seats there. People who cannot be moved stay, and "+
		"a dry run says why.",
		func(id scheduler.ID, b waitlistBody) (desk.Proposal, error) {
			return desk.MoveWaitlist(id, scheduler.ID(b.To)), nil
		})
	operation(s, program(access.CohortChange), s.withResponse(created(describe(http.MethodPost,
		"/cohorts/{id}/sessions", "add-session", "Cohorts", "Add a session. Everyone affected is notified.")),
		http.StatusOK, "With dry_run: what it would do", reflect.TypeFor[apiPreview](), "Preview"), s.apiAddSession)
}

// noProtocol refuses a protocol that is not in the library.
func noProtocol(err error) error {
	return fault.Wrap(fault.Invalid, err,
		"There is no such protocol. GET /api/v1/protocols lists them all.").In("protocol")
}

// apiCohortChange registers a change of a cohort under the last word of its address. It responds with the cohort.
func apiCohortChange[B stepBody](s *Server, word, id, summary string,
	propose func(scheduler.ID, B) (desk.Proposal, error)) {
	op := describe(http.MethodPost, "/cohorts/{id}/"+word, id, "Cohorts", summary)
	operation(s, program(access.CohortChange), op,
		func(ctx context.Context, who visitor, in *cohortChangeInput[B]) (*cohortOutput, error) {
			cohort, err := idParam(in.ID)
			if err != nil {
				return nil, err
			}
			asked, err := propose(cohort, in.Body)
			if err != nil {
				return nil, err
			}
			request := who.request(0)
			if request.Once, err = onceOf(in.IdempotencyKey, word, in.ID, in.Body); err != nil {
				return nil, err
			}
			back, preview, err := s.changeOrPreview(ctx, request, asked, in.Body.dry())
			if err != nil {
				return nil, err
			}
			out, err := s.cohort(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			out.UndoHeaders, out.Body.Preview = back, preview
			return out, nil
		})
}

type addSessionOutput struct {
	Status int
	UndoHeaders
	Location string `header:"Location"`
	Body     struct {
		Session string      `json:"session,omitempty" doc:"The id of the new session. Omitted with dry_run."`
		Preview *apiPreview `json:"preview,omitempty" doc:"With dry_run: what it would do."`
	} `nameHint:"AddedSession"`
}

func (s *Server) apiAddSession(ctx context.Context, who visitor,
	in *cohortChangeInput[addSessionBody]) (*addSessionOutput, error) {
	cohort, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	asked := desk.AddSession(scheduler.AddRequest{Cohort: cohort, At: b.At, Kind: protocols.Kind(b.Kind),
		Position: b.Position, Minutes: b.Minutes, AcceptShift: b.AcceptShift, Far: b.Far, Reason: b.Reason})
	request, out := who.request(0), &addSessionOutput{Status: http.StatusOK}
	if b.DryRun.DryRun {
		_, out.Body.Preview, err = s.changeOrPreview(ctx, request, asked, b.DryRun)
		return out, err
	}
	if request.Once, err = onceOf(in.IdempotencyKey, "add-session", in.ID, b); err != nil {
		return nil, err
	}
	changed, err := s.Desk.Change(ctx, request, asked)
	if err != nil {
		return nil, err
	}
	out.Status, out.UndoHeaders = http.StatusCreated, undoHeaders(changed.ChangeNo, changed.Until)
	out.Body.Session, out.Location = string(changed.Made), s.link(apiPrefix+"/sessions/"+string(changed.Made))
	return out, nil
}
