package web

import (
	"context"
	"net/netip"
	"net/url"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
	"almanac/scheduler/oidc"
	"almanac/scheduler/passkey"
	"almanac/scheduler/reads"
)

// The interfaces below are what the pages read. The store implements them all. Methods fail with
// NotFound for unknown ids and those of other clinics, with Forbidden if the actor lacks the
// permission, and with Unavailable if the database is down.

// Cohorts reads cohorts for lists and pages.
type Cohorts interface {
	Clinic(ctx context.Context, a access.Actor, id scheduler.ID) (reads.Clinic, error)
	Cohorts(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.CohortRow, error)
	Cohort(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.Cohort, error)
	// AttendanceNotes returns the attendance history of a session.
	AttendanceNotes(ctx context.Context, a access.Actor, clinic, session scheduler.ID) ([]reads.AttendanceNote, error)
	// Look loads a book without locking, to show the state before a change.
	Look(ctx context.Context, c desk.Change, load desk.Load) (*scheduler.Book, error)
	// Undos lists the changes that can still be undone, latest first.
	Undos(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Undo, error)
}

// Lists reads long lists page by page.
type Lists interface {
	CohortPage(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.CohortQuery) (reads.CohortPage, error)
	CohortView(ctx context.Context, a access.Actor, clinic, id scheduler.ID,
		q reads.CohortPart) (reads.CohortView, error)
	// NextOpenings lists where a new person could start, soonest first.
	NextOpenings(ctx context.Context, a access.Actor, clinic scheduler.ID,
		q reads.OpeningsQuery) ([]reads.Opening, error)
	Intake(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.IntakeQuery) (reads.Intake, error)
}

// Days reads the sessions of all cohorts by date.
type Days interface {
	DaySessions(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.DayQuery) ([]reads.DaySession, error)
	// Today returns what is due, as far as the actor may see it.
	Today(ctx context.Context, a access.Actor, clinic scheduler.ID) (reads.Today, error)
}

// Heads reads the heading of a page about a cohort or session.
type Heads interface {
	CohortHead(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.CohortHead, error)
	SessionHead(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.SessionHead, error)
}

// People reads participants.
type People interface {
	Person(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.Person, error)
	Names(ctx context.Context, a access.Actor, clinic scheduler.ID, ids []scheduler.ID) (map[scheduler.ID]string, error)
	Enrollment(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.PersonEnrollment, error)
	// Links returns the tokens of a person's private addresses.
	Links(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (reads.Links, error)
}

// Rights serves what a person may ask for about their data. Erasing is a proposal of the desk.
type Rights interface {
	// SetHold fails with Conflict if a hold stands, and with Invalid in reason.
	SetHold(ctx context.Context, a access.Actor, clinic, person scheduler.ID, reason string, m reads.Mode) error
	LiftHold(ctx context.Context, a access.Actor, clinic, person scheduler.ID, m reads.Mode) error
	// ExportRecord gives all that is known of a person, after the audit has noted it.
	ExportRecord(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (reads.RecordFile, error)
}

// Records finds people and reads all that staff see of one.
type Records interface {
	// PersonRecord returns all that staff see of a person.
	PersonRecord(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.PersonRecord, error)
	// Letters returns what letters to people say. It leaves out people without a date and people whom the actor may not
	// see.
	Letters(ctx context.Context, a access.Actor, clinic scheduler.ID, people []scheduler.ID) ([]reads.Letter, error)
	// RenewLinks renews a person's private addresses, unless they are of another generation already.
	RenewLinks(ctx context.Context, a access.Actor, clinic, person scheduler.ID, generation int) error
	// ChangeConsents sets a person's consents, or only checks them.
	ChangeConsents(ctx context.Context, a access.Actor, clinic, person scheduler.ID, q desk.ConsentChange) error
	// PersonRows reads people for a list by their ids, without those whom the actor may not see.
	PersonRows(ctx context.Context, a access.Actor, clinic scheduler.ID,
		ids []scheduler.ID) ([]reads.PersonRow, error)
	// FindPeople lists the people whom a search means, by name. It fails with Invalid in query or after.
	FindPeople(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.PeopleQuery) (reads.PeoplePage, error)
}

// Exports gives what can be taken out of a clinic, and writes to the audit who asked. Rows come one by one.
type Exports interface {
	// ExportPeople returns everybody with all contact data.
	ExportPeople(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.ExportedPerson, error)
	// ExportRosters gives those of all open cohorts when none is named.
	ExportRosters(ctx context.Context, a access.Actor, clinic scheduler.ID, cohorts []scheduler.ID,
		each func(reads.RosterRow) error) error
	// ExportAttendance fails with Invalid in from or until.
	ExportAttendance(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.AttendanceQuery,
		each func(reads.AttendanceRow) error) error
	// ExportNotices fails with Invalid in name or day when they are too many.
	ExportNotices(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.LedgerQuery,
		each func(reads.LedgerRow) error) error
	ExportTasks(ctx context.Context, a access.Actor, clinic scheduler.ID, each func(reads.Task) error) error
}

// reportReader reads a report, or does the same for a file.
type reportReader func(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.ReportQuery) (reads.Report, error)

// Reports counts over time. Reports hold no names of people.
type Reports interface {
	// ReportsFor lists the reports that an actor may see.
	ReportsFor(a access.Actor) []scheduler.ReportName
	// Report fails with Invalid in from, to, by, cohort or protocol, and still returns the cohorts to choose.
	Report(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.ReportQuery) (reads.Report, error)
	// ExportReport is Report for a file, which the audit notes.
	ExportReport(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.ReportQuery) (reads.Report, error)
}

// Messages reads what staff wrote to groups and waitlists.
type Messages interface {
	// Messages returns a page, the newest first.
	Messages(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.MessageQuery) (reads.MessagePage, error)
}

// Feeds reads the data behind private addresses.
type Feeds interface {
	// FeedKey is one indexed read. It fails with the same NotFound for every token that is unknown
	// or ended over 90 days ago.
	FeedKey(ctx context.Context, a access.Actor, token string) (reads.FeedKey, error)
	Feed(ctx context.Context, a access.Actor, key reads.FeedKey) (reads.Page, error)
	Page(ctx context.Context, a access.Actor, token string) (reads.Page, error)
	// CountFetch adds n to the person's fetch count of this hour.
	CountFetch(ctx context.Context, a access.Actor, clinic, person scheduler.ID, n int) error
}

// StaffFeeds serves the calendars of staff, and their addresses.
type StaffFeeds interface {
	StaffFeeds(ctx context.Context, a access.Actor, clinic, staff scheduler.ID) (reads.StaffFeeds, error)
	// AddStaffFeed returns the token of a new address. It fails with Invalid in cohort, and with Full after 20.
	AddStaffFeed(ctx context.Context, a access.Actor, clinic, staff scheduler.ID, f reads.StaffFeed,
		m reads.Mode) (string, error)
	EndStaffFeed(ctx context.Context, a access.Actor, clinic, staff, feed scheduler.ID, m reads.Mode) error
	// StaffFeedKey fails with the same NotFound for every token that is unknown or ended over 90 days ago.
	StaffFeedKey(ctx context.Context, a access.Actor, token string) (access.Actor, reads.StaffFeedKey, error)
	StaffFeed(ctx context.Context, holder access.Actor, k reads.StaffFeedKey,
		q reads.DayQuery) ([]reads.LedEvent, error)
}

// Referrals stores people who were referred to the clinic and are enrolled nowhere yet.
type Referrals interface {
	Referrals(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.ReferralQuery) (reads.Referrals, error)
	Referral(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (scheduler.Referral, error)
	// AddReferrals stores all or none. It fails with Invalid and the fields to correct.
	AddReferrals(ctx context.Context, a access.Actor, clinic scheduler.ID,
		q desk.ReferralRequest) ([]scheduler.ID, error)
	// SetReferral replaces what a referral says, or closes it. It fails with Closed when it is not open.
	SetReferral(ctx context.Context, a access.Actor, clinic scheduler.ID, r scheduler.Referral, m reads.Mode) error
}

// Settings saves how people want to be reminded. It fails with Invalid and the fields to correct.
type Settings interface {
	SetSettings(ctx context.Context, a access.Actor, clinic, person scheduler.ID, s gate.Settings) error
	// ChangeOwnSettings does the same with the token of the person's own page.
	ChangeOwnSettings(ctx context.Context, a access.Actor, token string, s gate.Settings) error
}

// Own serves what people change of themselves on their own page. The token of a page fails with NotFound as Feeds does.
type Own interface {
	OwnDetails(ctx context.Context, a access.Actor, token string) (reads.OwnDetails, error)
	SetOwnChannel(ctx context.Context, a access.Actor, token string, c reads.OwnChannel) error
	// AskAddress sends a code to another address. It fails with Invalid in address, and with Closed.
	AskAddress(ctx context.Context, a access.Actor, token string, q reads.AddressRequest) error
	// ProveAddress takes the code. It fails with Invalid in code, and with Closed.
	ProveAddress(ctx context.Context, a access.Actor, token string, change scheduler.ID,
		code string) (reads.AddressProof, error)
	// OwnPage gives the new token of the page after a change.
	OwnPage(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (string, error)
	// StoppableAddress gives what a link to take another address back leads to.
	StoppableAddress(ctx context.Context, a access.Actor, token string) (reads.StoppableAddress, error)
}

// Questions serves confirm links.
type Questions interface {
	// Question fails with the same NotFound for every link that does not exist.
	Question(ctx context.Context, a access.Actor, token string) (reads.Question, error)
	// Answer fails with Closed if the link was already used.
	Answer(ctx context.Context, a access.Actor, token string, intent gate.Intent) error
}

// Absences says who cannot come to a session, or not in time.
type Absences interface {
	// NoteLate keeps that the holder of a page will be late for one of their dates.
	NoteLate(ctx context.Context, a access.Actor, token string, seat scheduler.ID) error
	// Excused lists who gave a session back ahead.
	Excused(ctx context.Context, a access.Actor, clinic, session scheduler.ID) ([]reads.Excused, error)
}

// Joins serves the ways into sessions, and says who took them.
type Joins interface {
	// Join fails with the same NotFound for every address that does not exist.
	Join(ctx context.Context, a access.Actor, token string) (reads.Join, error)
	// NoteJoin looks again, and keeps what the person does if the way in is open in that moment.
	NoteJoin(ctx context.Context, a access.Actor, token string, kind reads.JoinKind) (reads.Join, error)
	Joins(ctx context.Context, a access.Actor, clinic, session scheduler.ID) (reads.Joins, error)
	// LeadRoom returns the meeting of a session, and its room as somebody of the staff comes into it.
	LeadRoom(ctx context.Context, a access.Actor, clinic, session scheduler.ID) (scheduler.Meeting, reads.Room, error)
	// NotePresence keeps what a video host reports. It ignores rooms and participants that do not exist.
	NotePresence(ctx context.Context, a access.Actor, room, participant string, came, left time.Time) error
	// EndSession fails with Closed unless the session runs.
	EndSession(ctx context.Context, a access.Actor, clinic, session scheduler.ID) error
}

// Tasks reads and completes tasks of staff.
type Tasks interface {
	TaskPage(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.TaskQuery) (reads.TaskPage, error)
	CountTasks(ctx context.Context, a access.Actor, clinic scheduler.ID) (reads.TaskCounts, error)
	FinishTask(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error
	desk.Calls
}

// Ledger reads the history of notices.
type Ledger interface {
	Ledger(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.LedgerQuery) (reads.Ledger, error)
	// LedgerDays returns the last days, today last.
	LedgerDays(ctx context.Context, a access.Actor, clinic scheduler.ID, days int) ([]reads.LedgerDay, error)
	// TryAgain fails with Conflict if the notice has not failed, and with Closed if it is too late.
	TryAgain(ctx context.Context, a access.Actor, clinic, notice scheduler.ID, m reads.Mode) error
}

// SignIns turns one-time links into sign-ins and identifies staff.
type SignIns interface {
	// SignInLinks makes a link for each member of staff with an address. It returns none when nobody has it, or when
	// they asked too often.
	SignInLinks(ctx context.Context, a access.Actor, email string, life time.Duration) ([]reads.SignInLink, error)
	// SpendLink uses up a one-time link and returns the token for the cookie. device is the browser in words.
	SpendLink(ctx context.Context, a access.Actor, token, device string) (browser string, err error)
	// SignedIn fails with NotFound if the sign-in is unknown, idle too long or ended.
	SignedIn(ctx context.Context, a access.Actor, token string) (access.Actor, reads.SignedIn, error)
	SignOut(ctx context.Context, a access.Actor, token string) error
	// OpenSignIns lists the sign-ins of a member of staff, the last used first.
	OpenSignIns(ctx context.Context, a access.Actor, clinic, staff scheduler.ID) ([]reads.SignIn, error)
	// EndSignIns ends sign-ins and returns how many there were.
	EndSignIns(ctx context.Context, a access.Actor, clinic, staff scheduler.ID, q reads.EndSignIns) (int, error)
}

// Passkeys lists and changes the passkeys of members of staff.
type Passkeys interface {
	Passkeys(ctx context.Context, a access.Actor, clinic, staff scheduler.ID) ([]reads.Passkey, error)
	// ChangePasskey renames or removes one, and returns the name that it had.
	ChangePasskey(ctx context.Context, a access.Actor, clinic, staff scheduler.ID,
		q reads.PasskeyChange) (string, error)
	// AddPasskey stores one of the actor, whose sign-in with this token it proves.
	AddPasskey(ctx context.Context, a access.Actor, token, name string, k passkey.Key) error
}

// FirstAdmin lets the first admin of a new installation in. It fails with NotFound once somebody is on the staff.
type FirstAdmin interface {
	CheckFirst(ctx context.Context, a access.Actor, token string) error
	// AddFirstAdmin returns the token for the cookie. It fails with Invalid and the fields to correct.
	AddFirstAdmin(ctx context.Context, a access.Actor, token string, q reads.FirstAdmin) (browser string, err error)
}

// Screens tells whose a sign-in is, and whether it is locked. Asking does not count as its use.
type Screens interface {
	Screen(ctx context.Context, a access.Actor, token string) (reads.Screen, error)
}

// Ceremonies uses passkeys.
type Ceremonies interface {
	// BeginCeremony keeps a state, which TakeCeremony returns once, for a short time.
	BeginCeremony(ctx context.Context, a access.Actor, state []byte) (name string, err error)
	TakeCeremony(ctx context.Context, a access.Actor, name string) (state []byte, err error)
	// HolderOf fails with NotFound if the handle is of no member of staff who may sign in.
	HolderOf(ctx context.Context, a access.Actor, handle []byte) (passkey.Holder, error)
	// UsePasskey notes the use, and returns the token of the sign-in that it makes or proves.
	UsePasskey(ctx context.Context, a access.Actor, handle []byte, k passkey.Key, q reads.PasskeyUse) (string, error)
}

// Identities are the accounts of members of staff at their organization.
type Identities interface {
	// Identity returns the zero value if none is linked.
	Identity(ctx context.Context, a access.Actor, clinic, staff scheduler.ID) (reads.Identity, error)
	// UseIdentity returns the token of the sign-in that it makes or proves. It fails with Forbidden if the account
	// opens nothing, and with Conflict if it is somebody else's.
	UseIdentity(ctx context.Context, a access.Actor, q reads.IdentityUse) (browser string, err error)
	// LinkIdentity links one to the actor, whose sign-in with this token it proves.
	LinkIdentity(ctx context.Context, a access.Actor, token string, q reads.IdentityUse) error
	UnlinkIdentity(ctx context.Context, a access.Actor, clinic, staff scheduler.ID, q reads.Mode) error
}

// Provider is where members of staff sign in with their organization's account.
type Provider interface {
	// Begin returns the address to which the browser goes. It fails with Unavailable.
	Begin(ctx context.Context, back string, again oidc.Again) (address string, a oidc.Attempt, err error)
	// Finish fails with Closed if the person cancelled, with Invalid and with Unavailable.
	Finish(ctx context.Context, a oidc.Attempt, answer url.Values) (oidc.Identity, error)
}

// Clinics changes the settings of a clinic.
type Clinics interface {
	// CheckClinic tidies settings. It fails with Invalid and every field to correct.
	CheckClinic(c reads.Clinic) (reads.Clinic, error)
	// SetClinicSettings fails as CheckClinic, and with Conflict if another clinic has the name.
	SetClinicSettings(ctx context.Context, a access.Actor, c reads.Clinic) error
	// ClinicEffect counts what other settings would do. It fails as CheckClinic.
	ClinicEffect(ctx context.Context, a access.Actor, c reads.Clinic) (reads.ClinicEffect, error)
	// SignInRule counts whom the rule of sign-ins asks for more. It fails with Invalid if it would lock out its admin.
	SignInRule(ctx context.Context, a access.Actor, c reads.Clinic) (reads.StaffKeys, error)
}

// Programs reads what only programs need.
type Programs interface {
	// TokenActor fails with the same NotFound for every token that is unknown or has ended, and for one that is not
	// for the address it comes from.
	TokenActor(ctx context.Context, a access.Actor, token string, from netip.Addr) (access.Actor, error)
	// Standing returns an enrollment with its itinerary, and its private addresses if the actor may
	// see them.
	Standing(ctx context.Context, a access.Actor, clinic, enrollment scheduler.ID) (reads.EnrollmentView, error)
}

// Staff reads and changes the people who work at a clinic.
type Staff interface {
	Staff(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Staff, error)
	// LeadsFrom lists the sessions that somebody leads and that are not over, soonest first.
	LeadsFrom(ctx context.Context, a access.Actor, clinic, staff scheduler.ID) ([]reads.LedSession, error)
	StaffChanges
}

// StaffChanges changes the people who work at a clinic. The only admin stays one: Conflict.
type StaffChanges interface {
	// InviteStaff adds somebody. A repeated request returns them without a token.
	InviteStaff(ctx context.Context, a access.Actor, clinic scheduler.ID,
		q desk.InviteRequest) (reads.SignInLink, error)
	// StaffLink makes a new sign-in link and ends older ones. It fails with Closed if they are disabled.
	StaffLink(ctx context.Context, a access.Actor, clinic, staff scheduler.ID,
		life time.Duration) (reads.SignInLink, error)
	ChangeStaff(ctx context.Context, a access.Actor, clinic, id scheduler.ID, q desk.StaffChange) error
	RecordCredential(ctx context.Context, a access.Actor, clinic, staff scheduler.ID, c scheduler.Credential) error
	WithdrawCredential(ctx context.Context, a access.Actor, clinic, staff scheduler.ID, name string) error
}

// Audit reads who did what.
type Audit interface {
	// Audit returns a page, newest first.
	Audit(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.AuditQuery) (reads.AuditPage, error)
	// LastAuditHead returns the latest signed head of the audit's log; the zero value: there is none.
	LastAuditHead(ctx context.Context, a access.Actor, clinic scheduler.ID) (reads.AuditHead, error)
	// RecordViews notes whose data a request has read, and returns once that is saved.
	RecordViews(ctx context.Context, a access.Actor, clinic scheduler.ID, v *reads.Viewing) error
	// RecordSecurityEvent notes that somebody was not let in.
	RecordSecurityEvent(ctx context.Context, a, by access.Actor, r reads.SecurityEvent) error
	// SawAddresses notes in the Viewing of ctx that mail to these addresses was read.
	SawAddresses(ctx context.Context, a access.Actor, clinic scheduler.ID, addresses []string) error
}

// Mail reads unsent messages, which are kept when no mail server is set.
type Mail interface {
	// List returns at most n messages older than after, newest first. An empty after starts with
	// the newest.
	List(a access.Actor, clinic scheduler.ID, after string, n int) (reads.KeptPage, error)
	Open(a access.Actor, clinic scheduler.ID, id string) (reads.KeptMail, error)
	// Older counts the messages that are older than before.
	Older(a access.Actor, clinic scheduler.ID, before time.Time) (int, error)
}
