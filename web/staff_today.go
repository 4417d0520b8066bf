package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// todayPage is the first page of staff: what is on, and what is due.
type todayPage struct {
	Page
	Date     string // Tuesday 6 January 2026
	ZoneName string
	First    firstStep
	Next     nextGroup
	Sessions []dayBlock
	More     int // of today, that are not shown
	Closed   bool
	Week     []dayColumn
	Due      []dueLine
	Numbers  []numberTile
	Cohorts  int    // open ones of the visitor
	Backup   string // when the last good one was made, for admins; empty: not shown
}

// firstStep says what to do first. The zero value: the clinic has begun.
type firstStep struct {
	Title, Text   string
	Address, Name string // of the button; empty: none
}

// nextGroup is the next session that the visitor leads. The zero value is none.
type nextGroup struct {
	dayBlock
	Day      string // Today, Tomorrow, or the date
	Expected []nextPerson
	Declined []nextPerson
}

// nextPerson is a person with a seat in the next group.
type nextPerson struct {
	Person, Enrollment, Name string
	Note                     string // "not confirmed", "excused"; empty: nothing to say
}

// dueLine is one thing to do.
type dueLine struct {
	What    string
	About   string // a name; empty: none
	When    string
	Address string
	Late    bool
}

// numberTile is one number with what it counts.
type numberTile struct {
	Value, Name, Note, Address string
	Late                       bool
}

// How much Today shows: sessions in full, and blocks of one day of the strip.
const (
	todayShown = 30
	weekShown  = 7
	stripDays  = 7
)

// homeShow shows Today to who sees cohorts, and to others the list that is theirs.
func (s *Server) homeShow(c echo.Context, who visitor) error {
	if !who.may(access.CohortView) && who.may(access.AssessmentView) {
		return s.redirect(c, who.token, "/assessments", "")
	}
	return s.todayShow(c, who)
}

func (s *Server) todayShow(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "today", "Today")
	if err != nil {
		return err
	}
	if err := s.showUndoable(ctx, who, &page, "/", page.Zone); err != nil {
		return err
	}
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	now := s.Now()
	day := civil.DateOf(now.In(s.location(clinic.Zone)))
	sessions, err := s.Days.DaySessions(ctx, who.actor, who.clinic, reads.DayQuery{
		From: s.startOfDay(day, clinic.Zone), Until: s.startOfDay(day.AddDays(stripDays), clinic.Zone)})
	if err != nil {
		return err
	}
	today, err := s.Days.Today(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	if err := s.tellTodayApart(ctx, who, today); err != nil {
		return err
	}
	v := &todayPage{
		Page: page, Date: now.In(s.location(clinic.Zone)).Format("Monday, January 2, 2006"),
		ZoneName: zoneName(clinic.Zone), Cohorts: today.Cohorts,
		First: firstStepOf(today, who), Next: s.nextGroup(today.Next, clinic.Zone, day, who),
		Due: s.dueLines(today, clinic.Zone, now), Numbers: numberTiles(today, who, now),
		Week: s.dayColumns(sessions, clinic, day, stripDays, who),
	}
	v.Sessions, v.Closed = v.Week[0].Blocks, v.Week[0].Closed
	if len(v.Sessions) > todayShown {
		v.Sessions, v.More = v.Sessions[:todayShown], len(v.Sessions)-todayShown
	}
	cut(v.Week, weekShown)
	if err := s.tellBackups(ctx, who, v); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// tellBackups says when the last good backup was made, and what waits after a restore.
func (s *Server) tellBackups(ctx context.Context, who visitor, v *todayPage) error {
	if who.may(access.StaffManage) {
		backup, err := s.lastBackup(ctx)
		if err != nil {
			return err
		}
		if backup.State != reads.Degraded { // that is an alarm already
			v.Backup = backup.Message
		}
	}
	if s.Waiting == nil || !who.may(access.TaskDone) {
		return nil
	}
	waiting, err := s.Waiting(ctx, who.actor, who.clinic)
	if waiting != nil {
		v.Alarms = append(v.Alarms, waiting.Says())
	}
	return err
}

// tellTodayApart tells apart the people of the next group, and those with an offer.
func (s *Server) tellTodayApart(ctx context.Context, who visitor, today reads.Today) error {
	var people, offered []listed
	for i := range today.Next.People {
		people = append(people, listed{today.Next.People[i].Person, &today.Next.People[i].Name})
	}
	for i := range today.Offers {
		offered = append(offered, listed{today.Offers[i].Person, &today.Offers[i].Name})
	}
	if err := s.tellListedApart(ctx, who, people); err != nil {
		return err
	}
	return s.tellListedApart(ctx, who, offered)
}

// firstStepOf says what to do first at a clinic that has not begun.
func firstStepOf(today reads.Today, who visitor) firstStep {
	switch {
	case today.Cohorts == 0 && who.may(access.CohortOpen):
		return firstStep{Title: "Start with a cohort",
			Text: "A cohort is one run of a protocol with real people. Choose a protocol and a first date, and " +
				"Almanac plans every session. Then enroll people: they get their dates and reminders.",
			Address: "/cohorts/new", Name: "Open a cohort"}
	case today.Cohorts == 0:
		return firstStep{Title: "You have no group yet",
			Text: "As soon as a coordinator makes you the facilitator of a cohort or of a session, it shows here " +
				"with its people and dates."}
	case today.People == 0 && who.may(access.Enroll) && who.may(access.CohortOpen):
		return firstStep{Title: "Next, enroll people",
			Text:    "Choose a cohort and enroll its first person. They get their dates as soon as they have a seat.",
			Address: "/cohorts", Name: "Choose a cohort"}
	}
	return firstStep{}
}

// nextGroup formats the next session that the visitor leads.
func (s *Server) nextGroup(next reads.NextSession, zone string, today civil.Date, who visitor) nextGroup {
	if next.ID == "" {
		return nextGroup{}
	}
	g := nextGroup{dayBlock: s.dayBlockOf(next.DaySession, zone, who, s.Now())}
	g.Day = g.When.Date
	switch civil.DateOf(next.Start.In(s.location(zone))) {
	case today:
		g.Day = "Today"
	case today.AddDays(1):
		g.Day = "Tomorrow"
	}
	for _, p := range next.People {
		line := nextPerson{Person: string(p.Person), Enrollment: string(p.Enrollment), Name: p.Name}
		switch {
		case p.State == scheduler.SeatExcused:
			line.Note = "excused"
		case p.Claimed == gate.IntentNo && p.Intent == "":
			line.Note = "said no, not confirmed"
		case p.Intent == gate.IntentMaybe:
			line.Note = "maybe"
		}
		if p.Intent == gate.IntentNo || p.State == scheduler.SeatExcused {
			g.Declined = append(g.Declined, line)
			continue
		}
		g.Expected = append(g.Expected, line)
	}
	return g
}

// dueLines lists what is due, what waits longest first within each kind.
func (s *Server) dueLines(today reads.Today, zone string, now time.Time) []dueLine {
	var lines []dueLine
	for _, one := range today.Untaken {
		lines = append(lines, dueLine{What: "Take attendance", About: one.CohortName,
			When:    s.staffWhen(one.Start, time.Time{}, cmp.Or(zone, one.Zone)).Date,
			Address: "/sessions/" + string(one.ID) + "/attendance", Late: now.Sub(one.End) > 24*time.Hour})
	}
	if more := today.UntakenOf - len(today.Untaken); more > 0 {
		lines = append(lines, dueLine{What: "Take attendance of " + count(more, "earlier session", "earlier sessions"),
			Late: true, Address: "/cohorts"})
	}
	for _, o := range today.Offers {
		line := dueLine{What: "Offer ends", About: o.Name, Address: "/enrollments/" + string(o.Enrollment),
			Late: o.Ends.Sub(now) < 24*time.Hour}
		if when := s.staffWhen(o.Ends, time.Time{}, zone); when.Known() {
			line.When = when.Date + ", " + when.Time
		}
		lines = append(lines, line)
	}
	if more := today.OffersOf - len(today.Offers); more > 0 {
		lines = append(lines, dueLine{What: count(more, "more offer awaits an answer", "more offers await an answer"),
			Address: "/intake"})
	}
	for _, one := range today.Small {
		lines = append(lines, dueLine{What: "Too few people: decide whether to meet", About: one.CohortName,
			When: s.staffWhen(one.Session.Start, time.Time{}, one.Session.Zone).Date, Address: "/cohorts/" +
				string(one.Cohort)})
	}
	if today.Calls > 0 {
		lines = append(lines, dueLine{What: count(today.Calls, "person or date to call about", "calls to make"),
			Address: "/tasks"})
	}
	return lines
}

// numberTiles lists the numbers that the visitor may see.
func numberTiles(today reads.Today, who visitor, now time.Time) []numberTile {
	var tiles []numberTile
	if today.Cohorts == 0 {
		return nil
	}
	if who.may(access.Enroll) {
		free := numberTile{Value: grouped(today.Seats.Free), Name: "seats free", Address: "/reports/seats",
			Note: "in " + count(today.Seats.Cohorts, "cohort", "cohorts")}
		if today.Seats.Unlimited {
			free.Value += "+"
		}
		waiting := numberTile{Value: grouped(today.Waiting), Name: "waiting", Address: "/reports/waiting",
			Note: "no one waits"}
		if today.Waiting > 0 {
			waiting.Note = "the longest for " + daysAgo(today.WaitSince, now)
		}
		tiles = append(tiles, free, waiting)
	}
	if who.may(access.TaskView) {
		tasks := numberTile{Value: grouped(today.Tasks.Open), Name: "tasks", Address: "/tasks", Note: "nothing overdue",
			Late: today.Tasks.Late > 0}
		if today.Tasks.Late > 0 {
			tasks.Note = grouped(today.Tasks.Late) + " overdue"
		}
		tiles = append(tiles, tasks)
	}
	if who.may(access.AttendanceView) {
		tiles = append(tiles, weekTile(today.NoShows, "no-show", "no-shows", "/reports/attendance"))
	}
	if who.may(access.TaskView) {
		tiles = append(tiles, weekTile(today.Late, "late message", "late messages", "/reports/messages"))
	}
	if len(tiles) > 0 {
		name := strings.TrimLeft(count(today.Cohorts, "open cohort", "open cohorts"), "0123456789 ")
		tiles = append(tiles, numberTile{Value: grouped(today.Cohorts), Name: name, Address: "/cohorts"})
	}
	return tiles
}

// weekTile is a number of the last seven days.
func weekTile(n int, one, many, address string) numberTile {
	if n == 1 {
		many = one
	}
	return numberTile{Value: grouped(n), Name: many, Note: "in the last 7 days", Address: address}
}
