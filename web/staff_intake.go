package web

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// intakePage shows who is on the way in, what they wait for, and where a new person could start.
type intakePage struct {
	Page
	People                   []intakeLine
	Cohorts                  []entryLine
	PeopleOf                 int // number of people
	PeoplePager, CohortPager pager
}

// intakeLine is one person who waits or is on hold.
type intakeLine struct {
	Person, Enrollment, Name string
	State, StateName, Cohort string
	Since                    When
	Clock                    string // what is waited for
	Until                    When   // when it ends by itself; empty: it does not
}

// entryLine is a rolling cohort with its next entries.
type entryLine struct {
	ID, Name string
	Waiting  int
	Entries  []entryPoint
}

// entryPoint is a session at which a new person can start.
type entryPoint struct {
	When  When
	Title string
	Day   string // for the form
	Seats string
}

// Limits of one page: entries of each cohort, cohorts, and people.
const (
	entriesShown = 3
	intakeSeries = 15
	intakeRows   = 40
)

func (s *Server) intakeShow(c echo.Context, who visitor) error {
	ctx, params := c.Request().Context(), c.QueryParams()
	page, err := s.staffPage(ctx, who, c.Request(), "intake", "Intake")
	if err != nil {
		return err
	}
	people, cohorts := readPageNumber(params, "people", intakeRows), readPageNumber(params, "cohorts", intakeSeries)
	found, err := s.Lists.Intake(ctx, who.actor, who.clinic, reads.IntakeQuery{
		People: people.offset(), PeopleLimit: people.lines, Cohorts: cohorts.offset(), CohortsLimit: cohorts.lines,
		Entries: entriesShown,
	})
	if err != nil {
		return err
	}
	listing := make([]listed, len(found.People))
	for i := range found.People {
		listing[i] = listed{found.People[i].Person, &found.People[i].Name}
	}
	if err := s.tellListedApart(ctx, who, listing); err != nil {
		return err
	}
	v := &intakePage{
		Page: page, PeopleOf: found.PeopleOf,
		PeoplePager: people.pager("/intake", params, found.PeopleOf),
		CohortPager: cohorts.pager("/intake", params, found.CohortsOf),
	}
	for _, p := range found.People {
		v.People = append(v.People, s.intakeLine(p))
	}
	for _, r := range found.Cohorts {
		v.Cohorts = append(v.Cohorts, s.entryLine(r))
	}
	return s.render(c, http.StatusOK, v)
}

// intakeLine describes what a person waits for.
func (s *Server) intakeLine(p reads.IntakePerson) intakeLine {
	line := intakeLine{
		Person: string(p.Person), Enrollment: string(p.Enrollment), Name: p.Name,
		State: string(p.State), StateName: stateNames[p.State], Cohort: p.CohortName,
		Since: s.staffWhen(p.RequestedAt, time.Time{}, p.Zone), Until: s.staffWhen(p.Ends, time.Time{}, p.Zone),
	}
	switch p.State {
	case scheduler.Offered:
		line.Clock = "an answer to the offer"
		if !p.Entry.IsZero() {
			line.Clock += " of " + wordsFor("en").date(p.Entry)
		}
	case scheduler.Pending:
		var open []string
		for _, p := range p.Undone {
			open = append(open, cmp.Or(p.Title, p.ID))
		}
		line.Clock = "prerequisites: " + strings.Join(open, ", ")
	case scheduler.Waiting:
		line.Clock = "a seat, number " + strconv.Itoa(p.Position)
	case scheduler.OnHold:
		line.Clock = "the end of the hold"
	}
	return line
}

// entryLine lists the next entries of a rolling cohort.
func (s *Server) entryLine(r reads.IntakeCohort) entryLine {
	line := entryLine{ID: string(r.Cohort), Name: r.Name, Waiting: r.Waiting}
	for i, p := range r.Entries {
		line.Entries = append(line.Entries, entryPoint{
			When: s.staffWhen(p.Start, time.Time{}, r.Zone), Title: r.Titles[i], Day: p.Date.String(),
			Seats: freeSeats(p.Seats),
		})
	}
	return line
}
