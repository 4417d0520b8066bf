package reads

import (
	"time"

	"almanac/scheduler"
)

// AttendanceNote is one entry, or correction, of the attendance of a seat. It holds
// the name of a member of staff.
type AttendanceNote struct {
	Person scheduler.ID
	State  scheduler.SeatState
	scheduler.Attendance
	At time.Time // UTC instant
	By string    // a member of staff; empty: a program or a command
}

// HideAttendance takes out whether they came, for those who may not see it.
func (p *Person) HideAttendance() {
	for i := range p.Items {
		if state := &p.Items[i].State; state.Occupies() {
			*state = scheduler.SeatPlanned
		}
	}
}
