package web

import (
	"cmp"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// sessionHead is the heading of a page about one session.
type sessionHead struct {
	ID, Cohort, CohortName, Title string
	When                          When
	Seated                        int
	Window                        string // of an appointment; empty: any day
}

func (s *Server) sessionHeadOf(c *scheduler.Cohort, session *scheduler.Session, seated int) sessionHead {
	return sessionHead{
		ID: string(session.ID), Cohort: string(c.ID), CohortName: c.Name,
		Title: sessionTitle(session.Number, session.Title),
		When:  s.staffWhen(session.Start, session.End, c.Zone), Seated: seated, Window: windowText(session),
	}
}

// loadSessionHead reads the session in the address and the common parts of its page.
func (s *Server) loadSessionHead(c echo.Context, who visitor, title string) (Page, sessionHead,
	reads.SessionHead, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return Page{}, sessionHead{}, reads.SessionHead{}, err
	}
	found, err := s.Heads.SessionHead(ctx, who.actor, who.clinic, id)
	if err != nil {
		return Page{}, sessionHead{}, found, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", title)
	if err == nil {
		err = s.showUndoable(ctx, who, &page, c.Request().URL.Path, found.Cohort.Zone, id)
	}
	return page, s.sessionHeadOf(&found.Cohort, &found.Session, found.Seated), found, err
}

// sessionCancelPage cancels a session.
type sessionCancelPage struct {
	Page
	Session  sessionHead
	Contents []Choice
	OnDate   string
	OnTime   string
	changePreview
}

func (s *Server) sessionCancelPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	page, head, found, err := s.loadSessionHead(c, who, "Cancel a session")
	if err != nil {
		return nil, err
	}
	v := &sessionCancelPage{Page: page, Session: head, Contents: []Choice{
		{Value: string(scheduler.Append), Label: "Add a date at the end",
			Hint: "The content shifts one session later, and the series becomes one date longer."},
		{Value: string(scheduler.Makeup), Label: "Make it up on another date",
			Hint: "This session's content gets its own date, given below."},
		{Value: string(scheduler.Skip), Label: "Skip it", Hint: "The content of this session is skipped."},
	}}
	if f == nil {
		choose(v.Contents, cmp.Or(string(found.Definition.OnCancel), string(scheduler.Append)))
		v.OnTime = found.Cohort.At.String()
		return v, nil
	}
	choose(v.Contents, f.trimmed("content"))
	v.OnDate, v.OnTime = f.trimmed("on"), f.trimmed("on_time")
	return v, nil
}

func sessionCancelProposal(c echo.Context, f *form) desk.Proposal {
	asked := scheduler.CancelRequest{
		Session: scheduler.ID(c.Param("id")), Content: scheduler.ContentAfter(f.trimmed("content")),
		AcceptShift: f.ticked("accept_shift"), Far: f.ticked("far"), Reason: f.trimmed("reason"),
	}
	if asked.Content == scheduler.Makeup {
		asked.On = f.wall("on", "on_time")
	}
	return desk.Cancel(asked)
}

// sessionMovePage moves a session to another time.
type sessionMovePage struct {
	Page
	Session        sessionHead
	Zone           string
	ToDate, ToTime string
	changePreview
}

func (s *Server) sessionMovePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	page, head, found, err := s.loadSessionHead(c, who, "Move a session")
	if err != nil {
		return nil, err
	}
	v := &sessionMovePage{Page: page, Session: head, Zone: zoneName(found.Cohort.Zone)}
	if f == nil {
		v.ToDate, v.ToTime = found.Session.Wall.Date.String(), found.Session.Wall.Clock.String()
		return v, nil
	}
	v.ToDate, v.ToTime = f.trimmed("to"), f.trimmed("to_time")
	return v, nil
}

// To returns the new time of the session.
func (v *sessionMovePage) To() When {
	for _, line := range v.Effects {
		if line.Session == v.Session.ID {
			return line.After
		}
	}
	return When{}
}

func sessionMoveProposal(c echo.Context, f *form) desk.Proposal {
	return desk.Move(scheduler.MoveRequest{
		Session: scheduler.ID(c.Param("id")), To: f.wall("to", "to_time"),
		AcceptShift: f.ticked("accept_shift"), Far: f.ticked("far"), Reason: f.trimmed("reason"),
	})
}
