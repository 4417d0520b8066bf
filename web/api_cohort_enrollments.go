package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// apiCohortEnrollment is an enrollment in the list of its cohort. It holds no name.
type apiCohortEnrollment struct {
	ID               string      `json:"id"`
	Participant      string      `json:"participant" doc:"The person's id."`
	State            string      `json:"state" enum:"pending,waiting,offered,active,on_hold,completed,withdrawn"`
	RequestedAt      time.Time   `json:"requested_at"`
	Priority         int         `json:"priority"`
	Entry            *civil.Date `json:"entry" format:"date" doc:"Local date of the first session. Null while waiting."`
	WaitlistPosition int         `json:"waitlist_position" doc:"1 is next. 0 when not waiting."`
}

type cohortEnrollmentsInput struct {
	ID    string   `path:"id"`
	State []string `query:"state" enum:"pending,waiting,offered,active,on_hold,completed,withdrawn" doc:"Only these states."`
	Paging
}

type cohortEnrollmentsOutput struct {
	Link string `header:"Link"`
	Body struct {
		Enrollments []apiCohortEnrollment `json:"enrollments" doc:"Ordered by id."`
	} `nameHint:"CohortEnrollments"`
}

// registerCohortEnrollments registers the list of a cohort's people.
func (s *Server) registerCohortEnrollments() {
	operation(s, program(access.CohortView), describe(http.MethodGet, "/cohorts/{id}/enrollments",
		"list-enrollments", "Cohorts", "The people of a cohort: with seats, waiting, and past."),
		s.apiCohortEnrollments)
}

func (s *Server) apiCohortEnrollments(ctx context.Context, who visitor,
	in *cohortEnrollmentsInput) (*cohortEnrollmentsOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	cohort, err := s.Cohorts.Cohort(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Clone(cohort.Enrollments), func(e reads.Enrollment) bool {
		return len(in.State) > 0 && !slices.Contains(in.State, string(e.State))
	})
	cut, next, err := paginate(s, all, in.Paging, "/cohorts/"+in.ID+"/enrollments",
		url.Values{"state": in.State}, func(e reads.Enrollment) string { return string(e.ID) })
	if err != nil {
		return nil, err
	}
	out := &cohortEnrollmentsOutput{Link: next}
	out.Body.Enrollments = make([]apiCohortEnrollment, len(cut))
	for i, e := range cut {
		out.Body.Enrollments[i] = apiCohortEnrollment{ID: string(e.ID), Participant: string(e.Person),
			State: string(e.State), RequestedAt: e.RequestedAt, Priority: e.Priority,
			Entry: dateOrNull(e.EntryWall.Date), WaitlistPosition: e.WaitlistPosition}
	}
	return out, nil
}
