package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
)

// breachPage asks what a breach touched.
type breachPage struct {
	Page
	From, Until, Actor, Request Input
}

// breachPaperPage is whose records were touched, on paper.
type breachPaperPage struct {
	Page
	ClinicName string
	Today      When
	About      []string // what was asked for
	Lines      []breachLine
	Erased     int
	Rows       string
}

// breachLine is one person whose record was touched.
type breachLine struct {
	Name, Address, What, Fields string
	Times                       int
	First, Last                 When
}

// registerBreach registers the page on which a breach's scope is listed. It is a POST because each list is written to
// the audit, and because what was asked for stays out of addresses.
func (s *Server) registerBreach() {
	s.route(staff(access.BreachScope), get, "/breach", s.breachForm)
	s.route(staff(access.BreachScope), post, "/breach", s.breachList)
}

func (s *Server) breachForm(c echo.Context, who visitor) error {
	v, err := s.breachPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) breachPage(c echo.Context, who visitor, f *form) (*breachPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "audit", "Whose records were touched")
	if err != nil {
		return nil, err
	}
	value := func(name string) string {
		if f == nil {
			return c.QueryParam(name)
		}
		return f.trimmed(name)
	}
	actors, err := s.Breaches.BreachActors(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	choices := []Choice{{Value: "", Label: "Anyone"}}
	for _, one := range actors {
		choices = append(choices, Choice{Value: one.Actor, Label: s.breachActor(one, page.Zone)})
	}
	v := &breachPage{Page: page}
	v.From = v.Field("from", "From", "date", value("from"), "")
	v.Until = v.Field("until", "Until", "date", value("until"), "Both days are included.")
	v.Actor = v.Select("actor", "Who it was", choose(choices, value("actor")),
		"A member of staff, or a program's token.")
	v.Request = v.Field("request", "Only one request", "text", value("request"),
		"Such as one export: its id stands in the log of the program, and in the header X-Request-Id.")
	return v, nil
}

// breachActor names who may have caused a breach.
func (s *Server) breachActor(one reads.BreachActor, zone string) string {
	if strings.HasPrefix(one.Actor, string(access.KindStaff)+":") {
		return one.Name
	}
	since := s.staffWhen(one.Since, time.Time{}, zone).Date
	if one.Name == "" {
		return "A program, since " + since
	}
	return "A program of " + one.Name + ", since " + since
}

func (s *Server) breachList(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.breachPage(c, who, f)
	if err != nil {
		return err
	}
	q := reads.BreachQuery{Actor: f.trimmed("actor"), Request: f.trimmed("request")}
	zone := s.location(v.Zone)
	about := []string{}
	for _, day := range []struct {
		name, word string
		after      int
		into       *time.Time
	}{{"from", "from", 0, &q.From}, {"until", "until", 1, &q.Until}} {
		text := f.trimmed(day.name)
		if text == "" {
			continue
		}
		date, err := civil.ParseDate(text)
		if err != nil {
			return rejectForm(v, atFields(fault.In(day.name, "Choose a day, or leave it empty."), &v.From, &v.Until))
		}
		about = append(about, day.word+" "+wordsFor("en").date(date))
		*day.into = civil.Resolve(civil.WallTime{Date: date.AddDays(day.after)}, zone).Instant
	}
	scope, err := s.Breaches.BreachScope(c.Request().Context(), who.actor, who.clinic, q)
	if err != nil {
		return rejectForm(v, atFields(err, &v.From, &v.Until, &v.Actor, &v.Request))
	}
	if f.trimmed("as") == "csv" {
		return s.sendTable(c, "touched", BreachHeader(), func(out *spreadsheet.Writer) error {
			return WriteBreach(out, scope, zone)
		})
	}
	for _, one := range v.Actor.Options {
		if one.Chosen && one.Value != "" {
			about = append(about, "by "+one.Label)
		}
	}
	if q.Request != "" {
		about = append(about, "request "+q.Request)
	}
	return s.render(c, http.StatusOK, s.breachPaper(v, scope, about))
}

func (s *Server) breachPaper(v *breachPage, scope reads.BreachScope, about []string) *breachPaperPage {
	paper := &breachPaperPage{Page: s.basePage("Whose records were touched"), ClinicName: v.Clinic, About: about,
		Today: s.staffWhen(s.Now(), time.Time{}, v.Zone), Erased: scope.Erased, Rows: count(scope.Rows, "row", "rows")}
	paper.PlainTab, paper.Lock, paper.Holder = v.PlainTab, v.Lock, v.Holder
	for _, p := range scope.People {
		line := breachLine{Name: p.Name, Address: "/people/" + string(p.Person), Times: p.Times,
			First: s.staffWhen(p.First, time.Time{}, v.Zone), Last: s.staffWhen(p.Last, time.Time{}, v.Zone),
			What: actionsInWords(p.Actions), Fields: FieldsInWords(strings.Join(p.Fields, ","))}
		if p.Name == "" {
			line.Name, line.Address = "Someone who was referred", "/referrals/"+string(p.Person)
		}
		paper.Lines = append(paper.Lines, line)
	}
	return paper
}

// actionsInWords says what was done.
func actionsInWords(actions []string) string {
	all := make([]string, len(actions))
	for i, action := range actions {
		all[i] = ActionInWords(action)
	}
	return strings.Join(all, "; ")
}

// BreachHeader are the columns of a table of whose records were touched.
func BreachHeader() []string {
	return []string{"id", "name", "times", "first", "last", "actions", "fields"}
}

// WriteBreach writes whose records were touched, with instants in a zone.
func WriteBreach(out *spreadsheet.Writer, scope reads.BreachScope, zone *time.Location) error {
	const minute = "2006-01-02 15:04"
	for _, p := range scope.People {
		err := out.Row(string(p.Person), p.Name, strconv.Itoa(p.Times), p.First.In(zone).Format(minute),
			p.Last.In(zone).Format(minute), actionsInWords(p.Actions), FieldsInWords(strings.Join(p.Fields, ",")))
		if err != nil {
			return err
		}
	}
	return nil
}
