package web

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// ReferralBody is somebody who was referred to the clinic, for programs and commands.
type ReferralBody struct {
	Name        string           `json:"name"`
	Email       string           `json:"email,omitempty"`
	Phone       string           `json:"phone,omitempty"`
	Zone        string           `json:"zone,omitempty" doc:"An IANA name. Omitted: the clinic's."`
	Language    string           `json:"language,omitempty" enum:"en,es"`
	Consents    []ConsentBody    `json:"consents,omitempty"`
	ExternalIDs []ExternalIDBody `json:"external_ids,omitempty"`
	Protocol    string           `json:"protocol,omitempty" doc:"The id of the protocol that they are to follow. Omitted: any." example:"more-telehealth"`
	Times       string           `json:"times,omitempty" doc:"When they can come, in their zone. Omitted: any time." example:"tue,thu 17:00-20:00; sat 09:00-12:00"`
	Earliest    civil.Date       `json:"earliest,omitempty" required:"false" format:"date" doc:"No entry before this date."`
	Source      string           `json:"source,omitempty" maxLength:"1000" doc:"Who referred them."`
	Waiting     string           `json:"waiting,omitempty" maxLength:"1000" doc:"How to reach them while they wait, and what to know then."`
}

// Referral converts the body. It fails with Invalid when the times cannot be read.
func (b ReferralBody) Referral() (r scheduler.Referral, err error) {
	r = scheduler.Referral{Zone: b.Zone, Language: b.Language, Protocol: b.Protocol, Earliest: b.Earliest,
		Source: b.Source, Waiting: b.Waiting,
		Contact: scheduler.Contact{Name: b.Name, Email: b.Email, Phone: b.Phone}}
	for _, c := range b.Consents {
		r.Contact.Consents = append(r.Contact.Consents,
			scheduler.Consent{Channel: scheduler.Channel(c.Channel), TextVersion: c.TextVersion, GivenAt: c.At})
	}
	for _, id := range b.ExternalIDs {
		r.Contact.ExternalIDs = append(r.Contact.ExternalIDs, scheduler.ExternalID(id))
	}
	r.Times, err = scheduler.ParsePreferredTimes(b.Times)
	return r, err
}

// apiReferral is a referral as it is stored.
type apiReferral struct {
	ID string `json:"id"`
	ReferralBody
	ReceivedAt time.Time  `json:"received_at"`
	State      string     `json:"state" enum:"open,enrolled,closed"`
	Enrollment string     `json:"enrollment,omitempty" doc:"The enrollment that came of it."`
	ClosedAt   *time.Time `json:"closed_at"`
	ClosedWhy  string     `json:"closed_why,omitempty"`
}

func apiReferralOf(r scheduler.Referral) apiReferral {
	out := apiReferral{ID: string(r.ID), ReceivedAt: r.ReceivedAt, State: string(r.State()),
		Enrollment: string(r.Enrollment), ClosedAt: instantOrNull(r.ClosedAt), ClosedWhy: r.ClosedWhy}
	out.ReferralBody = ReferralBody{Name: r.Contact.Name, Email: scheduler.ShownEmail(r.Contact.Email),
		Phone: r.Contact.Phone, Zone: r.Zone, Language: r.Language, Protocol: r.Protocol,
		Times: scheduler.WritePreferredTimes(r.Times), Earliest: r.Earliest, Source: r.Source, Waiting: r.Waiting}
	for _, c := range r.Contact.Consents {
		out.Consents = append(out.Consents,
			ConsentBody{Channel: string(c.Channel), TextVersion: c.TextVersion, At: c.GivenAt})
	}
	for _, id := range r.Contact.ExternalIDs {
		out.ExternalIDs = append(out.ExternalIDs, ExternalIDBody(id))
	}
	return out
}

type referralsInput struct {
	Query string `query:"query" maxLength:"400" doc:"Only people whom this means: names in any order and without accents, an address, the end of a number, or an id."`
	Ended bool   `query:"ended" doc:"Those that are enrolled or closed, instead of the open ones."`
	Paging
}

type referralsOutput struct {
	Link string `header:"Link"`
	Body struct {
		Referrals []apiReferral `json:"referrals" doc:"The longest waiting first."`
		Open      int           `json:"open" doc:"Open referrals, on all pages."`
	} `nameHint:"Referrals"`
}

type referralInput struct {
	ID string `path:"id"`
}

type referralOutput struct {
	Status int
	Body   apiReferral `nameHint:"Referral"`
}

type referralAddInput struct {
	Repeatable
	Body struct {
		DryRun
		Referrals []ReferralBody `json:"referrals" minItems:"1" maxItems:"1000" doc:"Stored all or none."`
	} `nameHint:"NewReferrals"`
}

type referralAddOutput struct {
	Status int
	Body   struct {
		Referrals []scheduler.ID `json:"referrals" doc:"The ids, in order. Empty with dry_run."`
	} `nameHint:"AddedReferrals"`
}

type referralSetInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		ReferralBody
	} `nameHint:"ReferralChange"`
}

type referralCloseInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		Why string `json:"why" minLength:"1" maxLength:"1000"`
	} `nameHint:"CloseReferral"`
}

// registerReferralOperations registers the operations of the referral inbox.
func (s *Server) registerReferralOperations() {
	may := program(access.Enroll)
	operation(s, may, describe(http.MethodGet, "/referrals", "list-referrals", "Referrals",
		"People who were referred to the clinic and are enrolled nowhere yet."), s.apiReferrals)
	operation(s, may, s.withResponse(created(describe(http.MethodPost, "/referrals", "add-referrals", "Referrals",
		"Add people to the referral inbox, one or many.")), http.StatusOK, "With dry_run: they could be added",
		reflect.TypeFor[struct{}](), "Nothing"), s.apiReferralsAdd)
	operation(s, may, describe(http.MethodGet, "/referrals/{id}", "get-referral", "Referrals", "One referral."),
		s.apiReferral)
	operation(s, may, describe(http.MethodPut, "/referrals/{id}", "set-referral", "Referrals",
		"Replace what an open referral says. To enroll the person, name the referral in POST "+
			"/cohorts/{id}/enrollments."), s.apiReferralSet)
	operation(s, may, describe(http.MethodPost, "/referrals/{id}/close", "close-referral", "Referrals",
		"Close a referral without enrolling the person."), s.apiReferralClose)
}

func (s *Server) apiReferrals(ctx context.Context, who visitor, in *referralsInput) (*referralsOutput, error) {
	q := reads.ReferralQuery{Name: in.Query, Ended: in.Ended, Limit: in.Limit}
	filters := filtersOf("query", in.Query)
	if in.Ended {
		filters.Set("ended", "true")
	}
	var err error
	if q.After, err = in.cursor(); err != nil {
		return nil, err
	}
	found, err := s.Referrals.Referrals(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	out := &referralsOutput{Link: s.nextByCursor("/referrals", filters, in.Limit, found.Next)}
	out.Body.Referrals, out.Body.Open = make([]apiReferral, len(found.Rows)), found.Open
	for i, r := range found.Rows {
		out.Body.Referrals[i] = apiReferralOf(r)
	}
	return out, nil
}

func (s *Server) apiReferralsAdd(ctx context.Context, who visitor, in *referralAddInput) (*referralAddOutput, error) {
	all := make([]scheduler.Referral, len(in.Body.Referrals))
	for i, b := range in.Body.Referrals {
		var err error
		if all[i], err = b.Referral(); err != nil {
			return nil, err
		}
	}
	q := desk.ReferralRequest{Referrals: all, DryRun: in.Body.DryRun.DryRun}
	var err error
	if q.Once, err = onceOf(in.IdempotencyKey, "referrals", "", in.Body); err != nil {
		return nil, err
	}
	ids, err := s.Referrals.AddReferrals(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	out := &referralAddOutput{Status: http.StatusCreated}
	if in.Body.DryRun.DryRun {
		out.Status, ids = http.StatusOK, []scheduler.ID{}
	}
	out.Body.Referrals = ids
	return out, nil
}

func (s *Server) apiReferral(ctx context.Context, who visitor, in *referralInput) (*referralOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	r, err := s.Referrals.Referral(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	return &referralOutput{Status: http.StatusOK, Body: apiReferralOf(r)}, nil
}

func (s *Server) apiReferralSet(ctx context.Context, who visitor, in *referralSetInput) (*referralOutput, error) {
	r, err := in.Body.Referral()
	if err != nil {
		return nil, err
	}
	return s.setReferral(ctx, who, in.ID, in.Body.mode(), func(before *scheduler.Referral) {
		r.ID = before.ID
		*before = r
	})
}

func (s *Server) apiReferralClose(ctx context.Context, who visitor, in *referralCloseInput) (*referralOutput, error) {
	if in.Body.Why == "" {
		return nil, fault.In("why", "Say why the referral is closed, so that others can follow it.")
	}
	return s.setReferral(ctx, who, in.ID, in.Body.mode(), func(r *scheduler.Referral) {
		r.ClosedAt, r.ClosedWhy = s.Now(), in.Body.Why
	})
}

// setReferral changes a referral and responds with it.
func (s *Server) setReferral(ctx context.Context, who visitor, text string, m reads.Mode,
	change func(*scheduler.Referral)) (*referralOutput, error) {
	id, err := idParam(text)
	if err != nil {
		return nil, err
	}
	r, err := s.Referrals.Referral(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	change(&r)
	if err := s.Referrals.SetReferral(ctx, who.actor, who.clinic, r, m); err != nil {
		return nil, err
	}
	return s.apiReferral(ctx, who, &referralInput{text})
}
