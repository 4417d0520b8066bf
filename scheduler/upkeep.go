package scheduler

import (
	"fmt"
	"slices"
	"time"

	"almanac/protocols"
)

// Step is one reason for where a person stands: a sentence without a name.
type Step struct {
	At     time.Time // UTC instant
	Person ID
	Text   string
}

// What staff are asked to look at.
const (
	AboutAbsence       = "absence"    // a limit of absences was reached
	AboutHoldEnded     = "hold-ended" // a leave ended by itself
	AboutDeclines      = "declines"   // three offers were declined
	AboutReassess      = "reassess"   // somebody returns and is to be assessed again
	AboutPhaseFull     = "phase-full" // the next phase has no free seat
	AboutOffer         = "offer"      // a seat is kept for somebody's answer
	AboutAttendance    = "attendance" // a session is over and nobody knows who came
	AboutSmall         = "small"      // fewer people than the protocol asks for
	AboutOffersStopped = "silence"    // several offers lapsed or were declined, so no more are made
	AboutWaiting       = "waiting"    // somebody has got on a waitlist
	AboutWaitlist      = "waitlist"   // people still wait for a group that takes nobody any more
	AboutShift         = "shift"      // a date was left out because of a change of clocks
	AboutRole          = "role"       // nobody fills a role of the protocol
	AboutWindow        = "window"     // an appointment found no day in its window
	AboutVideoHost     = "video-host" // the video host of a session that begins soon does not answer
)

// ClosedTask is a task that a rule closed because its cause is gone.
type ClosedTask struct {
	Task ID
	By   string // one of ClosingRules
}

// The rules that close tasks.
const (
	ClosedByCorrection = "rule:attendance-corrected" // the limit of absences is not reached any more
	ClosedByAttendance = "rule:attendance-taken"     // of everybody it is known whether they came
	ClosedByNaming     = "rule:role-filled"          // somebody is named for each role
	ClosedByOfferEnd   = "rule:offer-ended"          // the offer was answered, lapsed or was taken back
)

// ClosingRules lists the rules that close tasks. A task closed by one opens again when its cause comes back.
func ClosingRules() []string {
	return []string{ClosedByCorrection, ClosedByAttendance, ClosedByNaming, ClosedByOfferEnd, ClosedByReturn}
}

// closeTask closes the task of a kind with this natural key, because its cause is gone.
func (b *Book) closeTask(kind TaskKind, natural, by string) {
	b.ClosedTasks = append(b.ClosedTasks, ClosedTask{NewTask(b.Clinic.ID, Task{Kind: kind}, natural, b.Now).ID, by})
}

// Upkeep lets what falls due by the clock alone happen at this moment: offers
// lapse, leaves end, people graduate and seats are offered. Staff are asked for
// attendance that is not known, and to look at people who were absent too often and
// at groups that are too small. Done twice it changes nothing.
func (b *Book) Upkeep() error {
	b.byClock = true
	if err := b.recompute(); err != nil {
		return err
	}
	for _, r := range b.Rosters {
		if r.Definition != nil && r.Cohort.State == CohortOpen {
			b.askAttendance(r)
			b.askAbsences(r)
			b.askSmall(r)
		}
	}
	return nil
}

// recompute brings everything in line with the facts and the moment (rule R19).
// Done twice it changes nothing.
func (b *Book) recompute() error {
	if b.trusting {
		for _, r := range b.Rosters {
			if err := b.planAhead(r); err != nil {
				return err
			}
		}
	}
	b.findGivenBack()
	b.endLeaves()
	b.lapseOffers()
	for _, r := range b.Rosters {
		if r.Definition == nil || r.Cohort.State == CohortEnded {
			continue
		}
		r.limit(b.Now)
		upcoming := r.upcoming(b.Now)
		for _, e := range r.living() {
			b.replanAmong(r, e, upcoming)
		}
		if err := b.assignAppointments(r); err != nil {
			return err
		}
		b.finish(r)
	}
	for _, r := range b.Rosters {
		if r.Definition == nil || r.Cohort.State == CohortEnded {
			continue
		}
		b.holdForOrientation(r)
		b.offerEarlier(r)
		b.offerShort(r)
		b.makeOffers(r, b.offerable(r))
		b.askWaiting(r)
		b.endCohort(r)
	}
	b.upToDate = true
	return b.Err()
}

// planAhead extends a rolling cohort: to the end of the projection, and to the
// date up to which its sessions are wanted.
func (b *Book) planAhead(r *Roster) error {
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return fmt.Errorf("planning ahead: %w", err)
	}
	if _, _, err := r.extend(loc, b.Now); err != nil {
		return err
	}
	for r.Cohort.Rolling && r.Cohort.EndsAfter.IsZero() && r.lastDate().Before(b.until[r.Cohort.ID]) {
		if _, err := r.appendNext(r.turn(), loc); err != nil {
			return err
		}
		r.arrange()
	}
	return nil
}

// limit sets the seats of what is to come: those of the cohort, and never fewer
// than are taken or rest.
func (r *Roster) limit(now time.Time) {
	for _, s := range r.upcoming(now) {
		if s.Kind != string(protocols.KindIndividual) {
			s.SeatLimit = max(s.SeatsIn(r.Cohort), r.Seated(s.ID)+r.returnable(s))
		}
	}
}

// say writes down a reason.
func (b *Book) say(person ID, format string, args ...any) {
	b.Steps = append(b.Steps, Step{At: b.Now, Person: person, Text: fmt.Sprintf(format, args...)})
}

// sayTo writes a reason down for everybody with a seat in a session.
func (b *Book) sayTo(r *Roster, s *Session, format string, args ...any) {
	for _, seat := range r.seatsIn(s.ID) {
		if seat.State != SeatReleased {
			b.say(seat.Person, format, args...)
		}
	}
}

// ask gives staff a task about an enrollment, once for its natural key; false when
// the book has asked for it already.
func (b *Book) ask(r *Roster, e *Enrollment, about, natural string) bool {
	return b.addTask(Task{
		Kind: LookTask, About: about, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
		Due: b.Now.Add(24 * time.Hour),
	}, about+":"+natural)
}

func (b *Book) addTask(t Task, natural string) bool {
	task := NewTask(b.Clinic.ID, t, natural, b.Now)
	if slices.ContainsFunc(b.Tasks, func(other Task) bool { return other.ID == task.ID }) {
		return false
	}
	b.Tasks = append(b.Tasks, task)
	return true
}
