package desk

import (
	"almanac/scheduler"
	"almanac/scheduler/access"
)

// Assess proposes to note what became of an assessment. It does not rest: nobody is told, and another note replaces it.
func Assess(q scheduler.AssessRequest) Proposal {
	p := ofEnrollment(q.Enrollment, nil)
	p.action = access.AssessmentNote
	p.do = func(b *scheduler.Book, by access.Actor) error {
		q.By = by.String()
		return b.Assess(q)
	}
	return p
}
