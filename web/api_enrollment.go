package web

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// EnrollmentBody is a request to enroll a person as JSON, in the API and on the command line.
type EnrollmentBody struct {
	Participant ParticipantBody `json:"participant" doc:"Either the id of a known person alone, or a new person."`
	Earliest    civil.Date      `json:"earliest,omitempty" format:"date" doc:"No entry before this date, local to the cohort." example:"2026-01-14"`
	Priority    int             `json:"priority,omitempty" doc:"Higher comes first on the waitlist."`
	// Reason says why a person joins a closed cohort that has started. Facts are dates of the
	// person's record, by the protocol's names for them.
	Reason string                `json:"reason,omitempty" maxLength:"1000" doc:"Why a person joins a closed cohort that has already started. Stored sealed."`
	Facts  map[string]civil.Date `json:"facts,omitempty" doc:"Dates of the person's record that the protocol asks for. Until they are given, the person is pending." example:"{\"stable-dose-since\": \"2025-11-20\"}"`
	// Referral is the referral that this comes of.
	Referral string `json:"referral,omitempty" doc:"The open referral that this enrollment comes of, by id. It is ended in the same step."`
}

// ParticipantBody is the person to enroll: a known person by id, or a new one.
type ParticipantBody struct {
	ID          string           `json:"id,omitempty" doc:"The id of a known person. Of the other fields, only consents and external_ids are then read and added."`
	New         bool             `json:"new,omitempty" doc:"This is a new person, although people with a similar name share the email address or phone number. Answers a 409 with candidates."`
	Name        string           `json:"name,omitempty"`
	Email       string           `json:"email,omitempty" example:"pat@example.net"`
	Phone       string           `json:"phone,omitempty" doc:"With area code. Without a country code, the country of the person's zone is assumed, or else the clinic's." example:"+1 202 555 0100"`
	Zone        string           `json:"zone,omitempty" doc:"IANA name. Default: the cohort's zone." example:"America/Chicago"`
	Language    string           `json:"language,omitempty" enum:"en,es" doc:"Default: en."`
	Consents    []ConsentBody    `json:"consents,omitempty" doc:"Without consent for a channel, nothing is sent over it."`
	ExternalIDs []ExternalIDBody `json:"external_ids,omitempty" doc:"This person's ids in other systems."`
}

// ConsentBody is consent to be contacted over one channel.
type ConsentBody struct {
	Channel     string    `json:"channel" enum:"email,sms,voice"`
	TextVersion string    `json:"text_version,omitempty" doc:"Version of the risk text that the person agreed to. Required."`
	At          time.Time `json:"at,omitempty" required:"false" doc:"When it was given, not in the future. Default: now."`
}

// ExternalIDBody is a person's id in another system, such as a health record.
type ExternalIDBody struct {
	System string `json:"system" example:"ehr"`
	Value  string `json:"value" example:"8812"`
}

// Request converts the body to a request of the desk.
func (b EnrollmentBody) Request(cohort scheduler.ID) scheduler.EnrollRequest {
	p := b.Participant
	e := scheduler.EnrollRequest{
		Cohort: cohort, Person: scheduler.ID(p.ID), New: p.New, Zone: p.Zone, Language: p.Language,
		Earliest: b.Earliest, Priority: b.Priority,
		Facts: b.Facts, Reason: b.Reason, Referral: scheduler.ID(b.Referral),
		Contact: scheduler.Contact{Name: p.Name, Email: p.Email, Phone: p.Phone},
	}
	for _, c := range p.Consents {
		e.Contact.Consents = append(e.Contact.Consents,
			scheduler.Consent{Channel: scheduler.Channel(c.Channel), TextVersion: c.TextVersion, GivenAt: c.At})
	}
	for _, id := range p.ExternalIDs {
		e.Contact.ExternalIDs = append(e.Contact.ExternalIDs, scheduler.ExternalID(id))
	}
	return e
}

// apiEnrollment is an enrollment for programs, without name or address.
type apiEnrollment struct {
	ID               string      `json:"id"`
	Cohort           string      `json:"cohort"`
	Participant      string      `json:"participant" doc:"The person's id. Use it for their next enrollment."`
	State            string      `json:"state" enum:"pending,waiting,offered,active,on_hold,completed,withdrawn"`
	RequestedAt      time.Time   `json:"requested_at"`
	Priority         int         `json:"priority"`
	Entry            *civil.Date `json:"entry" format:"date" doc:"Local date of the first session. Null while waiting."`
	WaitlistPosition int         `json:"waitlist_position" doc:"1 is next. 0 when not waiting."`
	Unreachable      bool        `json:"unreachable" doc:"No channel has consent, so staff call or hand over a letter."`
	FeedURL          string      `json:"feed_url,omitempty" doc:"The person's private calendar. A secret, shown only to the scopes write and enroll."`
	PageURL          string      `json:"page_url,omitempty" doc:"The person's private page. A secret, shown only to the scopes write and enroll."`
	Itinerary        []apiSeat   `json:"itinerary" doc:"The seats, ordered by start."`
	Preview          *apiPreview `json:"preview,omitempty" doc:"With dry_run: what the change would do."`
}

// apiSeat is one seat of an itinerary.
type apiSeat struct {
	Session string    `json:"session"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Module  string    `json:"module" doc:"Empty for a session without its own content."`
	State   string    `json:"state" enum:"planned,present,late,partial,excused,missed,cancelled"`
}

func (s *Server) apiEnrollmentOf(v reads.EnrollmentView) apiEnrollment {
	e := apiEnrollment{
		ID: string(v.ID), Cohort: string(v.Cohort), Participant: string(v.Person), State: string(v.State),
		RequestedAt: v.RequestedAt,
		Priority:    v.Priority, WaitlistPosition: v.WaitlistPosition, Unreachable: v.Unreachable,
		Itinerary: []apiSeat{},
	}
	if !v.EntryWall.IsZero() {
		e.Entry = &v.EntryWall.Date
	}
	if v.Links.Feed != "" {
		e.FeedURL = s.link(feedPrefix + v.Links.Feed + feedSuffix)
	}
	if v.Links.Page != "" {
		e.PageURL = s.link("/p/" + v.Links.Page)
	}
	for _, item := range v.Items {
		e.Itinerary = append(e.Itinerary, apiSeat{
			Session: string(item.Session), Start: item.Start, End: item.End,
			Module: moduleOf(v.Definition, item.Position), State: string(item.State),
		})
	}
	return e
}

// moduleOf returns the module of a position. A position outside the main series is its own module.
func moduleOf(d *protocols.Definition, position string) string {
	for _, p := range d.Positions() {
		if p.ID == position {
			return p.Module
		}
	}
	return position
}

// enrollBody is an EnrollmentBody with dry_run.
type enrollBody struct {
	EnrollmentBody
	DryRun
}

type enrollInput struct {
	ID string `path:"id" doc:"The cohort."`
	Repeatable
	Body enrollBody
}

type enrollmentInput struct {
	ID string `path:"id"`
	ConditionalRead
}

type enrollmentOutput struct {
	UndoHeaders
	Status   int
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     apiEnrollment
}

func (s *Server) enrollOperation() huma.Operation {
	op := created(describe(http.MethodPost, "/cohorts/{id}/enrollments", "enroll", "Enrollments",
		"Enroll a person. 201: with seats. 202: without seats, on the waitlist or until a prerequisite is done. "+
			"200: dry_run. An external id always "+
			"means the same person. 409 with candidates asks whether a person with a similar name and the same "+
			"address or number is meant: send "+
			"participant.id of one of them, or participant.new."))
	op = s.withResponse(op, http.StatusAccepted, "Accepted, without seats for now",
		reflect.TypeFor[apiEnrollment](), "Enrollment")
	op = s.withResponse(op, http.StatusOK, "With dry_run: the enrollment as it would be, without an id",
		reflect.TypeFor[apiEnrollment](), "Enrollment")
	return op
}

func (s *Server) apiEnroll(ctx context.Context, who visitor, in *enrollInput) (*enrollmentOutput, error) {
	cohort, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	request := who.request(0)
	if in.Body.DryRun.DryRun {
		return s.previewEnroll(ctx, request, in.Body.Request(cohort))
	}
	if request.Once, err = onceOf(in.IdempotencyKey, "enroll", in.ID, in.Body); err != nil {
		return nil, err
	}
	result, err := s.Desk.Enroll(ctx, request, in.Body.Request(cohort))
	if err != nil {
		return nil, relocateFields(err, participantFields)
	}
	out, err := s.enrollment(ctx, who, result.Enrollment)
	if err != nil {
		return nil, err
	}
	out.UndoHeaders = undoHeaders(result.ChangeNo, result.Until)
	out.Status, out.Location = http.StatusCreated, s.link(apiPrefix+"/enrollments/"+out.Body.ID)
	switch scheduler.EnrollmentState(out.Body.State) {
	case scheduler.Waiting, scheduler.Pending, scheduler.Offered:
		out.Status = http.StatusAccepted
	}
	return out, nil
}

// previewEnroll previews an enrollment. It has no id yet, nor does a new person.
func (s *Server) previewEnroll(ctx context.Context, request desk.Request,
	e scheduler.EnrollRequest) (*enrollmentOutput, error) {
	p, result, err := s.Desk.PreviewEnroll(ctx, request, e)
	if err != nil {
		return nil, relocateFields(err, participantFields)
	}
	out := &enrollmentOutput{Status: http.StatusOK, Body: apiEnrollment{
		Cohort: string(e.Cohort), Participant: string(e.Person), State: string(result.State), RequestedAt: s.Now(),
		Priority: e.Priority,
		Entry:    dateOrNull(result.Entry), WaitlistPosition: result.WaitlistPosition, Unreachable: result.Unreachable,
		Itinerary: []apiSeat{}, Preview: previewOf(p),
	}}
	out.Body.Preview.Enrollments = []apiEnrollmentEffect{}
	return out, nil
}

// participantFields maps the desk's fields of a person to their place in the body.
var participantFields = map[string]string{
	"name": "participant.name", "email": "participant.email", "phone": "participant.phone", "zone": "participant.zone",
	"language": "participant.language", "new": "participant.new", "consents": "participant.consents",
	"external_ids": "participant.external_ids",
}

// relocateFields renames the fields of faults as the request body has them. Fields that are not in
// the table keep their names.
func relocateFields(err error, fields map[string]string) error {
	faults := fault.All(err)
	if !slices.ContainsFunc(faults, func(f *fault.Error) bool { return fields[f.Field] != "" }) {
		return err
	}
	moved := make([]error, len(faults))
	for i, f := range faults {
		if moved[i] = f; fields[f.Field] != "" {
			moved[i] = f.In(fields[f.Field])
		}
	}
	return errors.Join(moved...)
}

// enrollment reads one enrollment and computes its entity tag.
func (s *Server) enrollment(ctx context.Context, who visitor, id scheduler.ID) (*enrollmentOutput, error) {
	standing, err := s.Programs.Standing(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	out := &enrollmentOutput{Status: http.StatusOK, Body: s.apiEnrollmentOf(standing)}
	out.ETag, err = etag(out.Body)
	return out, err
}

func (s *Server) apiEnrollment(ctx context.Context, who visitor, in *enrollmentInput) (*enrollmentOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.enrollment(ctx, who, id)
	if err == nil && matches(in.IfNoneMatch, out.ETag, true) {
		out.Status = http.StatusNotModified
	}
	return out, err
}

type withdrawInput struct {
	ID     string `path:"id"`
	DryRun bool   `query:"dry_run" doc:"Change nothing, and describe what it would do."`
	ConditionalChange
	Repeatable
}

func (s *Server) apiWithdraw(ctx context.Context, who visitor, in *withdrawInput) (*previewOutput, error) {
	back, preview, err := s.changeEnrollment(ctx, who, enrollmentChange{
		id: in.ID, what: "withdraw", ifMatch: in.IfMatch, key: in.IdempotencyKey, dry: DryRun{in.DryRun},
	}, desk.Withdraw(scheduler.ID(in.ID)))
	if err != nil {
		return nil, err
	}
	return previewResponse(back, preview), nil
}

// enrollmentChange holds what every change of an enrollment has in common.
type enrollmentChange struct {
	id, what, ifMatch, key string
	body                   any
	dry                    DryRun
}

// changeEnrollment makes a change of one enrollment, or previews it.
func (s *Server) changeEnrollment(ctx context.Context, who visitor, c enrollmentChange,
	asked desk.Proposal) (back UndoHeaders, preview *apiPreview, err error) {
	id, err := idParam(c.id)
	if err != nil {
		return back, nil, err
	}
	request := who.request(0)
	if request.Once, err = onceOf(c.key, c.what, c.id, c.body); err != nil {
		return back, nil, err
	}
	read := func(ctx context.Context) (string, int64, error) {
		standing, err := s.Programs.Standing(ctx, who.actor, who.clinic, id)
		if err != nil {
			return "", 0, err
		}
		tag, err := etag(s.apiEnrollmentOf(standing))
		return tag, standing.ChangeNo, err
	}
	err = ifMatching(ctx, c.ifMatch, read, func(expect int64) error {
		request.Expect = expect
		back, preview, err = s.changeOrPreview(ctx, request, asked, c.dry)
		return err
	})
	return back, preview, err
}
