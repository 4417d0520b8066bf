package web

import (
	"cmp"
	"context"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// taskPage lists tasks for staff.
type taskPage struct {
	Page
	Calls     []callCard
	Others    []taskLine // tasks that are no call
	Counts    string     // in words; empty: no tasks
	MayFinish bool
	MayExport bool
	Behind    bool // a page behind the first one
	Pager     pager
}

// callCard is all that one person is to be told.
type callCard struct {
	ID, Person, Name string // ID: its first task
	Place            string // in the list, as the query of an address
	Phone            string
	Dial             template.URL
	Things           []taskLine
	Due              When
	Late             bool
	Tried            string // in words; empty: not tried yet
	Version          string
	Date, Time       string // of the next try, in the clinic's zone, as proposed or typed
	Zone             string
	Problem          string // of the next try
	MayFinish        bool
	Safe             safeCall
}

// taskRows is the number of calls and other tasks per page.
const taskRows = 20

// taskLine is one task.
type taskLine struct {
	ID, Do, Name, Why string
	Person            string // empty: it is about no person
	Phone             string
	Note              string // from an email, in its sender's words; or what was typed in
	NoteFrom          string
	Dates             []string     // what to tell, if several dates
	Dial              template.URL // empty: not a number to dial
	Enrollment        string
	Where             string // the page to do it on; empty: none
	Cohort, CohortID  string
	Session           When
	Due               When
	Late              bool
	Place             string // in the list, as the query of an address
	Say               saying
}

// taskTexts say what to do, by the kind and subject of a task.
var taskTexts = map[string]string{
	"call stopped":     "Call about changes: texts were stopped",
	"look texted":      "Read a text that came in",
	"letter welcome":   "Hand over a letter with all dates",
	"call welcome":     "Tell them all their dates",
	"call added":       "Tell them the new date",
	"letter added":     "Hand over a letter with the new date",
	"call moved":       "Tell them the new time",
	"letter moved":     "Hand over a letter with the new time",
	"call cancelled":   "Tell them that this date is cancelled",
	"letter cancelled": "Hand over a letter: this date is cancelled",
	"call left":        "Tell them that this date is no longer theirs, because they have left",
	"call off":         "Tell them that this date is no longer theirs",
	"call changes":     "Tell them which dates have changed",
	"call message":     "Tell them what your group was told",
	"call reminder":    "Remind them of this date",
	"call offer":       "A seat is kept for them: ask whether they want it",
	"letter offer":     "A seat is kept for them: ask whether they want it",
	"call assignment":  "Tell the facilitator that this session is now theirs, is no longer theirs, or has changed",
	"mail no-leader":   "The facilitator declined this session: assign someone else",
	"call outreach": "Call to ask how they are. They could not come twice in a row, or once in their first two " +
		"weeks",
	"call address": "They ask for another email address or number, and cannot be told at the old one. Call, make " +
		"sure that it is them, and edit the person",
	"call address-stopped": "They said that another email address or number was not their wish. The old one stands " +
		"again: call and ask what happened",
	"call waiting":      "Tell them that they are on the waitlist",
	"look shift":        "A date was left out because the clocks change: choose another time, or leave it out",
	"look role":         "A role in the protocol is not filled yet: assign someone",
	"look window":       "No day was found for an appointment within its window: choose one",
	"look absence":      "A limit on absences was reached: get in touch",
	"look hold-ended":   "A hold has ended by itself: ask how they are doing",
	"look declines":     "Several offers were declined: ask what would work for them",
	"look silence":      "Several offers went unanswered, so no more are made: ask whether they still want a seat",
	"look waitlist":     "People are waiting for a cohort that no longer takes anyone new: move them to the next one",
	"look reassess":     "Someone is coming back: assess them again",
	"look phase-full":   "The next phase has no free seat: find a solution",
	"look attendance":   "Take attendance for this session",
	"look video-host":   "The video meeting of this session cannot be reached: have it checked, or give another way in",
	"look small":        "Fewer people than the protocol asks for: decide whether to meet",
	"notice unsent":     "A message could not be sent: tell them yourself",
	"notice sent-back":  "A message bounced: ask for the right address and tell them yourself",
	"mail answer":       "An answer came, but we cannot tell who sent it: ask whether they are coming",
	"mail comment":      "Read what they wrote with their answer",
	"mail unclear":      "An answer is unclear: ask what they mean",
	"mail gone":         "They accepted a date that no longer takes place: make sure they know",
	"mail complaint":    "A message was reported as unwanted: ask whether they still want mail",
	"mail other-time":   "They ask for another time: get in touch",
	"mail other-person": "Someone else is supposed to come instead: get in touch",
	"mail written":      "Someone wrote: read it in the mailbox",
	"mail unreadable":   "An email could not be read: look in the mailbox",
	"mail strays":       "Many answers came in about appointments that do not exist: look in the mailbox",
}

// taskReasons say why it needs a person.
var taskReasons = map[scheduler.TaskKind]string{
	scheduler.CallTask:   "We have no consent to write to this person.",
	scheduler.LetterTask: "We have no consent to write to this person.",
	scheduler.NoticeTask: "The mail server refused it, or it was too late.",
	scheduler.MailTask:   "Only a person can judge what someone wrote.",
	scheduler.LookTask:   "Only a person can decide this.",
}

func (s *Server) taskList(c echo.Context, who visitor) error {
	v, err := s.taskPage(c, who)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) taskPage(c echo.Context, who visitor) (*taskPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "tasks", "Tasks")
	if err != nil {
		return nil, err
	}
	query, err := taskQuery(c.QueryParams())
	if err != nil {
		return nil, err
	}
	found, err := s.Tasks.TaskPage(ctx, who.actor, who.clinic, query)
	if err != nil {
		return nil, err
	}
	var people []listed
	for _, call := range found.Calls {
		for i := range call.Tasks {
			people = append(people, listed{call.Tasks[i].Person, &call.Tasks[i].Name})
		}
	}
	if err := s.tellListedApart(ctx, who, people); err != nil {
		return nil, err
	}
	v := &taskPage{Page: page, MayFinish: who.may(access.TaskDone), MayExport: who.may(access.PersonExport),
		Counts: countsText(found.Counts)}
	place := taskPlace(c.QueryParams())
	v.Behind = len(place) > 0
	v.Pager.Earlier, v.Pager.Next = taskPageLink("before", found.Earlier), taskPageLink("after", found.Next)
	for _, call := range found.Calls {
		if call.Person != "" {
			v.Calls = append(v.Calls, s.callCard(call, page.Zone, v.MayFinish))
			continue
		}
		v.Others = append(v.Others, s.taskLine(call.Tasks[0], page.Zone))
	}
	v.keepPlace(place)
	return v, nil
}

// keepPlace has the forms of the page lead back to this place in the list.
func (v *taskPage) keepPlace(place url.Values) {
	for i := range v.Calls {
		card, at := &v.Calls[i], maps.Clone(place)
		if i+1 < len(v.Calls) {
			at.Set("next", v.Calls[i+1].ID)
		}
		card.Place = addressWith("", at)
		for j := range card.Things {
			at.Set("next", card.ID)
			card.Things[j].Place = addressWith("", at)
		}
	}
	for i := range v.Others {
		v.Others[i].Place = addressWith("", place)
	}
}

// taskPlace returns which page of the tasks an address names.
func taskPlace(params url.Values) url.Values {
	place := url.Values{}
	for _, name := range []string{"after", "before"} {
		if value := params.Get(name); value != "" {
			place.Set(name, value)
		}
	}
	return place
}

// taskReturn returns the address of the place in the list from which a form was sent.
func taskReturn(params url.Values) string {
	address := addressWith("/tasks", taskPlace(params))
	if next := params.Get("next"); scheduler.IsID(next) {
		address += "#c-" + next
	}
	return address
}

// addressWith returns an address with parameters, if there are any.
func addressWith(path string, params url.Values) string {
	if len(params) == 0 {
		return path
	}
	return path + "?" + params.Encode()
}

// callCard shows a call: everything to say, and when to try again.
func (s *Server) callCard(call reads.Call, zone string, mayFinish bool) callCard {
	now, first := s.Now(), call.Tasks[0]
	next := civil.WallOf(call.NextTry(now, s.location(call.Zone)), s.location(zone))
	card := callCard{
		ID: string(first.ID), Person: string(call.Person), Name: first.Name,
		Phone: first.Phone, Dial: dial(first.Phone),
		Due: s.staffWhen(first.Due, time.Time{}, zone), Late: first.Due.Before(now), Version: call.Version,
		Tried: s.triedText(first, zone), Date: next.Date.String(), Time: next.Clock.String(), Zone: zoneName(zone),
		MayFinish: mayFinish, Safe: s.safeCall(call),
	}
	for _, t := range call.Tasks {
		line := s.taskLine(t, zone)
		if line.Say = s.saying(t, call); len(line.Say.Lines) > 0 {
			line.Dates, line.Session = nil, When{}
		}
		card.Things = append(card.Things, line)
	}
	return card
}

// taskOutcome notes how the call that a task belongs to ended.
func (s *Server) taskOutcome(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.taskPage(c, who)
	if err != nil {
		return err
	}
	q := desk.CallChange{Outcome: scheduler.CallOutcome(f.trimmed("outcome")), Version: f.trimmed("version")}
	if q.Outcome != scheduler.CallReached {
		q.Again = civil.Resolve(f.wall("date", "time"), s.location(v.Zone)).Instant
	}
	if err = f.err(); err == nil {
		_, err = s.Desk.RecordCall(c.Request().Context(), who.request(0), s.Tasks, id, q)
	}
	switch {
	case err != nil:
		return v.rejectCall(f, id, q.Outcome, err)
	case q.Outcome == scheduler.CallReached:
		return s.redirect(c, who.token, taskReturn(c.QueryParams()), "told")
	}
	return s.redirect(c, who.token, taskReturn(c.QueryParams()), "tried")
}

// rejectCall shows the tasks again, with the problem at its call and what was typed.
func (v *taskPage) rejectCall(f *form, id scheduler.ID, outcome scheduler.CallOutcome, err error) error {
	for i := range v.Calls {
		card := &v.Calls[i]
		own := slices.ContainsFunc(card.Things, func(t taskLine) bool { return t.ID == string(id) })
		if own && outcome != scheduler.CallReached {
			card.Date, card.Time = f.trimmed("date"), f.trimmed("time")
			for _, problem := range fault.All(err) {
				card.Problem = problem.Message
			}
		}
	}
	for _, problem := range fault.All(err) {
		if problem.Field != "" {
			problem.Field = "again-" + string(id)
		}
	}
	return rejectForm(v, err)
}

// taskText says what to do.
func taskText(t scheduler.Task) string {
	return cmp.Or(taskTexts[string(t.Kind)+" "+t.About], "Get in touch")
}

func (s *Server) taskLine(t reads.Task, zone string) taskLine {
	line := taskLine{
		Dial: dial(t.Phone),
		ID:   string(t.ID), Do: taskText(t.Task), Name: t.Name, Phone: t.Phone, Why: taskReasons[t.Kind],
		NoteFrom: "From an email",
		Person:   string(t.Person), Enrollment: string(t.Enrollment), Note: strings.TrimSpace(t.Note),
		Cohort: t.CohortName, CohortID: string(t.Cohort),
		Due: s.staffWhen(t.Due, time.Time{}, zone), Late: t.Due.Before(s.Now()),
	}
	if t.About == scheduler.AboutMessage { // said as it is
		line.Note = ""
	}
	if t.About == scheduler.AboutChanges {
		line.Dates, line.Note = strings.Split(line.Note, "\n"), ""
	}
	switch {
	case strings.HasPrefix(t.Key, string(t.Kind)+":"+scheduler.UrgentKey("")):
		line.Why = "It starts soon, and a message may be read too late. This task completes itself once the message " +
			"has been handed over."
	case t.About == scheduler.AboutAttendance:
		line.Where, line.Why = "/sessions/"+string(t.Session.ID)+"/attendance", "Attendance has not been taken yet."
	case t.About == scheduler.AboutOutreach:
		line.Why = "Silence can mean that someone is not well. A friendly call helps them come back."
	case t.About == scheduler.AboutAddress || t.About == scheduler.AboutAddressStopped:
		line.NoteFrom, line.Why = "What was typed in on their page", "Somebody else may have their phone."
	case t.About == scheduler.AboutOffer && t.Kind == scheduler.CallTask:
		line.Why = "The seat is kept for a limited time, and nothing is sent to this person."
	}
	if t.Session.Zone != "" {
		line.Session = s.staffWhen(t.Session.Start, time.Time{}, t.Session.Zone)
	}
	return line
}

// taskDone completes a task. Repeating it has no effect.
func (s *Server) taskDone(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.Tasks.FinishTask(c.Request().Context(), who.actor, who.clinic, id); err != nil {
		return err
	}
	return s.redirect(c, who.token, taskReturn(c.QueryParams()), "done")
}

// taskQuery reads the requested page of the tasks. It fails with Invalid.
func taskQuery(params url.Values) (q reads.TaskQuery, err error) {
	q.Limit = taskRows
	if q.After, err = readCursor(params.Get("after")); err == nil {
		q.Before, err = readCursor(params.Get("before"))
	}
	return q, err
}

// taskPageLink returns the address of the tasks before or after a mark, "" if there are none.
func taskPageLink(name string, mark reads.Cursor) string {
	if mark.ID == "" {
		return ""
	}
	return "/tasks?" + url.Values{name: {mark.String()}}.Encode()
}

// countsText formats the number of tasks.
func countsText(c reads.TaskCounts) string {
	switch {
	case c.Open == 0:
		return ""
	case c.Late == 0:
		return strconv.Itoa(c.Open) + " to do"
	}
	return strconv.Itoa(c.Open) + " to do, " + strconv.Itoa(c.Late) + " of them overdue"
}

// countTasks counts the open tasks, none for visitors who may not see tasks.
func (s *Server) countTasks(ctx context.Context, who visitor) (reads.TaskCounts, error) {
	if !who.may(access.TaskView) {
		return reads.TaskCounts{}, nil
	}
	return s.Tasks.CountTasks(ctx, who.actor, who.clinic)
}

// dial returns the tel: address of a number in E.164, "" for anything else.
func dial(phone string) template.URL {
	digits, ok := strings.CutPrefix(phone, "+")
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return template.URL("tel:" + phone)
}
