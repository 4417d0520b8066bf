package reads

import (
	"log/slog"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// AuditHead is a signed head of the log of a clinic's audit.
type AuditHead struct {
	Clinic scheduler.ID
	Size   int64
	At     time.Time
	Signed string // a signed note
}

// AuditProof says what a verification of the audit in the database found.
type AuditProof struct {
	Size    int64     // rows under the latest head that is proved
	At      time.Time // when it was signed
	Pending int64     // rows that are not in the log yet
}

// HeadMail takes the newest head to an address of the clinic's choice, once a day. It holds an address.
type HeadMail struct {
	Clinic scheduler.ID
	Email  string
	Zone   string     // the clinic's
	Day    civil.Date // the clinic's local day that it is for
	Head   AuditHead
}

// LogValue logs the mail as its clinic.
func (m HeadMail) LogValue() slog.Value { return slog.StringValue(string(m.Clinic)) }
