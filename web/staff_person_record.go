package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// recordFile is all that is known of a person, as JSON.
type recordFile struct {
	Person   string       `json:"person"`
	At       time.Time    `json:"at" doc:"When it was exported."`
	Sections []recordPart `json:"sections"`
}

// recordPart is a section of a record file.
type recordPart struct {
	Name  string              `json:"name" doc:"As attendance."`
	Title string              `json:"title" doc:"For people."`
	Rows  []map[string]string `json:"rows" doc:"By field. Instants are UTC; empty texts are left out."`
}

func recordFileOf(r reads.RecordFile) recordFile {
	file := recordFile{Person: string(r.Person), At: r.At}
	for _, section := range r.Sections {
		part := recordPart{Name: section.Name, Title: section.Title, Rows: []map[string]string{}}
		for _, row := range section.Rows {
			fields := map[string]string{}
			for i, value := range row {
				if value != "" {
					fields[section.Fields[i]] = value
				}
			}
			part.Rows = append(part.Rows, fields)
		}
		file.Sections = append(file.Sections, part)
	}
	return file
}

// WriteRecord writes all that is known of a person as JSON. What the writer says is given as it is.
func WriteRecord(w io.Writer, r reads.RecordFile) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(recordFileOf(r))
}

// personRecordFilePage shows all that is known of a person, for paper.
type personRecordFilePage struct {
	Page
	ID, Name string
	At       When
	Sections []recordTable
}

// recordTable is a section as people read it.
type recordTable struct {
	Title  string
	Fields []string
	Rows   [][]string
}

// personRecordAskPage says what the export has, and lets it be made.
type personRecordAskPage struct {
	Page
	ID, Name string
}

func (s *Server) personRecordAsk(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	p, err := s.People.Person(c.Request().Context(), who.actor, who.clinic, id)
	if err != nil {
		return err
	}
	if !p.ErasedAt.IsZero() {
		return scheduler.ErasedAlready()
	}
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "people", "Export a record")
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &personRecordAskPage{Page: page, ID: string(id), Name: p.Contact.Name})
}

// personRecordSend sends the export as a file, or shows it for paper. It is a POST because it is written to the audit.
func (s *Server) personRecordSend(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	file, err := s.Rights.ExportRecord(ctx, who.actor, who.clinic, id)
	if err != nil {
		return err
	}
	if f.trimmed("as") == "json" {
		c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="record.json"`)
		c.Response().Header().Set(echo.HeaderContentType, "application/json")
		return WriteRecord(c.Response(), file)
	}
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	page := s.basePage("Record")
	page.PlainTab = plainTab(clinic)
	v := &personRecordFilePage{Page: page, ID: string(id),
		At: s.staffWhen(file.At, file.At, clinic.Zone)}
	v.guard(who)
	for _, section := range file.Sections {
		if section.Name == "person" && len(section.Rows) > 0 {
			v.Name = section.Rows[0][1]
		}
		v.Sections = append(v.Sections, recordTableOf(section))
	}
	return s.render(c, http.StatusOK, v)
}

// recordTableOf leaves out the columns in which nothing stands.
func recordTableOf(section reads.RecordSection) recordTable {
	t := recordTable{Title: fmt.Sprintf("%s (%d)", section.Title, len(section.Rows))}
	var shown []int
	for i, field := range section.Fields {
		for _, row := range section.Rows {
			if row[i] != "" {
				shown = append(shown, i)
				t.Fields = append(t.Fields, strings.ReplaceAll(field, "_", " "))
				break
			}
		}
	}
	for _, row := range section.Rows {
		cells := make([]string, len(shown))
		for i, at := range shown {
			cells[i] = row[at]
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

type recordFileOutput struct {
	Body recordFile
}

// registerRecordOperation registers the export of one person.
func (s *Server) registerRecordOperation() {
	operation(s, program(access.PersonRecord), describe(http.MethodGet, "/people/{id}/record", "export-person",
		"Exports", "All that is known of one person, for them to have. It holds names, addresses and texts. "+
			"Every export is in the audit."), s.apiRecordFile)
}

func (s *Server) apiRecordFile(ctx context.Context, who visitor, in *personInput) (*recordFileOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	file, err := s.Rights.ExportRecord(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	return &recordFileOutput{Body: recordFileOf(file)}, nil
}
