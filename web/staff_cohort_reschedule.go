package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// cohortHead is the heading of a page about one cohort.
type cohortHead struct{ ID, Name string }

// loadCohortHead reads the cohort in the address and the common parts of its page.
func (s *Server) loadCohortHead(c echo.Context, who visitor, title string) (reads.CohortHead, Page, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return reads.CohortHead{}, Page{}, err
	}
	cohort, err := s.Heads.CohortHead(ctx, who.actor, who.clinic, id)
	if err != nil {
		return reads.CohortHead{}, Page{}, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", title)
	return cohort, page, err
}

// cohortReschedulePage changes the days, time or zone of a cohort.
type cohortReschedulePage struct {
	Page
	Cohort    cohortHead
	From, At  string
	TimeZone  string
	Days      []Choice
	ZoneNames []string
	changePreview
}

func (s *Server) cohortReschedulePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Change day or time")
	if err != nil {
		return nil, err
	}
	v := &cohortReschedulePage{Page: page, Cohort: cohortHead{string(cohort.Cohort.ID), cohort.Cohort.Name},
		ZoneNames: s.Zones.Names()}
	for _, w := range weekdayNames {
		v.Days = append(v.Days, Choice{Value: w.value, Label: w.label})
	}
	if f == nil {
		v.At, v.TimeZone = cohort.Cohort.At.String(), cohort.Cohort.Zone
		for _, day := range cohort.Definition.DaysOfWeek(cohort.Cohort.Start, cohort.Cohort.Weekdays) {
			choose(v.Days, weekdayValue(day))
		}
		return v, nil
	}
	v.From, v.At, v.TimeZone = f.trimmed("from"), f.trimmed("at"), f.trimmed("zone")
	choose(v.Days, f.all("days")...)
	return v, nil
}

func cohortRescheduleProposal(c echo.Context, f *form) desk.Proposal {
	clock := f.clock("at")
	return desk.Reschedule(scheduler.RescheduleRequest{
		Cohort: scheduler.ID(c.Param("id")), From: f.date("from"), Weekdays: f.weekdays("days"), At: &clock,
		Zone: f.trimmed("zone"), AcceptShift: f.ticked("accept_shift"), Far: f.ticked("far"),
		Reason: f.trimmed("reason"),
	})
}

// sessionAddPage adds a session to a cohort.
type sessionAddPage struct {
	Page
	Cohort    cohortHead
	PlaceZone string
	At, Time  string
	Minutes   string
	Kinds     []Choice
	Contents  []Choice
	changePreview
}

func (s *Server) sessionAddPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Add a session")
	if err != nil {
		return nil, err
	}
	v := &sessionAddPage{
		Page: page, Cohort: cohortHead{string(cohort.Cohort.ID), cohort.Cohort.Name},
		PlaceZone: zoneName(cohort.Cohort.Zone),
		Contents:  []Choice{{Value: "", Label: "None: extra session outside the series"}},
	}
	for _, kind := range scheduler.AddedKinds() {
		v.Kinds = append(v.Kinds, Choice{Value: string(kind), Label: string(kind)})
	}
	for _, p := range cohort.Definition.Positions() {
		v.Contents = append(v.Contents, Choice{Value: p.ID, Label: p.Title})
	}
	if f == nil {
		v.Time = cohort.Cohort.At.String()
		if minutes := cohort.Definition.Minutes(); minutes > 0 {
			v.Minutes = strconv.Itoa(minutes)
		}
		choose(v.Kinds, string(protocols.KindGroup))
		choose(v.Contents, "")
		return v, nil
	}
	v.At, v.Time, v.Minutes = f.trimmed("at"), f.trimmed("at_time"), f.trimmed("minutes")
	choose(v.Kinds, f.trimmed("kind"))
	choose(v.Contents, f.trimmed("position"))
	return v, nil
}

func sessionAddProposal(c echo.Context, f *form) desk.Proposal {
	asked := scheduler.AddRequest{
		Cohort: scheduler.ID(c.Param("id")), At: f.wall("at", "at_time"), Kind: protocols.Kind(f.trimmed("kind")),
		Position:    f.trimmed("position"),
		AcceptShift: f.ticked("accept_shift"), Far: f.ticked("far"), Reason: f.trimmed("reason"),
	}
	asked.Minutes, _ = f.number("minutes")
	return desk.AddSession(asked)
}
