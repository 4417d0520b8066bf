package access

import (
	"log/slog"
	"slices"
	"strings"

	"almanac/scheduler/fault"
)

// Kind is the kind of an actor.
type Kind string

// The kinds of actor. The zero kind may do nothing.
const (
	// KindStaff is a signed-in member of a clinic's staff; Role says which.
	KindStaff Kind = "staff"
	// KindPerson is a participant with a private link.
	KindPerson Kind = "person"
	// KindToken is a program with an API token; Scopes says which parts it may use.
	KindToken Kind = "token"
	// KindSystem is Almanac itself: a duty, a worker, the lookup of links.
	KindSystem Kind = "system"
	// KindCommand is the operator at the shell.
	KindCommand Kind = "command"
)

// Role is the role of a member of staff; no role includes another.
type Role string

// The roles of staff.
const (
	// Coordinator may do everything at the clinic except manage staff and API tokens.
	Coordinator Role = "coordinator"
	// Facilitator leads sessions: sees the cohorts that they lead or substitute in,
	// takes attendance there, cancels and moves sessions. See Actor.Everywhere.
	Facilitator Role = "facilitator"
	// FrontDesk sees people's contact data and dates, and never who came.
	FrontDesk Role = "front-desk"
	// Admin may do everything at one clinic.
	Admin Role = "admin"
	// PrivacyOfficer reads the audit, and people's consents.
	PrivacyOfficer Role = "privacy-officer"
	// Auditor reads and changes nothing.
	Auditor Role = "auditor"
	// Assessor notes assessments and is blinded: they see participant numbers and windows, and no name, cohort or
	// leader.
	Assessor Role = "assessor"
)

// Roles returns the roles of staff in the order of a form.
func Roles() []Role {
	return []Role{Coordinator, Facilitator, FrontDesk, Admin, PrivacyOfficer, Auditor, Assessor}
}

// ParseRole parses the input of a form or a command. It fails with Invalid (field
// "role") when there is no such role.
func ParseRole(text string) (Role, error) {
	role := Role(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), " ", "-"))
	if slices.Contains(Roles(), role) {
		return role, nil
	}
	return "", fault.In("role",
		"There is no such role; choose coordinator, facilitator, front-desk, admin, privacy-officer, auditor or "+
			"assessor.")
}

// Scope is a part of the API that a token may use; a token has one or more.
type Scope string

// The scopes of API tokens.
const (
	// ScopeRead reads cohorts, sessions and people.
	ScopeRead Scope = "read"
	// ScopeWrite opens and changes cohorts and their sessions.
	ScopeWrite Scope = "write"
	// ScopeEnroll enrolls, withdraws and changes contact data.
	ScopeEnroll Scope = "enroll"
	// ScopeAttendance records attendance.
	ScopeAttendance Scope = "attendance"
	// ScopeStaff adds, changes and disables staff, and changes the clinic's settings.
	ScopeStaff Scope = "staff"
	// ScopeAudit reads the audit.
	ScopeAudit Scope = "audit"
	// ScopeExport exports people, rosters, attendance, notices and tasks.
	ScopeExport Scope = "export"
)

// Scopes returns all scopes in the order of help texts.
func Scopes() []Scope {
	return []Scope{ScopeRead, ScopeWrite, ScopeEnroll, ScopeAttendance, ScopeStaff, ScopeAudit, ScopeExport}
}

// ParseScope parses a scope. It fails with Invalid (field "scope") when there is no
// such scope.
func ParseScope(text string) (Scope, error) {
	scope := Scope(strings.ToLower(strings.TrimSpace(text)))
	if slices.Contains(Scopes(), scope) {
		return scope, nil
	}
	return "", fault.In("scope",
		"There is no such scope; choose read, write, enroll, attendance, staff, audit or export.")
}

// Actor makes a request. It is always an argument, never hidden in a context. It holds
// ids only, so it may be logged and stored in the audit.
type Actor struct {
	Kind   Kind
	ID     string
	Clinic string  // empty: none yet, see Check
	Role   Role    // staff only
	Scopes []Scope // tokens only
	// Everywhere lets a facilitator see every cohort, as the clinic may configure;
	// false: only those that they lead or substitute in.
	Everywhere bool
	// Recipient is set for tokens of another organization: how consents name it, as a digest. Relies is the kind of
	// consent without which it reads nothing of a person.
	Recipient, Relies string
}

// Outside tells whether the actor belongs to another organization.
func (a Actor) Outside() bool { return a.Recipient != "" }

// Blinded tells whether the actor may not learn in which cohort, arm or hands somebody is.
func (a Actor) Blinded() bool { return a.Kind == KindStaff && a.Role == Assessor }

// OwnOnly tells whether the actor sees only cohorts that they lead or substitute in.
func (a Actor) OwnOnly() bool {
	return a.Kind == KindStaff && a.Role == Facilitator && !a.Everywhere
}

// Staff is a signed-in member of a clinic's staff.
func Staff(id, clinic string, role Role) Actor {
	return Actor{Kind: KindStaff, ID: id, Clinic: clinic, Role: role}
}

// Person is a participant of a clinic, identified by a private link.
func Person(id, clinic string) Actor {
	return Actor{Kind: KindPerson, ID: id, Clinic: clinic}
}

// Token is a program with an API token of a clinic.
func Token(id, clinic string, scopes ...Scope) Actor {
	return Actor{Kind: KindToken, ID: id, Clinic: clinic, Scopes: scopes}
}

// System is a part of Almanac itself, with its name in logs ("dispatch", "worker"). It
// has no clinic; see In.
func System(name string) Actor {
	return Actor{Kind: KindSystem, ID: name}
}

// Operator is a person who runs a command at the shell for a clinic. An empty clinic
// is for commands about the whole installation (migrate, clinic add).
func Operator(clinic string) Actor {
	return Actor{Kind: KindCommand, ID: "operator", Clinic: clinic}
}

// In returns the actor with this clinic if it has none yet, otherwise unchanged.
func (a Actor) In(clinic string) Actor {
	if a.Clinic == "" {
		a.Clinic = clinic
	}
	return a
}

// String returns kind:id, for logs and the audit; never a name.
func (a Actor) String() string {
	if a.Kind == "" {
		return "nobody"
	}
	return string(a.Kind) + ":" + a.ID
}

// LogValue logs an actor as kind:id.
func (a Actor) LogValue() slog.Value { return slog.StringValue(a.String()) }
