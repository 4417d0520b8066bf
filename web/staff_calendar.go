package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// calendarPage shows the sessions of all cohorts by week, by month or as an agenda.
type calendarPage struct {
	Page
	View     string // week, month or agenda
	From     string // 2026-01-05, for the form
	Heading  string
	ZoneName string
	Days     []dayColumn
	Weeks    [][]dayColumn // of a month
	Views    []listLink
	Earlier  string // addresses of the neighbouring pages
	Now      string
	Later    string
	Sessions int
	Clashes  int // sessions with a double booking
}

// calendarView is one way to show the calendar.
type calendarView struct {
	value, name string
	days        int // that it shows; 0: a month
	most        int // sessions of one day
}

// calendarViews are the values of the parameter view; the first one is the default.
var calendarViews = []calendarView{
	{"week", "Week", 7, 24}, {"month", "Month", 0, 4}, {"agenda", "Agenda", 14, 34},
}

// calendarDate reads the parameter from, in the clinic's zone today when it is missing.
func calendarDate(text string, today civil.Date) (civil.Date, error) {
	if text == "" {
		return today, nil
	}
	d, err := civil.ParseDate(text)
	if err != nil || d.Year < 2000 || d.Year > 2199 {
		return civil.Date{}, fault.New(fault.Invalid, "This is not a date. Write it like 2026-01-06.").In("from")
	}
	return d, nil
}

func (s *Server) calendarShow(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "calendar", "Calendar")
	if err != nil {
		return err
	}
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	view := calendarViews[0]
	for _, known := range calendarViews {
		if known.value == c.QueryParam("view") {
			view = known
		}
	}
	today := civil.DateOf(s.Now().In(s.location(clinic.Zone)))
	v := &calendarPage{Page: page, View: view.value, ZoneName: zoneName(clinic.Zone)}
	status := http.StatusOK
	from, err := calendarDate(c.QueryParam("from"), today)
	if err != nil {
		v.explain(err)
		from, status = today, http.StatusUnprocessableEntity
	}
	first, n := view.stretch(from)
	all, err := s.Days.DaySessions(ctx, who.actor, who.clinic, reads.DayQuery{
		From: s.startOfDay(first, clinic.Zone), Until: s.startOfDay(first.AddDays(n), clinic.Zone)})
	if err != nil {
		return err
	}
	v.Days = s.dayColumns(all, clinic, first, n, who)
	v.count()
	cut(v.Days, view.most)
	v.navigate(view, from, first, n)
	if view.days == 0 {
		v.inWeeks(from)
	}
	return s.render(c, status, v)
}

// stretch returns the first day and the number of days of the view around a date. Weeks begin on Monday.
func (w calendarView) stretch(from civil.Date) (first civil.Date, n int) {
	monday := func(d civil.Date) civil.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }
	switch w.value {
	case "agenda":
		return from, w.days
	case "month":
		first = monday(civil.Date{Year: from.Year, Month: from.Month, Day: 1})
		last := civil.Date{Year: from.Year, Month: from.Month, Day: 1}.AddMonths(1).AddDays(-1)
		return first, first.DaysUntil(monday(last).AddDays(7))
	}
	return monday(from), w.days
}

// count counts the sessions and those with a double booking.
func (v *calendarPage) count() {
	for _, day := range v.Days {
		v.Sessions += len(day.Blocks)
		for _, b := range day.Blocks {
			if b.Clash != "" {
				v.Clashes++
			}
		}
	}
}

// navigate sets heading and links.
func (v *calendarPage) navigate(view calendarView, from, first civil.Date, n int) {
	address := func(view string, d civil.Date) string { return "/calendar?view=" + view + "&from=" + d.String() }
	words := wordsFor("en")
	v.From, v.Now = from.String(), "/calendar?view="+view.value
	v.Heading = words.date(first) + " – " + words.date(first.AddDays(n-1))
	v.Earlier, v.Later = address(view.value, first.AddDays(-n)), address(view.value, first.AddDays(n))
	if view.days == 0 {
		month := civil.Date{Year: from.Year, Month: from.Month, Day: 1}
		v.Heading = time.Date(from.Year, from.Month, 1, 0, 0, 0, 0, time.UTC).Format("January 2006")
		v.Earlier, v.Later = address("month", month.AddMonths(-1)), address("month", month.AddMonths(1))
	}
	for _, known := range calendarViews {
		v.Views = append(v.Views, listLink{Name: known.name, Address: address(known.value, from),
			Chosen: known.value == view.value})
	}
}

// inWeeks cuts the days of a month into weeks.
func (v *calendarPage) inWeeks(from civil.Date) {
	for i := range v.Days {
		d, err := civil.ParseDate(v.Days[i].Date)
		v.Days[i].Outside = err == nil && d.Month != from.Month
	}
	for i := 0; i+7 <= len(v.Days); i += 7 {
		v.Weeks = append(v.Weeks, v.Days[i:i+7])
	}
}
