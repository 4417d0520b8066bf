package reads

import (
	"log/slog"
	"time"

	"almanac/scheduler"
)

// Glass is an access in an emergency: one member of staff, one person, one hour, a reason.
type Glass struct {
	ID, Person   scheduler.ID
	PersonName   string // empty: the reader of the list may not see it
	By, Reason   string
	From, Until  time.Time
	Reviewed     time.Time // zero: nobody has looked at it yet
	ReviewedBy   string
	AlreadyOpen  bool    // it stood already, and nothing was changed
	TellOfficers []Staff // privacy officers, or the admins where there is none
}

// GlassMail tells somebody of an access in an emergency. It does not say about whom.
type GlassMail struct {
	Clinic, Staff          scheduler.ID // whom it is for
	ClinicName, ClinicZone string
	Name, Email            string
	By                     string
	At, Until              time.Time
}

// LogValue logs a mail as the id of its member of staff.
func (m GlassMail) LogValue() slog.Value { return slog.StringValue(string(m.Staff)) }
