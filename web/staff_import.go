package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/spreadsheet"
)

// importPage takes a table of people: a file, or what is pasted.
type importPage struct {
	Page
	Cohorts []Choice
	Form    importForm
	MostMB  int
	Most    int
}

// importForm is what the form says.
type importForm struct {
	Table  string // pasted, or of the file that is being looked at
	Cohort string // empty: nowhere yet
	Agreed bool   // the consents of the table are to the text of today
	Seen   string // the digest of what was shown
	// choices answer the questions, by line: a person, newPerson or leaveOut.
	choices map[int]string
}

// leaveOut is the answer that a row is left out.
const leaveOut = "leave"

// importPreview shows what becomes of each row.
type importPreview struct {
	Page
	Form      importForm
	Cohort    string // its name; empty: none
	Notes     []string
	Sums      []importSum
	Questions []importQuestion
	LeftOut   []importLine
	Taken     []importLine
	Hidden    int // rows that are taken and not listed
	Button    string
	May       bool // there is something to import
}

// importSum is one number of the summary.
type importSum struct{ Number, Text string }

// importLine is one row.
type importLine struct {
	Line              int
	Name, Fate, State string // Fate is a word, State a class of badges
	Person            string // an enrollment to open; empty: none
	Why               []string
}

// importQuestion is a row of which somebody must say who it is.
type importQuestion struct {
	Line    int
	Field   string
	Name    string
	Says    string // what the row says of the person
	Known   []knownLine
	New     bool // chosen
	Leave   bool
	Earlier int // the line about the same person; 0: the question is who of the known it is
	Problem string
}

// importShown is how many of the rows that are taken are listed.
const importShown = 100

func (s *Server) importForm(c echo.Context, who visitor) error {
	v, err := s.importPage(c, who, importForm{Cohort: c.QueryParam("cohort")})
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) importPage(c echo.Context, who visitor, typed importForm) (*importPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "intake", "Import people")
	if err != nil {
		return nil, err
	}
	rows, err := s.Cohorts.Cohorts(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	v := &importPage{Page: page, Form: typed, MostMB: spreadsheet.MostBytes >> 20, Most: spreadsheet.MostRows,
		Cohorts: []Choice{{Value: "", Label: "None yet: only add the people"}}}
	for _, r := range rows {
		if r.State != scheduler.CohortEnded {
			v.Cohorts = append(v.Cohorts, Choice{Value: string(r.ID), Label: r.Name})
		}
	}
	v.Cohorts = choose(v.Cohorts, typed.Cohort)
	return v, nil
}

// importPeople previews a table, imports it, or gives the rows that are left out, as its button says.
func (s *Server) importPeople(c echo.Context, who visitor) error {
	f, err := readUpload(c)
	if err != nil {
		return err
	}
	typed := importForm{Table: f.text("table"), Cohort: f.trimmed("cohort"), Agreed: f.ticked("agreed"),
		Seen: f.trimmed("seen"), choices: importChoices(f)}
	v, err := s.importPage(c, who, typed)
	if err != nil {
		return err
	}
	table := f.table()
	if err := f.err(); err != nil {
		return rejectForm(v, err)
	}
	asked, people, err := s.importRequest(v, typed, table)
	if err != nil {
		return rejectForm(v, err)
	}
	if typed.Table, _, err = spreadsheet.Text([]byte(table)); err != nil {
		return rejectForm(v, err)
	}
	switch f.trimmed("step") {
	case "edit":
		v.Form.Table = typed.Table
		return s.render(c, http.StatusOK, v)
	case "import":
		return s.importConfirm(c, who, f, v, typed, asked, people)
	}
	ctx := c.Request().Context()
	_, done, err := s.Desk.PreviewImport(ctx, who.request(0), asked)
	if err != nil {
		return rejectForm(v, err)
	}
	if f.trimmed("step") == "rejects" {
		return s.importRejects(c, people, done)
	}
	p, err := s.importPreview(ctx, who, v, typed, people, done)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, p)
}

// importChoices reads the answers to the questions.
func importChoices(f *form) map[int]string {
	choices := map[int]string{}
	for name := range f.values {
		if number, ok := strings.CutPrefix(name, "row-"); ok {
			if line, err := strconv.Atoi(number); err == nil && f.trimmed(name) != "" {
				choices[line] = f.trimmed(name)
			}
		}
	}
	return choices
}

// importRequest reads a table and adds the answers.
func (s *Server) importRequest(v *importPage, typed importForm, table string) (scheduler.ImportRequest,
	spreadsheet.People, error) {
	asked := scheduler.ImportRequest{Cohort: scheduler.ID(typed.Cohort), Seen: typed.Seen}
	zone, err := s.Zones.Location(v.Zone)
	if err != nil {
		return asked, spreadsheet.People{}, fmt.Errorf("the clinic's zone: %w", err)
	}
	options := spreadsheet.Options{Zone: zone}
	if typed.Agreed {
		options.ConsentText = consentTextVersion
	}
	people, err := spreadsheet.ReadPeople([]byte(table), options)
	if err != nil {
		return asked, people, err
	}
	for _, r := range people.Rows {
		row := r.ImportRow
		switch choice := typed.choices[row.Line]; choice {
		case "":
		case newPerson:
			row.Who.New = true
		case leaveOut:
			row.Leave = true
		default:
			row.Who.Person = scheduler.ID(choice)
		}
		asked.Rows = append(asked.Rows, row)
	}
	return asked, people, nil
}

// importConfirm imports a table, or shows it again with what has to be answered first.
func (s *Server) importConfirm(c echo.Context, who visitor, f *form, v *importPage, typed importForm,
	asked scheduler.ImportRequest, people spreadsheet.People) error {
	ctx := c.Request().Context()
	done, err := s.Desk.Import(ctx, who.requestOnce(0, f.once(c)), asked)
	var problem *fault.Error
	switch {
	case err == nil:
		return s.importDone(c, who, asked, done)
	case !correctable[fault.KindOf(err)], errors.As(err, &problem) && problem.Field == "cohort":
		return rejectForm(v, err)
	}
	_, shown, failed := s.Desk.PreviewImport(ctx, who.request(0), asked)
	if failed != nil {
		return rejectForm(v, failed)
	}
	p, failed := s.importPreview(ctx, who, v, typed, people, shown)
	if failed != nil {
		return failed
	}
	err = formSentError(err)
	for i := range p.Questions {
		for _, f := range fault.All(err) {
			if f.Field == p.Questions[i].Field {
				p.Questions[i].Problem = f.Message
			}
		}
	}
	return rejectForm(p, err)
}

func (s *Server) importDone(c echo.Context, who visitor, asked scheduler.ImportRequest, done scheduler.Imported) error {
	to, said := "/people", "imported"
	if asked.Cohort != "" {
		to, said = "/cohorts/"+string(asked.Cohort), "enrolled"
	}
	if !done.Changed && !done.Repeated {
		said = "unchanged"
	}
	return s.redirect(c, who.token, to, said)
}

// importRejects gives the rows that are left out as a file, with the reason in a last column.
func (s *Server) importRejects(c echo.Context, people spreadsheet.People, done scheduler.Imported) error {
	why := map[int]string{}
	for _, r := range done.Rows {
		if reasons := r.Why(); len(reasons) > 0 {
			why[r.Line] = strings.Join(reasons, " ")
		}
	}
	var file bytes.Buffer
	if err := spreadsheet.WriteRejects(&file, people, why); err != nil {
		return err
	}
	return s.sendCSV(c, "left-out", file.Bytes())
}

// sendCSV sends a file for a spreadsheet. Its name says nothing of the clinic.
func (s *Server) sendCSV(c echo.Context, name string, file []byte) error {
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+"-"+s.Now().UTC().Format("2006-01-02")+`.csv"`)
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", file)
}

// importPreview makes the page that shows what becomes of each row.
func (s *Server) importPreview(ctx context.Context, who visitor, from *importPage, typed importForm,
	people spreadsheet.People, done scheduler.Imported) (*importPreview, error) {
	typed.Seen = done.Digest()
	v := &importPreview{Page: from.Page, Form: typed, Notes: people.Notes}
	for _, c := range from.Cohorts {
		if c.Value == typed.Cohort && c.Value != "" {
			v.Cohort = c.Label
		}
	}
	for i, r := range done.Rows {
		asks := r.Fate == scheduler.FateLike || r.Fate == scheduler.FateTwice || r.Fate == scheduler.FateLeft
		if !asks && (!r.Answered || r.Fate == scheduler.FateWrong) {
			s.addImportLine(v, r)
			continue
		}
		q, err := s.importQuestion(ctx, who, typed, people.Rows[i], r)
		if err != nil {
			return nil, err
		}
		v.Questions = append(v.Questions, q)
	}
	v.Sums, v.Button, v.May = importSums(done, v.Cohort)
	return v, nil
}

// FileProblem returns what is wrong with the file.
func (v *importPage) FileProblem() string { return v.problem("file") }
