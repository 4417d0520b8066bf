package web

import (
	"context"
	"net/http"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Report is numbers of a clinic over time. It holds no names.
type Report struct {
	Name    string         `json:"name"`
	By      string         `json:"by" enum:"week,month"`
	Columns []ReportColumn `json:"columns" doc:"What the numbers are, in order."`
	Rows    []ReportRow    `json:"rows" doc:"One for each week or month, the earliest first."`
}

// ReportColumn says what one number counts.
type ReportColumn struct {
	Key   string `json:"key" example:"no_shows"`
	Title string `json:"title" example:"No-shows"`
	Unit  string `json:"unit" enum:"count,days,seconds"`
	Of    string `json:"of,omitempty" doc:"The key of the number of which this is a part. Omitted: of none."`
}

// ReportRow is one period.
type ReportRow struct {
	From   civil.Date      `json:"from" format:"date"`
	To     civil.Date      `json:"to" format:"date" doc:"Included."`
	Values map[string]*int `json:"values" doc:"By key. Null: there is nothing to take it from."`
}

// ReportOf converts a report.
func ReportOf(r reads.Report) Report {
	out := Report{Name: string(r.Query.Name), By: string(r.Query.By), Rows: make([]ReportRow, len(r.Rows))}
	columns := r.Query.Name.Columns()
	for _, c := range columns {
		out.Columns = append(out.Columns, ReportColumn{Key: c.Key, Title: reports[r.Query.Name].columns[c.Key],
			Unit: string(c.Unit), Of: c.Of})
	}
	for i, row := range r.Rows {
		out.Rows[i] = ReportRow{From: row.From, To: row.To, Values: map[string]*int{}}
		for n, c := range columns {
			value := &row.Values[n]
			if *value == scheduler.Unknown {
				value = nil
			}
			out.Rows[i].Values[c.Key] = value
		}
	}
	return out
}

type reportInput struct {
	Name     string     `path:"name" enum:"seats,waiting,attendance,messages,stays"`
	From     civil.Date `query:"from" format:"date" doc:"The first day. Omitted: eleven weeks before the last one."`
	To       civil.Date `query:"to" format:"date" doc:"The last day, at most two years later. Omitted: today."`
	By       string     `query:"by" enum:"week,month" default:"week" doc:"Weeks begin on Monday. The first and the last period are cut off at from and to."`
	Cohort   string     `query:"cohort" doc:"Only this cohort."`
	Protocol string     `query:"protocol" doc:"Only cohorts of this protocol, by its id." example:"more-telehealth"`
}

type reportOutput struct {
	Body Report `nameHint:"Report"`
}

// registerReportOperations registers the operation that reads reports.
func (s *Server) registerReportOperations() {
	operation(s, program(access.CohortView), describe(http.MethodGet, "/reports/{name}", "get-report", "Reports",
		"Numbers over time, week by week or month by month: free seats, waiting people, attendance, late messages, "+
			"completed enrollments."), s.apiReport)
}

func (s *Server) apiReport(ctx context.Context, who visitor, in *reportInput) (*reportOutput, error) {
	q := reads.ReportQuery{Name: scheduler.ReportName(in.Name), Cohort: scheduler.ID(in.Cohort), Protocol: in.Protocol}
	q.From, q.To, q.By = in.From, in.To, scheduler.ReportStep(in.By)
	report, err := s.Reports.Report(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, relocateFields(err, map[string]string{"from": "query.from", "to": "query.to", "by": "query.by",
			"cohort": "query.cohort", "protocol": "query.protocol"})
	}
	return &reportOutput{Body: ReportOf(report)}, nil
}
