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
