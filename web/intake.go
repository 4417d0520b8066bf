package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// intakePage is who of a clinic is on the way in, which clock runs for them, and
// where somebody new could begin.
type intakePage struct {
	Page
	People  []intakeLine
	Cohorts []entryLine
}

// intakeLine is one person on the way in, or away for a while.
type intakeLine struct {
	Enrollment, Name, State, StateName, Cohort string
	Since                                      When
	Clock                                      string // what is waited for
	Until                                      When   // when it ends by itself; no moment: it does not
	ends                                       time.Time
}

// entryLine is a rolling cohort with its next entries.
type entryLine struct {
	ID, Name string
	Waiting  int
	Entries  []entryPoint
}

// entryPoint is a session at which somebody new can begin.
type entryPoint struct {
	When  When
	Title string
	Day   string // for the form
	Seats string
}

// entriesShown is how many entry points of each cohort the page names.
const entriesShown = 3

func (s *Server) intake(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "intake", "Intake")
	if err != nil {
		return err
	}
	v := &intakePage{Page: page}
	book, err := s.Cohorts.Look(ctx, scheduler.Change{Clinic: who.clinic, Actor: who.actor, Action: access.Enroll}, scheduler.Load{Running: true})
	if err != nil {
		return err
	}
	names, err := s.namesIn(ctx, who, book)
	if err != nil {
		return err
	}
	for _, r := range book.Rosters {
		if r.Definition == nil || r.Cohort.State != scheduler.CohortOpen {
			continue
		}
		for _, e := range r.Enrollments {
			if line, ok := s.intakeLine(book, r, e, names[e.Person]); ok {
				v.People = append(v.People, line)
			}
		}
		if r.Cohort.Rolling {
			v.Cohorts = append(v.Cohorts, s.entryLine(book, r))
		}
	}
	slices.SortStableFunc(v.People, func(a, b intakeLine) int {
		if a.ends.IsZero() != b.ends.IsZero() { // what ends by itself comes first
			return b.ends.Compare(a.ends)
		}
		return cmp.Or(a.ends.Compare(b.ends), cmp.Compare(a.Since.Machine, b.Since.Machine))
	})
	slices.SortFunc(v.Cohorts, func(a, b entryLine) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return s.render(c, http.StatusOK, v)
}

// intakeLine tells what somebody waits for; false for who is in or has left.
func (s *Server) intakeLine(book *scheduler.Book, r *scheduler.Roster, e *scheduler.Enrollment, name string) (intakeLine, bool) {
	line := intakeLine{
		Enrollment: string(e.ID), Name: name, State: string(e.State), StateName: stateNames[e.State], Cohort: r.Cohort.Name,
		Since: s.staffWhen(e.RequestedAt, time.Time{}, r.Cohort.Zone),
	}
	switch e.State {
	case scheduler.Offered:
		line.Clock = "an answer to the offer"
		if entry := r.Session(e.Entry); entry != nil {
			line.Clock += " of " + wordsFor("en").date(entry.Wall.Date)
		}
		line.ends = book.OfferEnds(e.ID)
	case scheduler.Pending:
		var open []string
		for _, p := range r.Undone(e) {
			open = append(open, cmp.Or(p.Title, p.ID))
		}
		line.Clock = "what must be done first: " + strings.Join(open, ", ")
	case scheduler.Waiting:
		line.Clock = "a seat, as number " + strconv.Itoa(r.WaitlistPosition(e))
	case scheduler.OnHold:
		line.Clock = "the end of the leave"
		if e.Leave != nil {
			line.ends = e.Leave.Until
		}
	default:
		return line, false
	}
	line.Until = s.staffWhen(line.ends, time.Time{}, r.Cohort.Zone)
	return line, true
}

// entryLine names the next entries of a rolling cohort.
func (s *Server) entryLine(book *scheduler.Book, r *scheduler.Roster) entryLine {
	line := entryLine{ID: string(r.Cohort.ID), Name: r.Cohort.Name}
	for _, e := range r.Enrollments {
		if e.State == scheduler.Waiting {
			line.Waiting++
		}
	}
	points := book.EntryPoints(r)
	for _, p := range points[:min(entriesShown, len(points))] {
		line.Entries = append(line.Entries, entryPoint{
			When: s.staffWhen(p.Start, time.Time{}, r.Cohort.Zone), Title: titleOf(r, p.Position), Day: p.Date.String(), Seats: count(p.Seats, "seat", "seats"),
		})
	}
	return line
}
