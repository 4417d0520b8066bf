package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// cohortBoardPage is a grid of a cohort: sessions as columns, people as rows, and free seats below.
type cohortBoardPage struct {
	Page
	ID, Name  string
	Columns   []boardColumn
	Rows      []boardRow
	Ended     int // number of rows with an ended enrollment
	Offers    []boardWaiting
	Waiting   []boardWaiting
	Pending   []boardWaiting // without a seat, prerequisites missing
	MoreWait  int            // number of waiting people not shown
	MayAttend bool
	MayEnroll bool
	Legend    []boardCell
	// Assessments are the windows that are open, due or overdue.
	Assessments []assessmentLine
}

// boardColumn is one session.
type boardColumn struct {
	ID, Title       string
	When            When
	Past, Next, Off bool
	Seats           gauge
}

// Full reports whether no seat is free.
func (c boardColumn) Full() bool { return c.Seats.Taken >= c.Seats.Of }

// boardRow is one person.
type boardRow struct {
	Person, Enrollment, Name string
	State, StateName, Note   string
	Cells                    []boardCell
}

// boardCell is a seat or none, as a CSS class, a letter and a word.
type boardCell struct{ Class, Letter, Word string }

// boardWaiting is a person without a seat.
type boardWaiting struct {
	Person, Enrollment, Name string
	Position                 int
	Since, At, Until         When
	Instead                  When // the later date that the offer replaces
}

// Limits of what the board shows.
const (
	boardPast    = 4
	boardAhead   = 10
	boardWaiters = 12
)

// boardStates are the cells of seat states.
var boardStates = map[scheduler.SeatState]boardCell{
	scheduler.SeatPlanned:   {"planned", "●", "has a seat"},
	scheduler.SeatPresent:   {"present", "P", "present"},
	scheduler.SeatLate:      {"late", "L", "late"},
	scheduler.SeatPartial:   {"partial", "½", "partial"},
	scheduler.SeatExcused:   {"excused", "E", "excused"},
	scheduler.SeatMissed:    {"missed", "M", "missed"},
	scheduler.SeatCancelled: {"off", "×", "cancelled"},
}

// Cells without a seat state.
var (
	cellNone    = boardCell{"", "", "no seat"}
	cellUnknown = boardCell{"unknown", "?", "attendance not recorded"}
	cellKept    = boardCell{"kept", "K", "kept for them"}
)

func (s *Server) cohortBoard(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	book, r, err := s.boardBook(ctx, who, id)
	if err != nil {
		return err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", r.Cohort.Name)
	if err != nil {
		return err
	}
	if err := s.showUndoable(ctx, who, &page, "/cohorts/"+string(id)+"/board", r.Cohort.Zone, id); err != nil {
		return err
	}
	v := &cohortBoardPage{Page: page, ID: string(id), Name: r.Cohort.Name, MayAttend: who.may(access.AttendanceTake),
		MayEnroll: who.may(access.Enroll)}
	names, err := s.namesIn(ctx, who, book)
	if err != nil {
		return err
	}
	shown := s.boardColumns(v, r)
	s.boardRows(v, book, r, shown, names)
	if err := s.boardQueue(v, book, r, names); err != nil {
		return err
	}
	if who.may(access.AssessmentView) {
		q := reads.AssessmentQuery{Cohort: id, Show: reads.AssessmentsToDo, Limit: boardWaiters}
		if v.Assessments, err = s.assessmentsOf(ctx, who, q, names); err != nil {
			return err
		}
	}
	v.Legend = []boardCell{cellUnknown, cellKept}
	for _, state := range []scheduler.SeatState{scheduler.SeatPlanned, scheduler.SeatPresent, scheduler.SeatLate,
		scheduler.SeatPartial, scheduler.SeatExcused, scheduler.SeatMissed, scheduler.SeatCancelled} {
		v.Legend = append(v.Legend, boardStates[state])
	}
	return s.render(c, http.StatusOK, v)
}

// boardBook loads a cohort with everyone who had a seat in the shown past sessions. A book normally
// omits people who have left.
func (s *Server) boardBook(ctx context.Context, who visitor, id scheduler.ID) (*scheduler.Book,
	*scheduler.Roster, error) {
	book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.CohortView},
		desk.Load{Cohorts: []scheduler.ID{id}, Recent: desk.RecentSessions, Past: boardPast})
	if err != nil {
		return nil, nil, err
	}
	r := book.Roster(id)
	if r == nil {
		return nil, nil, fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	return book, r, nil
}

// boardSessions separates past and upcoming sessions.
func (s *Server) boardSessions(r *scheduler.Roster) (past, ahead []*scheduler.Session) {
	for _, session := range r.Sessions {
		switch {
		case session.For != "":
		case session.Past(s.Now()):
			past = append(past, session)
		default:
			ahead = append(ahead, session)
		}
	}
	return past, ahead
}

// namesIn returns the names of everyone in a book.
func (s *Server) namesIn(ctx context.Context, who visitor, book *scheduler.Book) (map[scheduler.ID]string, error) {
	return s.names(ctx, who, peopleOf(book))
}

// boardColumns selects the shown sessions.
func (s *Server) boardColumns(v *cohortBoardPage, r *scheduler.Roster) []*scheduler.Session {
	now := s.Now()
	past, ahead := s.boardSessions(r)
	shown := slices.Concat(past[max(0, len(past)-boardPast):], ahead[:min(boardAhead, len(ahead))])
	next := false
	for _, session := range shown {
		column := boardColumn{
			ID: string(session.ID), Title: cmp.Or(session.Title, session.Position),
			When: s.staffWhen(session.Start, session.End, r.Cohort.Zone),
			Past: session.Past(now), Off: !session.Live(),
			Seats: gauge{r.Seated(session.ID), session.SeatLimit, session.SeatsIn(r.Cohort)},
		}
		column.Next = !next && !column.Past && !column.Off
		next = next || column.Next
		v.Columns = append(v.Columns, column)
	}
	return shown
}

// boardRows lists people with seats in the shown sessions, by entry. People who have left come
// last.
func (s *Server) boardRows(v *cohortBoardPage, book *scheduler.Book, r *scheduler.Roster, shown []*scheduler.Session,
	names map[scheduler.ID]string) {
	type seated struct {
		row   boardRow
		since time.Time
		left  int // 1: they have left
	}
	var all []seated
	for _, e := range r.Enrollments {
		one := seated{row: boardRow{Person: string(e.Person), Enrollment: string(e.ID), Name: names[e.Person],
			State: string(e.State), StateName: stateNames[e.State], Note: s.boardNote(book, e)}}
		if entry := r.Session(e.Entry); entry != nil {
			one.since = entry.Start
		}
		if !e.State.Live() {
			one.left = 1
		}
		one.row.Cells = s.boardCells(r, e.ID, e.State, shown)
		none := !slices.ContainsFunc(one.row.Cells, func(c boardCell) bool { return c.Class != "" })
		if none && (e.State == scheduler.Pending || e.State == scheduler.Waiting || !e.State.Live()) {
			continue
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b seated) int {
		return cmp.Or(a.left-b.left, a.since.Compare(b.since), cmp.Compare(a.row.Name, b.row.Name))
	})
	for _, one := range all {
		v.Rows = append(v.Rows, one.row)
		v.Ended += one.left
	}
	var guests []scheduler.ID
	for _, seat := range r.Seats {
		if r.Enrollment(seat.Enrollment) != nil || !seat.Elsewhere || seat.State == scheduler.SeatReleased ||
			slices.Contains(guests, seat.Enrollment) {
			continue
		}
		guests = append(guests, seat.Enrollment)
		v.Rows = append(v.Rows, boardRow{
			Person: string(seat.Person), Enrollment: string(seat.Enrollment), Name: names[seat.Person],
			State: "active", Note: "make-up here",
			Cells: s.boardCells(r, seat.Enrollment, scheduler.Active, shown),
		})
	}
}

// boardNote returns the projected end of a person's enrollment.
func (s *Server) boardNote(book *scheduler.Book, e *scheduler.Enrollment) string {
	on := book.Graduation(e.ID)
	if on.IsZero() {
		return ""
	}
	last := wordsFor("en").wall(civil.WallTime{Date: on})
	return "to " + last.Weekday + " " + last.Day + " " + last.Month
}

func (s *Server) boardCells(r *scheduler.Roster, enrollment scheduler.ID, state scheduler.EnrollmentState,
	shown []*scheduler.Session) []boardCell {
	seats := map[scheduler.ID]scheduler.SeatState{}
	for _, seat := range r.SeatsOf(enrollment) {
		seats[seat.Session] = seat.State
	}
	cells := make([]boardCell, len(shown))
	for i, session := range shown {
		cell, has := boardStates[seats[session.ID]]
		switch {
		case !has:
			cell = cellNone
		case state == scheduler.Pending, state == scheduler.Offered && session.Start.After(s.Now()):
			cell = cellKept
		case seats[session.ID] == scheduler.SeatPlanned && session.Past(s.Now()):
			cell = cellUnknown
		}
		cells[i] = cell
	}
	return cells
}

// boardQueue adds offers and the waitlist.
func (s *Server) boardQueue(v *cohortBoardPage, book *scheduler.Book, r *scheduler.Roster,
	names map[scheduler.ID]string) error {
	for _, e := range r.Enrollments {
		line := boardWaiting{Person: string(e.Person), Enrollment: string(e.ID), Name: names[e.Person],
			Since: s.staffWhen(e.RequestedAt, time.Time{}, r.Cohort.Zone)}
		switch offer := e.Offer(); {
		case offer != nil:
			if entry := r.Session(offer.Entry); entry != nil {
				line.At = s.staffWhen(entry.Start, time.Time{}, r.Cohort.Zone)
			}
			if later := book.InsteadOf(e.ID); later != nil {
				line.Instead = s.staffWhen(later.Start, time.Time{}, r.Cohort.Zone)
			}
			line.Until = s.staffWhen(book.OfferEnds(e.ID), time.Time{}, r.Cohort.Zone)
			v.Offers = append(v.Offers, line)
		case e.State == scheduler.Pending:
			if e.Entry == "" {
				v.Pending = append(v.Pending, line)
			}
		case e.State == scheduler.Waiting:
			line.Position = r.WaitlistPosition(e)
			v.Waiting = append(v.Waiting, line)
		}
	}
	slices.SortFunc(v.Waiting, func(a, b boardWaiting) int { return cmp.Compare(a.Position, b.Position) })
	v.MoreWait = max(0, len(v.Waiting)-boardWaiters)
	v.Waiting = v.Waiting[:len(v.Waiting)-v.MoreWait]
	if len(v.Waiting) == 0 {
		return nil
	}
	expected := book.ExpectedEntries(r.Cohort.ID, scheduler.ID(v.Waiting[len(v.Waiting)-1].Enrollment))
	for i := range v.Waiting {
		if on, known := expected[scheduler.ID(v.Waiting[i].Enrollment)]; known {
			v.Waiting[i].At = When{Date: wordsFor("en").date(on), Machine: on.String()}
		}
	}
	return book.Err()
}

// People counts the people who have not left or finished.
func (v *cohortBoardPage) People() string { return count(len(v.Rows)-v.Ended, "person", "people") }

// Summary describes the next session in one sentence.
func (v *cohortBoardPage) Summary() string {
	for _, column := range v.Columns {
		if column.Next {
			taken := " taken on "
			if column.Seats.Over() || column.Seats.Unlimited() {
				taken = " on "
			}
			return column.Seats.Text() + taken + column.When.Date + ". " +
				count(len(v.Offers), "offer", "offers") + ", " + strconv.Itoa(len(v.Waiting)+v.MoreWait) + " waiting."
		}
	}
	return "No upcoming sessions."
}
