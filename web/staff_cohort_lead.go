package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// facilitatorChoices lists possible facilitators with their credentials.
func (s *Server) facilitatorChoices(c echo.Context, who visitor, nobody string) ([]Choice, error) {
	members, err := s.Staff.Staff(c.Request().Context(), who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	all := []Choice{{Label: nobody}}
	for _, m := range members {
		if m.Disabled {
			continue
		}
		label := m.Name
		for _, credential := range m.Credentials {
			label += ", " + credential.Name
			if !credential.Expires.IsZero() {
				label += " to " + wordsFor("en").date(credential.Expires)
			}
		}
		all = append(all, Choice{Value: string(m.ID), Label: label})
	}
	return all, nil
}

// cohortCapacityPage changes the number of seats.
func (s *Server) cohortCapacityPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Change seats")
	if err != nil {
		return nil, err
	}
	seats := strconv.Itoa(cohort.Cohort.Capacity)
	if f != nil {
		seats = f.trimmed("capacity")
	}
	v := cohortStepPage(page, cohort.Cohort, "capacity")
	v.Heading, v.Button = "Change seats", "Change seats"
	v.Explain = "No one loses a seat. Seats that open up are offered to the waitlist."
	reason := ""
	if f != nil {
		reason = f.text("reason")
	}
	v.Fields = []Input{
		v.Need("capacity", "Seats in each session", "number", seats, seatBounds(cohort.Definition)),
		v.Field("reason", "Reason, if outside the protocol's range", "area", reason,
			"Saved with the cohort, so that others can see why."),
	}
	return v, nil
}

// seatBounds describes the protocol's limits of seats.
func seatBounds(d *protocols.Definition) string {
	least, most := max(1, d.Capacity.MinToStart, d.Capacity.MinToHold), d.Capacity.Max
	if most == 0 {
		return fmt.Sprintf("The protocol asks for %d or more.", least)
	}
	return fmt.Sprintf("The protocol asks for %d to %d.", least, most)
}

// cohortStepPage returns the page of a cohort's change under the last word of its address.
func cohortStepPage(page Page, cohort scheduler.Cohort, word string) *stepPage {
	back := "/cohorts/" + string(cohort.ID)
	return &stepPage{Page: page, Back: back, Address: back + "/" + word, Crumb: cohort.Name, About: cohort.Name}
}

func cohortCapacityProposal(c echo.Context, f *form) desk.Proposal {
	seats, _ := f.number("capacity")
	return desk.SetCapacity(scheduler.ResizeRequest{Cohort: scheduler.ID(c.Param("id")), Seats: seats,
		Reason: f.trimmed("reason")})
}

// maxRotation bounds the facilitators of a rotation on its page.
const maxRotation = 4

// cohortRotationPage sets the rotation of facilitators.
func (s *Server) cohortRotationPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Facilitator rotation")
	if err != nil {
		return nil, err
	}
	full, err := s.Cohorts.Cohort(c.Request().Context(), who.actor, who.clinic, cohort.Cohort.ID)
	if err != nil {
		return nil, err
	}
	v := cohortStepPage(page, cohort.Cohort, "rotation")
	v.Leading, v.Called = s.cohortCredentials(full), map[string]string{}
	v.Heading, v.Button, v.Explain = "Facilitator rotation", "Save the rotation",
		"Facilitators take turns, one session each. This includes sessions that are planned later."
	for i := range maxRotation {
		choices, err := s.facilitatorChoices(c, who, noChoice)
		if err != nil {
			return nil, err
		}
		name, chosen := leaderField(i), ""
		switch {
		case f != nil:
			if chosen = f.trimmed(name); chosen != "" {
				v.Called[fmt.Sprintf("leaders[%d]", len(v.Called))] = name
			}
		case i < len(cohort.Cohort.Rotation):
			chosen = string(cohort.Cohort.Rotation[i])
		}
		v.Fields = append(v.Fields, v.Select(name, fmt.Sprintf("Facilitator %d", i+1), choose(choices, chosen), ""))
	}
	reason := ""
	if f != nil {
		reason = f.text("reason")
	}
	v.Fields = append(v.Fields,
		v.Field("reason", "Reason, if someone lacks the credential", "area", reason,
			"Only if someone leads without the credential that the protocol asks for."))
	return v, nil
}

// cohortRotationProposal reads the facilitators in order and skips gaps.
func cohortRotationProposal(c echo.Context, f *form) desk.Proposal {
	q := scheduler.RotateRequest{Cohort: scheduler.ID(c.Param("id")), Reason: f.trimmed("reason")}
	for i := range maxRotation {
		if id := f.trimmed(leaderField(i)); id != "" {
			q.Leaders = append(q.Leaders, scheduler.ID(id))
		}
	}
	return desk.Rotate(q)
}

// leaderField returns the field name of one facilitator of a rotation.
func leaderField(i int) string { return fmt.Sprintf("leader-%d", i+1) }

// sessionSubstitutePage assigns another facilitator to one session.
func (s *Server) sessionSubstitutePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	page, head, found, err := s.loadSessionHead(c, who, "Substitute facilitator")
	if err != nil {
		return nil, err
	}
	choices, err := s.facilitatorChoices(c, who, "No one for now")
	if err != nil {
		return nil, err
	}
	cohort, err := s.Cohorts.Cohort(c.Request().Context(), who.actor, who.clinic, found.Cohort.ID)
	if err != nil {
		return nil, err
	}
	session := &found.Session
	by, reason := string(session.Leader), ""
	if f != nil {
		by, reason = f.trimmed("by"), f.text("reason")
	}
	v := cohortStepPage(page, found.Cohort, "")
	v.Leading = s.facilitatorCredentials(cohort, session)
	v.Address, v.About = "/sessions/"+head.ID+"/substitute", strings.TrimSpace(head.Title+", "+head.When.Date)
	v.Heading, v.Button, v.Explain = "Substitute facilitator", "Assign this facilitator", "For this session only."
	v.Fields = []Input{
		v.Select("by", "Facilitator", choose(choices, by), ""),
		v.Field("reason", "Reason, if they lack the credential", "area", reason,
			"Only if someone leads without the credential that the protocol asks for."),
	}
	return v, nil
}

func sessionSubstituteProposal(c echo.Context, f *form) desk.Proposal {
	return desk.Substitute(scheduler.SubstituteRequest{
		Session: scheduler.ID(c.Param("id")), By: scheduler.ID(f.trimmed("by")), Reason: f.trimmed("reason"),
	})
}
