package web

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// cohortEndPage ends a cohort after a date.
func (s *Server) cohortEndPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "End this cohort")
	if err != nil {
		return nil, err
	}
	after := ""
	if f != nil {
		after = f.trimmed("after")
	}
	v := cohortStepPage(page, cohort.Cohort, "end")
	v.Heading, v.Button = "End this cohort", "End this cohort"
	v.Explain = "Later sessions are cancelled and no one new can enroll. Enrollments end with the last session, " +
		"with what each person has reached. You get a task about people who are waiting."
	v.Fields = []Input{v.Need("after", "Last date", "date", after, "Sessions on this date still take place.")}
	return v, nil
}

func cohortEndProposal(c echo.Context, f *form) desk.Proposal {
	return desk.EndCohort(scheduler.ID(c.Param("id")), f.date("after"))
}

// cohortWaitlistPage moves a waitlist to another cohort of the same protocol.
func (s *Server) cohortWaitlistPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Move the waitlist")
	if err != nil {
		return nil, err
	}
	chosen := ""
	if f != nil {
		chosen = f.trimmed("to")
	}
	choices, err := s.cohortChoices(c, who, cohort.Cohort)
	if err != nil {
		return nil, err
	}
	v := cohortStepPage(page, cohort.Cohort, "waitlist")
	v.Heading, v.Button = "Move the waitlist", "Move the waitlist"
	v.Explain = "Everyone on the waitlist keeps their order and request time. Anyone who can have a seat there is " +
		"offered one. The preview says who cannot be moved."
	v.Fields = []Input{v.Select("to", "To", choose(choices, chosen),
		"Cohorts of the same protocol that take new people.")}
	return v, nil
}

func cohortWaitlistProposal(c echo.Context, f *form) desk.Proposal {
	return desk.MoveWaitlist(scheduler.ID(c.Param("id")), scheduler.ID(f.trimmed("to")))
}

// cohortChoices lists other cohorts of a protocol that take new people, with their next entry.
func (s *Server) cohortChoices(c echo.Context, who visitor, from scheduler.Cohort) ([]Choice, error) {
	found, err := s.Lists.NextOpenings(c.Request().Context(), who.actor, who.clinic,
		reads.OpeningsQuery{Protocol: from.Protocol, OfEach: 1, Limit: maxChoices})
	if err != nil {
		return nil, err
	}
	var all []Choice
	for _, o := range found {
		if o.Cohort == from.ID {
			continue
		}
		when := s.staffWhen(o.Start, o.Start, o.Zone)
		all = append(all, Choice{Value: string(o.Cohort),
			Label: fmt.Sprintf("%s: %s from %s", o.CohortName, freeSeats(o.Seats), when.Date)})
	}
	return all, nil
}

// maxChoices bounds the cohorts to choose from.
const maxChoices = 100
