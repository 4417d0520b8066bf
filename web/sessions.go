package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// sessionHead is what every page about one session says of it.
type sessionHead struct {
	ID, Cohort, CohortName, Title string
	When                          When
	Seated                        int
}

// confirmation is the second step of a change: what it does, and the change
// number that makes sure nothing else happened since.
type confirmation struct {
	Shown    bool
	ChangeNo string
	Told     toldView
	Delay    string // how long after the confirmation people hear of it
	Final    bool   // a mistake cannot be put right until then
}

// cancelPage cancels a session in two steps.
type cancelPage struct {
	Page
	Session  sessionHead
	Contents []Choice
	OnDate   string
	OnTime   string
	Accept   bool
	Confirm  confirmation
}

// movePage gives a session another time in two steps.
type movePage struct {
	Page
	Session        sessionHead
	Zone           string
	ToDate, ToTime string
	Accept         bool
	Confirm        confirmation
	To             When
}

// sessionHead finds a session with its cohort, or fails as Look does.
func (s *Server) sessionHead(ctx context.Context, who visitor, id scheduler.ID) (sessionHead, *scheduler.Roster, error) {
	book, err := s.Cohorts.Look(ctx, scheduler.Change{Clinic: who.clinic, Actor: who.actor, Action: access.SessionChange},
		scheduler.Load{Sessions: []scheduler.ID{id}})
	if err != nil {
		return sessionHead{}, nil, err
	}
	for _, r := range book.Rosters {
		if session := r.Session(id); session != nil {
			return s.headOf(r, session), r, nil
		}
	}
	return sessionHead{}, nil, fault.New(fault.NotFound, "There is no such session. Choose one from its cohort's page.")
}

func (s *Server) headOf(r *scheduler.Roster, session *scheduler.Session) sessionHead {
	return sessionHead{
		ID: string(session.ID), Cohort: string(r.Cohort.ID), CohortName: r.Cohort.Name, Title: sessionTitle(session.Number, session.Title),
		When: s.staffWhen(session.Start, session.End, r.Cohort.Zone), Seated: r.Seated(session.ID),
	}
}

// openSession reads the session of the address and the frame of its page.
func (s *Server) openSession(c echo.Context, who visitor, title string) (Page, sessionHead, *scheduler.Roster, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return Page{}, sessionHead{}, nil, err
	}
	head, roster, err := s.sessionHead(ctx, who, id)
	if err != nil {
		return Page{}, sessionHead{}, nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", title)
	return page, head, roster, err
}

func (s *Server) cancelPage(c echo.Context, who visitor) (*cancelPage, *scheduler.Roster, error) {
	page, head, roster, err := s.openSession(c, who, "Cancel a session")
	if err != nil {
		return nil, nil, err
	}
	v := &cancelPage{Page: page, Session: head, Contents: []Choice{
		{Value: string(scheduler.Append), Label: "Add a date at the end", Hint: "The contents move on by one and the series becomes one date longer."},
		{Value: string(scheduler.Makeup), Label: "Make it up on another date", Hint: "This session's content gets a date of its own, given below."},
		{Value: string(scheduler.Skip), Label: "Leave it out", Hint: "The content of this session is lost."},
	}}
	return v, roster, nil
}

func (s *Server) cancelForm(c echo.Context, who visitor) error {
	v, roster, err := s.cancelPage(c, who)
	if err != nil {
		return err
	}
	standard := string(roster.Definition.OnCancel)
	if standard == "" {
		standard = string(scheduler.Append)
	}
	choose(v.Contents, standard)
	v.OnTime = roster.Cohort.At.String()
	return s.render(c, http.StatusOK, v)
}

// cancel previews a cancellation, or does it when it carries the preview's change number.
func (s *Server) cancel(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, roster, err := s.cancelPage(c, who)
	if err != nil {
		return err
	}
	choose(v.Contents, f.trimmed("content"))
	v.OnDate, v.OnTime, v.Accept = f.trimmed("on"), f.trimmed("on_time"), f.ticked("accept_shift")
	asked := scheduler.Cancelling{
		Session: scheduler.ID(v.Session.ID), Content: scheduler.ContentAfter(f.trimmed("content")), AcceptShift: v.Accept,
	}
	if asked.Content == scheduler.Makeup {
		asked.On = f.wall("on", "on_time")
	}
	if err := f.err(); err != nil {
		return retry(v, err)
	}
	ctx, zone := c.Request().Context(), roster.Cohort.Zone
	show := func() error {
		preview, err := s.Desk.PreviewCancel(ctx, who.request(0), asked)
		if err != nil {
			return err
		}
		v.Confirm, err = s.confirmation(ctx, who, preview, zone)
		return err
	}
	do := func() error { return s.Desk.Cancel(ctx, who.request(f.changeNo()), asked) }
	return s.twoSteps(c, f, v, show, do, "/cohorts/"+v.Session.Cohort, "cancelled")
}

func (s *Server) movePage(c echo.Context, who visitor) (*movePage, *scheduler.Roster, error) {
	page, head, roster, err := s.openSession(c, who, "Move a session")
	if err != nil {
		return nil, nil, err
	}
	return &movePage{Page: page, Session: head, Zone: zoneName(roster.Cohort.Zone)}, roster, nil
}

func (s *Server) moveForm(c echo.Context, who visitor) error {
	v, roster, err := s.movePage(c, who)
	if err != nil {
		return err
	}
	session := roster.Session(scheduler.ID(v.Session.ID))
	v.ToDate, v.ToTime = session.Wall.Date.String(), session.Wall.Clock.String()
	return s.render(c, http.StatusOK, v)
}

// move previews a move, or does it when it carries the preview's change number.
func (s *Server) move(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, roster, err := s.movePage(c, who)
	if err != nil {
		return err
	}
	v.ToDate, v.ToTime, v.Accept = f.trimmed("to"), f.trimmed("to_time"), f.ticked("accept_shift")
	asked := scheduler.Moving{Session: scheduler.ID(v.Session.ID), To: f.wall("to", "to_time"), AcceptShift: v.Accept}
	if err := f.err(); err != nil {
		return retry(v, err)
	}
	ctx, zone := c.Request().Context(), roster.Cohort.Zone
	show := func() error {
		preview, err := s.Desk.PreviewMove(ctx, who.request(0), asked)
		if err != nil {
			return err
		}
		v.To = s.movedTo(roster, asked)
		v.Confirm, err = s.confirmation(ctx, who, preview, zone)
		return err
	}
	do := func() error { return s.Desk.Move(ctx, who.request(f.changeNo()), asked) }
	return s.twoSteps(c, f, v, show, do, "/cohorts/"+v.Session.Cohort, "moved")
}

// movedTo shows where a session goes, in the cohort's zone.
func (s *Server) movedTo(r *scheduler.Roster, m scheduler.Moving) When {
	start := protocols.Resolve(m.To, s.location(r.Cohort.Zone)).Instant
	minutes := r.Session(m.Session).Minutes
	return s.staffWhen(start, start.Add(time.Duration(minutes)*time.Minute), r.Cohort.Zone)
}

func (s *Server) confirmation(ctx context.Context, who visitor, p scheduler.Preview, zone string) (confirmation, error) {
	told, err := s.told(ctx, who, p, zone)
	return confirmation{
		Shown: true, ChangeNo: strconv.FormatInt(p.ChangeNo, 10), Told: told,
		Delay: count(int(scheduler.ChangeDelay/time.Minute), "minute", "minutes"),
	}, err
}

// twoSteps is how every change with consequences goes: the form leads to a
// preview, its button to the change, and another one back to the form as it was
// filled in. When something changed in between, the preview comes again as it is
// now, and says so.
func (s *Server) twoSteps(c echo.Context, f *form, v view, show, do func() error, then, done string) error {
	if f.ticked("again") {
		return s.render(c, http.StatusOK, v)
	}
	if f.changeNo() == 0 {
		if err := show(); err != nil {
			return retry(v, err)
		}
		return s.render(c, http.StatusOK, v)
	}
	err := do()
	if err == nil {
		return seeOther(c, then, done)
	}
	if fault.Is(err, fault.Stale) {
		if err := show(); err != nil {
			return retry(v, err)
		}
	}
	return retry(v, err)
}
