package main

import (
	"fmt"
	"strings"
	"testing"
)

// A methadone clinic doses from 05:30 to 13:30, and on Saturdays from 06:00 to 09:00.
func TestHoursToAvoid(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	dosing := []string{"--avoid", "mon-fri 05:30-13:30 clinic-dosing", "--avoid", "sat 06:00-09:00 clinic-dosing",
		"--buffer", "45m"}
	const clash = "Session 1 on Tuesday 2027-01-05 from 12:30 to 14:30 clashes with clinic-dosing from 05:30 to " +
		"13:30 and 45 minutes on the way; choose another time or day.\n"
	for name, args := range map[string][]string{
		"cohort":   {"cohort", "open", "--protocol", "more-mmt", "--place", "Room 2", "--format", "table"},
		"calendar": {"protocol", "calendar", "more-mmt"},
	} {
		at := func(clock string) []string {
			return append(append(args, "--start", "2027-01-05", "--zone", storyZone, "--time", clock), dosing...)
		}
		if code, out, trouble := c.run("", at("12:30")...); code == exitDone || out != "" || trouble != clash {
			t.Errorf("%s at 12:30: code %d, printed %q, said %q", name, code, out, trouble)
		}
		if out := c.prints("", at("14:15")...); !strings.Contains(out, "2027-01-05") {
			t.Errorf("%s at 14:15 printed %q", name, out)
		}
	}
}

func TestParseHours(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mon-sat 05:30-13:30": "[Monday Tuesday Wednesday Thursday Friday Saturday] 05:30 13:30 " +
			"hours-to-avoid",
		"sat 06:00-09:00 clinic-dosing": "[Saturday] 06:00 09:00 clinic-dosing",
		"fri-mon,wed 10:00-11:00":       "[Friday Saturday Sunday Monday Wednesday] 10:00 11:00 hours-to-avoid",
		" 10:00-11:00 ":                 "[] 10:00 11:00 hours-to-avoid",
	} {
		h, err := parseHours(text)
		if got := strings.Join([]string{fmt.Sprint(h.Days), h.From.String(), h.To.String(), h.What}, " "); err != nil ||
			got != want {
			t.Errorf("%q is read as %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "mon", "mon 05:30", "xyz 05:30-13:30", "mon- 05:30-13:30", "mon 5-6",
		"mon 05:30-25:00", "mon 05:30-13:30 clinic dosing"} {
		if h, err := parseHours(text); err == nil {
			t.Errorf("%q is read as %v", text, h)
		}
	}
}
