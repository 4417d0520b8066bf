package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// nobody is the choice of no facilitator.
const nobody = "nobody"

// cohortSetPage changes place, length, facilitator, name or seats of a cohort.
func (s *Server) cohortSetPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Change the cohort")
	if err != nil {
		return nil, err
	}
	k := cohort.Cohort
	v := cohortStepPage(page, k, "set")
	v.Heading, v.Button = "Change the cohort", "Save changes"
	v.Explain = "Fields left empty stay as they are. People are notified if the place, the meeting or the length " +
		"changes."
	leads, err := s.facilitatorOrNone(c, who)
	if err != nil {
		return nil, err
	}
	x := stepContext{page: &v.Page, form: formOrEmpty(f), server: s}
	v.Fields = slices.Concat([]Input{
		x.date("from", "Starting on", "The first date to change. If empty: from now on."),
		v.Field("place", "Place", "text", x.value("place"),
			currentText(k.Place)+" Participants see this, so it should give nothing away."),
	}, x.meetingInputs(cohort.Meeting), []Input{
		v.Field("minutes", "Minutes per session", "number", x.value("minutes"),
			fmt.Sprintf("The protocol says %d.", cohort.Definition.Minutes())),
		x.choice("facilitator", "Facilitator", leads, "Also for sessions that someone else was going to lead."),
		v.Field("name", "Name", "text", x.value("name"),
			currentText(k.Name)+" Only staff see it. It applies to the whole cohort."),
		v.Field("capacity", "Seats in each session", "number", x.value("capacity"),
			currentText(seatsInWords(k.Capacity))+" "+seatBounds(cohort.Definition)),
		x.overrideReason(),
	})
	return v, nil
}

// sessionSetPage changes place, length or seats of one session.
func (s *Server) sessionSetPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	page, head, found, err := s.loadSessionHead(c, who, "Change a session")
	if err != nil {
		return nil, err
	}
	v := cohortStepPage(page, found.Cohort, "")
	v.Address, v.About = "/sessions/"+head.ID+"/set", strings.TrimSpace(head.Title+", "+head.When.Date)
	if head.Window != "" {
		v.About += ", due " + head.Window
	}
	v.Heading, v.Button = "Change a session", "Save changes"
	v.Explain = "For this session only. Fields left empty stay as they are. People are notified if the place, the " +
		"meeting or the length changes."
	x := stepContext{page: &v.Page, form: formOrEmpty(f), server: s}
	session := &found.Session
	v.Fields = slices.Concat([]Input{
		v.Field("place", "Place", "text", x.value("place"),
			currentText(session.Place)+" Participants see this, so it should give nothing away."),
	}, x.meetingInputs(found.OwnMeeting), []Input{
		v.Field("minutes", "Minutes", "number", x.value("minutes"), currentText(strconv.Itoa(session.Minutes))),
		v.Field("capacity", "Seats", "number", x.value("capacity"),
			currentText(seatsInWords(session.SeatsIn(found.Cohort)))+" "+seatBounds(found.Definition)),
		x.overrideReason(),
	})
	return v, nil
}

// cohortRolePage assigns a person to a role of the protocol.
func (s *Server) cohortRolePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Assign a role")
	if err != nil {
		return nil, err
	}
	v := cohortStepPage(page, cohort.Cohort, "role")
	v.Heading, v.Button, v.Explain = "Assign a role", "Assign", "The protocol asks for someone in each of its roles."
	members, err := s.facilitatorChoices(c, who, "")
	if err != nil {
		return nil, err
	}
	x, roles := stepContext{page: &v.Page, form: formOrEmpty(f), server: s}, []Choice{}
	for _, role := range cohort.Definition.Roles {
		hint := role.ID
		if role.Credential != "" {
			hint += ", credential " + role.Credential
		}
		roles = append(roles, Choice{Value: role.ID, Label: hint})
	}
	chosen := x.value("role")
	if f == nil {
		chosen = cmp.Or(c.QueryParam("role"),
			strings.Join(firstOf(scheduler.Unfilled(cohort.Definition, cohort.Cohort)), ""))
	}
	v.Fields = []Input{
		v.Select("role", "Role", choose(roles, chosen), ""),
		x.choice("facilitator", "Who", members[1:], ""),
		x.overrideReason(),
	}
	return v, nil
}

func firstOf(all []string) []string { return all[:min(1, len(all))] }

// formOrEmpty returns an empty form for nil.
func formOrEmpty(f *form) *form {
	if f == nil {
		return &form{}
	}
	return f
}

// currentText shows the present value of a field that may stay empty.
func currentText(now string) string { return "Now: " + now + "." }

func seatsInWords(seats int) string {
	if scheduler.Unlimited(seats) {
		return "no limit"
	}
	return strconv.Itoa(seats)
}

// overrideReason is the field for the reason of setting a rule aside.
func (x stepContext) overrideReason() Input {
	return x.page.Field("reason", "Reason, if a rule is set aside", "area", x.form.text("reason"),
		"For a credential, the protocol's seat limits, or revealing words. Saved with the cohort, so that others "+
			"can see why.")
}

// facilitatorOrNone lists the facilitators, no facilitator, and no change.
func (s *Server) facilitatorOrNone(c echo.Context, who visitor) ([]Choice, error) {
	choices, err := s.facilitatorChoices(c, who, noChoice)
	if err != nil {
		return nil, err
	}
	return slices.Insert(choices, 1, Choice{Value: nobody, Label: "No one for now"}), nil
}

// readCohortSetting reads what to change. Empty fields stay as they are.
func readCohortSetting(f *form) scheduler.CohortSetting {
	text := func(name string) *string {
		if value := f.trimmed(name); value != "" {
			return &value
		}
		return nil
	}
	number := func(name string) *int {
		if n, given := f.number(name); given {
			return &n
		}
		return nil
	}
	q := scheduler.CohortSetting{
		Name: text("name"), Place: text("place"), Minutes: number("minutes"), Seats: number("capacity"),
		Reason: f.trimmed("reason"), Meeting: readMeeting(f),
	}
	if lead := text("facilitator"); lead != nil {
		id := scheduler.ID(*lead)
		if id == nobody {
			id = ""
		}
		q.Lead = &id
	}
	return q
}

func cohortSetProposal(c echo.Context, f *form) desk.Proposal {
	q := readCohortSetting(f)
	q.Cohort, q.From = scheduler.ID(c.Param("id")), f.date("from")
	return desk.SetCohort(q)
}

func sessionSetProposal(c echo.Context, f *form) desk.Proposal {
	q := readCohortSetting(f)
	q.Session = scheduler.ID(c.Param("id"))
	return desk.SetCohort(q)
}

func cohortRoleProposal(c echo.Context, f *form) desk.Proposal {
	named := scheduler.Post{Role: f.trimmed("role"), Staff: scheduler.ID(f.trimmed("facilitator"))}
	return desk.SetCohort(scheduler.CohortSetting{Cohort: scheduler.ID(c.Param("id")),
		Posts: []scheduler.Post{named}, Reason: f.trimmed("reason")})
}

// roleLine is a role of the protocol and the people in it.
type roleLine struct {
	Role, Names string
	Missing     bool // fewer people than the protocol asks for
}

// placeChangeText describes a change of place, meeting or length, "" if there is none.
func placeChangeText(before, after scheduler.Moment) string {
	if !before.Expected || !after.Expected {
		return ""
	}
	var parts []string
	if before.Place != after.Place {
		parts = append(parts, fmt.Sprintf("%s → %s", before.Place, after.Place))
	}
	if before.Meeting != after.Meeting {
		parts = append(parts, meetingChangeText(after))
	}
	if was, is := before.End.Sub(before.Start), after.End.Sub(after.Start); was != is {
		parts = append(parts, fmt.Sprintf("%s → %s", span(int(was.Minutes())), span(int(is.Minutes()))))
	}
	return strings.Join(parts, ", ")
}
