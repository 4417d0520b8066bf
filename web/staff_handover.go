package web

import (
	"fmt"
	"slices"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// handOverPage lets somebody else lead all that a member of staff leads.
type handOverPage struct {
	stepPage
	Cohorts []handedLine
}

// handedLine is a cohort of a preview, with how many of its sessions get another facilitator.
type handedLine struct{ ID, Name, Sessions string }

func (s *Server) staffHandOverPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	ctx := c.Request().Context()
	m, err := s.member(ctx, who, c.Param("id"))
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "staff", "Hand over sessions")
	if err != nil {
		return nil, err
	}
	members, err := s.facilitatorChoices(c, who, "")
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(members[1:], func(m Choice) bool { return m.Value == c.Param("id") })
	back := "/staff/" + string(m.ID)
	v := &handOverPage{stepPage: stepPage{Page: page, Back: back, Address: back + "/hand-over", Crumb: m.Name,
		About: m.Name, Heading: "Hand over sessions", Button: "Hand over these sessions"}}
	v.Explain = "Someone else leads all sessions to come that they lead, in every cohort. Everyone who leads is " +
		"notified, participants are not."
	x := stepContext{page: &v.Page, form: formOrEmpty(f)}
	v.Fields = []Input{
		x.choice("facilitator", "Who leads instead", others, ""),
		v.Field("from", "From this date on", "date", x.form.trimmed("from"), "Leave empty for now."),
		x.overrideReason(),
	}
	return v, nil
}

func staffHandOverProposal(c echo.Context, f *form) desk.Proposal {
	return desk.HandOver(scheduler.HandOverRequest{From: scheduler.ID(c.Param("id")),
		To: scheduler.ID(f.trimmed("facilitator")), On: f.date("from"), Reason: f.trimmed("reason")})
}

func toMember(c echo.Context, _ desk.Changed) string { return "/staff/" + c.Param("id") }

// preview lists the cohorts with how many sessions are handed over.
func (v *handOverPage) preview(_ *Server, _ map[scheduler.ID]string, p scheduler.Preview) {
	v.Cohorts = nil
	for _, h := range p.Handed {
		line := handedLine{string(h.Cohort), h.Name, fmt.Sprintf("%d sessions", h.Sessions)}
		if h.Sessions == 1 {
			line.Sessions = "1 session"
		}
		v.Cohorts = append(v.Cohorts, line)
	}
}
