package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// liveWait is after how many seconds the page about a running session looks again by itself.
const liveWait = 15

// livePage says, on the phone of who leads a session, who has come to it.
type livePage struct {
	Page
	Session sessionHead
	Counts  string
	Rows    []liveRow
	Meeting scheduler.Meeting // none: people come to the place
	Opens   bool              // it has a room, which may be entered now
	Dial    string            // the number to call with its PIN, as people read it; empty: none
	Running bool              // it can be ended
	Ended   When
}

// liveRow is one person of a running session.
type liveRow struct {
	Name, What, Class string
	At                string // time of day, in the cohort's zone; empty: none
	Times             string // "joined twice" and the like; empty: once or not at all
	order             int
}

func (s *Server) liveShow(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, head, found, err := s.loadSessionHead(c, who, "Who is here")
	if err != nil {
		return err
	}
	joins, err := s.Joins.Joins(ctx, who.actor, who.clinic, found.Session.ID)
	if err != nil {
		return err
	}
	r, session, seats, err := s.attendees(ctx, who, access.AttendanceTake, found.Session.ID)
	if err != nil {
		return err
	}
	people := make([]scheduler.ID, len(seats))
	for i, seat := range seats {
		people[i] = seat.Person
	}
	names, err := s.names(ctx, who, people)
	if err != nil {
		return err
	}
	now := s.Now()
	v := &livePage{Page: page, Session: head, Meeting: found.OwnMeeting}
	v.Dial = v.Meeting.ShownDialIn()
	opens, over := session.Hours(joins.Ahead)
	v.Opens = session.Live() && v.Meeting.Kind.Hosted() && !now.Before(opens) && now.Before(over)
	for _, seat := range seats {
		if scheduler.MomentOf(seat, session).Expected {
			row := s.liveRow(joins, seat.ID, session, r.Cohort.Zone)
			row.Name = names[seat.Person]
			v.Rows = append(v.Rows, row)
		}
	}
	slices.SortFunc(v.Rows,
		func(a, b liveRow) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Name, b.Name)) })
	excused, err := s.Absences.Excused(ctx, who.actor, who.clinic, found.Session.ID)
	if err != nil {
		return err
	}
	if err := s.addExcused(ctx, who, v, excused, r.Cohort.Zone); err != nil {
		return err
	}
	here := 0
	for _, row := range v.Rows {
		here += oneIf(row.At != "" && row.order > 0)
	}
	v.Counts = strconv.Itoa(here) + " of " + strconv.Itoa(len(v.Rows)-len(excused)) + " have joined"
	ended := joins.Ended()
	if !ended.Before(opens) {
		v.Ended = s.staffWhen(ended, time.Time{}, r.Cohort.Zone)
	}
	v.Running = session.Live() && !now.Before(session.Start) && now.Before(over) && !v.Ended.Known()
	if now.Before(over) {
		c.Response().Header().Set("Refresh", strconv.Itoa(liveWait))
	}
	if v.Opens {
		mayLeave(c)
	}
	return s.render(c, http.StatusOK, v)
}

// addExcused adds who gave the date back ahead.
func (s *Server) addExcused(ctx context.Context, who visitor, v *livePage, all []reads.Excused, zone string) error {
	lines, err := s.excusedLines(ctx, who, all, zone)
	for _, x := range lines {
		v.Rows = append(v.Rows, liveRow{Name: x.Name, What: "Cannot come", Times: x.Reason, order: 5})
	}
	return err
}

// excusedLine is somebody who said ahead that they cannot come to a session.
type excusedLine struct {
	Person, Name string
	At           When
	Reason       string // empty: none
}

// excusedLines gives who said ahead that they cannot come to a session, with their names.
func (s *Server) excusedLines(ctx context.Context, who visitor, all []reads.Excused,
	zone string) ([]excusedLine, error) {
	people := make([]scheduler.ID, len(all))
	for i, x := range all {
		people[i] = x.Person
	}
	names, err := s.names(ctx, who, people)
	if err != nil {
		return nil, err
	}
	var lines []excusedLine
	for _, x := range all {
		lines = append(lines, excusedLine{Person: string(x.Person), Name: names[x.Person],
			At: s.staffWhen(x.At, time.Time{}, zone), Reason: x.Reason})
	}
	return lines, nil
}

// liveRow says how it stands with one seat. Trouble goes first, because somebody waits.
func (s *Server) liveRow(joins reads.Joins, seat scheduler.ID, session *scheduler.Session, zone string) liveRow {
	var first, trouble, late time.Time
	times := 0
	for _, e := range joins.Events {
		switch {
		case e.Seat != seat:
		case e.Kind == reads.JoinLate:
			late = e.At
		case e.Kind == reads.JoinTrouble:
			trouble = e.At
		case e.Kind == reads.JoinOpened:
			if times++; times == 1 {
				first = e.At
			}
			trouble = time.Time{} // they got in
		}
	}
	row := liveRow{What: "Not yet", order: 2}
	clock := func(at time.Time) string { return s.staffWhen(at, time.Time{}, zone).Time }
	switch {
	case !trouble.IsZero():
		row = liveRow{What: "Cannot get in", Class: "bad", At: clock(trouble)}
	case times > 0 && first.After(session.Start):
		row = liveRow{What: "Late", Class: "warn", At: clock(first), order: 4}
	case times > 0:
		row = liveRow{What: "Joined", Class: "good", At: clock(first), order: 4}
	case !late.IsZero():
		row = liveRow{What: "Will be late, said at", Class: "warn", order: 1}
		row.What += " " + clock(late)
	case joins.No[seat]:
		row = liveRow{What: "Said no", order: 3}
	}
	if times == 2 {
		row.Times = "joined twice"
	} else if times > 2 {
		row.Times = "joined " + strconv.Itoa(times) + " times"
	}
	return row
}

// liveJoin leads who leads a session into its meeting, as its moderator where there is such a thing.
func (s *Server) liveJoin(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	m, room, err := s.Joins.LeadRoom(ctx, who.actor, who.clinic, id)
	if err != nil {
		return err
	}
	if now := s.Now(); m.Kind.Hosted() && (now.Before(room.Opens) || !now.Before(room.Closes)) {
		return fault.New(fault.Closed, "The meeting is not open now. It opens shortly before its start, until %d "+
			"minutes after its end.", scheduler.JoinGrace/time.Minute)
	}
	address, err := s.enterRoom(ctx, m, room, room.Person)
	if err != nil {
		return err
	}
	if address == "" {
		return fault.New(fault.Conflict, "This session has no meeting to open. Give it one on its page.")
	}
	return leadTo(c, address)
}

// liveEnd closes the way in for everybody.
func (s *Server) liveEnd(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.Joins.EndSession(c.Request().Context(), who.actor, who.clinic, id); err != nil {
		return err
	}
	return s.redirect(c, who.token, "/sessions/"+string(id)+"/live", "over")
}
