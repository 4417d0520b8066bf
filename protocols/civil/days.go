package civil

import (
	"strconv"
	"strings"
	"time"
)

// dayNumber counts the days since 1970-01-01 in the proleptic Gregorian calendar. The year is taken to begin in
// March, so that the leap day is its last; 146097 days are 400 years.
func (d Date) dayNumber() int {
	year, month := d.Year, int(d.Month)
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + d.Day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}

// dateOfDay is the date of a day number: the inverse of dayNumber.
func dateOfDay(number int) Date {
	number += 719468
	era := floorDiv(number, 146097)
	dayOfEra := number - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	month := (5*dayOfYear + 2) / 153
	d := Date{Year: yearOfEra + era*400, Day: dayOfYear - (153*month+2)/5 + 1}
	if month < 10 {
		d.Month = time.Month(month + 3)
	} else {
		d.Month = time.Month(month - 9)
		d.Year++
	}
	return d
}

func daysIn(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int) int { return a - floorDiv(a, b)*b }

// digits reads text[from:to] as a number of nothing but the digits 0 to 9.
func digits(text string, from, to int) (int, bool) {
	if len(text) < to {
		return 0, false
	}
	n := 0
	for _, c := range []byte(text[from:to]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func appendPadded(b []byte, n, width int) []byte {
	text := strconv.Itoa(n)
	for range width - len(text) {
		b = append(b, '0')
	}
	return append(b, text...)
}

func cutRange(text string) (from, to string, isRange bool) { return strings.Cut(text, "..") }
