package web

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// sessionSheetPage is the sign-in sheet on paper: names, space for signatures, and a heading that
// reveals nothing.
type sessionSheetPage struct {
	Page
	Session string
	When    When
	Names   []string
	Spare   []struct{} // empty lines for unexpected people
}

// cohortRosterPage lists everyone in a cohort on paper, for staff.
type cohortRosterPage struct {
	Page
	Cohort string
	Today  When
	People []personLine
	MaySee bool // the pages of people
	Pager  pager
}

// rosterRows is the number of people per page.
const rosterRows = 50

// sheetLines is the number of lines that fit on A4 and Letter.
const sheetLines = 14

func (s *Server) sessionSheet(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	r, session, seats, err := s.attendees(ctx, who, access.AttendanceTake, id)
	if err != nil {
		return err
	}
	people := make([]scheduler.ID, len(seats))
	for i, seat := range seats {
		people[i] = seat.Person
	}
	names, err := s.People.Names(ctx, who.actor, who.clinic, people) // others in the room read this paper
	if err != nil {
		return err
	}
	page, err := s.paperPage(ctx, who, "Sign-in sheet")
	if err != nil {
		return err
	}
	v := &sessionSheetPage{Page: page, Session: string(id),
		When: s.staffWhen(session.Start, session.End, r.Cohort.Zone)}
	for _, person := range people {
		v.Names = append(v.Names, names[person])
	}
	slices.SortFunc(v.Names, cmp.Compare[string])
	v.Spare = make([]struct{}, max(0, min(2, sheetLines-len(v.Names))))
	return s.render(c, http.StatusOK, v)
}

func (s *Server) cohortRoster(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	cohort, err := s.Cohorts.Cohort(ctx, who.actor, who.clinic, id)
	if err != nil {
		return err
	}
	if err := s.tellEnrolledApart(ctx, who, cohort.Enrollments); err != nil {
		return err
	}
	page, err := s.paperPage(ctx, who, "Roster")
	if err != nil {
		return err
	}
	v := &cohortRosterPage{Page: page, Cohort: string(id), MaySee: who.may(access.PersonView),
		Today: s.staffWhen(s.Now(), s.Now(), cohort.Cohort.Zone)}
	for _, e := range cohort.Enrollments {
		if e.State.Live() {
			v.People = append(v.People, personLineOf(e))
		}
	}
	slices.SortStableFunc(v.People,
		func(a, b personLine) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Enrollment, b.Enrollment))
		})
	at := readPageNumber(c.QueryParams(), "page", rosterRows)
	v.Pager = at.pager("/cohorts/"+string(id)+"/roster", c.QueryParams(), len(v.People))
	v.People = v.People[min(at.offset(), len(v.People)):]
	v.People = v.People[:min(at.lines, len(v.People))]
	return s.render(c, http.StatusOK, v)
}
