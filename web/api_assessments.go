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

// assessmentBody is the request to note an assessment.
type assessmentBody struct {
	DryRun
	Window  string     `json:"window" doc:"A window of the enrollment." example:"fu3m"`
	Outcome string     `json:"outcome,omitempty" enum:"done,missed,refused," doc:"Omitted: what was noted is taken back."`
	Date    civil.Date `json:"date,omitempty" required:"false" format:"date" doc:"In the cohort's zone. Default: today."`
	Mode    string     `json:"mode,omitempty" enum:"person,video,phone,form," doc:"How it was done."`
	Reason  string     `json:"reason,omitempty" maxLength:"1000" doc:"Why it was done outside its window. Stored sealed."`
}

// apiAssessment is the window of one assessment.
type apiAssessment struct {
	ID         string      `json:"id"`
	Person     string      `json:"person"`
	Enrollment string      `json:"enrollment"`
	Cohort     string      `json:"cohort"`
	Window     string      `json:"window"`
	Title      string      `json:"title"`
	Opens      civil.Date  `json:"opens" format:"date"`
	Target     *civil.Date `json:"target" format:"date" doc:"Null for one that must be done before a person can start."`
	Closes     *civil.Date `json:"closes" format:"date" doc:"The last day. Null as target is."`
	State      string      `json:"state" enum:"ahead,open,due,overdue,done,missed,refused"`
	Date       *civil.Date `json:"date" format:"date" doc:"When it was done, or is known to be missed or refused."`
	Mode       string      `json:"mode,omitempty" enum:"person,video,phone,form"`
	Outside    bool        `json:"outside_window"`
	NotedAt    *time.Time  `json:"noted_at"`
	NotedBy    string      `json:"noted_by,omitempty" example:"staff:0123456789abc"`
}

type assessmentsInput struct {
	Show       string `query:"show" enum:"to-do,ahead,noted,deviations," doc:"To do: open, due or overdue. Omitted: all."`
	Enrollment string `query:"enrollment" doc:"Only of this enrollment."`
	Cohort     string `query:"cohort" doc:"Only of this cohort."`
	Paging
}

type assessmentsOutput struct {
	Link string `header:"Link"`
	Body struct {
		Assessments []apiAssessment `json:"assessments" doc:"The first to close first; of noted ones the last."`
	} `nameHint:"Assessments"`
}

// registerAssessmentOperations registers the operations of assessments.
func (s *Server) registerAssessmentOperations() {
	operation(s, program(access.AssessmentView), describe(http.MethodGet, "/assessments", "list-assessments",
		"Enrollments", "When people are to be assessed, and that they were. No answers and no scores."),
		s.apiAssessments)
	apiStep(s, program(access.AssessmentNote), "assessment", "note-assessment",
		"Note what became of an assessment. What was noted before is replaced.",
		func(id scheduler.ID, b assessmentBody) desk.Proposal {
			return desk.Assess(scheduler.AssessRequest{Enrollment: id, Window: b.Window,
				Outcome: scheduler.AssessmentOutcome(b.Outcome), Date: b.Date, Mode: scheduler.AssessmentMode(b.Mode),
				Reason: b.Reason})
		})
}

func (s *Server) apiAssessments(ctx context.Context, who visitor, in *assessmentsInput) (*assessmentsOutput, error) {
	q := reads.AssessmentQuery{Show: reads.AssessmentShow(in.Show), Enrollment: scheduler.ID(in.Enrollment),
		Cohort: scheduler.ID(in.Cohort), Limit: in.Limit}
	var err error
	if q.After, err = in.cursor(); err != nil {
		return nil, err
	}
	page, err := s.Assessments.Assessments(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	filters := filtersOf("show", in.Show, "enrollment", in.Enrollment, "cohort", in.Cohort)
	out := &assessmentsOutput{Link: s.nextByCursor("/assessments", filters, in.Limit, page.Next)}
	out.Body.Assessments = []apiAssessment{}
	for _, r := range page.Rows {
		out.Body.Assessments = append(out.Body.Assessments, apiAssessment{ID: string(r.ID), Person: string(r.Person),
			Enrollment: string(r.Enrollment), Cohort: string(r.Cohort), Window: r.Window, Title: r.Title,
			Opens: r.Opens, Target: dateOrNull(r.Target), Closes: dateOrNull(r.Closes), State: string(r.State),
			Date: dateOrNull(r.Date),
			Mode: string(r.Mode), Outside: r.Deviates(), NotedAt: instantOrNull(r.At), NotedBy: r.By})
	}
	return out, nil
}
