package web

import (
	"strconv"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
)

// The headers of exports, and one row of each. Instants are in a zone, dates of sessions in that of their cohort.

// RosterHeader is the header of RosterCells.
func RosterHeader() []string {
	return []string{"cohort", "name", "email", "phone", "state", "asked", "first session", "ended", "person",
		"enrollment"}
}

// RosterCells writes a person of a cohort.
func RosterCells(r reads.RosterRow, zone *time.Location) []string {
	entry := ""
	if !r.Entry.Date.IsZero() {
		entry = r.Entry.Date.String()
	}
	return []string{r.CohortName, r.Name, r.Email, r.Phone, stateNames[r.State], spreadsheet.Stamp(r.RequestedAt, zone),
		entry, spreadsheet.Stamp(r.EndedAt, zone), string(r.Person), string(r.Enrollment)}
}

// AttendanceHeader is the header of AttendanceCells.
func AttendanceHeader() []string {
	return []string{"date", "time", "time zone", "cohort", "session", "name", "attendance", "minutes",
		"minutes planned", "hours of notice", "parts left out", "person"}
}

// AttendanceCells writes a person in a session.
func AttendanceCells(r reads.AttendanceRow) []string {
	state, minutes := string(r.State), ""
	if n, known := r.Attended(); known {
		minutes = strconv.Itoa(n)
	}
	if r.State == scheduler.SeatPlanned {
		state = "not noted"
	}
	notice := ""
	if r.State == scheduler.SeatExcused {
		notice = strconv.Itoa(r.NoticeHours)
	}
	return []string{r.Wall.Date.String(), r.Wall.Clock.String(), r.Zone, r.CohortName, r.Title, r.Name, state, minutes,
		strconv.Itoa(r.Scheduled), notice, r.Missed, string(r.Person)}
}

// NoticeHeader is the header of NoticeCells.
func NoticeHeader() []string {
	return []string{"due", "what", "to", "channel", "cohort", "session", "result", "sent", "seconds late", "why",
		"attempts"}
}

// NoticeCells writes a message and its fate.
func NoticeCells(r reads.LedgerRow, zone *time.Location) []string {
	session, sent, late := "", "", ""
	if !r.Moment.Start.IsZero() {
		session = r.Moment.Wall.String()
	}
	if r.State.HandedOver() {
		sent, late = spreadsheet.Stamp(r.Done, zone), strconv.Itoa(int(r.Late().Seconds()))
	}
	why := noticeReasons[r.Reason]
	if why == "" {
		why = r.Reason
	}
	result := noticeStates[r.State]
	if r.TooLate {
		result = "sent too late"
	}
	return []string{spreadsheet.Stamp(r.Due, zone), noticeKinds[r.Kind], r.Name, string(r.Channel), r.CohortName,
		session, result, sent, late, why, strconv.Itoa(r.Attempts)}
}

// TaskHeader is the header of TaskCells.
func TaskHeader() []string {
	return []string{"due", "since", "what", "name", "phone", "cohort", "session", "details"}
}

// TaskCells writes an open task.
func TaskCells(t reads.Task, zone *time.Location) []string {
	do, session := taskTexts[string(t.Kind)+" "+t.About], ""
	if do == "" {
		do = "Get in touch"
	}
	if !t.Session.Start.IsZero() {
		session = t.Session.Wall.String()
	}
	return []string{spreadsheet.Stamp(t.Due, zone), spreadsheet.Stamp(t.CreatedAt, zone), do, t.Name, t.Phone,
		t.CohortName, session, t.Note}
}
