package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// cohortPage is one cohort with its sessions and people.
type cohortPage struct {
	Page
	ID, Name, Protocol, Reference string
	Rhythm, Zone, Place, Lead     string
	Meeting                       string // empty: none, or not for this reader
	Rolling, Ended                bool
	Gone                          bool          // it takes no new people
	Seats                         gauge         // of the next session
	SeatsOn                       string        // its date; empty: no upcoming session
	Upcoming, Later, Past         []sessionLine // Later: beyond the first few, shown on request
	ToCome                        int           // number of upcoming sessions that are not cancelled
	Seated, Waiting, Former       []personLine
	Waits, Left                   int  // number of people who wait, and who have left
	PastOpen, LeftOpen            bool // show earlier sessions, or people who have left
	PastPager, AheadPager         pager
	WaitPager, LeftPager          pager
	MayEnroll, MayChange, MaySee  bool
	MayBoard, MayExport           bool
	Untaken                       []sessionLine // recent sessions with incomplete attendance
	Leading                       []credentialNote
	Exceptions                    []exceptionLine
	Roles                         []roleLine
	Newer                         newerVersion
	MayRevise, MayWrite           bool
	MayMessages                   bool // see what was written
	Phase                         phaseLine
	Track                         []trackDot // of a closed cohort
}

// phaseLine is the phase that a cohort runs and the cohort of the next phase. The zero value: no
// phases.
type phaseLine struct {
	Name           string // as "2 of 3, low-dose"
	Next, NextName string // empty: this is the last phase
}

func phaseLineOf(c reads.Cohort) phaseLine {
	i := slices.IndexFunc(c.Phases, func(p reads.Phase) bool { return p.Cohort == c.Cohort.ID })
	if i < 0 {
		return phaseLine{}
	}
	line := phaseLine{Name: strconv.Itoa(i+1) + " of " + strconv.Itoa(len(c.Phases)) + ", " + c.Cohort.Phase}
	if next, follows := c.Next(); follows {
		line.Next, line.NextName = string(next.Cohort), next.Name
	}
	return line
}

// sessionLine is one session in a cohort's list.
type sessionLine struct {
	ID, Title                string
	When                     When
	Length                   string
	Seats                    gauge
	Cancelled, Next, Changes bool
	Attends, Sheet           bool // attendance can be taken; a sign-in sheet is useful
	Leads                    bool // the facilitator can be changed
	MovedFrom                When
	Leader                   string // if not the cohort's facilitator
	Leading                  []credentialNote
	Window                   string // of an appointment; empty: any day
	Place                    string // if not the cohort's place
	Meeting                  bool   // another one than the cohort's
	For                      string // the person of an individual appointment; empty: everyone
	Excused                  int    // people who said ahead that they cannot come
}

// personLine is one enrollment of a cohort.
type personLine struct {
	Person, Enrollment, Name string
	State, StateName         string
	Entry                    When
	Seats, Position          int
	Unreachable              bool
	Squares                  []boardCell // one for each seat
	SquaresText              string      // the same in words
}

func (s *Server) cohortShow(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	part := readCohortQuery(c.QueryParams(), s.Now())
	cohort, err := s.Lists.CohortView(ctx, who.actor, who.clinic, id, part.CohortPart)
	if err != nil {
		return err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", cohort.Cohort.Cohort.Name)
	if err != nil {
		return err
	}
	if err := s.showUndoable(ctx, who, &page, "/cohorts/"+string(id), cohort.Cohort.Cohort.Zone, id); err != nil {
		return err
	}
	if err := s.tellEnrolledApart(ctx, who, cohort.Enrollments); err != nil {
		return err
	}
	v := s.cohortPage(page, cohort, who, s.Now())
	part.paginate(v, cohort, c.QueryParams())
	return s.render(c, http.StatusOK, v)
}

// leadOf names the facilitator or the rotation of a cohort, "" if there is none.
func leadOf(c reads.Cohort) string {
	var names []string
	for _, id := range c.Cohort.Rotation {
		names = append(names, c.Leaders[id])
	}
	if len(names) == 0 {
		return c.LeadName
	}
	return strings.Join(names, ", ") + ", in rotation"
}

// leaderOf names the facilitator of a session in a rotation, or if they are not the cohort's.
func leaderOf(c reads.Cohort, session *scheduler.Session, now time.Time) string {
	alone := len(c.Cohort.Rotation) == 0
	switch {
	case !session.Live() || alone && session.Leader == c.Cohort.Lead:
		return ""
	case session.Leader == "" && !session.Past(now):
		return "no one yet"
	}
	return c.Leaders[session.Leader]
}

func (s *Server) cohortPage(page Page, view reads.CohortView, who visitor, now time.Time) *cohortPage {
	c := view.Cohort
	v := &cohortPage{
		Page: page, ID: string(c.Cohort.ID), Name: c.Cohort.Name, Protocol: c.Cohort.Protocol,
		Reference: c.Cohort.Protocol,
		Zone:      zoneName(c.Cohort.Zone), Place: c.Cohort.Place, Lead: leadOf(c), Rolling: c.Cohort.Rolling,
		Ended:     c.Cohort.State == scheduler.CohortEnded,
		MayEnroll: access.Can(who.actor, access.Enroll), MayChange: access.Can(who.actor, access.SessionChange),
		MaySee:   access.Can(who.actor, access.PersonView),
		MayBoard: who.may(access.AttendanceView), MayRevise: access.Can(who.actor, access.CohortChange),
		MayWrite: access.Can(who.actor, access.MessageSend), MayMessages: who.may(access.MessageView),
		MayExport: who.may(access.PersonExport),
		Newer:     s.newerVersionOf(c), Phase: phaseLineOf(c),
	}
	if c.Definition != nil {
		v.Protocol = c.Definition.Title
	}
	if m := c.Meetings[c.Cohort.Meeting]; !m.None() {
		v.Meeting = m.InWords()
	}
	v.Rhythm, v.Leading, v.Exceptions = rhythm(c), s.cohortCredentials(c), s.exceptionLines(c)
	if v.Roles = roleLines(c); v.Ended {
		v.Roles = nil
	}
	s.cohortSessions(v, view, who, now)
	for _, e := range c.Enrollments {
		line := personLineOf(e)
		line.Squares, line.SquaresText = squaresOf(e.Marks, now)
		switch {
		case !e.State.Live():
			if !v.MayBoard {
				line.State, line.StateName = endedOnly(line.State, line.StateName)
			}
			v.Former = append(v.Former, line)
		case e.State == scheduler.Waiting || e.State == scheduler.Pending:
			v.Waiting = append(v.Waiting, line)
		default:
			v.Seated = append(v.Seated, line)
		}
	}
	v.Seats, v.SeatsOn = nextSeats(c, now)
	v.Gone = closedToNew(c, now)
	return v
}

// nextSeats returns the seats and the date of the next session that is not cancelled.
func nextSeats(c reads.Cohort, now time.Time) (seats gauge, on string) {
	for _, s := range c.Sessions {
		if s.Live() && s.For == "" && s.Start.After(now) {
			return gauge{s.Seated, s.SeatLimit, s.SeatsIn(c.Cohort)}, wordsFor("en").date(s.Wall.Date)
		}
	}
	return gauge{}, ""
}

// closedToNew reports whether a cohort takes no new people, because it has ended or a closed one
// has started.
func closedToNew(c reads.Cohort, now time.Time) bool {
	if !c.Cohort.EndsAfter.IsZero() || c.Cohort.State == scheduler.CohortEnded {
		return true
	}
	if c.Cohort.Rolling || c.Definition == nil {
		return false
	}
	last := max(1, c.Definition.Entry.LastSessionForNew)
	return !slices.ContainsFunc(c.Sessions, func(s reads.Session) bool {
		return s.Live() && s.Main && s.Number <= last && s.Start.After(now)
	})
}

// lateTaken is how many sessions with incomplete attendance a page shows. sessionsShown is how many
// upcoming sessions it shows at once: a series of eight weeks plus one date.
const (
	lateTaken     = 3
	sessionsShown = 9
)

func (s *Server) sessionLine(session reads.Session, cohort scheduler.Cohort) sessionLine {
	return sessionLine{
		ID: string(session.ID), Title: sessionTitle(session.Number, session.Title),
		When: s.staffWhen(session.Start, session.End, cohort.Zone), Length: span(session.Minutes),
		Seats: gauge{session.Seated, session.SeatLimit, session.SeatsIn(cohort)}, Cancelled: !session.Live(),
		MovedFrom: wordsFor("en").wall(session.MovedFrom), Window: windowText(&session.Session),
		Place: placeBeside(session.Place, cohort.Place), Meeting: session.Meeting != cohort.Meeting,
		Excused: session.Excused,
	}
}

// placeBeside returns the place of a session if it differs from the cohort's.
func placeBeside(place, usual string) string {
	if place == usual {
		return ""
	}
	return place
}

// roleLines lists who has the roles of the protocol, and the roles with too few people.
func roleLines(c reads.Cohort) []roleLine {
	if c.Definition == nil {
		return nil
	}
	missing, lines := scheduler.Unfilled(c.Definition, c.Cohort), []roleLine(nil)
	for i, role := range c.Definition.Roles {
		var names []string
		for _, p := range c.Cohort.Staffing {
			if p.Role == role.ID && c.Leaders[p.Staff] != "" {
				names = append(names, c.Leaders[p.Staff])
			}
		}
		line := roleLine{Role: role.ID, Names: strings.Join(names, ", "), Missing: slices.Contains(missing, role.ID)}
		if line.Missing || i > 0 && len(names) > 0 || len(names) > 1 {
			lines = append(lines, line)
		}
	}
	return lines
}

func personLineOf(e reads.Enrollment) personLine {
	return personLine{
		Person: string(e.Person), Enrollment: string(e.ID), Name: e.Name,
		State: string(e.State), StateName: stateNames[e.State],
		Entry: wordsFor("en").wall(e.EntryWall), Seats: e.Seats, Position: e.WaitlistPosition,
		Unreachable: e.Unreachable,
	}
}

// stateNames are the labels of enrollment states.
var stateNames = map[scheduler.EnrollmentState]string{
	scheduler.Pending: "Pending", scheduler.Waiting: "Waiting", scheduler.Offered: "Offered",
	scheduler.Active: "Active",
	scheduler.OnHold: "On hold", scheduler.Completed: "Completed", scheduler.Withdrawn: "Withdrawn",
}

// rhythm returns the weekdays and the time of a cohort: those of its series, or of its sessions if
// these vary.
func rhythm(c reads.Cohort) string {
	cohort := c.Cohort
	met := c.Definition.DaysOfWeek(cohort.Start, cohort.Weekdays)
	for _, session := range c.Sessions {
		if len(met) == 0 && session.Main && session.MovedFrom.IsZero() {
			met = []time.Weekday{session.Wall.Date.Weekday()}
		}
	}
	var days []string
	for _, w := range weekdayNames {
		if slices.Contains(met, w.day) {
			days = append(days, w.label)
		}
	}
	at := wordsFor("en").clock(cohort.At)
	if len(days) == 0 {
		return at
	}
	return strings.Join(days, " and ") + ", " + at
}

// freeSeats formats the number of free seats.
func freeSeats(n int) string {
	if n > scheduler.MaxCapacity/2 {
		return "any number of seats"
	}
	return count(n, "seat", "seats")
}
