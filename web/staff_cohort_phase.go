package web

import (
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// cohortPhasePage makes a cohort run one phase of a programme.
func (s *Server) cohortPhasePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Phase of a programme")
	if err != nil {
		return nil, err
	}
	rows, err := s.Cohorts.Cohorts(c.Request().Context(), who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	k := cohort.Cohort
	phase, number, beside := k.Phase, "", string(k.Series)
	if k.PhaseNo > 0 {
		number = strconv.Itoa(k.PhaseNo)
	}
	if f != nil {
		phase, number, beside = f.trimmed("phase"), f.trimmed("number"), f.trimmed("beside")
	}
	others := []Choice{{Label: "None: this is the first cohort of the programme"}}
	for _, row := range rows {
		if row.Phase == "" || row.ID == k.ID || row.State != scheduler.CohortOpen {
			continue
		}
		others = append(others, Choice{Value: string(row.ID),
			Label: fmt.Sprintf("%s: phase %d, %s", row.Name, row.PhaseNo, row.Phase)})
	}
	v := cohortStepPage(page, k, "phase")
	v.Heading, v.Button = "Phase of a programme", "Save the phase"
	v.Explain = "For programmes whose phases run beside each other, each in a cohort of its own. Anyone who has " +
		"served the weeks of one phase goes on in the cohort of the next."
	named := v.Need("phase", "Phase", "text", phase, "As the protocol names it, such as low-dose.")
	if phases := cohort.Definition.Phases; len(phases) > 0 {
		var choices []Choice
		for _, one := range phases {
			choices = append(choices, Choice{Value: one.ID, Label: one.ID})
		}
		named = v.Select("phase", "Phase", choose(choices, phase), "")
	}
	v.Fields = []Input{
		named,
		v.Need("number", "Number", "number", number, "The phase's place in the programme: 1 is the first."),
		v.Select("beside", "Another cohort of the programme", choose(others, beside), ""),
	}
	return v, nil
}

func cohortPhaseProposal(c echo.Context, f *form) desk.Proposal {
	number, _ := f.number("number")
	return desk.RunPhase(scheduler.PhaseRequest{Cohort: scheduler.ID(c.Param("id")),
		Beside: scheduler.ID(f.trimmed("beside")), Phase: f.trimmed("phase"), Number: number})
}
