package web

import (
	"context"
	"net/http"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// apiTask is one thing for staff to do.
type apiTask struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind" enum:"call,letter,notice,mail,look"`
	About      string     `json:"about" example:"moved" doc:"What to tell or to decide."`
	Text       string     `json:"text" doc:"The same in words."`
	Cohort     string     `json:"cohort,omitempty"`
	Enrollment string     `json:"enrollment,omitempty"`
	Session    string     `json:"session,omitempty"`
	Due        time.Time  `json:"due" doc:"By when to do it; after a call without success, the next try."`
	Tries      int        `json:"tries" doc:"Calls that did not reach the person."`
	TriedAt    *time.Time `json:"tried_at" doc:"The last of them. Null before the first."`
	Tried      string     `json:"tried,omitempty" enum:"no-answer,left-word"`
}

// apiCall is everything to say to one person, or a single task that is not a call.
type apiCall struct {
	Person   string      `json:"person,omitempty" doc:"Omitted for a task that is no call."`
	Name     string      `json:"name,omitempty"`
	Phone    string      `json:"phone,omitempty" doc:"E.164."`
	Language string      `json:"language,omitempty" enum:"en,es"`
	Contact  *apiContact `json:"contact,omitempty" doc:"How they may be called. Omitted for a task that is no call."`
	Say      string      `json:"say,omitempty" doc:"What a machine may be told, in their language; empty: leave no word."`
	Version  string      `json:"version,omitempty" doc:"Changes with everything there is to say. Send it back with the outcome."`
	Tasks    []apiTask   `json:"tasks"`
}

type tasksOutput struct {
	Link string `header:"Link"`
	Body struct {
		Calls []apiCall `json:"calls" doc:"Most urgent first. Everything to say to one person is one call."`
		Open  int       `json:"open" doc:"Open tasks, on all pages."`
		Late  int       `json:"late" doc:"Those of them that are overdue."`
	} `nameHint:"Tasks"`
}

type outcomeInput struct {
	ID   string `path:"id" doc:"Any task of the call."`
	Body struct {
		DryRun
		Outcome string     `json:"outcome" enum:"reached,no-answer,left-word" doc:"Reached: all tasks of the call are done, and their dates count as told. Otherwise they stay open and come up again."`
		Again   *time.Time `json:"again,omitempty" doc:"The next try, unless the person was reached. Default: a day later, and sooner when the first date is near."`
		Version string     `json:"version,omitempty" doc:"Of the call, as it was read. Another one answers 409."`
	} `nameHint:"OutcomeBody"`
}

type outcomeOutput struct {
	Body struct {
		Tasks []scheduler.ID `json:"tasks" doc:"The tasks that are done or come up again. With dry_run: those that would."`
		Dates int            `json:"dates" doc:"How many dates count as told by this."`
		Again *time.Time     `json:"again" doc:"The next try. Null when they were reached."`
	} `nameHint:"Outcome"`
}

// registerTasks registers the operations on tasks.
func (s *Server) registerTasks() {
	operation(s, program(access.TaskView), describe(http.MethodGet, "/tasks", "list-tasks", "Tasks",
		"What staff have to do, by person."), s.apiTasks)
	operation(s, program(access.TaskDone), describe(http.MethodPost, "/tasks/{id}/outcome", "record-call", "Tasks",
		"Note how a call ended, or with reached that another task is done."), s.apiTaskOutcome)
}

func (s *Server) apiTasks(ctx context.Context, who visitor, in *struct{ Paging }) (*tasksOutput, error) {
	q := reads.TaskQuery{Limit: in.Limit}
	var err error
	if q.After, err = in.cursor(); err != nil {
		return nil, err
	}
	found, err := s.Tasks.TaskPage(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	out := &tasksOutput{Link: s.nextByCursor("/tasks", nil, in.Limit, found.Next)}
	out.Body.Calls, out.Body.Open, out.Body.Late = []apiCall{}, found.Counts.Open, found.Counts.Late
	for _, c := range found.Calls {
		out.Body.Calls = append(out.Body.Calls, apiCallOf(c))
	}
	return out, nil
}

func apiCallOf(c reads.Call) apiCall {
	call := apiCall{Person: string(c.Person), Language: c.Language, Version: c.Version, Tasks: []apiTask{}}
	if c.Person != "" {
		call.Name, call.Phone = c.Tasks[0].Name, c.Tasks[0].Phone
		contact := apiContactOf(c.Contact)
		if call.Contact = &contact; c.Contact.LeaveWord {
			call.Say, _ = voicemail(c.Contact, c.Clinic, c.Language)
		}
	}
	for _, t := range c.Tasks {
		call.Tasks = append(call.Tasks, apiTask{ID: string(t.ID), Kind: string(t.Kind), About: t.About,
			Text: taskText(t.Task), Cohort: string(t.Cohort), Enrollment: string(t.Enrollment),
			Session: string(t.Task.Session), Due: t.Due, Tries: t.Tries, TriedAt: instantOrNull(t.TriedAt),
			Tried: string(t.Tried)})
	}
	return call
}

func (s *Server) apiTaskOutcome(ctx context.Context, who visitor, in *outcomeInput) (*outcomeOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	q := desk.CallChange{Outcome: scheduler.CallOutcome(in.Body.Outcome), Version: in.Body.Version,
		DryRun: in.Body.DryRun.DryRun}
	if in.Body.Again != nil {
		q.Again = in.Body.Again.UTC()
	}
	done, err := s.Desk.RecordCall(ctx, who.request(0), s.Tasks, id, q)
	if err != nil {
		return nil, err
	}
	out := &outcomeOutput{}
	out.Body.Tasks, out.Body.Dates, out.Body.Again = done.Tasks, done.Dates, instantOrNull(done.Again)
	if done.Tasks == nil {
		out.Body.Tasks = []scheduler.ID{}
	}
	return out, nil
}
