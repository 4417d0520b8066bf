package web

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Assessments lists when people are to be assessed, and that they were.
type Assessments interface {
	// Assessments gives a blinded reader no enrollment and no cohort.
	Assessments(ctx context.Context, a access.Actor, clinic scheduler.ID,
		q reads.AssessmentQuery) (reads.AssessmentPage, error)
	// AssessmentTarget fails with NotFound if there is no such window within reach.
	AssessmentTarget(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (scheduler.ID, string, error)
	// ExportAssessments gives all, which the audit notes.
	ExportAssessments(ctx context.Context, a access.Actor, clinic scheduler.ID,
		each func(reads.AssessmentRow) error) error
}

func noAssessment() error {
	return fault.New(fault.NotFound, "There is no such assessment. Choose one from the list.")
}
