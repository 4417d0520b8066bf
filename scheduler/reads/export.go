package reads

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// ExportedPerson is a person of a clinic as an export has them. It holds all contact data.
type ExportedPerson struct {
	ID             scheduler.ID
	Zone, Language string
	scheduler.Contact
}

// RosterRow is a person of a cohort as an export has them. It holds a name and addresses.
type RosterRow struct {
	Cohort             scheduler.ID
	CohortName         string
	Enrollment, Person scheduler.ID
	Name, Email, Phone string
	State              scheduler.EnrollmentState
	RequestedAt        time.Time
	Entry              civil.WallTime // the first session; zero without one
	EndedAt            time.Time      // zero while it lasts
}

// AttendanceQuery selects sessions by their local dates; both ends are included.
type AttendanceQuery struct {
	From, Until civil.Date
	Cohort      scheduler.ID // empty: all
}

// AttendanceRow is a person in a session that is over. It holds a name.
type AttendanceRow struct {
	Cohort           scheduler.ID
	CohortName, Zone string
	Session          scheduler.ID
	Wall             civil.WallTime
	Title            string // for staff
	Scheduled        int    // minutes
	Person           scheduler.ID
	Name             string
	State            scheduler.SeatState
	scheduler.Attendance
}

// Attended is how many minutes the person was there, as far as it is known.
func (r AttendanceRow) Attended() (minutes int, known bool) {
	switch r.State {
	case scheduler.SeatPresent, scheduler.SeatLate:
		return r.Scheduled, true
	case scheduler.SeatPartial:
		return r.Minutes, true
	case scheduler.SeatExcused, scheduler.SeatMissed:
		return 0, true
	}
	return 0, false
}
