package web

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// The interfaces below are what each group of pages reads. The store fulfils
// them all. Every method fails with NotFound for what is unknown or another
// clinic's, Forbidden for what the actor may not do, Unavailable when the
// database is away.

// Cohorts reads cohorts for lists and their own pages.
type Cohorts interface {
	Clinic(ctx context.Context, a access.Actor, id scheduler.ID) (reads.Clinic, error)
	Cohorts(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.CohortRow, error)
	Cohort(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.Cohort, error)
	// AttendanceNotes gives who noted what about a session, and when.
	AttendanceNotes(ctx context.Context, a access.Actor, clinic, session scheduler.ID) ([]reads.AttendanceNote, error)
	// Look loads a book without locking, to show what a change is about.
	Look(ctx context.Context, c desk.Change, load desk.Load) (*scheduler.Book, error)
	// Undos lists the changes that can still be taken back, the latest first.
	Undos(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Undo, error)
}

// Lists reads what the long lists show, a page at a time.
type Lists interface {
	CohortPage(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.CohortQuery) (reads.CohortPage, error)
	CohortView(ctx context.Context, a access.Actor, clinic, id scheduler.ID, q reads.CohortPart) (reads.CohortView, error)
	// NextOpenings tells where somebody new could begin, the soonest first.
	NextOpenings(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.OpeningsQuery) ([]reads.Opening, error)
	Intake(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.IntakeQuery) (reads.Intake, error)
}

// Heads reads what a page says of the cohort or session that it changes.
type Heads interface {
	CohortHead(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.CohortHead, error)
	SessionHead(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.SessionHead, error)
}

// People reads participants.
type People interface {
	Person(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.Person, error)
	Names(ctx context.Context, a access.Actor, clinic scheduler.ID, ids []scheduler.ID) (map[scheduler.ID]string, error)
	Enrollment(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.PersonEnrollment, error)
	// Links gives the tokens of a person's private addresses.
	Links(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (reads.Links, error)
}

// Feeds reads what stands behind private addresses.
type Feeds interface {
	// FeedKey is one indexed read. NotFound, always the same, for a token that
	// is unknown or ended for more than 90 days.
	FeedKey(ctx context.Context, a access.Actor, token string) (reads.FeedKey, error)
	Feed(ctx context.Context, a access.Actor, key reads.FeedKey) (reads.Page, error)
	Page(ctx context.Context, a access.Actor, token string) (reads.Page, error)
	// CountFetch adds n fetches to the person's count of this hour.
	CountFetch(ctx context.Context, a access.Actor, clinic, person scheduler.ID, n int) error
}

// Settings keeps how people want to be reminded; Invalid names what to correct.
type Settings interface {
	SetSettings(ctx context.Context, a access.Actor, clinic, person scheduler.ID, s gate.Settings) error
	// ChangeOwnSettings is that by whoever holds the person's own page.
	ChangeOwnSettings(ctx context.Context, a access.Actor, token string, s gate.Settings) error
}

// Questions asks a participant whether they come, behind a confirm link.
type Questions interface {
	// Question is NotFound, always with the same words, for a link that leads nowhere.
	Question(ctx context.Context, a access.Actor, token string) (reads.Question, error)
	// Answer is Closed when the link was used before.
	Answer(ctx context.Context, a access.Actor, token string, intent gate.Intent) error
}

// Tasks reads and finishes what staff have to do.
type Tasks interface {
	TaskPage(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.TaskQuery) (reads.TaskPage, error)
	CountTasks(ctx context.Context, a access.Actor, clinic scheduler.ID) (reads.TaskCounts, error)
	FinishTask(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error
}

// Ledger reads what became of every notice.
type Ledger interface {
	Ledger(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.LedgerQuery) (reads.Ledger, error)
	// LedgerDays gives the last days, today last.
	LedgerDays(ctx context.Context, a access.Actor, clinic scheduler.ID, days int) ([]reads.LedgerDay, error)
	// TryAgain is Conflict when the notice was not given up, Closed when it is too late.
	TryAgain(ctx context.Context, a access.Actor, clinic, notice scheduler.ID) error
}

// SignIns turns one-time links into sign-ins and knows who is signed in.
type SignIns interface {
	// SpendLink burns a one-time link and gives the token for the cookie.
	SpendLink(ctx context.Context, a access.Actor, token string) (browser string, err error)
	// SignedIn is NotFound when the sign-in is unknown, idle too long or over.
	SignedIn(ctx context.Context, a access.Actor, token string) (access.Actor, reads.Staff, error)
	SignOut(ctx context.Context, a access.Actor, token string) error
}

// Programs reads what programs need beside what pages read.
type Programs interface {
	// TokenActor is NotFound, always the same, for a token that is unknown or revoked.
	TokenActor(ctx context.Context, a access.Actor, token string) (access.Actor, error)
	// Standing tells how an enrollment stands, with private addresses for whom they are.
	Standing(ctx context.Context, a access.Actor, clinic, enrollment scheduler.ID) (reads.EnrollmentView, error)
}

// Staff reads the people who work at a clinic.
type Staff interface {
	Staff(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Staff, error)
}

// Mail reads the messages that are kept because no mail server is set.
type Mail interface {
	// List gives at most n, the newest first, older than the id after; empty: from the newest.
	List(a access.Actor, clinic scheduler.ID, after string, n int) (reads.KeptPage, error)
	Open(a access.Actor, clinic scheduler.ID, id string) (reads.KeptMail, error)
}
