package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Notice is a message with its fate. It holds no name, no address and no text.
type Notice struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind" example:"reminder"`
	Channel     string     `json:"channel" enum:"email,sms,voice"`
	State       string     `json:"state" enum:"planned,sent,delivered,dropped,expired,failed"`
	Reason      string     `json:"reason,omitempty" doc:"Why it was dropped or failed."`
	Enrollment  string     `json:"enrollment,omitempty" doc:"Omitted for a message to staff."`
	Staff       string     `json:"staff,omitempty" doc:"The recipient, for a message to staff."`
	Session     string     `json:"session,omitempty" doc:"What it is about. Omitted for a welcome, for example."`
	Due         time.Time  `json:"due"`
	NotAfter    time.Time  `json:"not_after" doc:"It is never sent at or after this instant."`
	Attempts    int        `json:"attempts"`
	Done        *time.Time `json:"done" doc:"When it was sent, dropped or given up. Null while it is planned."`
	LateSeconds int        `json:"late_seconds" doc:"How long after it was due it was sent."`
	TooLate     bool       `json:"too_late" doc:"It was sent although its session had started."`
	MayRetry    bool       `json:"may_retry" doc:"It failed, and there is time to try again."`
}

type noticesInput struct {
	Person     string     `query:"person" doc:"Only messages to this person."`
	Enrollment string     `query:"enrollment" doc:"Only messages about this enrollment."`
	Session    string     `query:"session" doc:"Only messages about this session."`
	Day        civil.Date `query:"day" format:"date" doc:"Only messages about sessions of this local day."`
	State      []string   `query:"state" enum:"planned,sent,delivered,dropped,expired,failed" doc:"Only these states. expired includes messages that were sent too late."`
	Paging
}

type noticesOutput struct {
	Link string `header:"Link"`
	Body struct {
		Notices []Notice `json:"notices" doc:"The latest due first."`
	} `nameHint:"Notices"`
}

type noticeRetryInput struct {
	ID   string `path:"id"`
	Body *dryRunBody
}

// registerNotices registers the operations on messages.
func (s *Server) registerNotices() {
	operation(s, program(access.TaskView), describe(http.MethodGet, "/notices", "list-notices", "Notices",
		"Messages to participants and staff, planned and past, with what became of each."), s.apiNotices)
	operation(s, program(access.TaskDone), describe(http.MethodPost, "/notices/{id}/retry", "retry-notice", "Notices",
		"Try a message that failed once more. 409 if it has not failed, or if it is too late."), s.apiNoticeRetry)
}

func (s *Server) apiNotices(ctx context.Context, who visitor, in *noticesInput) (*noticesOutput, error) {
	q := reads.LedgerQuery{Person: scheduler.ID(in.Person), Enrollment: scheduler.ID(in.Enrollment),
		Session: scheduler.ID(in.Session), Day: in.Day, Limit: in.Limit}
	filters := filtersOf("person", in.Person, "enrollment", in.Enrollment, "session", in.Session)
	if !in.Day.IsZero() {
		filters.Set("day", in.Day.String())
	}
	for _, state := range in.State {
		q.State = append(q.State, scheduler.NoticeState(state))
		filters.Add("state", state)
	}
	var err error
	if q.After, err = in.cursor(); err != nil {
		return nil, err
	}
	found, err := s.Ledger.Ledger(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	out := &noticesOutput{Link: s.nextByCursor("/notices", filters, in.Limit, found.Next)}
	out.Body.Notices = make([]Notice, len(found.Rows))
	for i, r := range found.Rows {
		out.Body.Notices[i] = NoticeOf(r)
	}
	return out, nil
}

// filtersOf makes query parameters of names and values. Empty values are left out.
func filtersOf(pairs ...string) url.Values {
	filters := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			filters.Set(pair[0], pair[1])
		}
	}
	return filters
}

// NoticeOf converts a row of the ledger.
func NoticeOf(r reads.LedgerRow) Notice {
	return Notice{ID: string(r.ID), Kind: string(r.Kind), Channel: string(r.Channel), State: string(r.State),
		Reason: r.Reason, Enrollment: string(r.Enrollment), Staff: string(r.Staff), Session: string(r.Session),
		Due: r.Due, NotAfter: r.NotAfter, Attempts: r.Attempts, Done: instantOrNull(r.Done),
		LateSeconds: int(r.Late() / time.Second), TooLate: r.TooLate, MayRetry: r.MayTry}
}

func (s *Server) apiNoticeRetry(ctx context.Context, who visitor, in *noticeRetryInput) (*struct{}, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body == nil {
		in.Body = &dryRunBody{}
	}
	return nil, s.Ledger.TryAgain(ctx, who.actor, who.clinic, id, in.Body.mode())
}
