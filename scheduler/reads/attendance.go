package reads

import (
	"time"

	"almanac/scheduler"
)

// AttendanceNote is one taking or correction of one seat's attendance. It holds
// the name of who noted it.
type AttendanceNote struct {
	Person scheduler.ID
	State  scheduler.SeatState
	scheduler.Attendance
	At time.Time // UTC instant
	By string    // a member of staff; empty: a program or a command
}
