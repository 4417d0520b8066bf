package reads

import (
	"log/slog"
	"time"

	"almanac/scheduler"
)

// Identity is the organization's account of a member of staff, as far as it is shown. The zero value: none is linked.
type Identity struct {
	Issuer string
	Linked time.Time
	Used   time.Time // zero: never
}

// Known reports whether an account is linked.
func (i Identity) Known() bool { return !i.Linked.IsZero() }

// IdentityUse is what an organization says of somebody who signed in there, and what that is used for: to prove the
// sign-in Token of Staff, or to sign in on Device.
type IdentityUse struct {
	Issuer, Subject string
	Name            string
	Email           string // confirmed by the organization; empty: none
	Mapped          bool   // groups give roles here
	Role            string // that their groups give; empty: none
	Clinic          string // where an account is made that groups give a role; empty: the only clinic
	Token           string
	Staff           scheduler.ID
	Device          string
}

// LogValue logs a use as its issuer.
func (u IdentityUse) LogValue() slog.Value { return slog.StringValue(u.Issuer) }
