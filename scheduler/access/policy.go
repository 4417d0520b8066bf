package access

import (
	"slices"
	"strings"

	"almanac/scheduler/fault"
)

// Action is something that the policy allows some actors to do.
type Action string

// The actions, grouped by what they are about.
const (
	CohortView   Action = "cohort.view"   // lists, rosters, sessions, previews
	CohortOpen   Action = "cohort.open"   // open a cohort
	CohortChange Action = "cohort.change" // capacity, closed days, waitlist order

	MessageSend Action = "message.send" // write to a group or a waitlist
	MessageView Action = "message.view" // read what was written to them

	SessionChange  Action = "session.change"  // cancel or move one session
	AttendanceTake Action = "attendance.take" // record who came
	AttendanceView Action = "attendance.view" // see who came, and what follows from it

	AssessmentView Action = "assessment.view" // see when people are to be assessed, and that they were
	AssessmentNote Action = "assessment.note" // note what became of an assessment

	Enroll   Action = "enroll"   // seat a person or put them on the waitlist
	Withdraw Action = "withdraw" // end an enrollment

	ChangeUndo Action = "change.undo" // undo a change of one's own, while it rests

	EnrollmentChange Action = "enrollment.change" // prerequisites, leaves, make-ups, transfers, waivers
	AbsenceOwn       Action = "absence.own"       // give a date of one's own back, go away for a time, and undo that
	WaitlistLeave    Action = "waitlist.leave"    // give up a place on the waitlist
	OfferAnswer      Action = "offer.answer"      // accept or decline an offer

	PersonView   Action = "person.view"   // a person's itinerary and contact data
	PersonChange Action = "person.change" // contact data, zone, language, consents
	PersonExport Action = "person.export" // everybody's contact data in a file
	PersonRecord Action = "person.record" // all that is known of one person, in a file
	PersonErase  Action = "person.erase"  // erase a person, and set or lift what holds it
	LinkView     Action = "link.view"     // the private addresses of a person's page and feed

	StaffView   Action = "staff.view"   // who works at the clinic, with credentials
	StaffManage Action = "staff.manage" // invite staff, change roles, make sign-in links
	SignInOwn   Action = "sign-in.own"  // see and end the sign-ins of one's own
	KeyManage   Action = "key.manage"   // API tokens
	MailView    Action = "mail.view"    // mail in files, because no SMTP server is set

	AuditView   Action = "audit.view"   // who did what, and when
	BreachScope Action = "breach.scope" // whose records were touched, as a list with names

	GlassBreak  Action = "glass.break"  // see one person of another cohort, in an emergency
	GlassReview Action = "glass.review" // note that such an access was looked at

	TaskView Action = "task.view" // see what staff must do
	TaskDone Action = "task.done" // tick a task off

	FeedRead Action = "feed.read" // a person's own feed
	PageRead Action = "page.read" // a person's own page

	SettingsOwn Action = "settings.own" // how one is reached and reminded oneself

	ConsentView   Action = "consent.view"   // written consents
	DisclosureLog Action = "disclosure.log" // note what left the programme
	ConsentOwn    Action = "consent.own"    // a person's own consents

	ClinicView   Action = "clinic.view"   // a clinic's name, zone and settings
	ClinicChange Action = "clinic.change" // change them
	ClinicAdd    Action = "clinic.add"    // a new clinic; a list of all of them

	BackupRun Action = "backup.run" // save everything, or bring it back
	// SecretChange is to change the secret key.
	SecretChange Action = "secret.change"

	TokenFind    Action = "token.find"    // find the owner of a link or token
	NoticeHandle Action = "notice.handle" // plan, push, gate and record notices
	ClinicUpkeep Action = "clinic.upkeep" // apply what falls due: lapsed offers, ended holds
	DutyRun      Action = "duty.run"      // claim and run a duty
)

// party is a set of actor kinds, roles and scopes: one bit for each column of the
// policy table in docs.
type party uint32

const (
	coordinator party = 1 << iota
	facilitator
	admin
	person
	read
	write
	enroll
	attendance
	system
	command
	manage // the scope staff
	frontDesk
	privacy
	auditor
	audits  // the scope audit
	exports // the scope export
	assessor

	desk    = coordinator | admin
	staff   = desk | facilitator // who work with groups
	readers = frontDesk | privacy | auditor
	tokens  = read | write | enroll | attendance
)

// rule is one line of the policy.
type rule struct {
	action Action
	doing  string // completes "may not …"
	may    party
	across party // of these, may do it without a clinic
}

// policy says who may do what. No other code asks for a role.
var policy = []rule{
	{CohortView, "see cohorts", staff | readers | read | write | command, 0},
	{CohortOpen, "open a cohort", desk | write | command, 0},
	{CohortChange, "change a cohort", desk | write | command, 0},

	{MessageSend, "write to a group", staff | write | command, 0},
	{MessageView, "read messages to groups", staff | auditor | read | write | command, 0},

	{SessionChange, "cancel or move a session", staff | write | command, 0},
	{AttendanceTake, "take attendance", staff | attendance | command, 0},
	{AttendanceView, "see attendance", staff | auditor | tokens | person | system | command, 0},

	{AssessmentView, "see assessments", staff | auditor | assessor | read | enroll | command, 0},
	{AssessmentNote, "note assessments", staff | assessor | enroll | command, 0},

	{Enroll, "enroll anybody", desk | enroll | command, 0},
	{Withdraw, "withdraw anybody", desk | enroll | command, 0},

	{ChangeUndo, "undo a change", staff | write | enroll | command, 0},

	{EnrollmentChange, "change enrollments", desk | enroll | command, 0},
	{AbsenceOwn, "say that this person cannot come", person, 0},
	{WaitlistLeave, "leave a waitlist", person | command, 0},
	{OfferAnswer, "answer an offer", desk | person | enroll | command, 0},

	{PersonView, "see people's appointments", staff | readers | read | enroll | command, 0},
	{PersonChange, "change contact data", desk | frontDesk | enroll | command, 0},
	{PersonExport, "export people", desk | exports | command, 0},
	{PersonRecord, "export all that is known of a person", desk | privacy | exports | command, 0},
	{PersonErase, "erase people", admin | privacy | manage | command, 0},
	{LinkView, "see private addresses", desk | write | enroll | command, 0},

	{StaffView, "see staff", desk | write | manage | command, 0},
	{StaffManage, "manage staff", admin | manage | command, 0},
	{SignInOwn, "see their own sign-ins", staff | readers | assessor, 0},
	{KeyManage, "manage API tokens", admin | command, 0},
	{MailView, "read kept mail", desk | command, 0},

	{AuditView, "see the audit", admin | privacy | auditor | audits | command, 0},

	{BreachScope, "list whose records were touched", admin | privacy | audits | command, 0},

	{GlassBreak, "see others in an emergency", facilitator, 0},
	{GlassReview, "review emergency access", admin | privacy | command, 0},

	{TaskView, "see tasks", desk | auditor | read | enroll | command, 0},
	{TaskDone, "tick off tasks", desk | enroll | command, 0},

	{FeedRead, "read this calendar", person, 0},
	{PageRead, "read this page", person, 0},
	{SettingsOwn, "change how this person is reached and reminded", person, 0},

	{ConsentView, "see written consents", desk | frontDesk | privacy | auditor | read | enroll | command, 0},
	{DisclosureLog, "log disclosures", desk | frontDesk | privacy | enroll | command, 0},
	{ConsentOwn, "change this person's consents", person, 0},

	{ClinicView, "see the clinic's settings",
		staff | readers | assessor | tokens | manage | exports | person | system | command, 0},
	{ClinicChange, "change the clinic's settings", admin | manage | command, 0},
	{ClinicAdd, "add or list clinics", system | command, system | command},

	{BackupRun, "save everything, or bring it back", system | command, system | command},
	{SecretChange, "change the secret key", command, command},

	{TokenFind, "look up links", system, system},
	{NoticeHandle, "handle notices", system, system},
	{ClinicUpkeep, "do the clinic's upkeep", system, system},
	{DutyRun, "run duties", system | command, system | command},
}

// outside is all that a program of another organization may do, whatever its scopes: read people, as far as their
// consents go.
var outside = []Action{PersonView, AttendanceView, ClinicView}

// NeedsProof tells whether an action asks staff to prove who they are by more than a link that came by mail.
func NeedsProof(action Action) bool {
	return action == StaffManage || action == PersonExport || action == KeyManage ||
		action == PersonRecord || action == PersonErase || action == BreachScope
}

// Actions returns every action, in the order of the policy table.
func Actions() []Action {
	all := make([]Action, len(policy))
	for i, r := range policy {
		all[i] = r.action
	}
	return all
}

// Can tells whether the policy allows the action.
func Can(a Actor, action Action) bool {
	r, found := ruleOf(action)
	return found && r.allows(a)
}

// Check fails with Forbidden, and a sentence that says whom to ask, unless the policy
// allows the action. An actor without a clinic may do only what needs none or all of
// them: look up links, handle notices, run duties, add clinics. See also CheckIn.
func Check(a Actor, action Action) error {
	r, found := ruleOf(action)
	if !found {
		return fault.New(fault.Forbidden, "There is no such action.")
	}
	if r.allows(a) {
		return nil
	}
	return fault.New(fault.Forbidden, "%s", r.refusal(a))
}

// CheckIn is Check for something that belongs to a clinic. It fails with NotFound for
// another clinic, as if the thing did not exist.
func CheckIn(a Actor, action Action, clinic string) error {
	if err := Check(a, action); err != nil {
		return err
	}
	if a.Clinic == clinic || a.Clinic == "" {
		return nil
	}
	return fault.New(fault.NotFound, "There is nothing here. Check the address, or start again from the list.")
}

func ruleOf(action Action) (rule, bool) {
	i := slices.IndexFunc(policy, func(r rule) bool { return r.action == action })
	if i < 0 {
		return rule{}, false
	}
	return policy[i], true
}

func (r rule) allows(a Actor) bool {
	who := partyOf(a)
	if a.Outside() && !slices.Contains(outside, r.action) {
		return false
	}
	if a.Clinic == "" {
		return r.across&who != 0
	}
	return r.may&who != 0
}

// refusal says what the actor may not do, and whom to ask.
func (r rule) refusal(a Actor) string {
	if r.may&partyOf(a) != 0 {
		return "Name the clinic first. Without one you may not " + r.doing + "."
	}
	var who string
	switch a.Kind {
	case KindStaff:
		who = "Your role may"
	case KindPerson:
		who = "This link may"
	case KindToken:
		who = "This token's scopes may"
	default:
		who = "You may"
	}
	refused := who + " not " + r.doing + "."
	var ask []string
	if r.may&coordinator != 0 {
		ask = append(ask, "a coordinator")
	}
	if r.may&admin != 0 {
		ask = append(ask, "an admin")
	}
	if len(ask) == 0 {
		return refused
	}
	return refused + " Ask " + strings.Join(ask, " or ") + " of the clinic."
}

// partyOf returns the party of an actor. A role counts for staff only, and scopes for
// tokens only.
func partyOf(a Actor) party {
	switch a.Kind {
	case KindStaff:
		switch a.Role {
		case Coordinator:
			return coordinator
		case Facilitator:
			return facilitator
		case Admin:
			return admin
		case FrontDesk:
			return frontDesk
		case PrivacyOfficer:
			return privacy
		case Auditor:
			return auditor
		case Assessor:
			return assessor
		}
	case KindPerson:
		return person
	case KindToken:
		return scopeParty(a.Scopes)
	case KindSystem:
		return system
	case KindCommand:
		return command
	}
	return 0
}

func scopeParty(scopes []Scope) party {
	var all party
	for _, s := range scopes {
		switch s {
		case ScopeRead:
			all |= read
		case ScopeWrite:
			all |= write
		case ScopeEnroll:
			all |= enroll
		case ScopeAttendance:
			all |= attendance
		case ScopeStaff:
			all |= manage
		case ScopeAudit:
			all |= audits
		case ScopeExport:
			all |= exports
		}
	}
	return all
}
