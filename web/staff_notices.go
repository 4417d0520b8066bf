package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// ledgerPage shows the history of notices: what was planned for whom, and its outcome.
type ledgerPage struct {
	Page
	Days                  []ledgerDay
	Name, Day             Input
	Show                  Input
	Groups                []noticeGroup
	MayTry, MayExport     bool
	Searched              bool
	InPart                bool   // a part of the list: groups may go on, on another page
	Next                  string // address of the next page; empty: none
	NothingMissed, Missed string // for the days shown; one of them is empty
}

// ledgerDay is one day in numbers.
type ledgerDay struct {
	Date                   When
	Sent, Dropped, Waiting int
	Missed                 int
	Late                   string // p50, p99 and the longest; empty when nothing was sent
	Says                   string
	Strip                  lateStrip
}

// noticeLine is one notice for staff.
type noticeLine struct {
	ID, What, Cohort         string
	Person, Enrollment, Name string // Person is empty for staff
	Session, Due, Sent       When
	State                    scheduler.NoticeState
	StateName, Reason        string
	Attempts                 string
	Late                     string
	MayTry                   bool
	Place                    string // in the list, as the query of an address
}

// Limits of the page. The rows of a session are one line on it.
const (
	ledgerDays = 7
	ledgerRows = 40
)

// noticeKinds, noticeStates and noticeReasons are the labels of the history.
var (
	noticeKinds = map[scheduler.NoticeKind]string{
		scheduler.Welcome: "Welcome", scheduler.Calendar: "Invite or change", scheduler.Reminder: "Reminder",
		scheduler.Confirm: "Question about an answer", scheduler.OfferNotice: "Offer",
		scheduler.OnWaitlist: "Place on the waitlist", scheduler.StaffMessage: "Message from staff",
		scheduler.Changes: "Changed dates", scheduler.OptIn: "Question whether texts may come",
		scheduler.AddressCode: "Code to a new address", scheduler.AddressChanged: "Warning: another address",
		scheduler.AssignedOne: "To staff: a session", scheduler.AssignedDates: "To staff: several sessions",
	}
	noticeStates = map[scheduler.NoticeState]string{
		scheduler.NoticePlanned: "waiting", scheduler.NoticeSent: "sent", scheduler.NoticeDelivered: "delivered",
		scheduler.NoticeDropped: "not needed", scheduler.NoticeExpired: "too late", scheduler.NoticeFailed: "given up",
	}
	noticeReasons = map[string]string{
		gate.ReasonNoConsent:  "There is no consent to write to this person on this channel.",
		gate.ReasonNothingNew: "The person already knew this.",
		gate.ReasonLate:       "Its deadline passed before it could be sent.",
		gate.ReasonSuperseded: "A newer message covers it.",
		gate.ReasonAnswered:   "The person has answered in the meantime.",
		gate.ReasonRestored: "It was due between a backup and its restore, and may have been sent. It waits for " +
			"your decision.",
		gate.ReasonErased: "The person was erased.",
		gate.ReasonLetGo:  "It was due between a backup and its restore, and was let go.",
		gate.ReasonMuted:  "The person wants no reminders on this channel.",
		gate.ReasonLead:   "The person chose other reminders.",
		gate.ReasonHours: "The person wants no messages at that hour, and it was too late to send it " +
			"earlier.",
		gate.ReasonWeek:                "The person has already had as many reminders as they want this week.",
		gate.ReasonSettings:            "The person's settings changed.",
		gate.ReasonTexts:               "The person has had as many texts as may come in a day or a week.",
		"not delivered":                "The phone did not get it. It goes by another channel, or see the tasks.",
		"not enrolled":                 "The person is no longer enrolled.",
		"not offered any more":         "The offer was answered, or it has expired.",
		"cancelled":                    "The session was cancelled.",
		"moved":                        "The session has a new time.",
		"just welcomed":                "The welcome message had just said it.",
		"refused":                      "The mail server or the gateway refused it.",
		"sent back":                    "It bounced. See the tasks.",
		"three attempts and no answer": "Three attempts ended without an answer.",
		"sealed data does not open":    "The person's data cannot be read with the secret key.",
		"nothing to tell about":        "What it was about no longer exists.",
	}
	shownStates = map[string][]scheduler.NoticeState{
		"wrong":   {scheduler.NoticeExpired, scheduler.NoticeFailed},
		"waiting": {scheduler.NoticePlanned},
		"sent":    {scheduler.NoticeSent, scheduler.NoticeDelivered},
	}
)

func (s *Server) noticeList(c echo.Context, who visitor) error {
	v, err := s.ledgerPage(c, who, c.QueryParams())
	switch {
	case v == nil:
		return err
	case err != nil:
		return rejectForm(v, atFields(err, &v.Name, &v.Day))
	}
	return s.render(c, http.StatusOK, v)
}

// rejectLedger shows the list again, with what was searched for and an error.
func (s *Server) rejectLedger(c echo.Context, who visitor, params url.Values, err error) error {
	v, wrong := s.ledgerPage(c, who, params)
	if v == nil {
		return wrong
	}
	return rejectForm(v, atFields(err, &v.Name, &v.Day))
}

// ledgerPage builds the page. With an error in what was searched for it returns the page, too.
func (s *Server) ledgerPage(c echo.Context, who visitor, params url.Values) (*ledgerPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "notices", "Notices")
	if err != nil {
		return nil, err
	}
	v := &ledgerPage{Page: page, MayTry: who.may(access.TaskDone), MayExport: who.may(access.PersonExport)}
	v.fields(params)
	query, err := v.search(params)
	if err != nil {
		return v, err
	}
	days, err := s.Ledger.LedgerDays(ctx, who.actor, who.clinic, ledgerDays)
	if err != nil {
		return nil, err
	}
	s.fillDays(v, days)
	found, err := s.Ledger.Ledger(ctx, who.actor, who.clinic, query)
	if fault.Is(err, fault.Invalid) {
		return v, err
	}
	if err != nil {
		return nil, err
	}
	found = wholeGroups(found)
	people := make([]listed, len(found.Rows))
	for i := range found.Rows {
		people[i] = listed{found.Rows[i].Person, &found.Rows[i].Name}
	}
	if err := s.tellListedApart(ctx, who, people); err != nil {
		return nil, err
	}
	v.Groups = s.groupNotices(found.Rows, page.Zone)
	v.InPart = found.Next.ID != "" || query.After.ID != ""
	place := ledgerPlace(params)
	for _, group := range v.Groups {
		for i := range group.Rows {
			group.Rows[i].Place = addressWith("", place)
		}
	}
	if found.Next.ID != "" {
		more := maps.Clone(place)
		more.Set("after", found.Next.String())
		v.Next = addressWith("/notices", more)
	}
	return v, nil
}

// ledgerPlace returns which part of the list an address names: what is searched for, and the page.
func ledgerPlace(params url.Values) url.Values {
	place := url.Values{}
	for _, name := range []string{"name", "day", "show", "after"} {
		if value := params.Get(name); value != "" {
			place.Set(name, value)
		}
	}
	return place
}

// fields fills in what was searched for.
func (v *ledgerPage) fields(params url.Values) {
	v.Name = v.Field("name", "Person", "search", shownSearch(params.Get("name")), "Part of the name is enough")
	v.Day = v.Field("day", "Day of the session", "date", params.Get("day"), "")
	v.Show = v.Select("show", "Show", choose([]Choice{
		{Value: "", Label: "Everything"}, {Value: "wrong", Label: "Failed"}, {Value: "waiting", Label: "Waiting"},
		{Value: "sent", Label: "Sent"},
	}, params.Get("show")), "")
}

// search reads the search fields. It fails with Invalid.
func (v *ledgerPage) search(params url.Values) (q reads.LedgerQuery, err error) {
	q.Name, q.State = strings.TrimSpace(params.Get("name")), shownStates[params.Get("show")]
	q.Limit = ledgerRows
	v.Searched = q.Name != "" || params.Get("day") != "" || len(q.State) > 0
	if len(q.Name) > 4*scheduler.MaxText {
		return q, fault.In("name", "This is too long for a name. Shorten it.")
	}
	if day := params.Get("day"); day != "" {
		if q.Day, err = civil.ParseDate(day); err != nil {
			return q, fault.In("day", "This is not a valid date. Write it like 2026-03-03, or leave it empty.")
		}
	}
	q.After, err = readCursor(params.Get("after"))
	return q, err
}

// fillDays fills in the days, latest first.
func (s *Server) fillDays(v *ledgerPage, days []reads.LedgerDay) {
	missed := 0
	for i := len(days) - 1; i >= 0; i-- {
		d := days[i]
		missed += d.Missed
		line := ledgerDay{
			Date: wordsFor("en").wall(civil.WallTime{Date: d.Date}), Sent: d.Sent, Dropped: d.Dropped,
			Waiting: d.Waiting, Missed: d.Missed,
			Says: "Nothing was missed.", Strip: stripOf(d),
		}
		line.Date.Machine = d.Date.String()
		if d.Missed > 0 {
			line.Says = count(d.Missed, "message was missed.", "messages were missed.")
		}
		if d.Sent > 0 {
			line.Late = fmt.Sprintf("half within %s, 99%% within %s, all within %s", lateness(d.P50), lateness(d.P99),
				lateness(d.Max))
		}
		v.Days = append(v.Days, line)
	}
	if missed == 0 {
		v.NothingMissed = "Nothing was missed in the last seven days."
		return
	}
	v.Missed = count(missed, "message was missed", "messages were missed") +
		" in the last seven days. Each one is a task. Choose Failed to see them."
}

// lateness formats a short duration, rounded up.
func lateness(d time.Duration) string {
	switch {
	case d <= time.Second:
		return "1 s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", (d+time.Second-1)/time.Second)
	default:
		return span(int((d + time.Minute - 1) / time.Minute))
	}
}

func (s *Server) noticeLine(r reads.LedgerRow, zone string) noticeLine {
	line := noticeLine{
		ID: string(r.ID), What: noticeKinds[r.Kind], Cohort: r.CohortName,
		Person: string(r.Person), Enrollment: string(r.Enrollment), Name: r.Name,
		Due: s.staffWhen(r.Due, time.Time{}, zone), State: r.State, StateName: noticeFate(r),
		Reason: r.Reason,
		MayTry: r.MayTry,
	}
	if words := noticeReasons[r.Reason]; words != "" {
		line.Reason = words
	}
	if r.Channel != scheduler.Email {
		line.What += ", " + strings.ToLower(channelNames[r.Channel])
	}
	if r.Moment.Zone != "" {
		line.Session = s.staffWhen(r.Moment.Start, time.Time{}, r.Moment.Zone)
	}
	if r.Attempts > 1 {
		line.Attempts = count(r.Attempts, "attempt", "attempts")
	}
	if r.State.HandedOver() {
		line.Sent, line.Late = s.staffWhen(r.Done, time.Time{}, zone), lateness(r.Late())+" after it was due"
		if r.TooLate {
			line.Reason = "It was handed over after the session had started."
		}
	}
	return line
}

// noticeRetry retries a failed notice.
func (s *Server) noticeRetry(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.Ledger.TryAgain(c.Request().Context(), who.actor, who.clinic, id, reads.Do); err != nil {
		return s.rejectLedger(c, who, c.QueryParams(), err)
	}
	return s.redirect(c, who.token, addressWith("/notices", ledgerPlace(c.QueryParams())), "again")
}
