package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// attendancePage takes the attendance of one session.
type attendancePage struct {
	Page
	Session  sessionHead
	Minutes  int
	Begun    bool
	Segments []protocols.Segment // those that a person may miss
	all      []protocols.Segment // of the session
	Rows     []markRow
	Unknown  int           // people without a recorded state
	Excused  []excusedLine // who gave the date back ahead
}

// Noted is how many people have a recorded state.
func (v *attendancePage) Noted() int { return len(v.Rows) - v.Unknown }

// Entries is how many entries the history has.
func (v *attendancePage) Entries() (n int) {
	for i := range v.Rows {
		n += len(v.Rows[i].Notes)
	}
	return n
}

// History is the rows, when anything was recorded.
func (v *attendancePage) History() []markRow {
	if v.Entries() == 0 {
		return nil
	}
	return v.Rows
}

// markRow is one person of a session.
type markRow struct {
	Person, Name   string
	Guest          bool   // here for a make-up
	Ended          string // state of an ended enrollment; empty: it is active
	States         []Choice
	Minutes, Hours string
	Left           []Choice // segments
	Was            string   // state when shown; an unchanged row is ignored
	Notes          []noteLine
	Seen           string // what the way in knows of them, as a suggestion; empty: nothing
	Problem        string
	recorded       bool
	more           []protocols.Segment // noted as left out, and not offered to others
}

// Corrected says that an earlier entry was replaced.
func (row *markRow) Corrected() bool { return len(row.Notes) > 1 }

// noteLine is one entry of the history.
type noteLine struct {
	What, By string
	At       When
}

// markNames are the attendance states in the order of the form.
var markNames = []Choice{
	{Value: string(scheduler.SeatPresent), Label: "Present"},
	{Value: string(scheduler.SeatLate), Label: "Late"},
	{Value: string(scheduler.SeatPartial), Label: "Partial"},
	{Value: string(scheduler.SeatExcused), Label: "Excused"},
	{Value: string(scheduler.SeatMissed), Label: "Missed"},
	{Value: string(scheduler.SeatPlanned), Label: "Clear"},
}

// attendees returns a session and its seats, without those kept for a pending person or an open
// offer. For a session that has started it includes people who left since.
func (s *Server) attendees(ctx context.Context, who visitor, action access.Action, id scheduler.ID) (*scheduler.Roster,
	*scheduler.Session, []*scheduler.Seat, error) {
	book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: who.clinic, Actor: who.actor, Action: action},
		desk.Load{Sessions: []scheduler.ID{id}, Recent: desk.RecentSessions})
	if err != nil {
		return nil, nil, nil, err
	}
	for _, r := range book.Rosters {
		session := r.Session(id)
		if session == nil {
			continue
		}
		var seats []*scheduler.Seat
		for _, seat := range r.Seats {
			e := r.Enrollment(seat.Enrollment)
			kept := e != nil && (e.State == scheduler.Pending ||
				e.State == scheduler.Offered && session.Start.After(s.Now()))
			if seat.Session == id && seat.State.Occupies() && !kept {
				seats = append(seats, seat)
			}
		}
		return r, session, seats, nil
	}
	return nil, nil, nil, fault.New(fault.NotFound, "There is no such session. Choose one from its cohort's page.")
}

func (s *Server) attendancePage(c echo.Context, who visitor) (*attendancePage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	r, session, seats, err := s.attendees(ctx, who, access.AttendanceTake, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Attendance")
	if err != nil {
		return nil, err
	}
	notes, err := s.Cohorts.AttendanceNotes(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	v := &attendancePage{Page: page, Session: s.sessionHeadOf(&r.Cohort, session, r.Seated(session.ID)),
		Minutes: session.Minutes, Begun: !session.Start.After(s.Now()) && session.Live()}
	v.all = r.Segments(session)
	for _, g := range v.all {
		if !g.Break && !g.Required && g.CountsAsContact {
			v.Segments = append(v.Segments, g)
		}
	}
	people := make([]scheduler.ID, len(seats))
	for i, seat := range seats {
		people[i] = seat.Person
	}
	names, err := s.names(ctx, who, people)
	if err != nil {
		return nil, err
	}
	joins, err := s.Joins.Joins(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	for _, seat := range seats {
		row := v.markRow(seat, names[seat.Person])
		row.Seen = s.seenText(joins, seat.ID, session, r.Cohort.Zone)
		if e := r.Enrollment(seat.Enrollment); e != nil && !e.State.Live() {
			row.Ended = stateNames[e.State]
		}
		for _, n := range notes {
			if n.Person == seat.Person {
				row.Notes = append(row.Notes, s.noteLine(n, r.Cohort.Zone))
			}
		}
		v.Rows = append(v.Rows, row)
		if seat.State == scheduler.SeatPlanned {
			v.Unknown++
		}
	}
	excused, err := s.Absences.Excused(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	if v.Excused, err = s.excusedLines(ctx, who, excused, r.Cohort.Zone); err != nil {
		return nil, err
	}
	slices.SortFunc(v.Rows,
		func(a, b markRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Person, b.Person)) })
	return v, nil
}

// markRow returns the row of a seat.
func (v *attendancePage) markRow(seat *scheduler.Seat, name string) markRow {
	row := markRow{Person: string(seat.Person), Name: name, Guest: seat.Elsewhere}
	hours := ""
	if seat.State == scheduler.SeatExcused {
		hours = strconv.Itoa(seat.NoticeHours)
	}
	minutes := ""
	if seat.State == scheduler.SeatPartial {
		minutes = strconv.Itoa(seat.Minutes)
	}
	var left []string
	if seat.Missed != "" {
		left = strings.Split(seat.Missed, ",")
	}
	for _, id := range left {
		if !v.offers(id) {
			row.more = append(row.more, v.segment(id))
		}
	}
	row.recorded = seat.State != scheduler.SeatPlanned
	v.fill(&row, string(seat.State), minutes, hours, left)
	row.Was = row.fingerprint(string(seat.State), left)
	return row
}

// offers tells whether a segment can be ticked on the page.
func (v *attendancePage) offers(id string) bool {
	return slices.ContainsFunc(v.Segments, func(g protocols.Segment) bool { return g.ID == id })
}

// segment returns a segment of the session that is not offered. One that the protocol has no more is called by its id.
func (v *attendancePage) segment(id string) protocols.Segment {
	i := slices.IndexFunc(v.all, func(g protocols.Segment) bool { return g.ID == id })
	if i < 0 {
		return protocols.Segment{ID: id}
	}
	return v.all[i]
}

// fill sets the fields of a row. What was noted as left out can be ticked even where it is not offered any more.
func (v *attendancePage) fill(row *markRow, state, minutes, hours string, left []string) {
	row.States, row.Minutes, row.Hours, row.Left = choose(slices.Clone(markNames), state), minutes, hours, nil
	if !row.recorded {
		row.States = row.States[:len(row.States)-1] // nothing to clear
	}
	for _, g := range slices.Concat(v.Segments, row.more) {
		row.Left = append(row.Left, Choice{Value: g.ID, Label: cmp.Or(g.Title, g.ID)})
	}
	choose(row.Left, left...)
}

// fingerprint returns a row as one string, to detect changes.
func (row *markRow) fingerprint(state string, left []string) string {
	return state + "/" + row.Minutes + "/" + row.Hours + "/" + strings.Join(left, ",")
}

// noteLine formats one entry of the history.
func (s *Server) noteLine(n reads.AttendanceNote, zone string) noteLine {
	line := noteLine{By: cmp.Or(n.By, "a program"), At: s.staffWhen(n.At, time.Time{}, zone)}
	i := slices.IndexFunc(markNames, func(c Choice) bool { return c.Value == string(n.State) })
	if i >= 0 {
		line.What = markNames[i].Label
	}
	switch {
	case n.State == scheduler.SeatPartial:
		line.What += ", " + span(n.Minutes)
	case n.State == scheduler.SeatExcused:
		line.What += ", notice given " + count(n.NoticeHours, "hour", "hours") + " before"
	}
	if n.Missed != "" {
		line.What += ", without " + strings.ReplaceAll(n.Missed, ",", ", ")
	}
	return line
}

func (s *Server) attendanceForm(c echo.Context, who visitor) error {
	v, err := s.attendancePage(c, who)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// attendanceSave saves the changed rows, all or none.
func (s *Server) attendanceSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.attendancePage(c, who)
	if err != nil {
		return err
	}
	marks := v.marks(f)
	if err := f.err(); err != nil {
		return v.rejectRows(err)
	}
	ctx, session := c.Request().Context(), scheduler.ID(v.Session.ID)
	err = s.Desk.Confirm(ctx, who.request(0), desk.TakeAttendance(session, marks...))
	switch {
	case err == nil:
		return s.redirect(c, who.token, "/sessions/"+v.Session.ID+"/attendance", "noted")
	case fault.Is(err, fault.Invalid):
		return v.rejectRows(wrongMarks(marks, err))
	}
	return rejectForm(v, err)
}

// marks reads the changed rows. With "others", everyone without a recorded state was present.
func (v *attendancePage) marks(f *form) []scheduler.Mark {
	var marks []scheduler.Mark
	for i := range v.Rows {
		row := &v.Rows[i]
		state, left, shown := f.trimmed("state-"+row.Person), f.all("left-"+row.Person), f.trimmed("was-"+row.Person)
		if f.ticked("others") && (state == "" || state == string(scheduler.SeatPlanned)) {
			state = string(scheduler.SeatPresent)
		}
		if state == "" {
			continue
		}
		v.fill(row, state, f.trimmed("minutes-"+row.Person), f.trimmed("hours-"+row.Person), left)
		if row.fingerprint(state, left) == shown {
			continue
		}
		mark := scheduler.Mark{Person: scheduler.ID(row.Person), State: scheduler.SeatState(state), Missed: left}
		switch mark.State {
		case scheduler.SeatPartial:
			mark.Minutes = v.need(f, row, "minutes-"+row.Person, "Enter how many minutes this person attended.")
		case scheduler.SeatExcused:
			mark.NoticeHours, _ = f.number("hours-" + row.Person)
		}
		marks = append(marks, mark)
	}
	return marks
}

// need reads a required number of a row.
func (v *attendancePage) need(f *form, row *markRow, field, sentence string) int {
	n, given := f.number(field)
	if !given && f.trimmed(field) == "" {
		f.fail("row-"+row.Person, "%s", sentence)
	}
	return n
}

// wrongMarks assigns each problem to its person, because the rules identify marks only by index.
func wrongMarks(marks []scheduler.Mark, all error) error {
	var problems []error
	for _, problem := range fault.All(all) {
		var i int
		if _, err := fmt.Sscanf(problem.Field, "marks[%d].", &i); err == nil && i < len(marks) {
			problem = problem.In("row-" + string(marks[i].Person))
		}
		problems = append(problems, problem)
	}
	return errors.Join(problems...)
}

// rejectRows shows the form again, with each problem at its person.
func (v *attendancePage) rejectRows(err error) error {
	for _, problem := range fault.All(err) {
		for i := range v.Rows {
			if _, person, _ := strings.Cut(problem.Field, "-"); person == v.Rows[i].Person {
				problem.Field, v.Rows[i].Problem = "row-"+person, problem.Message
			}
		}
	}
	return rejectForm(v, err)
}
