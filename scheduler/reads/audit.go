package reads

import (
	"time"

	"almanac/scheduler"
)

// AuditQuery selects rows of the audit; the zero value selects all, the newest first.
type AuditQuery struct {
	Subject     scheduler.ID // what or whom it is about; empty: anything
	Actor       string       // kind:id; empty: anybody
	Action      string       // as "session.cancel"; empty: any
	From, Until time.Time    // UTC instants, from included and until not; zero: no bound
	After       Cursor       // the last row of the page before
	Limit       int
}

// AuditRow is one thing that somebody did to one subject. It holds names.
type AuditRow struct {
	Cursor
	Actor   string // kind:id
	By      string // name of the member of staff; empty for others
	Action  string // as "session.cancel"
	Subject AuditSubject
}

// AuditSubject is what or whom an audit row is about.
type AuditSubject struct {
	ID     scheduler.ID
	Kind   string // cohort, session, enrollment, person or staff; empty: something else, or what is gone
	Name   string // of the cohort or the person
	Cohort scheduler.ID
	Local  string // local start of a session, as 2026-01-06T18:00
}

// AuditPage is a page of the audit, the newest first.
type AuditPage struct {
	Rows []AuditRow
	Next Cursor // of the next page; zero: there is none
}
