package scheduler

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// AssessmentMode is how an assessment was done.
type AssessmentMode string

// AssessmentModes lists the modes in the order of a form.
func AssessmentModes() []AssessmentMode { return []AssessmentMode{"person", "video", "phone", "form"} }

// AssessmentOutcome is what became of an assessment.
type AssessmentOutcome string

// The outcomes. The zero value is none yet.
const (
	AssessmentDone    AssessmentOutcome = "done"
	AssessmentMissed  AssessmentOutcome = "missed"
	AssessmentRefused AssessmentOutcome = "refused"
)

// AssessmentOutcomes lists the outcomes in the order of a form.
func AssessmentOutcomes() []AssessmentOutcome {
	return []AssessmentOutcome{AssessmentDone, AssessmentMissed, AssessmentRefused}
}

// AssessmentState is how a window stands on one day.
type AssessmentState string

// The states of a window without an outcome; with one the outcome is its state.
const (
	AssessmentAhead   AssessmentState = "ahead"   // it opens later
	AssessmentOpen    AssessmentState = "open"    // before the target
	AssessmentDue     AssessmentState = "due"     // from the target to the last day
	AssessmentOverdue AssessmentState = "overdue" // it has closed
)

// Assessment is the window of an assessment of one enrollment, with what was noted of it. It holds no scores.
type Assessment struct {
	ID         ID // derived from the person: it tells nothing of the cohort
	Enrollment ID
	Person     ID
	Window     string // id of the assessment, with a number behind it when it is repeated
	Title      string
	// Opens, Target and Closes are local dates of the cohort, ends included. Target and Closes are zero while a
	// person who is to be assessed before entry has no entry.
	Opens, Target, Closes civil.Date
	Outcome               AssessmentOutcome
	Date                  civil.Date // local date on which it was done, or is known to be missed or refused
	Mode                  AssessmentMode
	By                    string    // actor who noted it, as kind:id
	At                    time.Time // UTC instant at which it was noted
}

// StateOn is how the window stands on a local date.
func (a Assessment) StateOn(today civil.Date) AssessmentState {
	switch {
	case a.Outcome != "":
		return AssessmentState(a.Outcome)
	case a.Opens.After(today):
		return AssessmentAhead
	case a.Target.IsZero() || a.Target.After(today):
		return AssessmentOpen
	case a.Closes.Before(today):
		return AssessmentOverdue
	default:
		return AssessmentDue
	}
}

// Deviates tells whether the assessment was done outside its window.
func (a Assessment) Deviates() bool { return a.Outcome == AssessmentDone && !a.covers(a.Date) }

func (a Assessment) covers(date civil.Date) bool {
	return !date.Before(a.Opens) && (a.Closes.IsZero() || !date.After(a.Closes))
}

// assessmentFacts are the kinds of facts that note an assessment; one of them stands for each window.
var assessmentFacts = map[AssessmentOutcome]FactKind{
	AssessmentDone: FactAssessment, AssessmentMissed: FactAssessmentMissed, AssessmentRefused: FactAssessmentRefused,
}

func assessmentKinds() []FactKind {
	return []FactKind{FactAssessment, FactAssessmentMissed, FactAssessmentRefused}
}

// assessed returns the fact about a window, and its outcome.
func (c *History) assessed(window string) (Fact, AssessmentOutcome) {
	for _, f := range c.Facts {
		for outcome, kind := range assessmentFacts {
			if f.Kind == kind && f.What == window {
				return f, outcome
			}
		}
	}
	return Fact{}, ""
}

// Assessments lists the windows of an enrollment as its dates are now, in the order of the protocol. An enrollment that
// another one continues has none: that one has them all. Who withdrew keeps those that count from the discharge. Who
// has no seat yet has those that the protocol asks for before entry.
func (b *Book) Assessments(enrollment ID) []Assessment {
	r, e := b.withEnrollment(enrollment)
	if e == nil || r.Definition == nil || len(r.Definition.Assessments) == 0 || b.continuedBy(e) != nil {
		return nil
	}
	var all []Assessment
	for _, w := range r.Definition.PersonWindows(b.personAnchors(r, e)) {
		if _, outcome := e.assessed(w.ID); outcome == "" && !r.asksNow(e, &w.Assessment) {
			continue
		}
		title := w.Assessment.Title
		if title == "" {
			title = w.Assessment.ID
		}
		if w.Number > 0 {
			title += " " + strconv.Itoa(w.Number)
		}
		all = append(all, b.noted(e, Assessment{Window: w.ID, Title: title, Opens: w.Opens, Target: w.Target,
			Closes: w.Closes}))
	}
	return append(all, b.beforeEntry(r, e, all)...)
}

// asksNow tells whether an enrollment in its state is to be assessed.
func (r *Roster) asksNow(e *Enrollment, item *protocols.Assessment) bool {
	switch e.State {
	case Waiting, Offered:
		return false
	case Pending:
		return r.asksBefore(item.ID)
	case Withdrawn:
		return item.Anchor == "discharge" && e.Entry != ""
	default:
		return true
	}
}

// asksBefore tells whether the protocol asks for an assessment before entry.
func (r *Roster) asksBefore(id string) bool {
	return slices.ContainsFunc(r.Definition.Entry.Prerequisites,
		func(p protocols.Prerequisite) bool { return p.ID == id })
}

// beforeEntry lists the assessments that an enrollment without an entry needs to begin, which have no dates yet.
func (b *Book) beforeEntry(r *Roster, e *Enrollment, dated []Assessment) []Assessment {
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return nil
	}
	var all []Assessment
	for _, item := range r.Definition.Assessments {
		known := slices.ContainsFunc(dated, func(a Assessment) bool { return a.Window == item.ID })
		if e.State == Pending && r.asksBefore(item.ID) && !known {
			all = append(all, b.noted(e, Assessment{Window: item.ID, Title: item.Title,
				Opens: civil.WallOf(e.RequestedAt, loc).Date}))
		}
	}
	return all
}

// noted fills in whose window it is, and what was noted of it.
func (b *Book) noted(e *Enrollment, a Assessment) Assessment {
	a.ID, a.Enrollment, a.Person = DeriveID(e.Person, "assessment", string(e.ID)+"\x00"+a.Window), e.ID, e.Person
	f, outcome := e.assessed(a.Window)
	a.Outcome, a.Date, a.Mode, a.By, a.At = outcome, f.Date, AssessmentMode(f.Mode), f.By, f.At
	return a
}

// continuedBy is the enrollment that continues another one with what was assessed there, nil when there is none.
func (b *Book) continuedBy(e *Enrollment) *Enrollment {
	if e.State.Live() {
		return nil
	}
	for _, r := range b.Rosters {
		for _, next := range r.Enrollments {
			if next.Continues == e.ID && next.State != Withdrawn && !slices.ContainsFunc(e.Facts, func(f Fact) bool {
				_, outcome := next.assessed(f.What)
				_, was := e.assessed(f.What)
				return was != "" && outcome == ""
			}) {
				return next
			}
		}
	}
	return nil
}

// personAnchors finds the dates from which the windows of an enrollment count.
func (b *Book) personAnchors(r *Roster, e *Enrollment) protocols.PersonAnchors {
	a := protocols.PersonAnchors{
		Date: func(anchor string) (civil.Date, bool) {
			date := b.anchorDate(r, e, anchor)
			return date, !date.IsZero()
		},
		Done: func(window string) (civil.Date, bool) {
			f, outcome := e.assessed(window)
			return f.Date, outcome == AssessmentDone
		},
	}
	if !slices.ContainsFunc(r.Definition.Assessments, func(x protocols.Assessment) bool { return x.EachSession() }) {
		return a
	}
	for _, p := range b.heldSeats(b.creditChain(e)...) {
		if p.session.Live() && p.session.Number > 0 && !p.makeup {
			a.Sessions = append(a.Sessions, p.session.Wall.Date)
		}
	}
	return a
}

// anchorDate is the local date of an anchor that is no assessment; zero while nobody knows it.
func (b *Book) anchorDate(r *Roster, e *Enrollment, anchor string) civil.Date {
	entry := b.entryDate(e)
	switch anchor {
	case "cohort-start":
		return r.startDate()
	case "entry":
		return entry
	case "last-session":
		if !r.Cohort.Rolling {
			return r.lastMain()
		}
		return b.stayOver(r, e)
	case "graduation":
		return b.stayOver(r, e)
	case "discharge":
		if d := r.dischargeDate(r.Session(e.Entry)); !d.IsZero() && e.State.Live() {
			return d
		}
		return b.stayOver(r, e)
	case "randomisation":
		return e.clinicalDate(anchor)
	case "programme-start", "programme-middle", "programme-end":
		return b.programmePart(r, e, anchor)
	}
	if kind, rest, found := strings.Cut(anchor, ":"); found {
		n, _ := strconv.Atoi(rest)
		switch {
		case kind == "week" && !entry.IsZero():
			return entry.AddDays(7 * (n - 1))
		case kind == "session":
			return r.sessionDate(func(s *Session) bool { return s.Number == n && n > 0 }, firstOf)
		case kind == "phase-start":
			return r.sessionDate(func(s *Session) bool { return s.Number > 0 && s.Phase == rest }, firstOf)
		case kind == "phase-end":
			return r.sessionDate(func(s *Session) bool { return s.Number > 0 && s.Phase == rest }, lastOf)
		}
		return civil.Date{}
	}
	return r.sessionDate(func(s *Session) bool {
		own := s.For == "" || s.For == e.ID
		return own && (s.Position == anchor || s.Position == anchor+"-1")
	}, firstOf)
}

// which says which of several sessions gives a date.
type which int

const (
	firstOf which = iota
	lastOf
)

// sessionDate is the local date of the first or the last session that stands and fits; zero when none does.
func (r *Roster) sessionDate(fits func(*Session) bool, at which) (date civil.Date) {
	for _, s := range r.Sessions {
		if !s.Live() || !fits(s) {
			continue
		}
		if date = s.Wall.Date; at == firstOf {
			return date
		}
	}
	return date
}

// startDate is the date of the first session. Of a rolling cohort the book may lack it.
func (r *Roster) startDate() civil.Date {
	if date := r.sessionDate(func(s *Session) bool { return s.Number == 1 }, firstOf); !date.IsZero() {
		return date
	}
	return r.Cohort.Start
}

func (r *Roster) lastMain() civil.Date {
	return r.sessionDate(func(s *Session) bool { return s.Number > 0 }, lastOf)
}

// stayOver is the local date of the graduation, past or to come. Of a stay that ended without one it is the day it
// ended.
func (b *Book) stayOver(r *Roster, e *Enrollment) civil.Date {
	if date := b.graduatesOn(r, e); !date.IsZero() || e.EndedAt.IsZero() {
		return date
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return civil.Date{}
	}
	return civil.WallOf(e.EndedAt, loc).Date
}

// clinicalDate is a date of the person's record, zero when it was not recorded.
func (c *History) clinicalDate(field string) civil.Date {
	for _, f := range c.Facts {
		if f.Kind == FactClinical && f.What == field {
			return f.Date
		}
	}
	return civil.Date{}
}

// programmePart is the beginning, the middle or the end of the person's programme: of its sessions, or of its weeks
// where it has none.
func (b *Book) programmePart(r *Roster, e *Enrollment, part string) civil.Date {
	var dates []civil.Date
	for _, s := range r.Sessions {
		if s.Live() && s.Number > 0 && s.For == "" {
			dates = append(dates, s.Wall.Date)
		}
	}
	if entry := b.entryDate(e); len(dates) == 0 && !entry.IsZero() {
		for week := range r.Definition.ProgrammeWeeks() {
			dates = append(dates, entry.AddDays(7*week))
		}
	}
	switch n := len(dates); {
	case n == 0:
		return civil.Date{}
	case part == "programme-start":
		return dates[0]
	case part == "programme-middle":
		return dates[(n+1)/2-1]
	default:
		return dates[n-1]
	}
}

// AssessRequest notes what became of an assessment, or takes a note back.
type AssessRequest struct {
	Enrollment ID
	Window     string            // id of the window
	Outcome    AssessmentOutcome // empty: nothing is noted any more
	Date       civil.Date        // local date of the cohort; zero: today
	Mode       AssessmentMode    // of one that is done; empty: not said
	Reason     string            // why it was done outside its window; kept
	By         string            // actor, as kind:id
}

// Assess notes what became of an assessment; what was noted before is replaced. When the protocol asks for it before
// entry, it is also done as a prerequisite, so that the person gets their seat. NotFound when there is no such
// enrollment; Invalid for a window that the person does not have, a date that is still to come or before they asked, a
// date outside the window without a reason, or an outcome or mode that does not exist.
func (b *Book) Assess(q AssessRequest) error {
	r, e := b.withEnrollment(q.Enrollment)
	if e == nil {
		return noEnrollment()
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	today := civil.WallOf(b.Now, loc).Date
	if q.Date.IsZero() {
		q.Date = today
	}
	all := b.Assessments(e.ID)
	i := slices.IndexFunc(all, func(a Assessment) bool { return a.Window == q.Window })
	if i < 0 {
		return fault.In("window", "This person has no assessment %q. Choose one of: %s.", q.Window, windowNames(all))
	}
	if err := q.check(all[i], today, civil.WallOf(e.RequestedAt, loc).Date); err != nil {
		return err
	}
	for _, kind := range assessmentKinds() {
		e.forget(kind, q.Window)
	}
	b.note("enrollment.assessment", e.ID, e.Person)
	if q.Outcome == "" {
		b.say(e.Person, "Nothing is noted of the assessment %q any more.", all[i].Title)
		return nil
	}
	e.record(Fact{Kind: assessmentFacts[q.Outcome], What: q.Window, Date: q.Date, Mode: string(q.Mode), At: b.Now,
		Reason: q.Reason, By: q.By})
	b.say(e.Person, "The assessment %q is %s, on %s.", all[i].Title, q.Outcome, q.Date)
	asked := slices.ContainsFunc(r.Undone(e), func(p protocols.Prerequisite) bool { return p.ID == q.Window })
	if asked && q.Outcome == AssessmentDone && e.State.Live() {
		return b.prepare(e.ID, Fact{Kind: FactPrerequisite, What: q.Window, At: b.Now})
	}
	return nil
}

// check fails as Assess does.
func (q *AssessRequest) check(a Assessment, today, asked civil.Date) error {
	switch {
	case q.Outcome == "":
		return nil
	case assessmentFacts[q.Outcome] == "":
		return fault.In("outcome", "There is no such outcome; choose done, missed or refused.")
	case q.Mode != "" && (q.Outcome != AssessmentDone || !slices.Contains(AssessmentModes(), q.Mode)):
		return fault.In("mode", "Say how it was done with person, video, phone or form; for a missed or refused one "+
			"say nothing.")
	case q.Date.After(today):
		return fault.In("date", "%s is still to come. An assessment is noted when it is done.", q.Date)
	case q.Date.Before(asked):
		return fault.In("date", "%s is before this person was enrolled, on %s. Enter a day from then on.", q.Date,
			asked)
	case q.Outcome != AssessmentDone || a.covers(q.Date):
		return nil
	}
	if _, err := needReason("An assessment outside its window", q.Reason); err != nil {
		if a.Closes.Before(q.Date) {
			return fault.In("reason", "The window closed on %s. Note the assessment as missed, or say why it was done "+
				"on %s.",
				a.Closes, q.Date)
		}
		return fault.In("reason", "The window opens on %s. Check the date, or say why it was done on %s.", a.Opens,
			q.Date)
	}
	return nil
}

func windowNames(all []Assessment) string {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.Window
	}
	if len(names) == 0 {
		return "none, while they have no dates"
	}
	return strings.Join(names, ", ")
}
