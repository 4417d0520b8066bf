package web

import (
	"context"
	"net/http"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// apiPerson is a person with all that programs read of them.
type apiPerson struct {
	apiPersonRow
	Zone        string       `json:"zone" doc:"IANA."`
	Language    string       `json:"language" enum:"en,es"`
	Unreachable bool         `json:"unreachable" doc:"No channel has consent, so staff call or hand over a letter."`
	Consents    []apiConsent `json:"consents" doc:"Latest first, ended ones included."`
	Alike       []string     `json:"alike" doc:"Ids of people who may be the same person."`
	MergedInto  string       `json:"merged_into,omitempty" doc:"The id of the person who this record was merged into. What it had is that person's."`
	Preview     *apiPreview  `json:"preview,omitempty" doc:"With dry_run: what the change would do."`
}

// apiConsent is a consent that was given, and its end.
type apiConsent struct {
	Channel     string     `json:"channel" enum:"email,sms,voice"`
	TextVersion string     `json:"text_version"`
	At          time.Time  `json:"at"`
	How         string     `json:"how,omitempty" enum:"paper,spoken,page,email,phone,text"`
	Ended       *time.Time `json:"ended" doc:"Null while it lasts."`
}

type personInput struct {
	ID string `path:"id"`
}

type personOutput struct {
	Body apiPerson
}

// personSetBody is the request to change a person. Omitted fields stay as they are.
type personSetBody struct {
	DryRun
	Name        *string           `json:"name,omitempty"`
	Email       *string           `json:"email,omitempty" doc:"Empty: none. A new address gets all dates again, and the private links end."`
	Phone       *string           `json:"phone,omitempty" doc:"Empty: none."`
	Zone        *string           `json:"zone,omitempty" doc:"IANA."`
	Language    *string           `json:"language,omitempty" enum:"en,es"`
	ExternalIDs *[]ExternalIDBody `json:"external_ids,omitempty" doc:"All of them; those that are left out go."`
	New         bool              `json:"new,omitempty" doc:"People with a similar name who have the address or number are somebody else. Answers a 409 with candidates."`
}

type personSetInput struct {
	ID string `path:"id"`
	Repeatable
	Body personSetBody
}

type personConsentsInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		Consents []personConsentBody `json:"consents" doc:"Those that are left out end."`
		How      string              `json:"how,omitempty" enum:"paper,spoken,page,email,phone,text" doc:"How those that end were ended."`
	}
}

// personConsentBody is a consent to set.
type personConsentBody struct {
	ConsentBody
	How string `json:"how,omitempty" enum:"paper,spoken,page,email,phone,text" doc:"How it was given."`
}

// registerPerson registers the operations about one person.
func (s *Server) registerPerson() {
	operation(s, program(access.PersonView), describe(http.MethodGet, "/people/{id}", "get-person", "People",
		"One person with contact data, consents and enrollments."), s.apiPerson)
	operation(s, program(access.PersonChange), describe(http.MethodPatch, "/people/{id}", "set-person", "People",
		"Change a person's name, addresses, zone, language or ids in other systems."), s.apiSetPerson)
	operation(s, program(access.PersonChange), describe(http.MethodPut, "/people/{id}/consents", "set-consents",
		"People",
		"Set a person's consents. Those that stand already stay as they were given. Ending one stops everything over "+
			"that channel at once."), s.apiSetConsents)
}

func (s *Server) apiPerson(ctx context.Context, who visitor, in *personInput) (*personOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Records.PersonRecord(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	return &personOutput{Body: s.apiPersonOf(p)}, nil
}

func (s *Server) apiPersonOf(p reads.PersonRecord) apiPerson {
	row := reads.PersonRow{ID: p.ID, Name: p.Contact.Name, Email: p.Contact.Email, Phone: p.Contact.Phone,
		ExternalIDs: p.Contact.ExternalIDs}
	for _, e := range p.Enrollments {
		g := reads.PersonGroup{Enrollment: e.ID, Cohort: e.Cohort, State: e.State, RequestedAt: e.RequestedAt}
		for _, item := range p.Items {
			if item.Enrollment == e.ID && item.Cohort == e.Cohort {
				g.Entry = civil.WallOf(item.Start, s.location(item.Zone))
				break
			}
		}
		row.Groups = append(row.Groups, g)
	}
	out := apiPerson{apiPersonRow: apiPersonRowOf(row), Zone: p.Zone, Language: p.Language, Unreachable: !p.Reachable(),
		Consents: []apiConsent{}, Alike: []string{}, MergedInto: string(p.MergedInto)}
	for _, c := range p.Consents {
		out.Consents = append(out.Consents, apiConsent{string(c.Channel), c.TextVersion, c.GivenAt, c.How,
			instantOrNull(c.Ended)})
	}
	for _, other := range p.Alike {
		out.Alike = append(out.Alike, string(other.ID))
	}
	return out
}

func (s *Server) apiSetPerson(ctx context.Context, who visitor, in *personSetInput) (*personOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	q := scheduler.PersonSetting{Person: id, Name: b.Name, Email: b.Email, Phone: b.Phone, Zone: b.Zone,
		Language: b.Language, New: b.New}
	if b.ExternalIDs != nil {
		ids := []scheduler.ExternalID{}
		for _, one := range *b.ExternalIDs {
			ids = append(ids, scheduler.ExternalID(one))
		}
		q.ExternalIDs = &ids
	}
	request := who.request(0)
	if request.Once, err = onceOf(in.IdempotencyKey, "set-person", in.ID, b); err != nil {
		return nil, err
	}
	_, preview, err := s.changeOrPreview(ctx, request, s.Desk.SetPerson(q), b.DryRun)
	if err != nil {
		return nil, err
	}
	out, err := s.apiPerson(ctx, who, &personInput{ID: in.ID})
	if err == nil {
		out.Body.Preview = preview
	}
	return out, err
}

func (s *Server) apiSetConsents(ctx context.Context, who visitor, in *personConsentsInput) (*personOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	q := desk.ConsentChange{Ended: in.Body.How, DryRun: in.Body.DryRun.DryRun}
	for _, c := range in.Body.Consents {
		q.Consents = append(q.Consents, scheduler.Consent{
			Channel: scheduler.Channel(c.Channel), TextVersion: c.TextVersion,
			GivenAt: c.At, How: c.How,
		})
	}
	if err := s.Records.ChangeConsents(ctx, who.actor, who.clinic, id, q); err != nil {
		return nil, err
	}
	out, err := s.apiPerson(ctx, who, &personInput{ID: in.ID})
	if err == nil && q.DryRun {
		out.Body.Preview = previewOf(scheduler.Preview{})
	}
	return out, err
}
