package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
)

// reportPage shows numbers of the clinic over time.
type reportPage struct {
	Page
	Name             string
	Heading, Says    string
	Reports          []listLink
	From, To         Input
	By               Input
	Cohort, Protocol Input
	Columns          []string
	Rows             []reportLine
	Total            []reportCell // nil: nothing to add up
	Chart, Full      string       // what the bars show, and how much a full bar is
	Filter           url.Values   // what is chosen, for the form of the file
}

// reportLine is one week or month.
type reportLine struct {
	From, To string // as people read them
	Machine  string
	Cells    []reportCell
	Bar      int // in hundredths of a full one
}

// Values are what is chosen, by field.
func (v *reportPage) Values() []Input {
	var all []Input
	for _, name := range reportFields {
		if value := v.Filter.Get(name); value != "" {
			all = append(all, Input{Name: name, Value: value})
		}
	}
	return all
}

// reportFields are the fields of a report in the order of its form.
var reportFields = []string{"from", "to", "by", "cohort", "protocol"}

func (s *Server) reportFirst(c echo.Context, who visitor) error {
	return s.reportShowNamed(c, who, scheduler.ReportSeats)
}

func (s *Server) reportShow(c echo.Context, who visitor) error {
	return s.reportShowNamed(c, who, scheduler.ReportName(c.Param("name")))
}

func (s *Server) reportShowNamed(c echo.Context, who visitor, name scheduler.ReportName) error {
	v, _, err := s.reportPage(c, who, name, c.QueryParams(), s.Reports.Report)
	switch {
	case v == nil:
		return err
	case err != nil:
		return rejectForm(v, err)
	}
	return s.render(c, http.StatusOK, v)
}

// reportExport sends the numbers as CSV. They are counts and name no one, so they ask for no more than the page does.
func (s *Server) reportExport(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	name := scheduler.ReportName(c.Param("name"))
	v, report, err := s.reportPage(c, who, name, url.Values(f.values), s.Reports.ExportReport)
	switch {
	case v == nil:
		return err
	case err != nil:
		return rejectForm(v, err)
	}
	return s.sendTable(c, "report-"+string(name), ReportHeader(name), func(out *spreadsheet.Writer) error {
		for _, row := range report.Rows {
			if err := out.Row(ReportCells(name, row)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// reportPage builds the page. With an error in what was chosen it returns the page, too.
func (s *Server) reportPage(c echo.Context, who visitor, name scheduler.ReportName, params url.Values,
	read reportReader) (*reportPage, reads.Report, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "reports", "Reports")
	if err != nil {
		return nil, reads.Report{}, err
	}
	q, wrong := reportQueryOf(name, params)
	if wrong != nil {
		read = s.Reports.Report
	}
	report, err := read(ctx, who.actor, who.clinic, q)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return nil, report, err
	}
	if wrong != nil {
		err = wrong
	}
	v := &reportPage{Page: page, Name: string(name), Heading: reports[name].title, Says: reports[name].says,
		Filter: url.Values{}}
	for _, field := range reportFields {
		if value := strings.TrimSpace(params.Get(field)); value != "" {
			v.Filter.Set(field, value)
		}
	}
	for _, other := range s.Reports.ReportsFor(who.actor) {
		v.Reports = append(v.Reports, listLink{Name: reports[other].title, Chosen: other == name,
			Address: addressWith("/reports/"+string(other), v.Filter)})
	}
	v.fields(params, report)
	if err != nil {
		return v, report, atFields(err, &v.From, &v.To, &v.By, &v.Cohort, &v.Protocol)
	}
	v.table(name, report.Rows)
	return v, report, nil
}

// reportQueryOf reads what is chosen. It fails with Invalid and every field to correct.
func reportQueryOf(name scheduler.ReportName, params url.Values) (reads.ReportQuery, error) {
	f := &form{values: params}
	q := reads.ReportQuery{Name: name, Cohort: scheduler.ID(f.trimmed("cohort")), Protocol: f.trimmed("protocol")}
	q.From, q.To, q.By = f.date("from"), f.date("to"), scheduler.ReportStep(f.trimmed("by"))
	return q, f.err()
}

// fields fills in the fields: what was typed, or what the report covers.
func (v *reportPage) fields(params url.Values, report reads.Report) {
	day := func(name string, of civil.Date) string {
		if typed := strings.TrimSpace(params.Get(name)); typed != "" || of.IsZero() {
			return typed
		}
		return of.String()
	}
	v.From = v.Field("from", "From", "date", day("from", report.Query.From), "")
	v.To = v.Field("to", "To", "date", day("to", report.Query.To), "")
	v.By = v.Select("by", "Row for each", choose([]Choice{{Value: "week", Label: "Week"},
		{Value: "month", Label: "Month"}}, params.Get("by")), "")
	cohorts, protocols := []Choice{{Label: "All cohorts"}}, []Choice{{Label: "All protocols"}}
	names := map[string]int{}
	for _, one := range report.Cohorts {
		names[one.Name]++
	}
	for _, one := range report.Cohorts {
		label := one.Name
		if names[one.Name] > 1 {
			label += ", from " + one.Start.String()
		}
		if !one.Ended || string(one.ID) == params.Get("cohort") {
			cohorts = append(cohorts, Choice{Value: string(one.ID), Label: label})
		}
		if !slices.ContainsFunc(protocols, func(p Choice) bool { return p.Value == one.Protocol }) {
			protocols = append(protocols, Choice{Value: one.Protocol, Label: one.Protocol})
		}
	}
	slices.SortFunc(protocols, func(a, b Choice) int { return strings.Compare(a.Value, b.Value) })
	v.Cohort = v.Select("cohort", "Cohort", choose(cohorts, params.Get("cohort")), "")
	v.Protocol = v.Select("protocol", "Protocol", choose(protocols, params.Get("protocol")), "")
}

// table fills in the numbers. The bars show one of them.
func (v *reportPage) table(name scheduler.ReportName, rows []scheduler.ReportRow) {
	words, columns := reports[name], name.Columns()
	shown, most := 0, 1
	for i, column := range columns {
		v.Columns = append(v.Columns, words.columns[column.Key])
		if column.Key == words.chart {
			shown = i
		}
	}
	for _, row := range rows {
		most = max(most, row.Values[shown])
	}
	v.Chart, v.Full = words.columns[columns[shown].Key], reportNumber(columns[shown].Unit, most)
	in := wordsFor("en")
	for _, row := range rows {
		v.Rows = append(v.Rows, reportLine{From: in.date(row.From), To: in.date(row.To), Machine: row.From.String(),
			Cells: reportCells(name, row.Values), Bar: max(0, row.Values[shown]) * 100 / most})
	}
	if slices.ContainsFunc(columns, func(c scheduler.ReportColumn) bool { return c.Sum }) {
		v.Total = reportCells(name, name.Total(rows))
	}
}

// registerReports registers the pages of reports. The store asks for more than CohortView where a report shows more.
func (s *Server) registerReports() {
	s.route(staff(access.CohortView), get, "/reports", s.reportFirst)
	s.route(staff(access.CohortView), get, "/reports/:name", s.reportShow)
	s.route(staff(access.CohortView), post, "/reports/:name/export", s.reportExport)
}
