package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// peoplePage lists the clinic's people, or those whom a search finds. A search is sent by POST, so that no name stands
// in an address.
type peoplePage struct {
	Page
	Rows  []foundLine
	Count string // in words
	Next  string // the person after whom the next page begins; empty: none
	// MayImport: the visitor may add people from a spreadsheet.
	MayImport bool
	MayBreak  bool // they see only their own cohorts, and more in an emergency
	MayExport bool
	MayChange bool
}

// foundLine is a person in a list, with what tells people of the same name apart.
type foundLine struct {
	ID, Name, Email, Phone string
	ExternalIDs            []scheduler.ExternalID
	Groups                 []groupLine
	MoreGroups             int  // further cohorts that are not listed
	Twice                  bool // maybe the same as somebody else
}

// groupLine is an enrollment in a list of people.
type groupLine struct {
	ID, Cohort, State, StateName string
	Since                        When // the entry, or the day of the request
}

// peopleRows is the number of people per page, and groupsListed that of their cohorts.
const (
	peopleRows   = 50
	groupsListed = 3
)

// peopleList shows everybody.
func (s *Server) peopleList(c echo.Context, who visitor) error {
	return s.showPeople(c, who, reads.PeopleQuery{After: scheduler.ID(c.QueryParam("after"))})
}

// peopleSearch shows whom a search finds.
func (s *Server) peopleSearch(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	return s.showPeople(c, who,
		reads.PeopleQuery{Text: f.trimmed("query"), After: scheduler.ID(f.trimmed("after"))})
}

func (s *Server) showPeople(c echo.Context, who visitor, q reads.PeopleQuery) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "people", "People")
	if err != nil {
		return err
	}
	v := &peoplePage{Page: page, MayImport: who.may(access.Enroll), MayBreak: who.actor.OwnOnly(),
		MayExport: who.may(access.PersonExport),
		MayChange: who.may(access.PersonChange)}
	v.Sought, q.Limit = q.Text, peopleRows
	found, err := s.Records.FindPeople(ctx, who.actor, who.clinic, q)
	if fault.Is(err, fault.Invalid) {
		v.Sought = shownSearch(v.Sought)
		return rejectForm(v, err)
	}
	if err != nil {
		return err
	}
	v.Next, v.Count = string(found.Next), count(found.Total, "person", "people")
	for _, p := range found.People {
		line := s.foundLine(p, page.Zone)
		if !who.may(access.AttendanceView) {
			hideOutcomes(line.Groups)
		}
		v.Rows = append(v.Rows, line)
	}
	return s.render(c, http.StatusOK, v)
}

// mostShown is how much of a text that is too long for a search is shown again, in bytes.
const mostShown = 1000

// shownSearch returns a text that was searched for, cut where it would make the page as long as itself.
func shownSearch(text string) string {
	if len(text) <= mostShown {
		return text
	}
	return strings.ToValidUTF8(text[:mostShown], "")
}

func (s *Server) foundLine(p reads.PersonRow, zone string) foundLine {
	line := foundLine{ID: string(p.ID), Name: p.Name, Email: scheduler.ShownEmail(p.Email),
		Phone: p.Phone, ExternalIDs: p.ExternalIDs, Twice: p.Twice}
	for i, g := range p.Groups {
		if i == groupsListed {
			line.MoreGroups = len(p.Groups) - i
			break
		}
		line.Groups = append(line.Groups, s.groupLine(g, zone))
	}
	return line
}

func (s *Server) groupLine(g reads.PersonGroup, zone string) groupLine {
	line := groupLine{ID: string(g.Enrollment), Cohort: g.CohortName, State: string(g.State),
		StateName: stateNames[g.State], Since: wordsFor("en").wall(g.Entry)}
	if !line.Since.Known() {
		line.Since = s.staffWhen(g.RequestedAt, g.RequestedAt, zone)
	}
	return line
}

// lastDigits is how much of a phone number tells people apart.
const lastDigits = 4

// ApartWords say what tells a person from others of the same name.
func (l foundLine) ApartWords() string {
	var parts []string
	if len(l.Groups) > 0 {
		parts = append(parts, l.Groups[0].Cohort+", "+l.Groups[0].Since.Date)
	}
	if n := len(l.Phone); n > lastDigits {
		parts = append(parts, "phone …"+l.Phone[n-lastDigits:])
	}
	for _, id := range l.ExternalIDs {
		parts = append(parts, id.System+" "+id.Value)
	}
	if len(parts) == 0 && l.Email != "" {
		parts = append(parts, l.Email)
	}
	return strings.Join(parts, " · ")
}
