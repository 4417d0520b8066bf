package web

import (
	"fmt"
	"strconv"
	"time"

	"almanac/scheduler"
)

// reportWords are what a report is called, what it counts, and which of its numbers its chart shows.
type reportWords struct {
	title, says, chart string
	columns            map[string]string
}

var reports = map[scheduler.ReportName]reportWords{
	scheduler.ReportSeats: {"Free seats", "The seats of the sessions that take place, and how many of them are " +
		"free. Sessions without a limit of seats count as sessions only.", "free", map[string]string{
		"sessions": "Sessions", "seats": "Seats", "taken": "Taken", "free": "Free", "full": "Full sessions"}},
	scheduler.ReportWaiting: {"Waiting", "How many people were on a waitlist when the period ended, and how long " +
		"before they had asked. People who hold an offer, or have still to come to an orientation, do not count.",
		"waiting",
		map[string]string{"waiting": "Waiting", "median": "Median days", "longest": "Longest days"}},
	scheduler.ReportAttendance: {"Attendance", "What staff noted of the seats in sessions that are over. Shares are " +
		"of the seats noted.", "no_shows", map[string]string{"sessions": "Sessions", "noted": "Noted",
		"attended": "Attended", "late": "Of them late", "excused": "Excused", "no_shows": "No-shows",
		"not_noted": "Not noted"}},
	scheduler.ReportMessages: {"Late messages", "Messages by the day on which they were due. Late is more than a " +
		"minute after that. Missed messages were not sent in time.", "late", map[string]string{"sent": "Sent",
		"late": "Late", "missed": "Missed", "half": "Half within", "most": "99% within", "longest": "All within"}},
	scheduler.ReportStays: {"Completed", "Enrollments that ended. Those that go on in another cohort or phase do " +
		"not count.", "completed", map[string]string{"completed": "Completed", "left": "Left",
		"left_waitlist": "Left the waitlist"}},
}

// ReportTitle is what a report is called.
func ReportTitle(name scheduler.ReportName) string { return reports[name].title }

// ReportHeader is the header of ReportCells: the days of the period, then each number. Numbers that are shares of
// another have a column of hundredths, and durations are in seconds.
func ReportHeader(name scheduler.ReportName) []string {
	header := []string{"from", "to"}
	for _, column := range name.Columns() {
		title := reports[name].columns[column.Key]
		if column.Unit == scheduler.UnitSeconds {
			title += ", seconds"
		}
		header = append(header, title)
		if column.Of != "" {
			header = append(header, title+", %")
		}
	}
	return header
}

// ReportCells writes a period of a report. What is not known is empty.
func ReportCells(name scheduler.ReportName, row scheduler.ReportRow) []string {
	cells := []string{row.From.String(), row.To.String()}
	for i, column := range name.Columns() {
		cells = append(cells, plainNumber(row.Values[i]))
		if column.Of != "" {
			cells = append(cells, plainNumber(name.Share(row.Values, i)))
		}
	}
	return cells
}

func plainNumber(n int) string {
	if n == scheduler.Unknown {
		return ""
	}
	return strconv.Itoa(n)
}

// reportCell is one number as a page shows it.
type reportCell struct {
	Title string // of its column
	Text  string
	Share string // empty: of nothing
}

// reportCells formats the numbers of a row.
func reportCells(name scheduler.ReportName, values []int) []reportCell {
	cells := make([]reportCell, len(values))
	for i, column := range name.Columns() {
		cells[i] = reportCell{Title: reports[name].columns[column.Key], Text: reportNumber(column.Unit, values[i])}
		if share := name.Share(values, i); column.Of != "" && share != scheduler.Unknown {
			cells[i].Share = fmt.Sprintf("%d%%", share)
		}
	}
	return cells
}

func reportNumber(unit scheduler.ReportUnit, n int) string {
	switch {
	case n == scheduler.Unknown:
		return "–"
	case unit == scheduler.UnitSeconds:
		return lateness(time.Duration(n) * time.Second)
	}
	return grouped(n)
}
