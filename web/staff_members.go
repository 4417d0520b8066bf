package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// staffListPage lists the staff of the clinic.
type staffListPage struct {
	Page
	Members []memberLine
}

type memberLine struct {
	ID                scheduler.ID
	Name, Email, Role string
	Credentials       []credentialLine
	Disabled          bool
}

// credentialLine is a credential on somebody's record.
type credentialLine struct {
	Name, Until string // Until is empty if it does not expire
	Expires     string // as a date field has it
	Expired     bool
}

func (s *Server) staffList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "staff", "Staff")
	if err != nil {
		return err
	}
	members, err := s.Staff.Staff(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	v := &staffListPage{Page: page}
	for _, m := range members {
		v.Members = append(v.Members, s.memberLine(m, page.Zone))
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) memberLine(m reads.Staff, zone string) memberLine {
	line := memberLine{ID: m.ID, Name: m.Name, Email: scheduler.ShownEmail(m.Email), Role: roleName(m.Role),
		Disabled: m.Disabled}
	today := civil.WallOf(s.Now(), s.location(zone)).Date
	for _, c := range m.Credentials {
		one := credentialLine{Name: c.Name}
		if !c.Expires.IsZero() {
			one.Expires, one.Until = c.Expires.String(), wordsFor("en").date(c.Expires)
			one.Expired = c.Expires.Before(today)
		}
		line.Credentials = append(line.Credentials, one)
	}
	return line
}

// member returns one member of staff. It fails with NotFound if the id is not one of the clinic's staff.
func (s *Server) member(ctx context.Context, who visitor, id string) (reads.Staff, error) {
	members, err := s.Staff.Staff(ctx, who.actor, who.clinic)
	if err != nil {
		return reads.Staff{}, err
	}
	i := slices.IndexFunc(members, func(m reads.Staff) bool { return string(m.ID) == id })
	if i < 0 {
		return reads.Staff{}, fault.New(fault.NotFound, "There is no such member of staff. Choose one from the list.")
	}
	return members[i], nil
}

// roleTexts are the roles as pages call them, with what each may do.
var roleTexts = map[access.Role]struct{ name, may string }{
	access.Coordinator: {"Coordinator", "runs the desk: opens cohorts, enrolls people, changes dates, makes calls"},
	access.Facilitator: {"Facilitator", "leads sessions: sees their own cohorts and takes attendance there"},
	access.FrontDesk: {"Front desk",
		"sees and corrects contact data and sees dates, never who came"},
	access.Admin:          {"Admin", "everything at this clinic, staff and settings included"},
	access.PrivacyOfficer: {"Privacy officer", "reads who did what, and people's consents"},
	access.Auditor:        {"Auditor", "reads everything but private links and mail, and changes nothing"},
	access.Assessor: {"Assessor (blinded)",
		"notes assessments: sees participant numbers and windows, and no name, group or leader"},
}

// roleName is a role as pages call it.
func roleName(role string) string {
	if text, ok := roleTexts[access.Role(role)]; ok {
		return text.name
	}
	return role
}

// roleChoices lists the roles with what each may do.
func roleChoices(chosen string) []Choice {
	var all []Choice
	for _, role := range access.Roles() {
		all = append(all, Choice{Value: string(role), Label: roleName(string(role)), Hint: roleTexts[role].may})
	}
	return choose(all, chosen)
}

// credentialHint says how credentials are called, with those that protocols ask for.
func (s *Server) credentialHint() string {
	var names []string
	for _, d := range s.Library.List() {
		for _, role := range d.Roles {
			names = append(names, role.Credential)
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
	if len(names) == 0 {
		return "As protocols call it: lower-case words joined by hyphens."
	}
	return "Protocols ask for: " + strings.Join(names, ", ") + "."
}
