package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// messageRows is the number of messages on a page.
const messageRows = 30

// messagesPage lists what staff wrote to groups and waitlists.
type messagesPage struct {
	Page
	Cohort, CohortName string // empty: of all cohorts
	Lines              []messageLine
	Next               string // address of the next page; empty: none
}

// messageLine is one message.
type messageLine struct {
	At                 When
	By                 string
	Cohort, CohortName string
	To, Text, Spanish  string
	TakenBack          bool
	People             string
	Fates              []string
	Failed             bool
}

// audienceNames are whom a message went to.
var audienceNames = map[scheduler.Audience]string{
	scheduler.ToGroup: "to the group", scheduler.ToWaitlist: "to the waitlist",
}

func (s *Server) messageList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Messages to groups")
	if err != nil {
		return err
	}
	v := &messagesPage{Page: page, Cohort: c.QueryParam("cohort")}
	q := reads.MessageQuery{Limit: messageRows}
	if v.Cohort != "" {
		if q.Cohort, err = idParam(v.Cohort); err != nil {
			return err
		}
		head, err := s.Heads.CohortHead(ctx, who.actor, who.clinic, q.Cohort)
		if err != nil {
			return err
		}
		v.CohortName = head.Cohort.Name
	}
	if q.After, err = readCursor(c.QueryParam("after")); err != nil {
		return err
	}
	found, err := s.Messages.Messages(ctx, who.actor, who.clinic, q)
	if err != nil {
		return err
	}
	for _, row := range found.Rows {
		v.Lines = append(v.Lines, messageLine{At: s.staffWhen(row.At, time.Time{}, page.Zone),
			By: actorInWords(reads.AuditRow{Actor: row.Actor, By: row.By}), Cohort: string(row.Cohort),
			CohortName: row.CohortName, To: audienceNames[row.To], Text: row.Text, Spanish: row.Spanish,
			TakenBack: row.TakenBack, People: count(row.Fates.People(), "person", "people"),
			Fates: fatesInWords(row.Fates), Failed: row.Fates.Failed > 0})
	}
	if found.Next.ID != "" {
		v.Next = addressWith("/messages", filtersOf("cohort", v.Cohort, "after", found.Next.String()))
	}
	return s.render(c, http.StatusOK, v)
}

// fatesInWords says what became of a message, person by person.
func fatesInWords(f reads.MessageFates) []string {
	var all []string
	for _, one := range []struct {
		n    int
		text string
	}{
		{f.OnTheWay, "on the way"}, {f.Sent, "sent"}, {f.Called, "told by call"}, {f.ToCall, "to be called"},
		{f.Failed, "failed"}, {f.Dropped, "not needed any more"},
	} {
		if one.n > 0 {
			all = append(all, grouped(one.n)+" "+one.text)
		}
	}
	return all
}
