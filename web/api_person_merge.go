package web

import (
	"context"
	"net/http"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// personMergeBody is the request to merge another record into a person's.
type personMergeBody struct {
	DryRun
	With        string             `json:"with" doc:"The id of the other record. Everything it has becomes this person's."`
	Name        string             `json:"name,omitempty" doc:"The id of the record whose name stays. Omitted: the newer one."`
	Email       string             `json:"email,omitempty" doc:"The same for the email address. Omitted: that of the newer record, or of the other one if the newer has none."`
	Phone       string             `json:"phone,omitempty" doc:"The same for the phone number."`
	Zone        string             `json:"zone,omitempty" doc:"The same for the time zone."`
	Language    string             `json:"language,omitempty" doc:"The same for the language."`
	ExternalIDs *map[string]string `json:"external_ids,omitempty" doc:"By system, the id of the record whose external id stays. Omitted: the newer one's, or the only one."`
	Consents    *[]string          `json:"consents,omitempty" doc:"Channels on which consents stay. Omitted: all that may. A consent that ended later in the other record stays ended."`
}

type personMergeInput struct {
	ID string `path:"id"`
	Repeatable
	Body personMergeBody
}

// registerPersonMerge registers the merge of two records.
func (s *Server) registerPersonMerge() {
	operation(s, program(access.PersonChange), describe(http.MethodPost, "/people/{id}/merge", "merge-people", "People",
		"Make one of two records of the same person. It cannot be undone. Fails with 409 if both have a seat in the "+
			"same session or are enrolled in the same cohort, if one is merged already, or if they are kept apart."),
		s.apiMergePeople)
}

func (s *Server) apiMergePeople(ctx context.Context, who visitor, in *personMergeInput) (*personOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	q := scheduler.MergeRequest{
		Stay: id, Gone: scheduler.ID(b.With), Name: scheduler.ID(b.Name), Email: scheduler.ID(b.Email),
		Phone: scheduler.ID(b.Phone), Zone: scheduler.ID(b.Zone), Language: scheduler.ID(b.Language),
		ExternalIDs: map[string]scheduler.ID{},
	}
	if b.ExternalIDs != nil {
		for system, from := range *b.ExternalIDs {
			q.ExternalIDs[system] = scheduler.ID(from)
		}
	}
	if b.Consents != nil {
		channels := []scheduler.Channel{}
		for _, channel := range *b.Consents {
			channels = append(channels, scheduler.Channel(channel))
		}
		q.Consents = &channels
	}
	request := who.request(0)
	if request.Once, err = onceOf(in.IdempotencyKey, "merge-people", in.ID, b); err != nil {
		return nil, err
	}
	_, preview, err := s.changeOrPreview(ctx, request, desk.Merge(q), b.DryRun)
	if err != nil {
		return nil, err
	}
	out, err := s.apiPerson(ctx, who, &personInput{ID: in.ID})
	if err == nil {
		out.Body.Preview = preview
	}
	return out, err
}
