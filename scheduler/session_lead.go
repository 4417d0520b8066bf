package scheduler

import (
	"fmt"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// SubstituteRequest asks for another facilitator of a session.
type SubstituteRequest struct {
	Session ID
	By      ID     // empty: nobody for now
	Reason  string // why somebody leads without the protocol's credential; empty: they have it
}

// Substitute gives a session another facilitator (rule R16). Conflict when they
// lead or attend something else at the time, and when they lack the credential
// that the protocol asks for and no reason is given, which is kept; Closed when
// the session is over or cancelled; NotFound when there is no such session.
func (b *Book) Substitute(q SubstituteRequest) error {
	r, s, err := b.changeable(q.Session)
	if err != nil {
		return err
	}
	if b.clashes(q.By, s.Start, s.End, s.ID) {
		return fault.New(fault.Conflict,
			"The facilitator already has a session at that time on %s. Choose another one.", s.Wall.Date).In("by")
	}
	if err := b.mayLead(leading{Staff: q.By, Session: s.ID, Reason: q.Reason}, "by", r, s); err != nil {
		return err
	}
	s.Leader = q.By
	b.note("session.substitute", s.ID)
	return nil
}

// RotateRequest asks to let facilitators lead in turn.
type RotateRequest struct {
	Cohort  ID
	Leaders []ID   // in their order
	Reason  string // why some lead without the protocol's credential; empty: they have it
}

// Rotate lets facilitators lead the sessions to come of a cohort in turn (rule
// R16); sessions planned later go on with it. When the one whose turn it is has
// something else at the time, the next who is free leads; when nobody is,
// nobody leads until somebody is named. Conflict when one of them lacks the
// credential that the protocol asks for in a session they would lead, of a
// rolling cohort in the first, and no reason is given, which is kept, in a field
// that names the person, as leaders[1]; Invalid for fewer than two, or somebody named
// twice; NotFound when there is no such cohort.
func (b *Book) Rotate(q RotateRequest) error {
	r := b.Roster(q.Cohort)
	if r == nil {
		return noCohort()
	}
	for i, id := range q.Leaders {
		if id == "" || slices.Contains(q.Leaders[:i], id) {
			return fault.In("leaders", "Each facilitator of a rotation is named once. Choose different ones.")
		}
	}
	if len(q.Leaders) < 2 {
		return fault.In("leaders", "A rotation needs at least two facilitators.")
	}
	main := slices.DeleteFunc(r.upcoming(b.Now), func(s *Session) bool { return !s.Main })
	asked := len(main)
	if r.Cohort.Rolling { // it has no last session by which a credential must be good
		asked = min(asked, len(q.Leaders))
	}
	for i, s := range main[:asked] {
		turn := i % len(q.Leaders)
		if err := b.mayLead(leading{Staff: q.Leaders[turn], Reason: q.Reason}, fmt.Sprintf("leaders[%d]", turn), r,
			s); err != nil {
			return err
		}
	}
	r.Cohort.Rotation = slices.Clone(q.Leaders)
	for _, s := range main {
		s.Leader = ""
	}
	for _, s := range main {
		s.Leader = b.leads(r, s)
	}
	b.note("cohort.rotate", q.Cohort)
	return nil
}

// leads is who leads a session: the one whose turn it is in the cohort's
// rotation, or the next of it who is free then; without a rotation the cohort's
// facilitator. Empty when nobody is free.
func (b *Book) leads(r *Roster, s *Session) ID {
	turns := r.Cohort.Rotation
	if len(turns) == 0 {
		turns = []ID{r.Cohort.Lead}
	}
	for i := range turns {
		next := turns[(max(s.Number, 1)-1+i)%len(turns)]
		if !b.clashes(next, s.Start, s.End, s.ID) {
			return next
		}
	}
	return ""
}

// leadAdded names who leads the sessions that a change has added to a cohort
// with a rotation.
func (b *Book) leadAdded(r *Roster) {
	old := b.Before(r.Cohort.ID)
	for _, s := range r.upcoming(b.Now) {
		if len(r.Cohort.Rotation) > 0 && s.Main && (old == nil || old.Session(s.ID) == nil) {
			s.Leader = b.leads(r, s)
		}
	}
}

// askSmall gives staff a task when fewer people are seated than the protocol
// asks for (rule R14): before a closed cohort begins, and a day before a
// session. The group meets anyway unless somebody decides otherwise.
func (b *Book) askSmall(r *Roster) {
	rule := r.Definition.Capacity
	upcoming := r.upcoming(b.Now)
	if len(upcoming) == 0 {
		return
	}
	// an orientation may come before the first of the main series
	if i := slices.IndexFunc(upcoming, func(s *Session) bool { return s.Number == 1 }); i >= 0 && !r.Cohort.Rolling {
		first := upcoming[i]
		decide := first.Start.Add(-decideBy(r.Definition))
		if rule.MinToStart > r.Seated(first.ID) && !b.Now.Before(decide) {
			b.addTask(Task{Kind: LookTask, About: AboutSmall, Cohort: r.Cohort.ID, Due: first.Start},
				"start:"+string(r.Cohort.ID))
		}
	}
	if rule.BelowMin == "" || rule.BelowMin == "meet" {
		return
	}
	for _, s := range upcoming {
		if s.Start.Sub(b.Now) <= smallBy && rule.MinToHold > r.Seated(s.ID) {
			b.addTask(Task{Kind: LookTask, About: AboutSmall, Cohort: r.Cohort.ID, Session: s.ID, Due: s.Start},
				"meet:"+string(s.ID))
		}
	}
}

// smallBy is how long before a session it is looked at how many will come.
const smallBy = 24 * time.Hour

// decideBy is how long before its start staff decide whether a small cohort begins.
func decideBy(d *protocols.Definition) time.Duration {
	if own := elapsed(d.Entry.DecideBy); own != 0 {
		return own.Abs() // written as -P7D
	}
	return 7 * 24 * time.Hour
}
