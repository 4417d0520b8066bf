package access

import (
	"log/slog"
	"slices"
	"strings"

	"almanac/scheduler/fault"
)

// Kind says what sort of actor acts.
type Kind string

// The kinds of actor. The zero kind may do nothing.
const (
	// KindStaff is a signed-in member of a clinic's staff; Role says which.
	KindStaff Kind = "staff"
	// KindPerson is a participant who came through a link of their own.
	KindPerson Kind = "person"
	// KindToken is a program with an API token; Scopes says what for.
	KindToken Kind = "token"
	// KindSystem is Almanac itself: a duty, a worker, the door that looks up links.
	KindSystem Kind = "system"
	// KindCommand is the operator at the shell.
	KindCommand Kind = "command"
)

// Role is what a member of staff is to a clinic; the roles are not a ladder.
type Role string

// The roles of staff.
const (
	// Coordinator runs the desk: everything at the clinic but staff and keys.
	Coordinator Role = "coordinator"
	// Facilitator leads: sees the cohorts they lead or substitute in, takes
	// attendance there, cancels and moves sessions. See Actor.Everywhere.
	Facilitator Role = "facilitator"
	// Admin may do all there is to do at one clinic.
	Admin Role = "admin"
)

// Roles gives the roles of staff in the order in which a form offers them.
func Roles() []Role { return []Role{Coordinator, Facilitator, Admin} }

// ParseRole reads a role as a form or a command gives it; Invalid, in field
// "role", when there is no such role.
func ParseRole(text string) (Role, error) {
	role := Role(strings.ToLower(strings.TrimSpace(text)))
	if slices.Contains(Roles(), role) {
		return role, nil
	}
	return "", fault.In("role", "There is no such role; choose coordinator, facilitator or admin.")
}

// Scope is a part of the API that a token may use; a token has one or more.
type Scope string

// The scopes of API tokens.
const (
	// ScopeRead sees cohorts, sessions and people.
	ScopeRead Scope = "read"
	// ScopeWrite opens and changes cohorts and their sessions.
	ScopeWrite Scope = "write"
	// ScopeEnroll enrolls, withdraws and keeps contact data.
	ScopeEnroll Scope = "enroll"
	// ScopeAttendance records who came.
	ScopeAttendance Scope = "attendance"
)

// Scopes gives all scopes in the order in which help texts list them.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeWrite, ScopeEnroll, ScopeAttendance} }

// ParseScope reads a scope; Invalid, in field "scope", when there is no such scope.
func ParseScope(text string) (Scope, error) {
	scope := Scope(strings.ToLower(strings.TrimSpace(text)))
	if slices.Contains(Scopes(), scope) {
		return scope, nil
	}
	return "", fault.In("scope", "There is no such scope; choose read, write, enroll or attendance.")
}

// Actor is who asks. It is an argument of every request for data, never hidden
// in a context. It holds ids only, so it may be logged and kept in the audit.
type Actor struct {
	Kind   Kind
	ID     string
	Clinic string  // the clinic it acts in; empty: none yet, see Check
	Role   Role    // staff only
	Scopes []Scope // tokens only
	// Everywhere lets a facilitator see every cohort of the clinic, which is the
	// clinic's setting; false: only those they lead or substitute in.
	Everywhere bool
}

// OwnOnly tells whether the actor sees only cohorts they lead or substitute in.
func (a Actor) OwnOnly() bool {
	return a.Kind == KindStaff && a.Role == Facilitator && !a.Everywhere
}

// Staff is a signed-in member of a clinic's staff.
func Staff(id, clinic string, role Role) Actor {
	return Actor{Kind: KindStaff, ID: id, Clinic: clinic, Role: role}
}

// Person is a participant of a clinic, known by a link of their own.
func Person(id, clinic string) Actor {
	return Actor{Kind: KindPerson, ID: id, Clinic: clinic}
}

// Token is a program with an API token of a clinic.
func Token(id, clinic string, scopes ...Scope) Actor {
	return Actor{Kind: KindToken, ID: id, Clinic: clinic, Scopes: scopes}
}

// System is a part of Almanac itself, named as the log should name it
// ("dispatch", "worker"). It has no clinic; see In.
func System(name string) Actor {
	return Actor{Kind: KindSystem, ID: name}
}

// Operator is whoever runs a command at the shell for a clinic; the empty
// clinic is for commands about the whole installation (migrate, clinic add).
func Operator(clinic string) Actor {
	return Actor{Kind: KindCommand, ID: "operator", Clinic: clinic}
}

// In gives the actor narrowed to one clinic. Only an actor that has no clinic
// yet can be narrowed; any other stays where it belongs.
func (a Actor) In(clinic string) Actor {
	if a.Clinic == "" {
		a.Clinic = clinic
	}
	return a
}

// String gives kind:id, as logs and the audit write it; never a name.
func (a Actor) String() string {
	if a.Kind == "" {
		return "nobody"
	}
	return string(a.Kind) + ":" + a.ID
}

// LogValue logs an actor as kind:id.
func (a Actor) LogValue() slog.Value { return slog.StringValue(a.String()) }
