package reads

import (
	"time"

	"almanac/scheduler"
)

// AuditQuery selects rows of the audit; the zero value selects all, the newest first.
type AuditQuery struct {
	Subject     scheduler.ID // what or whom it is about; of a person all that is theirs, too; empty: anything
	Kind        AuditKind    // empty: any
	Request     string       // only what this request left; empty: any
	Actor       string       // kind:id; empty: anybody
	Action      string       // as "session.cancel"; empty: any
	From, Until time.Time    // UTC instants, from included and until not; zero: no bound
	After       Cursor       // the last row of the page before
	Limit       int
}

// AuditKind is a kind of rows of the audit.
type AuditKind string

// The kinds of rows.
const (
	AuditViews    AuditKind = "views"    // whose data somebody saw
	AuditChanges  AuditKind = "changes"  // what somebody did
	AuditExports  AuditKind = "exports"  // what somebody took out
	AuditSecurity AuditKind = "security" // who was not let in
)

// AuditKinds returns the kinds in the order of a form.
func AuditKinds() []AuditKind {
	return []AuditKind{AuditViews, AuditChanges, AuditExports, AuditSecurity}
}

// AuditView is the action of rows that say whose data somebody saw.
const AuditView = "people.view"

// SecurityEvent is a request that was not let in.
type SecurityEvent struct {
	Clinic scheduler.ID // empty: not known, so all clinics have it in their audit
	Action string       // as "sign-in.failed"
	Source
}

// AuditRow is one thing that somebody did to one subject. It holds names.
type AuditRow struct {
	Cursor
	Actor   string // kind:id
	By      string // name of the member of staff; empty for others
	Action  string // as "session.cancel"
	Subject AuditSubject
	Role    string // of staff, when it happened
	Source
	Fields string         // which were read or changed, with commas
	People []AuditSubject // of a view of several people the first of them
	Others int            // how many people more
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
