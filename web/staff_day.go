package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// dayBlock is one session on Today or in the calendar.
type dayBlock struct {
	ID, Cohort, CohortName string
	Title                  string
	When                   When   // in the clinic's zone
	OwnTime                string // in the cohort's zone, if that differs: "5:00 PM Chicago"
	Leader, Place          string
	For                    string // the person of an appointment; empty: everyone
	Coming, No             int
	Free                   string // "2 seats free"; empty: no limit, or an appointment
	Cancelled, Own         bool
	Attends, Sheet         bool // attendance can be taken; a sign-in sheet is useful
	Untaken                bool // it is over and attendance is not taken
	Moved                  bool
	Clash                  string // what it shares with another session at the same time; empty: nothing
}

// dayColumn is one day with its sessions.
type dayColumn struct {
	Date           string // 2026-01-06, for addresses
	Weekday, Day   string // Tue, 6
	Month          string // Jan
	Name           string // Tue 6 Jan 2026
	Today, Outside bool   // Outside: of another month
	Closed         bool
	Blocks         []dayBlock
	More           int // sessions that are not shown
}

// Count returns the number of sessions in words.
func (d dayColumn) Count() string { return count(len(d.Blocks)+d.More, "session", "sessions") }

// dayBlockOf formats a session for the visitor, in the zone of their clinic.
func (s *Server) dayBlockOf(one reads.DaySession, zone string, who visitor, now time.Time) dayBlock {
	mine := !who.actor.OwnOnly() || one.Own || one.OwnCohort
	takes := mine && one.Live() && who.may(access.AttendanceTake)
	b := dayBlock{
		ID: string(one.ID), Cohort: string(one.Cohort), CohortName: one.CohortName,
		Title: sessionTitle(one.Number, one.Title), When: s.staffWhen(one.Start, one.End, zone),
		Leader: one.LeaderName, Place: one.Place, For: one.For, Coming: one.Coming(), No: one.No,
		Cancelled: !one.Live(), Own: one.Own, Attends: takes && !one.Start.After(now),
		Sheet: takes && one.Start.After(now), Moved: one.Live() && !one.MovedFrom.IsZero(),
		Untaken: takes && one.Past(now) && one.State == scheduler.SessionPlanned && one.Seated > 0,
	}
	if own := s.staffWhen(one.Start, time.Time{}, one.Zone); own.Time != b.When.Time || own.Date != b.When.Date {
		b.OwnTime = own.Time + " " + own.Zone
	}
	if seats := one.SeatsIn(scheduler.Cohort{Capacity: one.Capacity}); one.For == "" && !scheduler.Unlimited(seats) {
		b.Free = count(max(0, seats-one.Seated), "seat", "seats") + " free"
	}
	return b
}

// dayColumns sorts sessions into days of the clinic's zone, n of them from first on.
func (s *Server) dayColumns(all []reads.DaySession, clinic reads.Clinic, first civil.Date, n int, who visitor,
) []dayColumn {
	now, loc := s.Now(), s.location(clinic.Zone)
	today := civil.DateOf(now.In(loc))
	columns := make([]dayColumn, n)
	for i := range columns {
		d := first.AddDays(i)
		leaf := wordsFor("en").wall(civil.WallTime{Date: d, Clock: civil.Clock{Hour: 12}})
		columns[i] = dayColumn{Date: d.String(), Weekday: leaf.Weekday, Day: leaf.Day, Month: leaf.Month,
			Name: leaf.Date, Today: d == today,
			Closed: slices.ContainsFunc(clinic.Closed, func(r civil.DateRange) bool { return r.Contains(d) })}
	}
	clashes := clashesOf(all)
	for _, one := range all {
		i := first.DaysUntil(civil.DateOf(one.Start.In(loc)))
		if i < 0 || i >= n {
			continue
		}
		block := s.dayBlockOf(one, clinic.Zone, who, now)
		block.Clash = clashes[one.ID]
		columns[i].Blocks = append(columns[i].Blocks, block)
	}
	return columns
}

// cut leaves at most most blocks in each column.
func cut(columns []dayColumn, most int) {
	for i := range columns {
		if extra := len(columns[i].Blocks) - most; extra > 0 {
			columns[i].Blocks, columns[i].More = columns[i].Blocks[:most], extra
		}
	}
}

// clashesOf says which sessions share a facilitator or a room with another one at the same time.
func clashesOf(all []reads.DaySession) map[scheduler.ID]string {
	sessions, names := make([]scheduler.Session, len(all)), map[scheduler.ID]string{}
	for i, one := range all {
		sessions[i], names[one.ID] = one.Session.Session, one.CohortName
	}
	said := map[scheduler.ID]string{}
	for id, bookings := range scheduler.DoubleBookings(sessions) {
		var parts []string
		for _, b := range bookings {
			what := "same facilitator"
			switch {
			case b.Leader && b.Room:
				what = "same facilitator and room"
			case b.Room:
				what = "same room"
			}
			parts = append(parts, what+" as "+names[b.With])
		}
		said[id] = strings.Join(parts, "; ")
	}
	return said
}

// startOfDay returns the instant at which a day begins in a zone.
func (s *Server) startOfDay(d civil.Date, zone string) time.Time {
	return civil.Resolve(civil.WallTime{Date: d}, s.location(zone)).Instant
}

// daysAgo formats a stretch that ends now.
func daysAgo(since, now time.Time) string {
	return count(max(0, int(now.Sub(since).Hours()/24)), "day", "days")
}

// grouped formats a number with separators of thousands, as 1,204.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
