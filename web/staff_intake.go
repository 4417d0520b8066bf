package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// intakePage shows who is on the way in, what they wait for, and where a new person could start.
type intakePage struct {
	Page
	People                   []intakeLine
	Cohorts                  []entryLine
	PeopleOf                 int // number of people
	PeoplePager, CohortPager pager
	Place                    string // in the lists, as the query of an address
	MayTick, MayOpen         bool
	Chooses                  bool // only entries that fit are shown
	Days                     []Choice
	Part, Earliest           Input
}

// intakeLine is one person who waits or is on hold.
type intakeLine struct {
	Person, Enrollment, Name string
	State, StateName, Cohort string
	Since                    When
	Clock                    string // what is waited for
	Until                    When   // when it ends by itself; empty: it does not
	Waits                    string // for how long, in words; empty: they do not wait
	WaitShare                int    // of the longest on the page, 0 to 100
	Ticks                    []Choice
}

// entryLine is a cohort with its next entries.
type entryLine struct {
	ID, Name string
	Rolling  bool
	Waiting  int
	MayMove  bool // its waitlist, to another cohort
	Entries  []entryPoint
}

// entryPoint is a session at which a new person can start.
type entryPoint struct {
	When  When
	Title string
	Day   string // for the form
	Seats string
	Taken gauge
}

// Limits of one page: entries of each cohort, cohorts, and people.
const (
	entriesShown = 3
	intakeSeries = 15
	intakeRows   = 40
)

func (s *Server) intakeShow(c echo.Context, who visitor) error {
	v, err := s.intakePage(c, who)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) intakePage(c echo.Context, who visitor) (*intakePage, error) {
	ctx, params := c.Request().Context(), c.QueryParams()
	page, err := s.staffPage(ctx, who, c.Request(), "intake", "Intake")
	if err != nil {
		return nil, err
	}
	if err := s.showUndoable(ctx, who, &page, "/intake", page.Zone); err != nil {
		return nil, err
	}
	v := &intakePage{Page: page, Place: addressWith("", intakePlace(params)),
		MayTick: who.may(access.EnrollmentChange), MayOpen: who.may(access.CohortOpen)}
	people, cohorts := readPageNumber(params, "people", intakeRows), readPageNumber(params, "cohorts", intakeSeries)
	query := reads.IntakeQuery{
		People: people.offset(), PeopleLimit: people.lines, Cohorts: cohorts.offset(), CohortsLimit: cohorts.lines,
		Entries: entriesShown,
	}
	wrong := v.choose(params, &query)
	v.Chooses = query.Chooses()
	found, err := s.Lists.Intake(ctx, who.actor, who.clinic, query)
	if err != nil {
		return nil, err
	}
	listing := make([]listed, len(found.People))
	for i := range found.People {
		listing[i] = listed{found.People[i].Person, &found.People[i].Name}
	}
	if err := s.tellListedApart(ctx, who, listing); err != nil {
		return nil, err
	}
	v.PeopleOf, v.PeoplePager = found.PeopleOf, people.pager("/intake", params, found.PeopleOf)
	v.CohortPager = cohorts.pager("/intake", params, found.CohortsOf)
	longest := 1
	for _, p := range found.People {
		if waits(p.State) {
			longest = max(longest, s.daysSince(p.RequestedAt))
		}
	}
	for _, p := range found.People {
		v.People = append(v.People, s.intakeLine(p, longest))
	}
	for _, r := range found.Cohorts {
		line := s.entryLine(r)
		line.MayMove = r.Waiting > 0 && r.Next && who.may(access.CohortChange)
		v.Cohorts = append(v.Cohorts, line)
	}
	if wrong != nil {
		return nil, rejectForm(v, atFields(wrong, &v.Earliest))
	}
	return v, nil
}

// choose reads when somebody could come, and shows it again. It fails with Invalid in earliest.
func (v *intakePage) choose(params url.Values, q *reads.IntakeQuery) (err error) {
	for _, day := range weekdayNames {
		chosen := false
		for _, value := range params["day"] {
			chosen = chosen || value == day.value
		}
		if chosen {
			q.Days = append(q.Days, day.day)
		}
		v.Days = append(v.Days, Choice{Value: day.value, Label: day.label, Chosen: chosen})
	}
	parts := []Choice{{Label: "Any time"}}
	for _, part := range dayParts {
		value := strings.ToLower(part.name)
		parts = append(parts, Choice{Value: value, Label: part.name})
		if value == params.Get("part") {
			q.From, q.Until = part.from.Minutes(), part.until.Minutes()
		}
	}
	v.Part = v.Select("part", "Time of day", choose(parts, params.Get("part")), "")
	v.Earliest = v.Field("earliest", "Not before", "date", params.Get("earliest"), "")
	if text := params.Get("earliest"); text != "" {
		if q.Earliest, err = civil.ParseDate(text); err != nil {
			return fault.In("earliest", "This is not a valid date. Write it like 2026-03-03, or leave it empty.")
		}
	}
	return nil
}

// intakePlace returns which part of the lists an address names.
func intakePlace(params url.Values) url.Values {
	place := url.Values{}
	for _, name := range []string{"people", "cohorts", "day", "part", "earliest"} {
		for _, value := range params[name] {
			if value != "" {
				place.Add(name, value)
			}
		}
	}
	return place
}

// intakeDone records that a prerequisite is done, by one click in the list.
func (s *Server) intakeDone(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	enrollment, what, _ := strings.Cut(f.trimmed("done"), " ")
	id, err := idParam(enrollment)
	if err != nil {
		return err
	}
	err = s.Desk.Confirm(c.Request().Context(), who.requestOnce(0, f.once(c)), desk.DonePrerequisite(id, what))
	if err != nil {
		v, wrong := s.intakePage(c, who)
		if wrong != nil {
			return wrong
		}
		return rejectForm(v, formSentError(err))
	}
	return s.redirect(c, who.token, addressWith("/intake", intakePlace(c.QueryParams())), "ticked")
}

// waits reports whether somebody in this state waits since they asked.
func waits(state scheduler.EnrollmentState) bool {
	return state == scheduler.Waiting || state == scheduler.Pending
}

// daysSince returns the whole days since a moment.
func (s *Server) daysSince(at time.Time) int { return max(0, int(s.Now().Sub(at).Hours()/24)) }

// intakeLine describes what a person waits for. longest is the most days that anyone on the page waits.
func (s *Server) intakeLine(p reads.IntakePerson, longest int) intakeLine {
	line := intakeLine{
		Person: string(p.Person), Enrollment: string(p.Enrollment), Name: p.Name,
		State: string(p.State), StateName: stateNames[p.State], Cohort: p.CohortName,
		Since: s.staffWhen(p.RequestedAt, time.Time{}, p.Zone), Until: s.staffWhen(p.Ends, time.Time{}, p.Zone),
	}
	if waits(p.State) {
		days := s.daysSince(p.RequestedAt)
		line.Waits, line.WaitShare = count(days, "day", "days"), 100*days/longest
	}
	switch p.State {
	case scheduler.Offered:
		line.Clock = "an answer to the offer"
		if !p.Entry.IsZero() {
			line.Clock += " of " + wordsFor("en").date(p.Entry)
		}
	case scheduler.Pending:
		var open []string
		for _, done := range p.Undone {
			label := cmp.Or(done.Title, done.ID)
			open = append(open, label)
			if done.Kind != scheduler.PrerequisiteDate {
				line.Ticks = append(line.Ticks, Choice{Value: string(p.Enrollment) + " " + done.ID, Label: label})
			}
		}
		line.Clock = "prerequisites: " + strings.Join(open, ", ")
	case scheduler.Waiting:
		line.Clock = "a seat, number " + strconv.Itoa(p.Position)
	case scheduler.OnHold:
		line.Clock = "the end of the hold"
	}
	return line
}

// entryLine lists the next entries of a cohort.
func (s *Server) entryLine(r reads.IntakeCohort) entryLine {
	line := entryLine{ID: string(r.Cohort), Name: r.Name, Rolling: r.Rolling, Waiting: r.Waiting}
	for i, p := range r.Entries {
		point := entryPoint{
			When: s.staffWhen(p.Start, time.Time{}, r.Zone), Title: r.Titles[i], Day: p.Date.String(),
			Seats: freeSeats(p.Seats) + " free",
		}
		if r.Capacity > 0 && !scheduler.Unlimited(r.Capacity) {
			point.Taken = gauge{max(0, r.Capacity-p.Seats), r.Capacity, r.Capacity}
		}
		line.Entries = append(line.Entries, point)
	}
	return line
}
