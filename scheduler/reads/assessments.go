package reads

import (
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// AssessmentShow says which windows a list has.
type AssessmentShow string

// The lists. The zero value is all windows.
const (
	AssessmentsToDo       AssessmentShow = "to-do"      // open, due or overdue; the first to close comes first
	AssessmentsAhead      AssessmentShow = "ahead"      // that open within four weeks
	AssessmentsNoted      AssessmentShow = "noted"      // done, missed or refused; the last to close comes first
	AssessmentsDeviations AssessmentShow = "deviations" // done outside their window
)

// AssessmentShows lists the lists, in the order of a page.
func AssessmentShows() []AssessmentShow {
	return []AssessmentShow{AssessmentsToDo, AssessmentsAhead, AssessmentsNoted, AssessmentsDeviations}
}

// AssessmentQuery asks for windows of assessments.
type AssessmentQuery struct {
	Show       AssessmentShow
	Enrollment scheduler.ID // only of this one; empty: of all
	Cohort     scheduler.ID // only of this one; empty: of all
	ID         scheduler.ID // only this one; empty: all
	After      Cursor       // at midnight UTC of the date by which a list is ordered
	Limit      int          // rows; 0: 200
}

// AssessmentRow is one window. A blinded reader gets no enrollment and no cohort.
type AssessmentRow struct {
	scheduler.Assessment
	State      scheduler.AssessmentState // as of the clinic's date
	Cohort     scheduler.ID
	CohortName string
}

// AssessmentPage is one page of a list.
type AssessmentPage struct {
	Rows  []AssessmentRow
	Next  Cursor     // zero: there are no more
	Today civil.Date // the clinic's date, by which windows stand
}
