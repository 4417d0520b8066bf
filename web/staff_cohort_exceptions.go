package web

import (
	"cmp"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// exceptionLine is a rule that was set aside, and why. Reason and By are empty if the reader may
// not see them.
type exceptionLine struct {
	What, About, Reason, By string
	At                      When
}

// exceptionLines lists the rules that were set aside in a cohort, latest first.
func (s *Server) exceptionLines(c reads.Cohort) []exceptionLine {
	lines := make([]exceptionLine, 0, len(c.Exceptions))
	for _, o := range slices.Backward(c.Exceptions) {
		line := exceptionLine{What: o.Rule.InWords(), About: nameOf(c, o.Enrollment), Reason: o.Reason,
			At: s.staffWhen(o.At, time.Time{}, c.Cohort.Zone)}
		if i := slices.IndexFunc(c.Sessions, func(x reads.Session) bool { return x.ID == o.Session }); i >= 0 {
			line.About = wordsFor("en").date(c.Sessions[i].Wall.Date)
		}
		if o.Reason != "" {
			line.By = cmp.Or(o.By, "a program")
		}
		lines = append(lines, line)
	}
	return lines
}

// nameOf returns the person of an enrollment of the cohort, "" if it is not listed.
func nameOf(c reads.Cohort, enrollment scheduler.ID) string {
	i := slices.IndexFunc(c.Enrollments, func(e reads.Enrollment) bool { return e.ID == enrollment })
	if i < 0 {
		return ""
	}
	return c.Enrollments[i].Name
}

// windowText describes the window of an appointment, "" if it has none.
func windowText(session *scheduler.Session) string {
	if session.Opens.IsZero() {
		return ""
	}
	return "between " + wordsFor("en").date(session.Opens) + " and " + wordsFor("en").date(session.Closes)
}
