package access

import (
	"slices"
	"strings"

	"almanac/scheduler/fault"
)

// Action is something that an actor may be allowed to do.
type Action string

// The actions, grouped by what they touch. The policy table says who may.
const (
	CohortView   Action = "cohort.view"   // lists, rosters, sessions, previews
	CohortOpen   Action = "cohort.open"   // open a cohort
	CohortChange Action = "cohort.change" // capacity, closed days, waitlist order

	SessionChange  Action = "session.change"  // cancel or move one session
	AttendanceTake Action = "attendance.take" // record who came

	Enroll   Action = "enroll"   // seat a person or put them on the waitlist
	Withdraw Action = "withdraw" // end an enrollment

	ChangeUndo Action = "change.undo" // take a change of one's own back, while it rests

	EnrollmentChange Action = "enrollment.change" // prerequisites, leaves, make-ups, transfers, waivers
	WaitlistLeave    Action = "waitlist.leave"    // give up a place on the waitlist
	OfferAnswer      Action = "offer.answer"      // accept or decline seats that are kept for an answer

	PersonView   Action = "person.view"   // a person's itinerary and contact data
	PersonChange Action = "person.change" // contact data, zone, language, consents
	LinkView     Action = "link.view"     // the private addresses of a person's page and feed

	StaffManage Action = "staff.manage" // invite staff, give roles, make sign-in links
	KeyManage   Action = "key.manage"   // API tokens
	MailView    Action = "mail.view"    // mail that is kept because no SMTP is set

	TaskView Action = "task.view" // what people must do because a machine cannot
	TaskDone Action = "task.done" // tick a task off

	FeedRead Action = "feed.read" // a person's own feed
	PageRead Action = "page.read" // a person's own page

	SettingsOwn Action = "settings.own" // how a person wants to be reminded, by themself

	ClinicView   Action = "clinic.view"   // a clinic's name, zone and settings
	ClinicChange Action = "clinic.change" // change them
	ClinicAdd    Action = "clinic.add"    // a new clinic; a list of all of them

	TokenFind    Action = "token.find"    // whose link or token is this?
	NoticeHandle Action = "notice.handle" // plan, push, gate and record notices
	ClinicUpkeep Action = "clinic.upkeep" // what time itself brings: lapsed offers, new windows
	DutyRun      Action = "duty.run"      // claim and run a duty
)

// party is a set of those to whom the policy grants: a bit for each row of the
// printed table.
type party uint16

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

	desk  = coordinator | admin
	staff = desk | facilitator
)

// rule is one line of the policy.
type rule struct {
	action Action
	doing  string // completes "may not …"
	may    party
	across party // of these, who may without having a clinic
}

// policy is the whole of who may do what. Nothing else in Almanac asks for a role.
var policy = []rule{
	{CohortView, "see cohorts", staff | read | write | command, 0},
	{CohortOpen, "open a cohort", desk | write | command, 0},
	{CohortChange, "change a cohort", desk | write | command, 0},

	{SessionChange, "cancel or move a session", staff | write | command, 0},
	{AttendanceTake, "take attendance", staff | attendance | command, 0},

	{Enroll, "enroll anybody", desk | enroll | command, 0},
	{Withdraw, "withdraw anybody", desk | enroll | command, 0},

	{ChangeUndo, "undo a change", staff | write | enroll | command, 0},

	{EnrollmentChange, "change enrollments", desk | enroll | command, 0},
	{WaitlistLeave, "leave a waitlist", person | command, 0},
	{OfferAnswer, "answer an offer", desk | person | enroll | command, 0},

	{PersonView, "see people's appointments", staff | read | enroll | command, 0},
	{PersonChange, "change contact data", desk | enroll | command, 0},
	{LinkView, "see private addresses", desk | write | enroll | command, 0},

	{StaffManage, "manage staff", admin | command, 0},
	{KeyManage, "manage API tokens", admin | command, 0},
	{MailView, "read kept mail", desk | command, 0},

	{TaskView, "see tasks", desk | command, 0},
	{TaskDone, "tick off tasks", desk | command, 0},

	{FeedRead, "read this calendar", person, 0},
	{PageRead, "read this page", person, 0},
	{SettingsOwn, "change how this person is reminded", person, 0},

	{ClinicView, "see the clinic's settings", staff | read | write | enroll | attendance | person | system | command, 0},
	{ClinicChange, "change the clinic's settings", admin | command, 0},
	{ClinicAdd, "add or list clinics", system | command, system | command},

	{TokenFind, "look up links", system, system},
	{NoticeHandle, "handle notices", system, system},
	{ClinicUpkeep, "do the clinic's upkeep", system, system},
	{DutyRun, "run duties", system | command, system | command},
}

// Actions gives every action, in the order of the policy table.
func Actions() []Action {
	all := make([]Action, len(policy))
	for i, r := range policy {
		all[i] = r.action
	}
	return all
}

// Can tells whether the policy lets a do this.
func Can(a Actor, action Action) bool {
	r, found := ruleOf(action)
	return found && r.allows(a)
}

// Check is nil when the policy lets a do this, else Forbidden with a sentence
// that says whom to ask. An actor without a clinic passes only where the action
// needs no clinic or all of them: looking up links, handling notices, running
// duties, adding clinics. Check knows nothing of objects; see CheckIn.
func Check(a Actor, action Action) error {
	r, found := ruleOf(action)
	if !found {
		return fault.New(fault.Forbidden, "This is not something that anybody may do.")
	}
	if r.allows(a) {
		return nil
	}
	return fault.New(fault.Forbidden, "%s", r.refusal(a))
}

// CheckIn is Check for something that belongs to a clinic. Another clinic's
// things answer NotFound, as if they did not exist.
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
	if a.Clinic == "" {
		return r.across&who != 0
	}
	return r.may&who != 0
}

// refusal says what may not be done, by whom, and whom to ask instead.
func (r rule) refusal(a Actor) string {
	if r.may&partyOf(a) != 0 {
		return "Name the clinic first: without one nobody may " + r.doing + "."
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

// partyOf gives the rows of the table that an actor stands in. A role counts
// for staff only and scopes for tokens only, so neither lends power to another kind.
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
		}
	}
	return all
}
