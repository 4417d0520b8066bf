package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// cohortListPage lists all cohorts.
type cohortListPage struct {
	Page
	Rows      []cohortLine
	All       int        // open and ended cohorts within reach
	Found     int        // that the form selects
	Filters   []listLink // which cohorts to show
	Show      string     // the chosen filter; empty: the open ones
	Search    string
	Sort      []Choice
	MayOpen   bool
	MayExport bool
	Pager     pager
}

// listLink is a filter of a list with the number of its rows.
type listLink struct {
	Name, Address string
	Count         int
	Chosen        bool
}

// cohortRows is how many cohorts one page lists.
const cohortRows = 40

// cohortLine is one cohort in the list.
type cohortLine struct {
	ID, Name, Protocol, Lead string
	Rolling                  bool
	Next                     When
	Place                    string // progress, such as "3 of 8 sessions done"
	Track                    []trackDot
	Seats                    gauge  // of the next session
	SeatsOn                  string // its date
	Free                     string // free seats at the next entry of a rolling cohort
	Waiting, Tasks           int
}

// trackDot is one session in the row of dots of a cohort. Class is its class in the style sheet.
type trackDot struct{ Class string }

// trackClasses are the classes of dots.
var trackClasses = map[reads.TrackMark]string{
	reads.TrackMet: "met", reads.TrackNext: "next", reads.TrackToCome: "ahead", reads.TrackCancelled: "off",
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

// cohortFilters are the values of the parameter show.
var cohortFilters = []struct {
	value, name string
	query       reads.CohortQuery
	count       func(reads.CohortPage) int
}{
	{"", "Open", reads.CohortQuery{}, func(p reads.CohortPage) int { return p.Open }},
	{"closed", "Closed groups", reads.CohortQuery{Kind: reads.ClosedCohorts},
		func(p reads.CohortPage) int { return p.Closed }},
	{"rolling", "Rolling groups", reads.CohortQuery{Kind: reads.RollingCohorts},
		func(p reads.CohortPage) int { return p.Rolling }},
	{"mine", "Mine", reads.CohortQuery{Mine: true}, func(p reads.CohortPage) int { return p.Mine }},
	{"ended", "Ended", reads.CohortQuery{Ended: true}, func(p reads.CohortPage) int { return p.Ended }},
}

// longestSearch is how much of a search is looked at.
const longestSearch = 100

// cohortQueryOf reads show, q and sort. Unknown values are those of the first visit.
func cohortQueryOf(params url.Values) (q reads.CohortQuery, show string) {
	for _, f := range cohortFilters {
		if f.value == params.Get("show") {
			q, show = f.query, f.value
		}
	}
	q.Search = strings.TrimSpace(params.Get("q"))
	if len(q.Search) > longestSearch {
		q.Search = strings.ToValidUTF8(q.Search[:longestSearch], "")
	}
	switch order := reads.CohortOrder(params.Get("sort")); order {
	case reads.CohortsByName, reads.CohortsByNewest:
		q.Order = order
	}
	return q, show
}

func (s *Server) cohortList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Cohorts")
	if err != nil {
		return err
	}
	params := c.QueryParams()
	at := readPageNumber(params, "page", cohortRows)
	query, show := cohortQueryOf(params)
	query.From, query.Limit = at.offset(), at.lines
	found, err := s.Lists.CohortPage(ctx, who.actor, who.clinic, query)
	if err != nil {
		return err
	}
	tasks, err := s.countTasks(ctx, who)
	if err != nil {
		return err
	}
	v := &cohortListPage{
		Page: page, MayOpen: access.Can(who.actor, access.CohortOpen),
		MayExport: who.may(access.PersonExport), All: found.Open + found.Ended,
		Found: found.Found, Show: show, Search: query.Search, Pager: at.pager("/cohorts", params, found.Found),
		Sort: choose([]Choice{{Value: "", Label: "Next session"}, {Value: string(reads.CohortsByName), Label: "Name"},
			{Value: string(reads.CohortsByNewest), Label: "Newest"}}, string(query.Order)),
	}
	for _, f := range cohortFilters {
		link := listLink{Name: f.name, Count: f.count(found), Chosen: f.value == show,
			Address: withParam("/cohorts", withoutPage(params), "show", f.value)}
		if link.Count > 0 || link.Chosen || f.value == "" {
			v.Filters = append(v.Filters, link)
		}
	}
	for _, row := range found.Rows {
		v.Rows = append(v.Rows, s.cohortLine(row, tasks.ByCohort[row.ID]))
	}
	return s.render(c, http.StatusOK, v)
}

// withoutPage returns the parameters of a list without the number of its page.
func withoutPage(params url.Values) url.Values {
	all := url.Values{}
	for key, values := range params {
		if key != "page" {
			all[key] = values
		}
	}
	return all
}

func (s *Server) cohortLine(row reads.CohortRow, tasks int) cohortLine {
	line := cohortLine{
		ID: string(row.ID), Name: row.Name, Protocol: row.ProtocolTitle, Rolling: row.Rolling, Lead: row.LeadName,
		Next: s.staffWhen(row.Next, time.Time{}, row.Zone), Place: sessionsDone(row),
		Seats: gauge{row.NextSeated, row.NextLimit, row.NextSeats}, SeatsOn: wordsFor("en").date(row.NextWall.Date),
		Free: freeText(row), Waiting: row.Waiting, Tasks: tasks,
	}
	for _, mark := range row.Track {
		line.Track = append(line.Track, trackDot{trackClasses[mark]})
	}
	return line
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
