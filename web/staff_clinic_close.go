package web

import (
	"context"
	"errors"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// effectLine is what a change does to one session.
type effectLine struct {
	Session       string
	Title, What   string
	Before, After When
}

// effectLines lists sessions that are added, cancelled or moved. It counts those that only get
// other content.
func (s *Server) effectLines(all []scheduler.Effect, zone string) (lines []effectLine, contents int) {
	for _, e := range all {
		line := effectLine{Session: string(e.Session), Title: e.Title}
		switch {
		case e.Before.Equal(e.After):
			contents++
			continue
		case !e.Before.Expected:
			line.What = "new date"
		case !e.After.Expected:
			line.What = "cancelled"
		default:
			line.What = "moved"
		}
		if e.Before.Expected {
			line.Before = s.staffWhen(e.Before.Start, e.Before.End, zone)
		}
		if e.After.Expected {
			line.After = s.staffWhen(e.After.Start, e.After.End, zone)
		}
		lines = append(lines, line)
	}
	return lines, contents
}

// conflictLines lists who is busy at the new times.
func (s *Server) conflictLines(ctx context.Context, who visitor, err error) ([]string, error) {
	var clashes scheduler.Clashes
	if !errors.As(err, &clashes) {
		return nil, nil
	}
	var people []scheduler.ID
	for _, clash := range clashes {
		if !clash.Facilitator {
			people = append(people, clash.Who)
		}
	}
	names := map[scheduler.ID]string{}
	if len(people) > 0 {
		if names, err = s.names(ctx, who, people); err != nil {
			return nil, err
		}
	}
	lines := make([]string, len(clashes))
	for i, clash := range clashes {
		name := names[clash.Who]
		if clash.Facilitator {
			name = "The facilitator"
		}
		when := wordsFor("en").wall(clash.Wall)
		lines[i] = name + ", " + when.Date + ", " + when.Time
	}
	return lines, nil
}

// closurePage closes days for all running cohorts.
type closurePage struct {
	Page
	First, Last string
	Days        string // the range in words
	Contents    []Choice
	Cohorts     []closureLine
	Untouched   int // number of cohorts without sessions on these days
	changePreview
}

// closureLine is what a closure does to one cohort.
type closureLine struct {
	ID, Name string
	Trouble  string // why it is not possible; the cohort stays as it is
	Effects  []effectLine
	Contents int // number of sessions that get other content
	Told     audience
}

func (s *Server) closurePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "cohorts", "Close days")
	if err != nil {
		return nil, err
	}
	v := &closurePage{Page: page, Contents: []Choice{
		{Value: "", Label: "Follow each protocol", Hint: "Each protocol has its own rule for closed days."},
		{Value: string(scheduler.Append), Label: "Add a date at the end",
			Hint: "The content shifts one session later, and each series becomes longer."},
		{Value: string(scheduler.Skip), Label: "Skip it", Hint: "The content of these sessions is skipped."},
	}}
	if f == nil {
		v.First, v.Last = c.QueryParam("days"), c.QueryParam("until")
		choose(v.Contents, "")
		return v, nil
	}
	v.First, v.Last = f.trimmed("days"), f.trimmed("until")
	choose(v.Contents, f.trimmed("content"))
	v.Days = rangeInWords(closedDays(&form{values: f.values}))
	return v, nil
}

// closedDays reads the first and the optional last closed day.
func closedDays(f *form) (days civil.DateRange) {
	days.From, days.To = f.date("days"), f.date("until")
	if f.trimmed("days") == "" {
		f.fail("days", "Choose the first closed day.")
	}
	if days.To.IsZero() {
		days.To = days.From
	}
	return days
}

// closureProposal excludes the cohorts in which the preview failed.
func closureProposal(_ echo.Context, f *form) desk.Proposal {
	asked := scheduler.CloseRequest{Days: closedDays(f), Content: scheduler.ContentAfter(f.trimmed("content")),
		AcceptShift: f.ticked("accept_shift")}
	for _, id := range f.all("without") {
		asked.Without = append(asked.Without, scheduler.ID(id))
	}
	return desk.Close(asked)
}

// preview shows the closure by cohort.
func (v *closurePage) preview(s *Server, names map[scheduler.ID]string, p scheduler.Preview) {
	for _, closure := range p.Cohorts {
		line := closureLine{ID: string(closure.Cohort), Name: closure.Name, Trouble: allSentences(closure.Trouble)}
		line.Effects, line.Contents = s.effectLines(closure.Sessions, closure.Zone)
		if line.Trouble == "" && len(line.Effects) == 0 {
			v.Untouched++
			continue
		}
		var told []scheduler.Announcement
		for _, t := range p.Told {
			if t.Cohort == closure.Cohort {
				told = append(told, t)
			}
		}
		line.Told = s.audienceOf(names, told)
		v.Cohorts = append(v.Cohorts, line)
	}
}

// allSentences joins the messages of an error, "" if there is none.
func allSentences(err error) string {
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, f.Message)
	}
	return strings.Join(all, " ")
}
