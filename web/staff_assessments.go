package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
)

// assessmentsPage lists windows of assessments.
type assessmentsPage struct {
	Page
	Shows              []Choice
	Show               string
	Cohort, CohortName string // empty: of all
	Rows               []assessmentLine
	Blinded            bool
	May                bool   // note and export
	Next               string // address of the next page; empty: none
}

// assessmentLine is one window. To a blinded reader it has no name, enrollment and cohort.
type assessmentLine struct {
	ID, Number, What, Name, Enrollment, Cohort string
	State, StateName                           string
	Opens, Target, Closes, Date                When
	How                                        string // it was done
	Deviates                                   bool
	May                                        bool // note it
}

// assessmentPage notes what became of one assessment.
type assessmentPage struct {
	Page
	assessmentLine
	Fields []Input
}

// assessmentRows is the number of windows on a page.
const assessmentRows = 50

var (
	assessmentShows = []Choice{{Value: string(reads.AssessmentsToDo), Label: "To do"},
		{Value: string(reads.AssessmentsAhead), Label: "Next 4 weeks"},
		{Value: string(reads.AssessmentsNoted), Label: "Noted"},
		{Value: string(reads.AssessmentsDeviations), Label: "Outside their window"}}
	assessmentStates = map[scheduler.AssessmentState]string{
		scheduler.AssessmentAhead: "not open yet", scheduler.AssessmentOpen: "open", scheduler.AssessmentDue: "due",
		scheduler.AssessmentOverdue: "overdue", scheduler.AssessmentState(scheduler.AssessmentDone): "done",
		scheduler.AssessmentState(scheduler.AssessmentMissed):  "missed",
		scheduler.AssessmentState(scheduler.AssessmentRefused): "refused",
	}
	assessmentModes = []Choice{{Value: "", Label: noChoice}, {Value: "person", Label: "In person"},
		{Value: "video", Label: "By video"}, {Value: "phone", Label: "By phone"}, {Value: "form", Label: "On a form"}}
	assessmentOutcomes = []Choice{{Value: "done", Label: "Done"}, {Value: "missed", Label: "Missed"},
		{Value: "refused", Label: "Refused"}, {Value: "", Label: "Not noted"}}
)

// registerAssessments registers the pages of assessments.
func (s *Server) registerAssessments() {
	s.route(staff(access.AssessmentView), get, "/assessments", s.assessmentList)
	s.route(staff(access.AssessmentNote), post, "/export/assessments", s.assessmentExport)
	s.route(staff(access.AssessmentNote), get, "/assessments/:id", s.assessmentForm)
	s.route(staff(access.AssessmentNote), post, "/assessments/:id", s.assessmentSave)
}

func (s *Server) assessmentList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "assessments", "Assessments")
	if err != nil {
		return err
	}
	v := &assessmentsPage{Page: page, Blinded: who.actor.Blinded(),
		May: who.may(access.AssessmentNote), Show: c.QueryParam("show")}
	shown := func(one Choice) bool { return one.Value == v.Show }
	if !slices.ContainsFunc(assessmentShows, shown) {
		v.Show = string(reads.AssessmentsToDo)
	}
	v.Shows = choose(slices.Clone(assessmentShows), v.Show)
	q := reads.AssessmentQuery{Show: reads.AssessmentShow(v.Show), Limit: assessmentRows}
	if q.After, err = readCursor(c.QueryParam("after")); err != nil {
		return err
	}
	if cohort := c.QueryParam("cohort"); cohort != "" && !v.Blinded {
		if q.Cohort, err = idParam(cohort); err != nil {
			return err
		}
		head, err := s.Heads.CohortHead(ctx, who.actor, who.clinic, q.Cohort)
		if err != nil {
			return err
		}
		v.Cohort, v.CohortName = string(q.Cohort), head.Cohort.Name
	}
	found, err := s.Assessments.Assessments(ctx, who.actor, who.clinic, q)
	if err != nil {
		return err
	}
	if found.Next.ID != "" {
		v.Next = "/assessments?" + filtersOf("show", v.Show, "cohort", v.Cohort, "after", found.Next.String()).Encode()
	}
	v.Rows, err = s.assessmentLines(ctx, who, found.Rows, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// assessmentLines adds names if the caller may see them. It reads the names that are not in known.
func (s *Server) assessmentLines(ctx context.Context, who visitor, rows []reads.AssessmentRow,
	known map[scheduler.ID]string) ([]assessmentLine, error) {
	names := maps.Clone(known)
	var people []scheduler.ID
	for _, r := range rows {
		if names[r.Person] == "" && !slices.Contains(people, r.Person) && !who.actor.Blinded() {
			people = append(people, r.Person)
		}
	}
	if len(people) > 0 {
		more, err := s.names(ctx, who, people)
		if err != nil {
			return nil, err
		}
		if names == nil {
			names = more
		}
		maps.Copy(names, more)
	}
	lines := make([]assessmentLine, len(rows))
	for i, r := range rows {
		lines[i] = assessmentLineOf(r)
		lines[i].Name, lines[i].May = names[r.Person], who.may(access.AssessmentNote)
	}
	return lines, nil
}

// assessmentsOf lists the windows of one enrollment or cohort.
func (s *Server) assessmentsOf(ctx context.Context, who visitor, q reads.AssessmentQuery,
	known map[scheduler.ID]string) ([]assessmentLine, error) {
	page, err := s.Assessments.Assessments(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	return s.assessmentLines(ctx, who, page.Rows, known)
}

func assessmentLineOf(r reads.AssessmentRow) assessmentLine {
	line := assessmentLine{ID: string(r.ID), Number: participantNumber(r.Person), What: r.Title,
		Enrollment: string(r.Enrollment), Cohort: r.CohortName, State: string(r.State),
		StateName: assessmentStates[r.State],
		Opens:     localDate(r.Opens), Target: localDate(r.Target),
		Closes: localDate(r.Closes), Date: localDate(r.Date),
		Deviates: r.Deviates()}
	if r.Mode != "" {
		i := slices.IndexFunc(assessmentModes, func(one Choice) bool { return one.Value == string(r.Mode) })
		line.How = strings.ToLower(assessmentModes[max(i, 0)].Label)
	}
	return line
}

// participantNumber is how a person is called where nobody may learn who they are: their id, by which the desk finds
// them.
func participantNumber(person scheduler.ID) string { return strings.ToUpper(string(person)) }

// assessmentAt finds the window in the address.
func (s *Server) assessmentAt(c echo.Context, who visitor) (row reads.AssessmentRow, err error) {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return row, err
	}
	page, err := s.Assessments.Assessments(c.Request().Context(), who.actor, who.clinic,
		reads.AssessmentQuery{ID: id, Limit: 1})
	if err == nil && len(page.Rows) == 0 {
		err = noAssessment()
	}
	if err != nil {
		return row, err
	}
	return page.Rows[0], nil
}

func (s *Server) assessmentPage(c echo.Context, who visitor, f *form) (*assessmentPage, error) {
	ctx := c.Request().Context()
	row, err := s.assessmentAt(c, who)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "assessments", "Assessment")
	if err != nil {
		return nil, err
	}
	lines, err := s.assessmentLines(ctx, who, []reads.AssessmentRow{row}, nil)
	if err != nil {
		return nil, err
	}
	v := &assessmentPage{Page: page, assessmentLine: lines[0]}
	outcome, date, mode, reason := string(row.Outcome), row.Date.String(), string(row.Mode), ""
	if row.Outcome == "" {
		outcome, date = string(scheduler.AssessmentDone), civil.WallOf(s.Now(), s.location(page.Zone)).Date.String()
	}
	if f != nil {
		outcome, date, mode, reason = f.trimmed("outcome"), f.text("date"), f.trimmed("mode"), f.text("reason")
	}
	v.Fields = []Input{
		v.Select("outcome", "What became of it", choose(slices.Clone(assessmentOutcomes), outcome), ""),
		v.Need("date", "Date", "date", date, ""),
		v.Select("mode", "How", choose(slices.Clone(assessmentModes), mode), "Only of one that is done."),
		v.Field("reason", "Why outside its window", "area", reason,
			"Only of one that is done before it opens or after it closes. Saved sealed. Write no answers and no "+
				"scores."),
	}
	return v, nil
}

func (s *Server) assessmentForm(c echo.Context, who visitor) error {
	v, err := s.assessmentPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) assessmentSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.assessmentPage(c, who, f)
	if err != nil {
		return err
	}
	q := scheduler.AssessRequest{Outcome: scheduler.AssessmentOutcome(f.trimmed("outcome")), Date: f.date("date"),
		Mode: scheduler.AssessmentMode(f.trimmed("mode")), Reason: f.trimmed("reason")}
	if err := f.err(); err != nil {
		return rejectForm(v, v.atFields(err))
	}
	ctx := c.Request().Context()
	q.Enrollment, q.Window, err = s.Assessments.AssessmentTarget(ctx, who.actor, who.clinic, scheduler.ID(v.ID))
	if err != nil {
		return err
	}
	if err := s.Desk.Confirm(ctx, who.request(0), desk.Assess(q)); err != nil {
		return rejectForm(v, v.atFields(err))
	}
	return s.redirect(c, who.token, "/assessments", "assessed")
}

// atFields puts each problem at its field.
func (v *assessmentPage) atFields(err error) error {
	fields := make([]*Input, len(v.Fields))
	for i := range v.Fields {
		fields[i] = &v.Fields[i]
	}
	return atFields(err, fields...)
}

// AssessmentHeader is the header of AssessmentCells.
func AssessmentHeader() []string {
	return []string{"participant", "assessment", "opens", "target", "closes", "state", "date", "how", "outside window",
		"noted", "cohort"}
}

// AssessmentCells writes a window. It holds no name, and to a blinded reader no cohort.
func AssessmentCells(r reads.AssessmentRow, zone *time.Location) []string {
	outside := ""
	if r.Deviates() {
		outside = "yes"
	}
	return []string{participantNumber(r.Person), r.Title, r.Opens.String(), r.Target.String(), r.Closes.String(),
		assessmentStates[r.State], r.Date.String(), string(r.Mode), outside, spreadsheet.Stamp(r.At, zone),
		r.CohortName}
}

// assessmentExport sends every window that the visitor may see. It is a POST because the audit notes it.
func (s *Server) assessmentExport(c echo.Context, who visitor) error {
	zone, err := s.clinicZone(c, who)
	if err != nil {
		return err
	}
	return s.sendTable(c, "assessments", AssessmentHeader(), func(out *spreadsheet.Writer) error {
		return s.Assessments.ExportAssessments(c.Request().Context(), who.actor, who.clinic,
			func(r reads.AssessmentRow) error { return out.Row(AssessmentCells(r, zone)...) })
	})
}
