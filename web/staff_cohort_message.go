package web

import (
	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// cohortMessagePage writes to the people of a cohort.
func (s *Server) cohortMessagePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Write to the group")
	if err != nil {
		return nil, err
	}
	f = formOrEmpty(f)
	v := cohortStepPage(page, cohort.Cohort, "message")
	v.Heading, v.Ask, v.Button = "Write to the group", "See who gets it", "Send the message"
	v.Explain = "Your message goes by email to everyone who agreed to that. For everyone else you get a task with " +
		"what to say. Each person gets it alone, with a neutral subject."
	v.Also = listLink{Name: "What was written to them before", Address: "/messages?cohort=" + string(cohort.Cohort.ID)}
	waitlist := f.trimmed("to") == string(scheduler.ToWaitlist)
	v.Fields = []Input{
		v.Select("to", "To", []Choice{
			{Value: string(scheduler.ToGroup), Label: "The group", Chosen: !waitlist},
			{Value: string(scheduler.ToWaitlist), Label: "The waitlist", Chosen: waitlist},
		}, ""),
		v.Need("text", "Message", "area", f.text("text"),
			"Do not name the program or anyone in it: others may read it on a shared phone."),
		v.Field("spanish", "Message in Spanish", "area", f.text("spanish"),
			"For people who read Spanish. Leave it empty to send them the same text."),
	}
	_, telling := scheduler.Denied(f.text("text") + "\n" + f.text("spanish"))
	if telling || f.trimmed("reason") != "" {
		v.Fields = append(v.Fields, v.Field("reason", "Why this wording", "text", f.trimmed("reason"),
			"Only if it has to be said like this. The reason is kept."))
	}
	return v, nil
}

func cohortMessageProposal(c echo.Context, f *form) desk.Proposal {
	return desk.SendMessage(scheduler.MessageRequest{
		Cohort: scheduler.ID(c.Param("id")), To: scheduler.Audience(f.trimmed("to")),
		Text: f.text("text"), Spanish: f.text("spanish"), Reason: f.trimmed("reason"),
	})
}
