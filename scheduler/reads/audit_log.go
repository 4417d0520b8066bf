package reads

import (
	"time"

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
