package scheduler

import (
	"maps"
	"slices"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// asksFor is the field of the person from which the protocol counts the earliest entry, as
// "stable-dose-since"; empty: it asks for none.
func (r *Roster) asksFor() string {
	if rule := r.Definition.Entry.Earliest; rule != nil {
		return rule.Field
	}
	return ""
}

// notBefore is the first local date on which somebody may begin: by their own wish, and by the
// protocol's time after a date of their record. Zero: any.
func (r *Roster) notBefore(e *Enrollment) civil.Date {
	date := e.Earliest
	if rule := r.Definition.Entry.Earliest; rule != nil && !e.recorded(FactOverride, rule.Field) {
		for _, f := range e.Facts {
			if f.Kind != FactClinical || f.What != rule.Field {
				continue
			}
			if by := rule.Plus.AddTo(f.Date); by.After(date) {
				date = by
			}
		}
	}
	return date
}

// checkFacts checks dates of a person's record. Invalid, at facts, for a field that the protocol does
// not ask for, and for a date that is missing or still to come.
func (b *Book) checkFacts(r *Roster, facts map[string]civil.Date) error {
	today, _, err := b.todayIn(r.Cohort.Zone)
	if err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(facts)) {
		switch date := facts[field]; {
		case field != r.asksFor() && r.asksFor() == "":
			return fault.In("facts", "The protocol asks for no dates of a person. Leave %q out.", field)
		case field != r.asksFor():
			return fault.In("facts", "The protocol does not ask for %q. It asks for %q.", field, r.asksFor())
		case date.IsZero():
			return fault.In("facts", "Give a date for %q, written like 2026-01-06.", field)
		case date.After(today):
			return fault.In("facts", "%s is still to come. Give the date for %q when it is past.", date, field)
		}
	}
	return nil
}

// RecordDate records a date of the person's record that the protocol asks for. When nothing else is
// open, the person is seated or waits. NotFound when there is no such enrollment; Invalid as for the
// facts of Enroll, and when another date is on record; Closed when the enrollment has ended.
func (b *Book) RecordDate(enrollment ID, field string, date civil.Date) error {
	r, e := b.withEnrollment(enrollment)
	if e == nil {
		return noEnrollment()
	}
	if err := b.checkFacts(r, map[string]civil.Date{field: date}); err != nil {
		return err
	}
	if e.recorded(FactClinical, field) {
		return fault.In("facts", "A date for %q is already on record.", field)
	}
	return b.prepare(enrollment, Fact{Kind: FactClinical, What: field, Date: date, At: b.Now})
}
