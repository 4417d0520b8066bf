package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// cohortHead is what every page about one cohort says of it.
type cohortHead struct{ ID, Name string }

// reschedulePage gives a cohort other days, another time or zone in two steps.
type reschedulePage struct {
	Page
	Cohort    cohortHead
	From, At  string
	TimeZone  string
	Days      []Choice
	ZoneNames []string
	Accept    bool
	outlook
}

// outlook is what a change would do to the sessions of a cohort, or who is in
// its way.
type outlook struct {
	Effects  []effectLine
	InTheWay []string
	Confirm  confirmation
}

// outlook fills in what a preview says; the error is the preview's own.
func (s *Server) outlook(ctx context.Context, who visitor, o *outlook, zone string, preview scheduler.EffectPreview, err error) error {
	if err != nil {
		var failed error
		if o.InTheWay, failed = s.inTheWay(ctx, who, err); failed != nil {
			return failed
		}
		return err
	}
	o.Effects, _ = s.effectLines(preview.Sessions, zone)
	o.Confirm, err = s.confirmation(ctx, who, preview.Preview, zone)
	return err
}

func (s *Server) reschedulePage(c echo.Context, who visitor) (*reschedulePage, reads.Cohort, error) {
	cohort, page, err := s.cohortOf(c, who, "Change day or time")
	v := &reschedulePage{Page: page, Cohort: cohortHead{string(cohort.Cohort.ID), cohort.Cohort.Name}, ZoneNames: s.Zones.Names()}
	for _, w := range weekdayNames {
		v.Days = append(v.Days, Choice{Value: w.value, Label: w.label})
	}
	return v, cohort, err
}

// cohortOf reads the cohort of the address and the frame of its page.
func (s *Server) cohortOf(c echo.Context, who visitor, title string) (reads.Cohort, Page, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return reads.Cohort{}, Page{}, err
	}
	cohort, err := s.Cohorts.Cohort(ctx, who.actor, who.clinic, id)
	if err != nil {
		return reads.Cohort{}, Page{}, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", title)
	return cohort, page, err
}

func (s *Server) rescheduleForm(c echo.Context, who visitor) error {
	v, cohort, err := s.reschedulePage(c, who)
	if err != nil {
		return err
	}
	v.At, v.TimeZone = cohort.Cohort.At.String(), cohort.Cohort.Zone
	for _, day := range cohort.Definition.DaysOfWeek(cohort.Cohort.Start, cohort.Cohort.Weekdays) {
		choose(v.Days, weekdayValue(day))
	}
	return s.render(c, http.StatusOK, v)
}

// reschedule previews another rhythm, or does it when it carries the preview's
// change number.
func (s *Server) reschedule(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, cohort, err := s.reschedulePage(c, who)
	if err != nil {
		return err
	}
	v.From, v.At, v.TimeZone, v.Accept = f.trimmed("from"), f.trimmed("at"), f.trimmed("zone"), f.ticked("accept_shift")
	choose(v.Days, f.all("days")...)
	clock := f.clock("at")
	asked := scheduler.Rescheduling{
		Cohort: cohort.Cohort.ID, From: f.date("from"), Weekdays: f.weekdays("days"), At: &clock, Zone: v.TimeZone, AcceptShift: v.Accept,
	}
	if err := f.err(); err != nil {
		return retry(v, err)
	}
	ctx := c.Request().Context()
	show := func() error {
		preview, err := s.Desk.PreviewReschedule(ctx, who.request(0), asked)
		return s.outlook(ctx, who, &v.outlook, cohort.Cohort.Zone, preview, err)
	}
	do := func() error { return s.Desk.Reschedule(ctx, who.request(f.changeNo()), asked) }
	return s.twoSteps(c, f, v, show, do, "/cohorts/"+v.Cohort.ID, "rescheduled")
}

// addedPage gives a cohort one session more in two steps.
type addedPage struct {
	Page
	Cohort    cohortHead
	PlaceZone string
	At, Time  string
	Minutes   string
	Kinds     []Choice
	Contents  []Choice
	Accept    bool
	outlook
}

func (s *Server) addedPage(c echo.Context, who visitor) (*addedPage, reads.Cohort, error) {
	cohort, page, err := s.cohortOf(c, who, "Add a session")
	if err != nil {
		return nil, cohort, err
	}
	v := &addedPage{
		Page: page, Cohort: cohortHead{string(cohort.Cohort.ID), cohort.Cohort.Name}, PlaceZone: zoneName(cohort.Cohort.Zone),
		Contents: []Choice{{Value: "", Label: "None: beside the series"}},
	}
	for _, kind := range scheduler.AddedKinds() {
		v.Kinds = append(v.Kinds, Choice{Value: string(kind), Label: string(kind)})
	}
	for _, p := range cohort.Definition.Positions() {
		v.Contents = append(v.Contents, Choice{Value: p.ID, Label: p.Title})
	}
	return v, cohort, nil
}

func (s *Server) addedForm(c echo.Context, who visitor) error {
	v, cohort, err := s.addedPage(c, who)
	if err != nil {
		return err
	}
	v.Time = cohort.Cohort.At.String()
	if minutes := cohort.Definition.Minutes(); minutes > 0 {
		v.Minutes = strconv.Itoa(minutes)
	}
	choose(v.Kinds, string(protocols.KindGroup))
	choose(v.Contents, "")
	return s.render(c, http.StatusOK, v)
}

// added previews one session more, or adds it when it carries the preview's
// change number.
func (s *Server) added(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, cohort, err := s.addedPage(c, who)
	if err != nil {
		return err
	}
	v.At, v.Time, v.Minutes, v.Accept = f.trimmed("at"), f.trimmed("at_time"), f.trimmed("minutes"), f.ticked("accept_shift")
	choose(v.Kinds, f.trimmed("kind"))
	choose(v.Contents, f.trimmed("position"))
	asked := scheduler.Adding{
		Cohort: cohort.Cohort.ID, At: f.wall("at", "at_time"), Kind: protocols.Kind(f.trimmed("kind")), Position: f.trimmed("position"), AcceptShift: v.Accept,
	}
	asked.Minutes, _ = f.number("minutes")
	if err := f.err(); err != nil {
		return retry(v, err)
	}
	ctx := c.Request().Context()
	show := func() error {
		preview, err := s.Desk.PreviewAddSession(ctx, who.request(0), asked)
		return s.outlook(ctx, who, &v.outlook, cohort.Cohort.Zone, preview, err)
	}
	do := func() error { return s.Desk.AddSession(ctx, who.request(f.changeNo()), asked) }
	return s.twoSteps(c, f, v, show, do, "/cohorts/"+v.Cohort.ID, "added")
}
