package web

import (
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// reopenPage reopens closed days of the clinic.
type reopenPage struct {
	Page
	First, Last string
	Days        string // the range in words
	Closed      []closedLine
	Around      []aroundLine
	changePreview
}

// closedLine is a range of upcoming closed days.
type closedLine struct{ First, Last, Days string }

// aroundLine is a cohort that was scheduled around closed days.
type aroundLine struct{ ID, Name, Dates string }

func (s *Server) reopenPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Reopen days")
	if err != nil {
		return nil, err
	}
	v := &reopenPage{Page: page, First: c.QueryParam("days"), Last: c.QueryParam("until")}
	if f != nil {
		v.First, v.Last = f.trimmed("days"), f.trimmed("until")
		v.Days = rangeInWords(reopenedDays(&form{values: f.values}))
	}
	book, err := s.Cohorts.Look(ctx,
		desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.CohortChange}, desk.Load{})
	if err != nil {
		return nil, err
	}
	today := civil.WallOf(s.Now(), s.location(page.Zone)).Date
	for _, days := range book.Clinic.Closed {
		if !days.To.Before(today) {
			v.Closed = append(v.Closed, closedLine{days.From.String(), days.To.String(), rangeInWords(days)})
		}
	}
	return v, nil
}

func rangeInWords(days civil.DateRange) string {
	text := wordsFor("en").date(days.From)
	if days.To != days.From {
		text += " to " + wordsFor("en").date(days.To)
	}
	return text
}

// reopenedDays reads the first and the optional last day to reopen.
func reopenedDays(f *form) (days civil.DateRange) {
	days.From, days.To = f.date("days"), f.date("until")
	if f.trimmed("days") == "" {
		f.fail("days", "Choose the first day to reopen.")
	}
	if days.To.IsZero() {
		days.To = days.From
	}
	return days
}

func reopenProposal(_ echo.Context, f *form) desk.Proposal {
	return desk.OpenDays(reopenedDays(f))
}

// preview lists the cohorts that were scheduled around the days. No session moves back by itself.
func (v *reopenPage) preview(_ *Server, _ map[scheduler.ID]string, p scheduler.Preview) {
	for _, c := range p.Cohorts {
		dates := make([]string, len(c.WentRound))
		for i, date := range c.WentRound {
			dates[i] = wordsFor("en").date(date)
		}
		v.Around = append(v.Around, aroundLine{string(c.Cohort), c.Name, strings.Join(dates, ", ")})
	}
}
