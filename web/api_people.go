package web

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// apiPersonRow is a person in a list.
type apiPersonRow struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Email       string           `json:"email,omitempty"`
	Phone       string           `json:"phone,omitempty" doc:"E.164."`
	ExternalIDs []ExternalIDBody `json:"external_ids"`
	Enrollments []apiPersonGroup `json:"enrollments" doc:"Latest first."`
}

// apiPersonGroup is an enrollment of a person in a list.
type apiPersonGroup struct {
	ID          string      `json:"id"`
	Cohort      string      `json:"cohort"`
	State       string      `json:"state" enum:"pending,waiting,offered,active,on_hold,completed,withdrawn"`
	RequestedAt time.Time   `json:"requested_at"`
	Entry       *civil.Date `json:"entry" format:"date" doc:"Local date of the first session. Null while waiting."`
}

type peopleInput struct {
	Query string `query:"query" maxLength:"200" doc:"Beginnings of names in any order, an email address, a phone number or its last digits, or an id of another system. Empty: everybody."`
	Paging
}

type peopleOutput struct {
	Link string `header:"Link"`
	Body struct {
		People []apiPersonRow `json:"people"`
		Total  int            `json:"total" doc:"How many the query means, on all pages."`
	} `nameHint:"People"`
}

// registerPeople registers the operations about people.
func (s *Server) registerPeople() {
	operation(s, program(access.PersonView), describe(http.MethodGet, "/people", "list-people", "People",
		"People of the clinic, by name. What is asked for is not logged."), s.apiPeople)
}

func (s *Server) apiPeople(ctx context.Context, who visitor, in *peopleInput) (*peopleOutput, error) {
	after, err := base64.RawURLEncoding.DecodeString(in.After)
	if err != nil {
		return nil, errPosition()
	}
	found, err := s.Records.FindPeople(ctx, who.actor, who.clinic,
		reads.PeopleQuery{Text: in.Query, After: scheduler.ID(after), Limit: in.Limit})
	if err != nil {
		return nil, relocateFields(err, map[string]string{"query": "query.query", "after": "query.after"})
	}
	out := &peopleOutput{}
	if found.Next != "" {
		out.Link = s.nextLink("/people", filtersOf("query", in.Query), in.Limit, string(found.Next))
	}
	out.Body.People, out.Body.Total = make([]apiPersonRow, len(found.People)), found.Total
	for i, p := range found.People {
		out.Body.People[i] = apiPersonRowOf(p)
	}
	return out, nil
}

func apiPersonRowOf(p reads.PersonRow) apiPersonRow {
	row := apiPersonRow{ID: string(p.ID), Name: p.Name, Email: p.Email, Phone: p.Phone,
		ExternalIDs: []ExternalIDBody{}, Enrollments: []apiPersonGroup{}}
	for _, id := range p.ExternalIDs {
		row.ExternalIDs = append(row.ExternalIDs, ExternalIDBody(id))
	}
	for _, g := range p.Groups {
		row.Enrollments = append(row.Enrollments, apiPersonGroup{ID: string(g.Enrollment), Cohort: string(g.Cohort),
			State: string(g.State), RequestedAt: g.RequestedAt, Entry: dateOrNull(g.Entry.Date)})
	}
	return row
}
