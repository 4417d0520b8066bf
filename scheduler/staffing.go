package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// SetCapacity gives a cohort another number of seats; nobody loses one by it.
// Invalid when it is none, or more than MaxCapacity; NotFound when there is no
// such cohort.
func (b *Book) SetCapacity(cohort ID, seats int) error {
	r := b.Roster(cohort)
	if r == nil {
		return noCohort()
	}
	if seats < 1 || seats > MaxCapacity {
		return fault.In("capacity", "A group has between 1 and %d seats. Give a number between them.", MaxCapacity)
	}
	r.Cohort.Capacity = seats
	b.note("cohort.capacity", cohort)
	return b.recompute()
}

// CloseCohort closes one cohort on some days: its sessions then are cancelled, and
// their contents go as the protocol says for closed days. Closed when one of
// the sessions is over; NotFound when there is no such cohort.
func (b *Book) CloseCohort(cohort ID, days protocols.DateRange) error {
	r := b.Roster(cohort)
	if r == nil {
		return noCohort()
	}
	r.Cohort.Closed = append(slices.Clone(r.Cohort.Closed), days)
	content := Append
	if r.Definition.OnHoliday == protocols.ClosureSkip {
		content = Skip
	}
	for _, s := range slices.Clone(r.Sessions) {
		if !s.Live() || s.For != "" || !days.Contains(s.Wall.Date) {
			continue
		}
		if err := b.Cancel(Cancelling{Session: s.ID, Content: content}); err != nil {
			return err
		}
	}
	b.note("cohort.close", cohort)
	return b.recompute()
}

// Substituting is what is asked for when a session gets another facilitator.
type Substituting struct {
	Session ID
	By      ID     // empty: nobody for now
	Reason  string // why somebody leads without the protocol's credential; empty: they have it
}

// Substitute gives a session another facilitator (rule R16). Conflict when they
// lead or attend something else at the time, and when they lack the credential
// that the protocol asks for and no reason is given; Closed when the session is
// over or cancelled; NotFound when there is no such session.
func (b *Book) Substitute(q Substituting) error {
	r, s, err := b.changeable(q.Session)
	if err != nil {
		return err
	}
	if b.clashes(q.By, s.Start, s.End, s.ID) {
		return fault.New(fault.Conflict, "The facilitator already has a session at that time on %s. Choose another one.", s.Wall.Date).In("by")
	}
	if err := b.checkCredential(r, s, q.By); err != nil && q.Reason == "" {
		return err
	}
	s.Leader = q.By
	b.note("session.substitute", s.ID)
	return nil
}

// checkCredential refuses a facilitator who lacks the credential that the
// protocol asks of who leads a session, or whose credential has expired by its
// date.
func (b *Book) checkCredential(r *Roster, s *Session, who ID) error {
	need := r.credential(s)
	if who == "" || need == "" || b.trusting {
		return nil
	}
	var expired protocols.Date
	if f := b.Staff[who]; f != nil {
		for _, c := range f.Credentials {
			switch {
			case c.Name != need:
			case c.Expires.IsZero() || !s.Wall.Date.After(c.Expires):
				return nil
			default:
				expired = c.Expires
			}
		}
	}
	if !expired.IsZero() {
		return fault.New(fault.Conflict, "The credential %q of this facilitator expires on %s, before the session of %s. Choose another one, renew it, or give a reason.", need, expired, s.Wall.Date).In("by")
	}
	return fault.New(fault.Conflict, "The protocol asks for the credential %q, which this facilitator does not have on record. Choose another one, record it, or give a reason.", need).In("by")
}

// credential is what the protocol asks of who leads a session, empty for nothing:
// the credential of its first role there.
func (r *Roster) credential(s *Session) string {
	for _, role := range r.Definition.Roles {
		inPhase := len(role.Phases) == 0 || slices.Contains(role.Phases, s.Phase)
		inSession := len(role.Sessions) == 0 || slices.Contains(role.Sessions, s.Number)
		if inPhase && inSession {
			return role.Credential
		}
	}
	return ""
}

// Rotate lets facilitators lead the sessions to come of a cohort in turn (rule
// R16); sessions planned later go on with it. One at whose time its facilitator
// has something else has nobody until somebody is named. Invalid for nobody, or
// somebody named twice; NotFound when there is no such cohort.
func (b *Book) Rotate(cohort ID, leaders ...ID) error {
	r := b.Roster(cohort)
	if r == nil {
		return noCohort()
	}
	for i, id := range leaders {
		if id == "" || slices.Contains(leaders[:i], id) {
			return fault.In("leaders", "Each facilitator of a rotation is named once. Choose different ones.")
		}
	}
	if len(leaders) < 2 {
		return fault.In("leaders", "A rotation needs at least two facilitators.")
	}
	r.Cohort.Rotation = slices.Clone(leaders)
	for _, s := range r.upcoming(b.Now) {
		if !s.Main {
			continue
		}
		s.Leader = ""
		if next := r.turnOf(s.Number); !b.clashes(next, s.Start, s.End, s.ID) {
			s.Leader = next
		}
	}
	b.note("cohort.rotate", cohort)
	return nil
}

// turnOf is who leads the session of a number: the next in the rotation, or the
// cohort's facilitator.
func (r *Roster) turnOf(number int) ID {
	if len(r.Cohort.Rotation) == 0 || number < 1 {
		return r.Cohort.Lead
	}
	return r.Cohort.Rotation[(number-1)%len(r.Cohort.Rotation)]
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
	first := upcoming[0]
	decide := first.Start.Add(-decideBy(r.Definition))
	if !r.Cohort.Rolling && first.Number == 1 && rule.MinToStart > r.Seated(first.ID) && !b.Now.Before(decide) {
		b.addTask(Task{Kind: LookTask, About: AboutSmall, Cohort: r.Cohort.ID, Due: first.Start}, "start:"+string(r.Cohort.ID))
	}
	if rule.BelowMin == "" || rule.BelowMin == "meet" {
		return
	}
	for _, s := range upcoming {
		if s.Start.Sub(b.Now) <= smallBy && rule.MinToHold > r.Seated(s.ID) {
			b.addTask(Task{Kind: LookTask, About: AboutSmall, Cohort: r.Cohort.ID, Session: s.ID, Due: s.Start}, "meet:"+string(s.ID))
		}
	}
}

// smallBy is how long before a session it is looked at how many will come.
const smallBy = 24 * time.Hour

// decideBy is how long before its start staff decide whether a small cohort begins.
func decideBy(d *protocols.Definition) time.Duration {
	if own := elapsed(d.Entry.DecideBy); own > 0 {
		return own
	}
	return 7 * 24 * time.Hour
}
