package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// CohortSummary is a cohort in a list.
type CohortSummary struct {
	ID          string     `json:"id"`
	Name        string     `json:"name" doc:"For staff. Participants never see it."`
	Protocol    string     `json:"protocol" example:"more-telehealth@1"`
	Rolling     bool       `json:"rolling" doc:"Runs without an end date and takes new people along the way."`
	Zone        string     `json:"zone"`
	State       string     `json:"state" enum:"open,ended"`
	Capacity    int        `json:"capacity"`
	Seated      int        `json:"seated" doc:"People with an active enrollment."`
	Waiting     int        `json:"waiting"`
	NextSession *time.Time `json:"next_session" doc:"Start of the next session. Null when there is none."`
}

// apiCohort is a cohort with all its fields.
type apiCohort struct {
	CohortSummary
	Start       civil.Date        `json:"start" format:"date"`
	Time        civil.Clock       `json:"time" example:"18:00"`
	Days        []string          `json:"days" doc:"Empty: the weekday of the start date."`
	Closed      []civil.DateRange `json:"closed" doc:"Days this cohort skips in addition to the clinic's closed days, both ends included." example:"[\"2026-12-24..2027-01-02\"]"`
	Holidays    string            `json:"holidays" doc:"us-federal, or empty."`
	Facilitator string            `json:"facilitator,omitempty" doc:"The id of a staff member."`
	Roles       []apiPost         `json:"roles"`
	Unfilled    []string          `json:"unfilled_roles" doc:"Roles with fewer people assigned than the protocol asks for."`
	Place       string            `json:"place"`
	Meeting     string            `json:"meeting,omitempty" doc:"The id of the meeting by which people come in from afar. Omitted: there is none."`
	Meetings    []apiMeeting      `json:"meetings" doc:"The meetings of the cohort and its sessions. Only for the scope write."`
	Phase       string            `json:"phase,omitempty" doc:"That it runs, of a programme whose phases run beside each other."`
	PhaseNumber int               `json:"phase_number,omitempty"`
	NextPhase   string            `json:"next_phase,omitempty" doc:"The id of the cohort of the next phase."`
	OpenedAt    time.Time         `json:"opened_at"`
	Exceptions  []apiException    `json:"exceptions" doc:"Rules that staff set aside, oldest first."`
	Preview     *apiPreview       `json:"preview,omitempty" doc:"With dry_run: what the change would do."`
}

// apiException is a rule that was set aside, and why.
type apiException struct {
	Rule        string    `json:"rule" doc:"Such as closed-day, window, seats, equipment, requires, or credential."`
	Session     string    `json:"session,omitempty"`
	Enrollment  string    `json:"enrollment,omitempty"`
	Facilitator string    `json:"facilitator,omitempty" doc:"For a credential: the id of the person who leads without it."`
	Credential  string    `json:"credential,omitempty"`
	Reason      string    `json:"reason,omitempty" doc:"In the words of staff. Only for the scope write."`
	At          time.Time `json:"at"`
}

func apiExceptions(c reads.Cohort) []apiException {
	all := []apiException{}
	for _, o := range c.Overrides {
		all = append(all, apiException{
			Rule: "credential", Session: string(o.Session), Facilitator: string(o.Staff), Credential: o.Credential,
			Reason: o.Reason, At: o.At,
		})
	}
	for _, o := range c.Exceptions {
		all = append(all, apiException{Rule: string(o.Rule), Session: string(o.Session),
			Enrollment: string(o.Enrollment), Reason: o.Reason, At: o.At})
	}
	slices.SortStableFunc(all, func(a, b apiException) int { return a.At.Compare(b.At) })
	return all
}

// apiEntryPoint is a session at which a new person could start.
type apiEntryPoint struct {
	Session    string         `json:"session"`
	LocalStart civil.WallTime `json:"local_start"`
	Start      time.Time      `json:"start"`
	Module     string         `json:"module"`
	Seats      int            `json:"seats" doc:"Seats free in every session from here to graduation, minus the people waiting for them."`
}

type cohortsInput struct{ Paging }

type cohortsOutput struct {
	Link string `header:"Link"`
	Body struct {
		Cohorts []CohortSummary `json:"cohorts"`
	} `nameHint:"Cohorts"`
}

func (s *Server) apiCohorts(ctx context.Context, who visitor, in *cohortsInput) (*cohortsOutput, error) {
	all, err := s.Cohorts.Cohorts(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	cut, next, err := paginate(s, all, in.Paging, "/cohorts", nil,
		func(c reads.CohortRow) string { return string(c.ID) })
	if err != nil {
		return nil, err
	}
	out := &cohortsOutput{Link: next}
	out.Body.Cohorts = make([]CohortSummary, len(cut))
	for i, c := range cut {
		out.Body.Cohorts[i] = CohortSummary{
			ID: string(c.ID), Name: c.Name, Protocol: c.Protocol, Rolling: c.Rolling, Zone: c.Zone,
			State:    string(c.State),
			Capacity: c.Capacity, Seated: c.Seated, Waiting: c.Waiting, NextSession: instantOrNull(c.Next),
		}
	}
	return out, nil
}

func instantOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func apiCohortOf(c reads.Cohort, now time.Time) apiCohort {
	k := c.Cohort
	out := apiCohort{
		CohortSummary: CohortSummary{
			ID: string(k.ID), Name: k.Name, Protocol: k.Protocol, Rolling: k.Rolling, Zone: k.Zone,
			State: string(k.State), Capacity: k.Capacity,
		},
		Start: k.Start, Time: k.At, Days: []string{}, Closed: append([]civil.DateRange{}, k.Closed...),
		Holidays:    k.Holidays,
		Facilitator: string(k.Lead), OpenedAt: k.OpenedAt, Place: k.Place,
		Meeting: string(k.Meeting), Meetings: apiMeetings(c),
		Phase: k.Phase, PhaseNumber: k.PhaseNo,
		Exceptions: apiExceptions(c), Roles: []apiPost{},
		Unfilled: append([]string{}, scheduler.Unfilled(c.Definition, k)...),
	}
	if next, follows := c.Next(); follows {
		out.NextPhase = string(next.Cohort)
	}
	for _, p := range k.Staffing {
		out.Roles = append(out.Roles, apiPost{p.Role, string(p.Staff)})
	}
	for _, day := range k.Weekdays {
		out.Days = append(out.Days, strings.ToLower(day.String()[:3]))
	}
	for _, e := range c.Enrollments {
		out.Seated += oneIf(e.State == scheduler.Active)
		out.Waiting += oneIf(e.State == scheduler.Waiting)
	}
	for _, session := range c.Sessions {
		if session.Live() && session.Start.After(now) {
			out.NextSession = &session.Start
			break
		}
	}
	return out
}

func oneIf(is bool) int {
	if is {
		return 1
	}
	return 0
}

type cohortInput struct {
	ID string `path:"id"`
	ConditionalRead
}

type cohortOutput struct {
	Status int
	UndoHeaders
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     apiCohort
}

func (s *Server) apiCohort(ctx context.Context, who visitor, in *cohortInput) (*cohortOutput, error) {
	out, err := s.cohort(ctx, who, in.ID)
	if err == nil && matches(in.IfNoneMatch, out.ETag, true) {
		out.Status = http.StatusNotModified
	}
	return out, err
}

// cohort reads one cohort and computes its entity tag.
func (s *Server) cohort(ctx context.Context, who visitor, text string) (*cohortOutput, error) {
	id, err := idParam(text)
	if err != nil {
		return nil, err
	}
	cohort, err := s.Cohorts.Cohort(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	out := &cohortOutput{Status: http.StatusOK, Body: apiCohortOf(cohort, s.Now())}
	out.ETag, err = etag(out.Body)
	return out, err
}

// apiPost is a person in a role.
type apiPost struct {
	Role  string `json:"role" doc:"The protocol's name for it."`
	Staff string `json:"staff" doc:"The id of a staff member."`
}

// openBody is the request to open a cohort.
type openBody struct {
	DryRun
	Protocol    string            `json:"protocol" doc:"By id or id@version." example:"more-telehealth"`
	Name        string            `json:"name,omitempty" doc:"For staff. Default: the protocol's title."`
	Start       civil.Date        `json:"start" format:"date" example:"2026-01-06"`
	Time        civil.Clock       `json:"time" pattern:"^[0-9]{2}:[0-9]{2}$" example:"18:00"`
	Zone        string            `json:"zone" doc:"IANA." example:"America/New_York"`
	Capacity    *int              `json:"capacity,omitempty" doc:"Seats in each session. Default: the protocol's maximum."`
	Days        []string          `json:"days,omitempty" enum:"mon,tue,wed,thu,fri,sat,sun"`
	Closed      []civil.DateRange `json:"closed,omitempty" doc:"Days this cohort skips in addition to the clinic's closed days, such as 2026-12-24 or 2026-12-24..2027-01-02."`
	Holidays    string            `json:"holidays,omitempty" enum:"us-federal"`
	Facilitator string            `json:"facilitator,omitempty" doc:"The id of a staff member, for the protocol's first role."`
	Roles       []apiPost         `json:"roles,omitempty" doc:"The people in the protocol's roles."`
	Place       string            `json:"place,omitempty" doc:"Where people meet, as participants see it. Required when they meet in person."`
	Meeting     *meetingBody      `json:"meeting,omitempty" doc:"How people come in from afar."`
	Reason      string            `json:"reason,omitempty" doc:"Why a rule of the protocol is set aside: a credential, a training, the seat limits, the equipment. Stored sealed."`
	Past        bool              `json:"past,omitempty" doc:"Accept a start date in the past."`
	Far         bool              `json:"far,omitempty" doc:"Accept a start date more than two years ahead."`
	AcceptShift bool              `json:"accept_shift,omitempty" doc:"Accept times that a clock change skips or repeats."`
}

func (s *Server) openingOf(b openBody) (scheduler.OpenRequest, error) {
	definition, err := s.Library.Find(b.Protocol)
	if err != nil {
		return scheduler.OpenRequest{}, noProtocol(err)
	}
	o := scheduler.OpenRequest{
		Definition: definition, Name: b.Name, Start: b.Start, At: b.Time, Zone: b.Zone, Closed: b.Closed,
		Holidays: b.Holidays,
		Lead:     scheduler.ID(b.Facilitator), Reason: b.Reason, Past: b.Past, Far: b.Far, AcceptShift: b.AcceptShift,
		Place: b.Place,
	}
	if m := b.Meeting.meeting(); m != nil {
		o.Meeting = *m
	}
	for _, p := range b.Roles {
		o.Posts = append(o.Posts, scheduler.Post{Role: p.Role, Staff: scheduler.ID(p.Staff)})
	}
	if b.Capacity != nil {
		o.Capacity, o.HasCapacity = *b.Capacity, true
	}
	o.Weekdays, err = weekdaysOf(b.Days)
	return o, err
}

// weekdaysOf reads days of the week.
func weekdaysOf(names []string) (days []time.Weekday, err error) {
	for _, name := range names {
		day, err := protocols.ParseWeekday(name)
		if err != nil {
			return nil, fault.In("days", "There is no such day. Write mon, tue, wed, thu, fri, sat or sun.")
		}
		days = append(days, day)
	}
	return days, nil
}

type openInput struct {
	Repeatable
	Body openBody
}

func (s *Server) apiOpenCohort(ctx context.Context, who visitor, in *openInput) (*cohortOutput, error) {
	opening, err := s.openingOf(in.Body)
	if err != nil {
		return nil, err
	}
	request := who.request(0)
	if in.Body.DryRun.DryRun {
		return s.previewOpening(ctx, request, opening)
	}
	if request.Once, err = onceOf(in.IdempotencyKey, "open", "", in.Body); err != nil {
		return nil, err
	}
	id, err := s.Desk.OpenCohort(ctx, request, opening)
	if err != nil {
		return nil, err
	}
	out, err := s.cohort(ctx, who, string(id))
	if err != nil {
		return nil, err
	}
	out.Status, out.Location = http.StatusCreated, s.link(apiPrefix+"/cohorts/"+string(id))
	return out, nil
}

// previewOpening previews opening a cohort, which has no id yet.
func (s *Server) previewOpening(ctx context.Context, request desk.Request,
	o scheduler.OpenRequest) (*cohortOutput, error) {
	p, cohort, err := s.Desk.PreviewCohort(ctx, request, o)
	if err != nil {
		return nil, err
	}
	out := &cohortOutput{Status: http.StatusOK,
		Body: apiCohortOf(reads.Cohort{Cohort: cohort, Definition: o.Definition}, s.Now())}
	out.Body.ID, out.Body.Preview = "", previewOf(p)
	for i := range out.Body.Preview.Sessions {
		out.Body.Preview.Sessions[i].Session, out.Body.Preview.Sessions[i].Cohort = "", ""
	}
	out.Body.Preview.Cohorts = []apiCohortEffect{}
	return out, nil
}

type sessionsInput struct {
	ID string `path:"id"`
	Paging
}

type sessionsOutput struct {
	Link string `header:"Link"`
	Body struct {
		Sessions []apiSession `json:"sessions"`
	} `nameHint:"Sessions"`
}

func (s *Server) apiSessions(ctx context.Context, who visitor, in *sessionsInput) (*sessionsOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	cohort, err := s.Cohorts.Cohort(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	cut, next, err := paginate(s, cohort.Sessions, in.Paging, "/cohorts/"+in.ID+"/sessions", nil,
		func(one reads.Session) string {
			return fmt.Sprintf("%s %08d", one.Start.UTC().Format(time.RFC3339), one.Counter)
		})
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{Link: next}
	out.Body.Sessions = make([]apiSession, len(cut))
	for i, one := range cut {
		out.Body.Sessions[i] = apiSessionOf(&cohort.Cohort, cohort.Definition, &one.Session, one.Seated)
	}
	return out, nil
}

type entryPointsInput struct {
	ID string `path:"id"`
}

type entryPointsOutput struct {
	Body struct {
		EntryPoints []apiEntryPoint `json:"entry_points"`
	} `nameHint:"EntryPoints"`
}

func (s *Server) apiEntryPoints(ctx context.Context, who visitor, in *entryPointsInput) (*entryPointsOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.CohortView},
		desk.Load{Cohorts: []scheduler.ID{id}, Recent: desk.RecentSessions})
	if err != nil {
		return nil, err
	}
	out := &entryPointsOutput{}
	out.Body.EntryPoints = []apiEntryPoint{}
	roster := book.Roster(id)
	points := book.EntryPoints(roster)
	if err := book.Err(); err != nil {
		return nil, err
	}
	for _, at := range points {
		out.Body.EntryPoints = append(out.Body.EntryPoints, apiEntryPoint{
			Session: string(at.Session), LocalStart: roster.Session(at.Session).Wall, Start: at.Start,
			Module: moduleOf(roster.Definition, at.Position), Seats: at.Seats,
		})
	}
	return out, nil
}
