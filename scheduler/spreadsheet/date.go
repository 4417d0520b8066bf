package spreadsheet

import (
	"regexp"
	"strconv"
	"strings"

	"almanac/protocols/civil"
)

// order is how a column writes the day and the month of its dates.
type order int

const (
	either order = iota // no date tells, or none needs to
	monthFirst
	dayFirst
	both // some dates are possible only one way, and others only the other
)

var (
	isoDate     = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ][\d:.]+Z?)?$`)
	slashedDate = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?: [\d:.]+(?: ?[AaPp]\.?[Mm]\.?)?)?$`)
	serialDate  = regexp.MustCompile(`^(\d{2})[ \x{a0}\x{202f},.]?(\d{3})(?:\.\d+)?$`)
	dayNamed    = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)? ?(?:de )?([a-z]+)(?: de)? ?(\d{4}|\d{2})$`)
	monthNamed  = regexp.MustCompile(`^([a-z]+) (\d{1,2})(?:st|nd|rd|th)? (\d{4})$`)
)

// months are the first letters of the months in English and Spanish.
var months = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
	"dec": 12, "ene": 1, "abr": 4, "ago": 8, "set": 9, "dic": 12,
}

// findOrder finds in what order dates are written. doubt: all of them could be read both ways, and differently.
func findOrder(cells []string) (found order, doubt bool) {
	days, others := false, false
	for _, cell := range cells {
		m := slashedDate.FindStringSubmatch(cell)
		if m == nil {
			continue
		}
		one, other := number(m[1]), number(m[2])
		days, others = days || one > 12, others || other > 12
		doubt = doubt || one != other
	}
	switch {
	case days && others:
		return both, false
	case days:
		return dayFirst, false
	case others:
		return monthFirst, false
	}
	return either, doubt
}

// readDate reads a date as spreadsheets write it; sentence says what to do about one that cannot be read.
func readDate(text string, by order) (d civil.Date, sentence string) {
	text = strings.TrimSpace(text)
	const bad = "This is not a date. Write it like 2026-01-31."
	if m := isoDate.FindStringSubmatch(text); m != nil {
		return checked(number(m[1]), number(m[2]), number(m[3]))
	}
	if m := slashedDate.FindStringSubmatch(text); m != nil {
		one, other, year := number(m[1]), number(m[2]), fullYear(m[3])
		switch {
		case by == both && one <= 12 && other <= 12 && one != other:
			return d, "This column has dates with the day first and others with the month first. Write them like " +
				"2026-01-31."
		case one > 12, by == dayFirst && other <= 12:
			return checked(year, other, one)
		}
		return checked(year, one, other)
	}
	if m := serialDate.FindStringSubmatch(text); m != nil {
		days := number(m[1] + m[2]) // since the last day of 1899 but one, as Excel counts
		if days < 20000 || days > 80000 {
			return d, bad
		}
		return civil.Date{Year: 1899, Month: 12, Day: 30}.AddDays(days), ""
	}
	words := fold(text)
	if m := dayNamed.FindStringSubmatch(words); m != nil && month(m[2]) > 0 {
		return checked(fullYear(m[3]), month(m[2]), number(m[1]))
	}
	if m := monthNamed.FindStringSubmatch(words); m != nil && month(m[1]) > 0 {
		return checked(number(m[3]), month(m[1]), number(m[2]))
	}
	return d, bad
}

// checked gives a date, or a sentence when the calendar has none.
func checked(year, month, day int) (civil.Date, string) {
	text := strconv.Itoa(year) + "-" + twoDigits(month) + "-" + twoDigits(day)
	d, err := civil.ParseDate(text)
	if err != nil {
		return civil.Date{}, "There is no such day in the calendar. Write dates like 2026-01-31."
	}
	return d, ""
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

func month(word string) int {
	if len(word) < 3 {
		return 0
	}
	return months[word[:3]]
}

func fullYear(text string) int {
	if len(text) == 2 {
		return 2000 + number(text)
	}
	return number(text)
}

// number reads digits that a pattern has found.
func number(digits string) int {
	n, _ := strconv.Atoi(digits) // at most five digits
	return n
}
