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
	ByPasskey    SignInMethod = "passkey"
	ByProvider   SignInMethod = "provider" // their organization's account
)

// SignIn is an open sign-in of a member of staff.
type SignIn struct {
	ID      scheduler.ID // not a secret: it opens nothing
	Method  SignInMethod
	Device  string // the browser in plain words, such as Firefox on Windows; empty: unknown
	At      time.Time
	Seen    time.Time // the last use, to a minute
	Expires time.Time
	Proved  time.Time // the last use of a passkey or of the organization's account; zero: none
}

// ProofLife is how long the use of a passkey, or of the organization's account, proves who somebody is.
const ProofLife = 15 * time.Minute

// What lets the staff of a clinic in.
const (
	SignInByMail = "mail"   // a link by mail is enough
	SignInStrong = "strong" // a passkey or the organization's account is needed
)

// StaffKeys counts the members of staff of a clinic who are not disabled.
type StaffKeys struct {
	All     int
	Without int // they have no passkey, and no account of their organization is linked
}

// Keyed reports whether a sign-in was made or proved by more than a link that came by mail, at any time.
func (s SignIn) Keyed() bool { return s.Method == ByCommand || !s.Proved.IsZero() }

// Strong reports whether a sign-in suffices at now for exports and staff: a passkey or the organization's account was
// used a short while ago, or the link was printed on the server.
func (s SignIn) Strong(now time.Time) bool {
	return s.Method == ByCommand || !s.Proved.IsZero() && now.Sub(s.Proved) < ProofLife
}

// SignedIn is a member of staff with the sign-in of this request.
type SignedIn struct {
	Staff
	SignIn      SignIn
	LockMinutes int  // of the clinic
	NeedsKey    bool // the clinic asks for more than a link by mail, and this sign-in is no more
	Screen
}

// Screen is the state of a sign-in, as the script of a page asks for it.
type Screen struct {
	Locked bool   // idle for too long: it must be unlocked first
	Holder string // a keyed digest of the holder's id: equal for all their sign-ins, and it opens nothing
}

// EndSignIns says which sign-ins of a member of staff end. The zero value means all.
type EndSignIns struct {
	Only   scheduler.ID // empty: all
	Except scheduler.ID // empty: none
	DryRun bool         // only count them
}

// Passkey is a passkey of a member of staff.
type Passkey struct {
	ID    scheduler.ID
	Name  string
	Added time.Time
	Used  time.Time // zero: never
}

// PasskeyChange renames a passkey, or removes it.
type PasskeyChange struct {
	ID     scheduler.ID
	Name   string
	Remove bool
	DryRun bool // only check that it is there
}

// PasskeyUse says what a passkey is used for: to prove the sign-in Token of Staff, or to sign in on Device.
type PasskeyUse struct {
	Token  string
	Staff  scheduler.ID
	Device string
}

// PasskeyEvent is something about a passkey that a member of staff is told.
type PasskeyEvent string

// The events of a passkey, and of the organization's account.
const (
	PasskeyAdded    PasskeyEvent = "passkey-added"
	PasskeyRemoved  PasskeyEvent = "passkey-removed"
	AccountLinked   PasskeyEvent = "account-linked"
	AccountUnlinked PasskeyEvent = "account-unlinked"
)

// PasskeyMail tells a member of staff what became of a passkey, as the mail needs it.
type PasskeyMail struct {
	Clinic, Staff scheduler.ID
	ClinicName    string
	ClinicZone    string // an IANA name
	Name, Email   string
	What          PasskeyEvent
	Passkey       string // its name; empty for the organization's account
	At            time.Time
}

// LogValue logs news as the id of its member of staff.
func (n PasskeyMail) LogValue() slog.Value { return slog.StringValue(string(n.Staff)) }

// FirstAdmin is who becomes the first admin of a new installation, and on which browser.
type FirstAdmin struct{ Name, Email, Device string }
