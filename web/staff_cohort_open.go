package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// cohortNewPage opens a cohort. It previews every date beside the form.
type cohortNewPage struct {
	Page
	Form      openFields
	Protocols []Choice
	Cards     []protocolCard // for participants
	Trainings []protocolCard // for staff
	Weekdays  []Choice
	Holidays  []Choice
	Leads     []Choice
	Meetings  []Choice
	ZoneNames []string
	Preview   datesPreview
}

// TrainingChosen reports whether a staff training is chosen, so that the folded list is open.
func (v *cohortNewPage) TrainingChosen() bool {
	return slices.ContainsFunc(v.Trainings, func(c protocolCard) bool { return c.Chosen })
}

// openFields is the form as typed.
type openFields struct {
	Protocol, Name, Start, Time, TimeZone, Closed, Holidays, Capacity, Place, Lead, Reason string
	Days                                                                                   []string
	Meeting, Link, DialIn, PIN                                                             string
	Past, Far, AcceptShift                                                                 bool
}

// previewFragment is the preview alone, which the script replaces.
type previewFragment struct {
	Page
	Preview datesPreview
}

// datesPreview is every date of a cohort that is not open yet.
type datesPreview struct {
	Title, Zone, ZoneNote string
	Dates, More           []dateLine // More: beyond the first few, shown on request
	Skipped               []skippedLine
	Total                 string // contact time in words
	Count                 string
	Rolling               bool
	Problems              []Problem
	// Assumed says how many figures of the protocol are assumptions. Empty: none.
	Assumed string
	Doubts  []string // cautions for staff
}

type dateLine struct {
	When     When
	Title    string
	Phase    string
	Length   string
	Shift    string // what a clock change does to it; empty: nothing
	NewShift bool   // the clocks change between the previous date and this one
}

type skippedLine struct {
	Date   When
	Reason string
}

func (s *Server) cohortOpenForm(c echo.Context, who visitor) error {
	v, err := s.cohortNewPage(c, who, openFields{})
	if err != nil {
		return err
	}
	v.Form.Time, v.Form.TimeZone = "18:00", v.Zone
	if len(v.Protocols) > 0 {
		v.Form.Protocol = v.Protocols[0].Value
	}
	today := civil.DateOf(s.Now().In(s.location(v.Zone)))
	start := today.AddDays(14)
	for start.Weekday() == time.Saturday || start.Weekday() == time.Sunday { // cohorts rarely start on a weekend
		start = start.AddDays(1)
	}
	v.Form.Start = start.String()
	v.fill()
	v.Cards, v.Trainings = s.protocolCards(v.Protocols)
	opening, err := s.readOpenRequest(c, who, openValues(v.Form))
	if err == nil {
		v.Preview = s.previewDates(opening)
	}
	return s.render(c, http.StatusOK, v)
}

// protocolChoices lists the protocols with group sessions by title: those for participants first,
// then those for staff.
func protocolChoices(library []*protocols.Definition) []Choice {
	var choices, forStaff []Choice
	library = slices.Clone(library)
	slices.SortStableFunc(library, func(a, b *protocols.Definition) int { return strings.Compare(a.Title, b.Title) })
	for _, d := range library {
		choice := Choice{Value: d.Ref(), Label: d.Title, Hint: d.Summary}
		switch {
		case len(d.Positions()) == 0:
		case d.Audience == protocols.AudienceParticipants:
			choices = append(choices, choice)
		default:
			choice.Label += " (for staff)"
			forStaff = append(forStaff, choice)
		}
	}
	return append(choices, forStaff...)
}

// openValues converts the fields to a form as a browser would send it.
func openValues(f openFields) *form {
	return &form{values: map[string][]string{
		"protocol": {f.Protocol}, "start": {f.Start}, "time": {f.Time}, "zone": {f.TimeZone},
	}}
}

func (s *Server) cohortNewPage(c echo.Context, who visitor, typed openFields) (*cohortNewPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Open a cohort")
	if err != nil {
		return nil, err
	}
	v := &cohortNewPage{Page: page, Form: typed, ZoneNames: s.Zones.Names()}
	v.Protocols = protocolChoices(s.Library.List())
	for _, w := range weekdayNames {
		v.Weekdays = append(v.Weekdays, Choice{Value: w.value, Label: w.label})
	}
	v.Holidays = []Choice{{Value: "", Label: "None"}, {Value: "us-federal", Label: "US federal holidays"}}
	if v.Leads, err = s.facilitatorChoices(c, who, "No one yet"); err != nil {
		return nil, err
	}
	v.Meetings = s.meetingChoices("", "")
	v.fill()
	v.Cards, v.Trainings = s.protocolCards(v.Protocols)
	return v, nil
}

// fill marks the chosen values.
func (v *cohortNewPage) fill() {
	choose(v.Protocols, v.Form.Protocol)
	choose(v.Weekdays, v.Form.Days...)
	choose(v.Holidays, v.Form.Holidays)
	choose(v.Leads, v.Form.Lead)
	choose(v.Meetings, v.Form.Meeting)
}

func readOpenFields(f *form) openFields {
	return openFields{
		Protocol: f.trimmed("protocol"), Name: f.trimmed("name"), Start: f.trimmed("start"), Time: f.trimmed("time"),
		TimeZone: f.trimmed("zone"), Closed: f.text("closed"), Holidays: f.trimmed("holidays"),
		Capacity: f.trimmed("capacity"),
		Place:    f.trimmed("place"), Lead: f.trimmed("facilitator"), Reason: f.text("reason"), Days: f.all("weekdays"),
		Past: f.ticked("past"), Far: f.ticked("far"), AcceptShift: f.ticked("accept_shift"),
		Meeting: f.trimmed("meeting"), Link: f.trimmed("link"), DialIn: f.trimmed("dial_in"), PIN: f.trimmed("pin"),
	}
}

// readOpenRequest reads the form. Unreadable fields are in the error.
func (s *Server) readOpenRequest(c echo.Context, who visitor, f *form) (scheduler.OpenRequest, error) {
	closed, err := s.Desk.ClosedDays(c.Request().Context(), who.request(0))
	if err != nil {
		return scheduler.OpenRequest{}, err
	}
	o := scheduler.OpenRequest{
		ClinicClosed: closed,
		Name:         f.trimmed("name"), Start: f.date("start"), At: f.clock("time"), Zone: f.trimmed("zone"),
		Weekdays: f.weekdays("weekdays"), Closed: f.ranges("closed"), Holidays: f.trimmed("holidays"),
		Lead: scheduler.ID(f.trimmed("facilitator")), Reason: f.trimmed("reason"), Place: f.trimmed("place"),
		AcceptShift: f.ticked("accept_shift"), Past: f.ticked("past"), Far: f.ticked("far"),
	}
	if meeting := readMeeting(f); meeting != nil {
		o.Meeting = *meeting
	}
	o.Capacity, o.HasCapacity = f.number("capacity")
	if o.Holidays != "" && o.Holidays != "us-federal" {
		f.fail("holidays", "Choose one of the holiday lists, or none.")
	}
	definition, err := s.Library.Find(f.trimmed("protocol"))
	if err != nil {
		f.fail("protocol", "Choose a protocol from the list.")
	}
	o.Definition = definition
	if err := f.err(); err != nil {
		_, rules := o.Lay(s.Zones, s.Now())
		return o, errors.Join(err, f.further(rules))
	}
	return o, nil
}

// previewDates plans the dates of a cohort. Problems are shown beside them.
func (s *Server) previewDates(o scheduler.OpenRequest) datesPreview {
	calendar, err := o.Lay(s.Zones, s.Now())
	var p datesPreview
	var said Page
	said.explain(err)
	// asked for when it is opened
	p.Problems = slices.DeleteFunc(said.Problems,
		func(problem Problem) bool { return problem.Field == "place" && o.Place == "" })
	if len(said.Problems) > len(p.Problems) && len(p.Problems) == 0 {
		err = nil
	}
	if err != nil && len(p.Problems) == 0 {
		p.Problems = []Problem{{Message: "These dates cannot be planned. Check the start date, the days and the " +
			"closed days."}}
	}
	if calendar == nil {
		return p
	}
	p.Title, p.Rolling = o.Definition.Title, o.Definition.Rolling()
	p.Zone = zoneName(calendar.Zone)
	p.Count, p.Total = count(len(calendar.Sessions), "session", "sessions"), span(calendar.ContactMinutes)
	if assumed := o.Definition.Assumptions(); len(assumed) > 0 {
		p.Assumed = count(len(assumed), "figure has", "figures have")
	}
	p.Doubts = o.Definition.Doubts
	offset := ""
	for _, occurrence := range calendar.Sessions {
		line := s.dateLine(occurrence, calendar.Zone)
		line.NewShift = offset != "" && line.When.Offset != offset
		offset = line.When.Offset
		p.Dates = append(p.Dates, line)
	}
	if len(p.Dates) > sessionsShown {
		p.Dates, p.More = p.Dates[:sessionsShown-1], p.Dates[sessionsShown-1:]
	}
	for _, skipped := range calendar.Skipped {
		p.Skipped = append(p.Skipped,
			skippedLine{Date: wordsFor("en").wall(civil.WallTime{Date: skipped.Date}), Reason: skipped.Reason})
	}
	return p
}

func (s *Server) dateLine(o protocols.Occurrence, zone string) dateLine {
	line := dateLine{When: s.staffWhen(o.Start, o.End, zone), Title: sessionTitle(o.Number, o.Title), Phase: o.Phase,
		Length: span(o.Minutes)}
	line.Shift = scheduler.ShiftNote(o.LocalStart, s.location(zone))
	return line
}

// cohortOpenPreview returns only the preview, for the script that updates it while typing.
func (s *Server) cohortOpenPreview(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	opening, err := s.readOpenRequest(c, who, f)
	v := &previewFragment{Page: s.basePage("Preview")}
	if err != nil {
		v.Page.explain(err)
		v.Preview.Problems = v.Page.Problems
	} else {
		v.Preview = s.previewDates(opening)
		_ = s.checkOpening(c, who, opening, &v.Preview) // the fragment has no fields
	}
	return s.render(c, http.StatusOK, v)
}

// checkOpening adds to a preview what opening the cohort would be refused for, such as a facilitator who leads
// another cohort then. It returns that refusal, for the fields that the form then asks for.
func (s *Server) checkOpening(c echo.Context, who visitor, o scheduler.OpenRequest, p *datesPreview) error {
	if len(p.Problems) > 0 || len(p.Dates) == 0 {
		return nil
	}
	_, _, err := s.Desk.PreviewCohort(c.Request().Context(), who.request(0), o)
	var said Page
	said.explain(err)
	for _, problem := range said.Problems {
		if problem.Field != "place" || o.Place != "" { // asked for when it is opened
			p.Problems = append(p.Problems, problem)
		}
	}
	return err
}

// cohortOpen opens a cohort, or shows only the preview if asked.
func (s *Server) cohortOpen(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.cohortNewPage(c, who, readOpenFields(f))
	if err != nil {
		return err
	}
	opening, err := s.readOpenRequest(c, who, f)
	if err != nil {
		return rejectForm(v, err)
	}
	v.Preview = s.previewDates(opening)
	if strings.EqualFold(f.trimmed("step"), "preview") {
		v.askOverrides(s.checkOpening(c, who, opening, &v.Preview))
		v.Problems, v.Preview.Problems = v.Preview.Problems, nil
		return s.render(c, http.StatusOK, v)
	}
	id, err := s.Desk.OpenCohort(c.Request().Context(), who.requestOnce(0, f.once(c)), opening)
	if err != nil {
		v.Preview.Problems = nil
		return rejectForm(v, formSentError(err))
	}
	return s.redirect(c, who.token, "/cohorts/"+string(id), "opened")
}
