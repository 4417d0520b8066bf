package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// journeyStep is one station of an enrollment, from asking to graduation.
type journeyStep struct {
	Label, State string // State: done, now or ahead
	Date         When   // when it was; of a step that is not done, when it is projected
	Note         string // what else there is to say, such as until when an offer is kept
}

// nextStep is the one thing that is due for an enrollment.
type nextStep struct {
	Name, Label, Address string // Name: of the step; Address: where it is done
	Admit                bool   // it is done by a button
	Why                  string
}

// journeyOf lists the stations of an enrollment. The first that is not done is now.
func (s *Server) journeyOf(book *scheduler.Book, r *scheduler.Roster, e *scheduler.Enrollment,
	it scheduler.Itinerary, zone string) []journeyStep {
	loc := s.location(r.Cohort.Zone)
	today := civil.DateOf(s.Now().In(loc))
	local := func(at time.Time) When { return localDate(civil.DateOf(at.In(loc))) }
	steps := []journeyStep{{Label: "Asked", State: "done",
		Date: localDate(civil.DateOf(e.RequestedAt.In(s.location(zone))))}}
	add := func(label string, done bool, date When, note string) {
		steps = append(steps, journeyStep{Label: label, Date: date, Note: note,
			State: map[bool]string{true: "done", false: "ahead"}[done]})
	}
	if all := r.Definition.Entry.Prerequisites; len(all) > 0 || len(r.Undone(e)) > 0 {
		date, note := prepared(r, e, local)
		add(preparedLabel(all), len(r.Undone(e)) == 0, date, note)
	}
	switch n := len(e.Offers); {
	case e.State == scheduler.Waiting:
		add("Offered", false, When{}, "number "+strconv.Itoa(it.WaitlistPosition)+" on the waitlist")
	case e.State == scheduler.Offered && e.Offer() != nil:
		add("Offered", false, When{}, "on "+local(e.Offer().MadeAt).Date+s.keptUntil(book, r, e))
	case n > 0:
		add("Offered", true, local(e.Offers[n-1].MadeAt), "")
	}
	entry := it.Entry
	if entry.IsZero() {
		entry = it.ExpectedEntry
	}
	started := !entry.IsZero() && !entry.After(today) && e.State != scheduler.Waiting && e.State != scheduler.Offered
	add("Started", started, localDate(entry), "")
	if dose := it.DoseMet; !dose.IsZero() {
		add("Dose", true, localDate(dose), "")
	} else if !it.DoseProjected.IsZero() {
		add("Dose", false, localDate(it.DoseProjected), "")
	}
	add("Graduated", e.State == scheduler.Completed, localDate(it.Graduation), "")
	return closeJourney(steps, e, local)
}

// prepared says when the prerequisites were done, or how many of them are.
func prepared(r *scheduler.Roster, e *scheduler.Enrollment, local func(time.Time) When) (When, string) {
	undone := r.Undone(e)
	done := len(r.Definition.Entry.Prerequisites)
	for _, p := range undone {
		if p.Kind != scheduler.PrerequisiteDate {
			done--
		}
	}
	var last time.Time
	for _, fact := range e.Facts {
		if (fact.Kind == scheduler.FactPrerequisite || fact.Kind == scheduler.FactOverride) && fact.At.After(last) {
			last = fact.At
		}
	}
	switch {
	case len(undone) == 0:
		return whenKnown(last, local), ""
	case done == 0 || last.IsZero():
		return When{}, "not recorded yet"
	}
	return When{}, strconv.Itoa(done) + " of " + strconv.Itoa(done+len(undone)) + " recorded, the last on " +
		local(last).Date
}

// keptUntil says until when the seats of an open offer are kept.
func (s *Server) keptUntil(book *scheduler.Book, r *scheduler.Roster, e *scheduler.Enrollment) string {
	until := s.staffWhen(book.OfferEnds(e.ID), time.Time{}, r.Cohort.Zone)
	if !until.Known() {
		return ", open"
	}
	return ", open until " + until.Date + ", " + until.Time
}

// closeJourney marks the station that is due, or ends the line where a person left.
func closeJourney(steps []journeyStep, e *scheduler.Enrollment, local func(time.Time) When) []journeyStep {
	if e.State == scheduler.Withdrawn {
		steps = slices.DeleteFunc(steps, func(s journeyStep) bool { return s.State != "done" })
		return append(steps, journeyStep{Label: "Left", State: "done", Date: whenKnown(e.EndedAt, local)})
	}
	if i := slices.IndexFunc(steps, func(s journeyStep) bool { return s.State == "ahead" }); i >= 0 {
		steps[i].State = "now"
	}
	return steps
}

func whenKnown(at time.Time, local func(time.Time) When) When {
	if at.IsZero() {
		return When{}
	}
	return local(at)
}

// preparedLabel names the station of all prerequisites.
func preparedLabel(all []protocols.Prerequisite) string {
	if slices.ContainsFunc(all, func(p protocols.Prerequisite) bool { return strings.Contains(p.ID, "orientation") }) {
		return "Orientation"
	}
	return "Prerequisites"
}

// dueSteps are the steps that may be due, the most urgent first, each with the reason.
var dueSteps = []struct{ name, why string }{
	{"done", "A prerequisite is not recorded yet."}, {"date", "A date that the protocol asks for is not recorded yet."},
	{"tell", "A seat is kept for them, and nobody has told them yet."}, {"accept", "They have an offer to answer."},
	{"again", "They stopped answering offers."}, {"makeup", "They owe content that another cohort may still have."},
}

// Next returns the one thing that is due, or nothing.
func (v *enrollmentPage) Next() nextStep {
	if v.MayAdmit && v.First {
		return nextStep{Label: "Move from waitlist to a seat", Admit: true, Why: "They are first on the waitlist."}
	}
	for _, due := range dueSteps {
		for _, step := range v.Progress.Steps {
			if step.Name == due.name {
				return nextStep{Name: step.Name, Label: step.Label, Why: due.why,
					Address: "/enrollments/" + v.ID + "/steps/" + step.Name}
			}
		}
	}
	if v.Progress.Untaken != "" {
		return nextStep{Label: "Take attendance", Address: "/sessions/" + v.Progress.Untaken + "/attendance"}
	}
	return nextStep{}
}

// Rest lists the other steps that are possible.
func (v *enrollmentPage) Rest() []stepLink {
	next := v.Next().Name
	return slices.DeleteFunc(slices.Clone(v.Progress.Steps), func(s stepLink) bool { return s.Name == next })
}

// More reports whether there is anything beside the next step.
func (v *enrollmentPage) More() bool {
	return len(v.Rest()) > 0 || v.MayWithdraw || v.MayAdmit && !v.First
}
