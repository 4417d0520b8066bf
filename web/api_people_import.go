package web

import (
	"context"
	"fmt"
	"net/http"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/spreadsheet"
)

// importBody is the request to import a table of people.
type importBody struct {
	DryRun
	Table   string         `json:"table" doc:"CSV with a line of column names, in English or Spanish: name, email, phone, time zone, language, consents, ids of other systems."`
	Cohort  string         `json:"cohort,omitempty" doc:"Enroll them in this cohort. Omitted: they are only added."`
	Agreed  bool           `json:"agreed,omitempty" doc:"Consents without a version are to the present text."`
	Answers []importAnswer `json:"answers,omitempty" doc:"Who the people of some rows are."`
}

// importAnswer says who the person of a row is, or that it is left out.
type importAnswer struct {
	Line   int    `json:"line" minimum:"1"`
	Person string `json:"person,omitempty" doc:"A known person."`
	New    bool   `json:"new,omitempty" doc:"A new person, although a known one is like them."`
	Leave  bool   `json:"leave,omitempty" doc:"Leave the row out."`
}

type importInput struct {
	Repeatable
	Body importBody
}

// apiImportedRow says what becomes of a row. It has no name of a person.
type apiImportedRow struct {
	Line       int      `json:"line"`
	Fate       string   `json:"fate" enum:"new,known,like,twice,wrong,left out"`
	Person     string   `json:"person,omitempty" doc:"Of a known person, and of a new one after the import."`
	Enrollment string   `json:"enrollment,omitempty"`
	State      string   `json:"state,omitempty" doc:"Of the enrollment."`
	Like       []string `json:"like" doc:"Known people who may be meant: answer with one of them, new or leave."`
	Why        []string `json:"why" doc:"Why the row is left out."`
}

type importOutput struct {
	Body struct {
		Notes   []string         `json:"notes" doc:"What was assumed of the table."`
		Rows    []apiImportedRow `json:"rows"`
		Changed bool             `json:"changed" doc:"Somebody is added, enrolled, or gets a consent or an id more."`
		Preview *apiPreview      `json:"preview,omitempty" doc:"With dry_run: what the change would do."`
	}
}

// registerPeopleImport registers the import of people.
func (s *Server) registerPeopleImport() {
	operation(s, program(access.Enroll), describe(http.MethodPost, "/people/import", "import-people", "People",
		"Import people from a table, all or none. A row that is like a known person is a 409 until it is answered."),
		s.apiImportPeople)
}

func (s *Server) apiImportPeople(ctx context.Context, who visitor, in *importInput) (*importOutput, error) {
	asked, notes, err := s.apiImportRequest(ctx, who, in.Body)
	if err != nil {
		return nil, err
	}
	out := &importOutput{}
	var done scheduler.Imported
	if in.Body.DryRun.DryRun {
		var p scheduler.Preview
		if p, done, err = s.Desk.PreviewImport(ctx, who.request(0), asked); err == nil {
			out.Body.Preview = previewOf(p)
		}
	} else {
		request := who.request(0)
		if request.Once, err = onceOf(in.IdempotencyKey, "import-people", "", in.Body); err != nil {
			return nil, err
		}
		done, err = s.Desk.Import(ctx, request, asked)
	}
	if err != nil {
		return nil, err
	}
	out.Body.Notes, out.Body.Rows = append([]string{}, notes...), []apiImportedRow{}
	out.Body.Changed = done.Changed
	for _, r := range done.Rows {
		out.Body.Rows = append(out.Body.Rows, apiImportedRowOf(r, in.Body.DryRun.DryRun))
	}
	return out, nil
}

// apiImportRequest reads the table and adds the answers.
func (s *Server) apiImportRequest(ctx context.Context, who visitor, body importBody) (scheduler.ImportRequest,
	[]string, error) {
	asked := scheduler.ImportRequest{Cohort: scheduler.ID(body.Cohort)}
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return asked, nil, err
	}
	options := spreadsheet.Options{}
	if options.Zone, err = s.Zones.Location(clinic.Zone); err != nil {
		return asked, nil, fmt.Errorf("the clinic's zone: %w", err)
	}
	if body.Agreed {
		options.ConsentText = consentTextVersion
	}
	people, err := spreadsheet.ReadPeople([]byte(body.Table), options)
	if err != nil {
		return asked, nil, err
	}
	answers := map[int]importAnswer{}
	for _, a := range body.Answers {
		answers[a.Line] = a
	}
	for _, r := range people.Rows {
		row, a := r.ImportRow, answers[r.Line]
		row.Who.Person, row.Who.New, row.Leave = scheduler.ID(a.Person), a.New, a.Leave
		asked.Rows = append(asked.Rows, row)
	}
	return asked, people.Notes, nil
}

func apiImportedRowOf(r scheduler.ImportedRow, dry bool) apiImportedRow {
	out := apiImportedRow{Line: r.Line, Fate: string(r.Fate), Person: string(r.Person), State: string(r.Enrolled.State),
		Like: []string{}, Why: append([]string{}, r.Why()...)}
	if r.Fate == scheduler.FateNew && dry {
		out.Person = "" // drawn anew each time
	} else {
		out.Enrollment = string(r.Enrolled.Enrollment)
	}
	for _, c := range r.Like {
		out.Like = append(out.Like, string(c.Person))
	}
	return out
}
