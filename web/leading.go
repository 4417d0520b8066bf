package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
)

// leaders lists who could lead, with what stands on their record.
func (s *Server) leaders(c echo.Context, who visitor, nobody string) ([]Choice, error) {
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

// capacityPage gives a cohort another number of seats.
func (s *Server) capacityPage(c echo.Context, who visitor, f *form) (*stepPage, error) {
	cohort, page, err := s.cohortOf(c, who, "Change the seats")
	if err != nil {
		return nil, err
	}
	seats := strconv.Itoa(cohort.Cohort.Capacity)
	if f != nil {
		seats = f.trimmed("capacity")
	}
	v := ofCohort(page, cohort.Cohort, "capacity")
	v.Heading, v.Button = "Change the seats", "Change the seats"
	v.Explain = "Nobody loses a seat by it. Who waits is offered what comes free."
	v.Fields = []Input{v.Need("capacity", "Seats in each session", "number", seats, "")}
	return v, nil
}

// ofCohort is a change of a cohort under the last word of its address.
func ofCohort(page Page, cohort scheduler.Cohort, word string) *stepPage {
	back := "/cohorts/" + string(cohort.ID)
	return &stepPage{Page: page, Back: back, Address: back + "/" + word, Crumb: cohort.Name, About: cohort.Name}
}

func (s *Server) capacityForm(c echo.Context, who visitor) error {
	v, err := s.capacityPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) capacity(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.capacityPage(c, who, f)
	if err != nil {
		return err
	}
	seats, _ := f.number("capacity")
	return s.propose(c, who, f, v, scheduler.SetCapacity(scheduler.ID(c.Param("id")), seats), "seats")
}

// mostInTurn is how many facilitators a rotation can name on its page.
const mostInTurn = 4

// rotationPage lets facilitators lead in turn.
func (s *Server) rotationPage(c echo.Context, who visitor, f *form) (*stepPage, error) {
	cohort, page, err := s.cohortOf(c, who, "Lead in turn")
	if err != nil {
		return nil, err
	}
	v := ofCohort(page, cohort.Cohort, "rotation")
	v.Leading = s.cohortNotes(cohort)
	v.Heading, v.Button, v.Explain = "Lead in turn", "Let them lead in turn", "One after another, session by session, also those that are planned later."
	for i := range mostInTurn {
		choices, err := s.leaders(c, who, noChoice)
		if err != nil {
			return nil, err
		}
		name, chosen := fmt.Sprintf("leader-%d", i+1), ""
		switch {
		case f != nil:
			chosen = f.trimmed(name)
		case i < len(cohort.Cohort.Rotation):
			chosen = string(cohort.Cohort.Rotation[i])
		}
		v.Fields = append(v.Fields, v.Select(name, fmt.Sprintf("Facilitator %d", i+1), choose(choices, chosen), ""))
	}
	reason := ""
	if f != nil {
		reason = f.text("reason")
	}
	v.Fields = append(v.Fields, v.Field("reason", "Why, if somebody lacks the credential", "area", reason, "Only when somebody leads without the credential that the protocol asks for."))
	return v, nil
}

func (s *Server) rotationForm(c echo.Context, who visitor) error {
	v, err := s.rotationPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) rotation(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.rotationPage(c, who, f)
	if err != nil {
		return err
	}
	q := scheduler.Rotating{Cohort: scheduler.ID(c.Param("id")), Reason: f.trimmed("reason")}
	v.Called = map[string]string{}
	for i := range mostInTurn {
		name := fmt.Sprintf("leader-%d", i+1)
		if id := f.trimmed(name); id != "" {
			v.Called[fmt.Sprintf("leaders[%d]", len(q.Leaders))] = name
			q.Leaders = append(q.Leaders, scheduler.ID(id))
		}
	}
	return s.propose(c, who, f, v, scheduler.Rotate(q), "led")
}

// substitutePage gives one session another facilitator.
func (s *Server) substitutePage(c echo.Context, who visitor, f *form) (*stepPage, error) {
	page, head, roster, err := s.openSession(c, who, "Another facilitator")
	if err != nil {
		return nil, err
	}
	choices, err := s.leaders(c, who, "Nobody for now")
	if err != nil {
		return nil, err
	}
	cohort, err := s.Cohorts.Cohort(c.Request().Context(), who.actor, who.clinic, roster.Cohort.ID)
	if err != nil {
		return nil, err
	}
	session := roster.Session(scheduler.ID(head.ID))
	by, reason := string(session.Leader), ""
	if f != nil {
		by, reason = f.trimmed("by"), f.text("reason")
	}
	v := ofCohort(page, roster.Cohort, "")
	v.Leading = s.leaderNotes(cohort, session)
	v.Address, v.About = "/sessions/"+head.ID+"/substitute", strings.TrimSpace(head.Title+", "+head.When.Date)
	v.Heading, v.Button, v.Explain = "Another facilitator", "Let them lead", "For this session only."
	v.Fields = []Input{
		v.Select("by", "Who leads", choose(choices, by), ""),
		v.Field("reason", "Why, if they lack the credential", "area", reason, "Only when somebody leads without the credential that the protocol asks for."),
	}
	return v, nil
}

func (s *Server) substituteForm(c echo.Context, who visitor) error {
	v, err := s.substitutePage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) substitute(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.substitutePage(c, who, f)
	if err != nil {
		return err
	}
	asked := scheduler.Substituting{Session: scheduler.ID(c.Param("id")), By: scheduler.ID(f.trimmed("by")), Reason: f.trimmed("reason")}
	return s.propose(c, who, f, v, scheduler.Substitute(asked), "led")
}
