package scheduler

import (
	"cmp"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// ReportName names a report: numbers of a clinic over time.
type ReportName string

// The reports.
const (
	ReportSeats      ReportName = "seats"      // free seats in sessions
	ReportWaiting    ReportName = "waiting"    // who waited at the end of each period, and for how long
	ReportAttendance ReportName = "attendance" // who came, and no-shows
	ReportMessages   ReportName = "messages"   // how late messages were sent, and those that were missed
	ReportStays      ReportName = "stays"      // stays that ended
)

// ReportNames lists the reports in the order of the page.
func ReportNames() []ReportName {
	return []ReportName{ReportSeats, ReportWaiting, ReportAttendance, ReportMessages, ReportStays}
}

// ReportStep is how long the periods of a report are.
type ReportStep string

// The steps. Weeks begin on Monday.
const (
	ByWeek  ReportStep = "week"
	ByMonth ReportStep = "month"
)

const (
	// defaultWeeks is how many weeks a report covers when nobody says it.
	defaultWeeks = 12
	// longestReport is the most days of a report.
	longestReport = 2 * 366
	// The years of a report.
	earliestYear, latestYear = 2000, 2199
)

// Unknown stands for a value that a period does not have, such as the median of nothing.
const Unknown = -1

// ReportColumn is one number of a report.
type ReportColumn struct {
	Key  string
	Unit ReportUnit
	Of   string // the key of the number of which it is a share; empty: of none
	Sum  bool   // it can be added up over periods
}

// ReportUnit is what a number of a report counts.
type ReportUnit string

// The units.
const (
	UnitCount   ReportUnit = "count"
	UnitDays    ReportUnit = "days"
	UnitSeconds ReportUnit = "seconds"
)

// reportColumns are the numbers of each report.
var reportColumns = map[ReportName][]ReportColumn{
	ReportSeats: {
		{Key: "sessions", Unit: UnitCount, Sum: true}, {Key: "seats", Unit: UnitCount, Sum: true},
		{Key: "taken", Unit: UnitCount, Of: "seats", Sum: true}, {Key: "free", Unit: UnitCount, Of: "seats", Sum: true},
		{Key: "full", Unit: UnitCount, Of: "sessions", Sum: true},
	},
	ReportWaiting: {
		{Key: "waiting", Unit: UnitCount}, {Key: "median", Unit: UnitDays}, {Key: "longest", Unit: UnitDays},
	},
	ReportAttendance: {
		{Key: "sessions", Unit: UnitCount, Sum: true}, {Key: "noted", Unit: UnitCount, Sum: true},
		{Key: "attended", Unit: UnitCount, Of: "noted", Sum: true},
		{Key: "late", Unit: UnitCount, Of: "noted", Sum: true},
		{Key: "excused", Unit: UnitCount, Of: "noted", Sum: true},
		{Key: "no_shows", Unit: UnitCount, Of: "noted", Sum: true}, {Key: "not_noted", Unit: UnitCount, Sum: true},
	},
	ReportMessages: {
		{Key: "sent", Unit: UnitCount, Sum: true}, {Key: "late", Unit: UnitCount, Of: "sent", Sum: true},
		{Key: "missed", Unit: UnitCount, Sum: true}, {Key: "half", Unit: UnitSeconds},
		{Key: "most", Unit: UnitSeconds}, {Key: "longest", Unit: UnitSeconds},
	},
	ReportStays: {
		{Key: "completed", Unit: UnitCount, Sum: true}, {Key: "left", Unit: UnitCount, Sum: true},
		{Key: "left_waitlist", Unit: UnitCount, Sum: true},
	},
}

// Columns returns the numbers of a report; nil when there is no such report.
func (n ReportName) Columns() []ReportColumn { return reportColumns[n] }

// ReportSpan is the time that a report covers. Both ends are included.
type ReportSpan struct {
	From, To civil.Date
	By       ReportStep
}

// ReportPeriod is one week or month, cut off where its report begins and ends.
type ReportPeriod struct{ From, To civil.Date }

// ReportRow is a period with its numbers, in the order of the columns.
type ReportRow struct {
	ReportPeriod
	Values []int
}

// Resolve fills in what is missing: the last twelve weeks up to today, week by week. Invalid, with the fields, when
// the end comes before the beginning, or the span is longer than two years.
func (s ReportSpan) Resolve(today civil.Date) (ReportSpan, error) {
	s.By = cmp.Or(s.By, ByWeek)
	if s.By != ByWeek && s.By != ByMonth {
		return s, fault.In("by", "Choose week or month.")
	}
	switch {
	case s.To.IsZero() && s.From.IsZero():
		s.To = today
	case s.To.IsZero():
		s.To = slices.MaxFunc([]civil.Date{today, s.From}, civil.Date.Compare)
	}
	if s.From.IsZero() {
		s.From = s.To.AddDays(-7 * (defaultWeeks - 1))
		s.From = s.From.AddDays(-daysSinceMonday(s.From))
	}
	switch {
	case s.From.Year < earliestYear:
		return s, fault.In("from", "Choose a first day from the year %d on.", earliestYear)
	case s.To.Year > latestYear:
		return s, fault.In("to", "Choose a last day up to the year %d.", latestYear)
	case s.To.Before(s.From):
		return s, fault.In("to", "Choose a last day that is not before the first.")
	case s.From.AddDays(longestReport).Before(s.To):
		return s, fault.In("to", "Choose a period of at most two years.")
	}
	return s, nil
}

func daysSinceMonday(d civil.Date) int { return (int(d.Weekday()) - int(time.Monday) + 7) % 7 }

// Periods cuts a resolved span into weeks or months.
func (s ReportSpan) Periods() []ReportPeriod {
	var all []ReportPeriod
	for from := s.From; !from.After(s.To); {
		next := from.AddDays(7 - daysSinceMonday(from))
		if s.By == ByMonth {
			next = civil.Date{Year: from.Year, Month: from.Month, Day: 1}.AddMonths(1)
		}
		to := next.AddDays(-1)
		if to.After(s.To) {
			to = s.To
		}
		all = append(all, ReportPeriod{From: from, To: to})
		from = next
	}
	return all
}

// Before leaves out the periods that begin after a day.
func (s ReportSpan) Before(day civil.Date) []ReportPeriod {
	return slices.DeleteFunc(s.Periods(), func(p ReportPeriod) bool { return p.From.After(day) })
}

// ReportDay is what one day adds to the numbers of a report.
type ReportDay struct {
	Date   civil.Date
	Values []int
}

// SumReport adds up days by period. Days outside of all periods are left out.
func SumReport(periods []ReportPeriod, columns int, days []ReportDay) []ReportRow {
	rows := emptyRows(periods, columns)
	for _, day := range days {
		i := periodOf(periods, day.Date)
		if i < 0 {
			continue
		}
		for n, value := range day.Values {
			rows[i].Values[n] += value
		}
	}
	return rows
}

func emptyRows(periods []ReportPeriod, columns int) []ReportRow {
	rows := make([]ReportRow, len(periods))
	for i, p := range periods {
		rows[i] = ReportRow{ReportPeriod: p, Values: make([]int, columns)}
	}
	return rows
}

// periodOf finds the period of a day, -1 when there is none.
func periodOf(periods []ReportPeriod, day civil.Date) int {
	i, found := slices.BinarySearchFunc(periods, day, func(p ReportPeriod, d civil.Date) int {
		switch {
		case p.To.Before(d):
			return -1
		case p.From.After(d):
			return 1
		}
		return 0
	})
	if !found {
		return -1
	}
	return i
}

// Quantile gives the least of sorted values that so many hundredths of them do not exceed; zero when there are none.
func Quantile[T cmp.Ordered](sorted []T, hundredths int) (none T) {
	if len(sorted) == 0 {
		return none
	}
	return sorted[(len(sorted)*hundredths+99)/100-1]
}

// Value gives the number with a key, Unknown when the report has no such number.
func (n ReportName) Value(values []int, key string) int {
	i := slices.IndexFunc(n.Columns(), func(c ReportColumn) bool { return c.Key == key })
	if i < 0 {
		return Unknown
	}
	return values[i]
}

// Share gives a number in hundredths of the one that it is a share of, rounded. It is Unknown where there is none, or
// where that one is 0.
func (n ReportName) Share(values []int, column int) int {
	columns := n.Columns()
	of := slices.IndexFunc(columns, func(c ReportColumn) bool { return c.Key == columns[column].Of })
	if of < 0 || values[of] <= 0 {
		return Unknown
	}
	return (200*values[column] + values[of]) / (2 * values[of])
}

// Total adds up the rows. Numbers that cannot be added up are Unknown.
func (n ReportName) Total(rows []ReportRow) []int {
	total := make([]int, len(n.Columns()))
	for i, column := range n.Columns() {
		if !column.Sum {
			total[i] = Unknown
			continue
		}
		for _, row := range rows {
			total[i] += row.Values[i]
		}
	}
	return total
}
