package protocols

import (
	"fmt"
	"sync"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/us"

	"almanac/protocols/civil"
)

// HolidaysUSFederal names the eleven days of 5 U.S.C. 6103, on their actual date and, if different, on the date they
// are observed: a Saturday's on Friday, a Sunday's on Monday.
const HolidaysUSFederal = "us-federal"

// holidayCalendars are the names that a plan accepts, beside "" for none.
var holidayCalendars = []string{HolidaysUSFederal}

// closures are the days on which no session may lie.
type closures struct {
	closed   []civil.DateRange
	holidays []holiday
}

// holiday is a rule of a holiday calendar with the reasons it gives, made once.
type holiday struct {
	rule             *cal.Holiday
	actual, observed string
}

// usFederal takes the rules from the library and leaves its arithmetic, which works in the zone of the machine.
var usFederal = sync.OnceValue(func() []holiday {
	all := make([]holiday, len(us.Holidays))
	for i, rule := range us.Holidays {
		all[i] = holiday{rule: rule, actual: "holiday: " + rule.Name, observed: "holiday: " + rule.Name + " (observed)"}
	}
	return all
})

func newClosures(closed []civil.DateRange, holidays string) (closures, error) {
	switch holidays {
	case "":
		return closures{closed: closed}, nil
	case HolidaysUSFederal:
		return closures{closed: closed, holidays: usFederal()}, nil
	default:
		return closures{}, fmt.Errorf("the holiday calendar %q is unknown; write %s", civil.Clip(holidays),
			orList(holidayCalendars))
	}
}

// reason says why no session lies on d, or "". A closed day wins over a holiday.
func (c closures) reason(d civil.Date) string {
	for _, r := range c.closed {
		if r.Contains(d) {
			return "closed"
		}
	}
	for _, h := range c.holidays {
		actual, ok := holidayDate(h.rule, d.Year)
		if ok && actual == d {
			return h.actual
		}
		if ok && observedDate(h.rule, actual) == d {
			return h.observed
		}
		// New Year's Day on a Saturday is observed in the year before.
		if next, ok := holidayDate(h.rule, d.Year+1); ok && observedDate(h.rule, next) == d {
			return h.observed
		}
	}
	return ""
}

// holidayDate is the date of a holiday in a year; ok is false before the year it was first kept.
func holidayDate(rule *cal.Holiday, year int) (d civil.Date, ok bool) {
	if year < rule.StartYear || (rule.EndYear > 0 && year > rule.EndYear) {
		return civil.Date{}, false
	}
	if rule.Day > 0 {
		return civil.Date{Year: year, Month: rule.Month, Day: rule.Day}, true
	}
	return nthWeekday(civil.Date{Year: year, Month: rule.Month, Day: 1}, rule.Weekday, rule.Offset), true
}

func observedDate(rule *cal.Holiday, actual civil.Date) civil.Date {
	for _, alternative := range rule.Observed {
		if actual.Weekday() == alternative.Day {
			return actual.AddDays(alternative.Offset)
		}
	}
	return actual
}

// Holiday is a day on which many clinics close.
type Holiday struct {
	Date civil.Date
	Name string // in English, such as Thanksgiving Day
}

// FederalHolidays lists the federal holidays of the United States among n days, on the date they are observed.
func FederalHolidays(from civil.Date, n int) []Holiday {
	var all []Holiday
	for i := range n {
		d := from.AddDays(i)
		for _, h := range usFederal() {
			for _, year := range []int{d.Year, d.Year + 1} { // New Year's Day may be observed in the year before
				actual, ok := holidayDate(h.rule, year)
				if ok && observedDate(h.rule, actual) == d {
					all = append(all, Holiday{d, h.rule.Name})
				}
			}
		}
	}
	return all
}
