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

// cohortListPage lists all cohorts. It is the first page of the front desk.
type cohortListPage struct {
	Page
	Rows        []cohortLine
	Open, Ended int  // number of cohorts
	ShowEnded   bool // lists the ended ones
	MayOpen     bool
	Tasks, Late int // open tasks, and the overdue ones among them
	Pager       pager
}

// cohortRows is how many cohorts one page lists.
const cohortRows = 40

// cohortLine is one cohort in the list.
type cohortLine struct {
	ID, Name, Protocol string
	Rolling            bool
	Next               When
	Place              string // progress, such as "3 of 8 sessions done"
	Seats              gauge  // of the next session
	SeatsOn            string // its date
	Free               string // free seats at the next entry of a rolling cohort
	Waiting, Tasks     int
}

// gauge shows how many seats are taken.
type gauge struct{ Taken, Of, Capacity int }

// Percent returns the share of taken seats, 0 to 100.
func (g gauge) Percent() int {
	if g.Of <= 0 {
		return 0
	}
	return min(100, 100*g.Taken/g.Of)
}

// Text returns the numbers in words.
func (g gauge) Text() string { return scheduler.SeatsTaken(g.Taken, g.Of, g.Capacity) }

// Unlimited reports whether there is no seat limit.
func (g gauge) Unlimited() bool { return scheduler.Unlimited(g.Of) }

// Over reports whether more people are seated than the limit allows.
func (g gauge) Over() bool { return g.Capacity > 0 && g.Capacity < g.Taken }

func (s *Server) cohortList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Cohorts")
	if err != nil {
		return err
	}
	if err := s.showUndoable(ctx, who, &page, "/", page.Zone); err != nil {
		return err
	}
	params := c.QueryParams()
	at, ended := readPageNumber(params, "page", cohortRows), params.Get("show") == "ended"
	found, err := s.Lists.CohortPage(ctx, who.actor, who.clinic,
		reads.CohortQuery{Ended: ended, From: at.offset(), Limit: at.lines})
	if err != nil {
		return err
	}
	tasks, err := s.countTasks(ctx, who)
	if err != nil {
		return err
	}
	v := &cohortListPage{
		Page: page, MayOpen: access.Can(who.actor, access.CohortOpen), Tasks: tasks.Open, Late: tasks.Late,
		Open: found.Open, Ended: found.Ended, ShowEnded: ended,
	}
	for _, row := range found.Rows {
		v.Rows = append(v.Rows, s.cohortLine(row, tasks.ByCohort[row.ID]))
	}
	v.Pager = at.pager("/", params, found.Open)
	if ended {
		v.Pager = at.pager("/", params, found.Ended)
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) cohortLine(row reads.CohortRow, tasks int) cohortLine {
	return cohortLine{
		ID: string(row.ID), Name: row.Name, Protocol: row.ProtocolTitle, Rolling: row.Rolling,
		Next: s.staffWhen(row.Next, time.Time{}, row.Zone), Place: sessionsDone(row),
		Seats: gauge{row.NextSeated, row.NextLimit, row.NextSeats}, SeatsOn: wordsFor("en").date(row.NextWall.Date),
		Free: freeText(row), Waiting: row.Waiting, Tasks: tasks,
	}
}

// freeText returns the free seats of a rolling cohort's next entry.
func freeText(row reads.CohortRow) string {
	switch {
	case !row.Rolling || row.State == scheduler.CohortEnded:
		return ""
	case row.Entry.Seats == 0:
		return "no open entry"
	}
	return freeSeats(row.Entry.Seats) + " free from " + wordsFor("en").date(row.Entry.Date)
}

func sessionsDone(row reads.CohortRow) string {
	switch {
	case row.Rolling && row.Past == 0:
		return "rolling, not started"
	case row.Rolling:
		return "rolling, " + count(row.Past, "session", "sessions") + " so far"
	case row.Past == 0:
		return count(row.Sessions, "session", "sessions") + ", not started"
	case row.Past >= row.Sessions:
		return "all " + count(row.Sessions, "session", "sessions") + " done"
	default:
		return strconv.Itoa(row.Past) + " of " + count(row.Sessions, "session", "sessions") + " done"
	}
}

// cohortPage is one cohort with its sessions and people.
type cohortPage struct {
	Page
	ID, Name, Protocol, Reference string
	Rhythm, Zone, Place, Lead     string
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
	Untaken                       []sessionLine // recent sessions with incomplete attendance
	Leading                       []credentialNote
	Exceptions                    []exceptionLine
	Roles                         []roleLine
	Newer                         newerVersion
	MayRevise                     bool
	Phase                         phaseLine
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
	For                      string // the person of an individual appointment; empty: everyone
}

// personLine is one enrollment of a cohort.
type personLine struct {
	ID, Name, State, StateName string
	Entry                      When
	Seats, Position            int
	Unreachable                bool
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
		MaySee: access.Can(who.actor, access.PersonView), MayRevise: access.Can(who.actor, access.CohortChange),
		Newer: s.newerVersionOf(c), Phase: phaseLineOf(c),
	}
	if c.Definition != nil {
		v.Protocol = c.Definition.Title
	}
	v.Rhythm, v.Leading, v.Exceptions = rhythm(c), s.cohortCredentials(c), s.exceptionLines(c)
	if v.Roles = roleLines(c); v.Ended {
		v.Roles = nil
	}
	s.cohortSessions(v, view, who, now)
	for _, e := range c.Enrollments {
		line := personLineOf(e)
		switch {
		case !e.State.Live():
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
		Place: placeBeside(session.Place, cohort.Place),
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
		ID: string(e.ID), Name: e.Name, State: string(e.State), StateName: stateNames[e.State],
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
