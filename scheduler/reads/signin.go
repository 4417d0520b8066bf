package reads

import (
	"log/slog"
	"time"

	"almanac/scheduler"
)

// SignInLink is a new one-time link for one member of staff, as the mail with it needs it. The token stands nowhere
// else.
type SignInLink struct {
	Clinic, Staff scheduler.ID
	ClinicName    string
	ClinicZone    string // an IANA name
	Name, Email   string
	Token         string
	Expires       time.Time
	Invited       bool // a colleague added them; false: they asked for it
}

// LogValue logs a link as the id of its member of staff.
func (l SignInLink) LogValue() slog.Value { return slog.StringValue(string(l.Staff)) }

// SignInMethod is how a sign-in was made.
type SignInMethod string

// The ways to sign in.
const (
	ByMail       SignInMethod = "mail"       // a link that they asked for by mail
	ByInvitation SignInMethod = "invitation" // a link that an admin made
	ByCommand    SignInMethod = "command"    // a link that a command printed on the server
)

// SignIn is an open sign-in of a member of staff.
type SignIn struct {
	ID      scheduler.ID // not a secret: it opens nothing
	Method  SignInMethod
	Device  string // the browser in plain words, such as Firefox on Windows; empty: unknown
	At      time.Time
	Seen    time.Time // the last use, to a minute
	Expires time.Time
}

// SignedIn is a member of staff with the sign-in of this request.
type SignedIn struct {
	Staff
	SignIn SignIn
}

// EndSignIns says which sign-ins of a member of staff end. The zero value means all.
type EndSignIns struct {
	Only   scheduler.ID // empty: all
	Except scheduler.ID // empty: none
	DryRun bool         // only count them
}
