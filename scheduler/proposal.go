package scheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// Proposal is a change that can be previewed before it is confirmed. The
// functions of this file make them; each fails as the method of Book that it
// is named after.
type Proposal struct {
	action access.Action
	load   Load
	do     func(b *Book, by access.Actor) error
	what   string // of a change that can be taken back: what it did, for staff; empty: it cannot be
}

// rests lets a change rest, so that it can be taken back.
func (p Proposal) rests(what string) Proposal {
	p.what = what
	return p
}

// Preview says what a proposal would do and who would be told what, and the
// change number that its confirmation must carry.
type Preview struct {
	ChangeNo int64
	Told     []Announcement
	Staff    []StaffAnnouncement // who leads is told, too
	Cohorts  []CohortEffect
	// Enrollments are those that would be new, or in another state, or begin elsewhere.
	Enrollments []EnrollmentEffect
	Shifts      []string // sentences: what a change of clocks does to dates of the change, with both readings
	Rests       bool     // it can be taken back for UndoWindow, and its messages leave then
	Frees       bool     // it frees seats of a cohort in which somebody waits
	AtOnce      bool     // some of its messages leave at once, so it cannot be taken back
}

// Effects lists what the change does to the sessions of all cohorts.
func (p Preview) Effects() []Effect {
	var all []Effect
	for _, c := range p.Cohorts {
		all = append(all, c.Sessions...)
	}
	return all
}

// Troubled lists the cohorts in which the change cannot be done.
func (p Preview) Troubled() []ID {
	var all []ID
	for _, c := range p.Cohorts {
		if c.Trouble != nil {
			all = append(all, c.Cohort)
		}
	}
	return all
}

// Changed says what a proposal did.
type Changed struct {
	Made     ID   // empty: it makes nothing
	Repeated bool // it was done before under the same key; nothing was changed now
	Cohorts  []ID // that it looked at
	// ChangeNo takes it back before Until; 0: it cannot be taken back.
	ChangeNo int64
	Until    time.Time // UTC instant
}

// Preview runs a proposal on a book that is not saved.
func (d *Desk) Preview(ctx context.Context, q Request, p Proposal) (Preview, error) {
	b, err := d.store.Look(ctx, q.change(p.action), p.load)
	if err != nil {
		return Preview{}, err
	}
	if err := run(b, q.Actor, p); err != nil {
		return Preview{}, err
	}
	return Preview{
		ChangeNo: b.Clinic.ChangeNo, Told: b.Announcements, Staff: b.StaffAnnouncements, Cohorts: b.affected(), Enrollments: b.enrolledAnew(),
		Shifts: b.shifts(), Rests: b.Rests(), AtOnce: b.tellsAtOnce(), Frees: b.frees(),
	}, b.Err()
}

// Confirm carries a proposal out. It is Change for callers who need no result.
func (d *Desk) Confirm(ctx context.Context, q Request, p Proposal) error {
	_, err := d.Change(ctx, q, p)
	return err
}

// Change carries a proposal out. What was done before under the key of the
// request is not done again. Stale when another change came after the preview.
func (d *Desk) Change(ctx context.Context, q Request, p Proposal) (changed Changed, err error) {
	err = d.store.Change(ctx, q.change(p.action), p.load, func(b *Book) error {
		if err := run(b, q.Actor, p); err != nil {
			return err
		}
		changed = Changed{Made: b.Made}
		for _, r := range b.Rosters {
			changed.Cohorts = append(changed.Cohorts, r.Cohort.ID)
		}
		if b.Rests() {
			changed.ChangeNo, changed.Until = b.Undo.ChangeNo, b.Undo.Until
		}
		return b.refused()
	})
	var before *Repeated
	switch {
	case errors.As(err, &before):
		changed = Changed{Made: before.Made, Repeated: true}
		if before.Until.After(d.now()) {
			changed.ChangeNo, changed.Until = before.ChangeNo, before.Until
		}
		return changed, nil
	case err != nil:
		return Changed{}, err
	}
	return changed, nil
}

// run lets what fell due before happen first: an offer that has lapsed cannot be
// accepted, and its seats are free for the next.
func run(b *Book, by access.Actor, p Proposal) error {
	if err := b.recompute(); err != nil {
		return err
	}
	if p.what != "" {
		for _, r := range b.Rosters {
			r.resting = b.Before(r.Cohort.ID)
		}
	}
	if err := p.do(b, by); err != nil {
		return err
	}
	b.Settle()
	b.keepUndo(p.what)
	return b.Err()
}

// ofEnrollment proposes to change one enrollment, with other cohorts in reach.
func ofEnrollment(enrollment ID, do func(*Book) error, cohorts ...ID) Proposal {
	return Proposal{action: access.EnrollmentChange, load: Load{Enrollments: []ID{enrollment}, Cohorts: cohorts}, do: func(b *Book, _ access.Actor) error { return do(b) }}
}

// ofCohort proposes to change a cohort; staff are facilitators whose other
// sessions count.
func ofCohort(cohort ID, do func(*Book) error, staff ...ID) Proposal {
	return Proposal{action: access.CohortChange, load: Load{Cohorts: []ID{cohort}, Staff: staff}, do: func(b *Book, _ access.Actor) error { return do(b) }}
}

// ofSession proposes to change one session.
func ofSession(session ID, do func(*Book) error) Proposal {
	return Proposal{action: access.SessionChange, load: Load{Sessions: []ID{session}, Recent: true}, do: func(b *Book, _ access.Actor) error { return do(b) }}
}

// Admit proposes to seat the first person of the waitlist.
func Admit(enrollment ID) Proposal {
	p := ofEnrollment(enrollment, func(b *Book) error { return b.Admit(enrollment) })
	p.action, p.load.Recent = access.Enroll, true
	return p.rests("Seated from the waitlist")
}

// Withdraw proposes to end an enrollment.
func Withdraw(enrollment ID) Proposal {
	p := ofEnrollment(enrollment, func(b *Book) error { return b.Withdraw(enrollment) })
	p.action, p.load.Recent = access.Withdraw, true
	return p.rests("Enrollment ended")
}

// Cancel proposes to cancel a session.
func Cancel(c CancelRequest) Proposal {
	return ofSession(c.Session, func(b *Book) error { return b.Cancel(c) }).rests("Session cancelled")
}

// Move proposes another time for a session.
func Move(m MoveRequest) Proposal {
	return ofSession(m.Session, func(b *Book) error { return b.Move(m) }).rests("Session moved")
}

// Close proposes to close all running cohorts on some days. A preview shows the
// cohorts in which that cannot be done; a confirmation is a Conflict that names
// them, and closes none.
func Close(c CloseRequest) Proposal {
	return Proposal{action: access.CohortChange, load: Load{Running: true}, do: func(b *Book, _ access.Actor) error { return b.Close(c) }}.rests("Days closed")
}

// Reschedule proposes other days, another time or another zone for a cohort.
func Reschedule(x RescheduleRequest) Proposal {
	return ofCohort(x.Cohort, func(b *Book) error { return b.Reschedule(x) }).rests("Day or time changed")
}

// AddSession proposes one session more.
func AddSession(a AddRequest) Proposal {
	return ofCohort(a.Cohort, func(b *Book) error {
		_, err := b.AddSession(a)
		return err
	}).rests("Session added")
}

// OpenDays proposes to open closed days of the clinic again.
func OpenDays(days civil.DateRange) Proposal {
	return Proposal{action: access.CohortChange, load: Load{Running: true}, do: func(b *Book, _ access.Actor) error { return b.OpenDays(days) }}.rests("Days opened again")
}

// ChangeVersion proposes that a cohort follows another text of its protocol.
func ChangeVersion(v VersionRequest) Proposal {
	return ofCohort(v.Cohort, func(b *Book) error { return b.ChangeVersion(v) }).rests("Version changed")
}

// Extend proposes to plan a rolling cohort further ahead.
func Extend(cohort ID) Proposal {
	p := ofCohort(cohort, func(b *Book) error { return b.Extend(cohort) })
	p.action = access.ClinicUpkeep
	return p
}

// DonePrerequisite proposes to record a prerequisite as done.
func DonePrerequisite(enrollment ID, prerequisite string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Prerequisite(enrollment, prerequisite) }).rests("Recorded as done")
}

// OverridePrerequisite proposes to begin without a prerequisite.
func OverridePrerequisite(enrollment ID, prerequisite, reason string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Override(enrollment, prerequisite, reason) }).rests("Allowed to begin")
}

// Hold proposes a leave.
func Hold(h HoldRequest) Proposal {
	return ofEnrollment(h.Enrollment, func(b *Book) error { return b.Hold(h) }).rests("Put on hold")
}

// Resume proposes the end of a leave.
func Resume(enrollment ID) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Resume(enrollment) }).rests("Back from a leave")
}

// Excuse proposes to give one date back ahead.
func Excuse(enrollment, session ID) Proposal {
	p := ofEnrollment(enrollment, func(b *Book) error { return b.Excuse(enrollment, session) })
	p.load.Sessions = []ID{session}
	return p.rests("Date given back")
}

// EndCohort proposes to end a cohort after a local date.
func EndCohort(cohort ID, after civil.Date) Proposal {
	return ofCohort(cohort, func(b *Book) error { return b.EndCohort(cohort, after) }).rests("Cohort ended")
}

// MoveWaitlist proposes to move who waits for one cohort to another one.
func MoveWaitlist(from, to ID) Proposal {
	p := ofCohort(from, func(b *Book) error { return b.MoveWaitlist(from, to) })
	p.load.Cohorts, p.load.Waitlist = []ID{from, to}, true
	return p.rests("Waitlist moved")
}

// MakeUp proposes a seat in another cohort's session.
func MakeUp(enrollment ID, position string, session ID) Proposal {
	p := ofEnrollment(enrollment, func(b *Book) error { return b.MakeUp(enrollment, position, session) })
	p.load.Sessions = []ID{session}
	return p.rests("Make-up planned")
}

// Individual proposes an appointment alone.
func Individual(a AppointmentRequest) Proposal {
	p := ofEnrollment(a.Enrollment, func(b *Book) error { return b.Individual(a) })
	if a.Leader != "" {
		p.load.Staff = []ID{a.Leader}
	}
	return p.rests("Appointment made")
}

// Waive proposes to do without a position.
func Waive(enrollment ID, position, reason string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Waive(enrollment, position, reason) }).rests("Waived")
}

// Transfer proposes to go on in another cohort.
func Transfer(enrollment, to ID) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error {
		_, err := b.Transfer(enrollment, to)
		return err
	}, to).rests("Transferred")
}

// Reenter proposes that somebody who left comes back.
func Reenter(enrollment ID, mode Way) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error {
		_, err := b.Reenter(enrollment, mode)
		return err
	}).rests("Came back")
}

// Advance proposes another phase before its time.
func Advance(enrollment ID, phase, reason string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Advance(enrollment, phase, reason) }).rests("Moved to another phase")
}

// Assess proposes to record an assessment as done.
func Assess(enrollment ID, id string, done civil.Date) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Assess(enrollment, id, done) })
}

// answer proposes an answer to an offer. A person answers only their own.
func answer(enrollment ID, do func(*Book) error) Proposal {
	p := ofEnrollment(enrollment, nil)
	p.action, p.load.Recent = access.OfferAnswer, true
	p.do = func(b *Book, by access.Actor) error {
		if _, e := b.withEnrollment(enrollment); by.Kind == access.KindPerson && (e == nil || string(e.Person) != by.ID) {
			return fault.New(fault.NotFound, "There is no such offer. Look at your own page again.")
		}
		if err := b.checkSeen(enrollment); err != nil {
			return err
		}
		return do(b)
	}
	return p
}

// LeaveWaitlist proposes that somebody gives up their place on a waitlist. A person
// gives up only their own. Closed when they do not wait.
func LeaveWaitlist(enrollment ID) Proposal {
	p := ofEnrollment(enrollment, nil)
	p.action = access.WaitlistLeave
	p.do = func(b *Book, by access.Actor) error {
		_, e := b.withEnrollment(enrollment)
		switch {
		case e == nil || by.Kind == access.KindPerson && string(e.Person) != by.ID:
			return fault.New(fault.NotFound, "There is no such place on a waitlist. Look at your own page again.")
		case e.State != Waiting:
			return fault.New(fault.Closed, "This person does not wait any more: the enrollment is %s.", e.State.inWords())
		}
		return b.Withdraw(enrollment)
	}
	return p
}

// AsSeen is an answer to the offer of an enrollment as it was shown: that one, and
// its entry at that time. Closed when another one stands by now, or its entry was
// moved: nobody says yes to dates they have not seen.
func (p Proposal) AsSeen(enrollment, offer ID, start time.Time) Proposal {
	answer := p.do
	p.do = func(b *Book, by access.Actor) error {
		r, e := b.withEnrollment(enrollment)
		if e == nil || e.Offer() == nil {
			return answer(b, by) // which says why there is none
		}
		if entry := r.Session(e.Offer().Entry); e.Offer().ID != offer || entry == nil || !entry.Start.Equal(start) {
			return fault.New(fault.Closed, "The dates of this offer have changed since they were shown. Look at them again before you answer.")
		}
		return answer(b, by)
	}
	return p
}

// Accept proposes to take an offer.
func Accept(enrollment ID) Proposal {
	return answer(enrollment, func(b *Book) error { return b.Accept(enrollment) })
}

// Decline proposes to give an offer back.
func Decline(enrollment ID) Proposal {
	return answer(enrollment, func(b *Book) error { return b.Decline(enrollment) })
}

// TellOffer proposes to note that staff told somebody of their offer.
func TellOffer(enrollment ID) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error {
		if err := b.checkSeen(enrollment); err != nil {
			return err
		}
		return b.Tell(enrollment)
	})
}

// TakeAttendance proposes to take the attendance of a session.
func TakeAttendance(session ID, marks ...Mark) Proposal {
	return Proposal{action: access.AttendanceTake, load: Load{Sessions: []ID{session}, Recent: true}, do: func(b *Book, _ access.Actor) error {
		return b.Attendance(session, marks...)
	}}
}

// Substitute proposes another facilitator for a session.
func Substitute(q SubstituteRequest) Proposal {
	load := Load{Sessions: []ID{q.Session}}
	if q.By != "" {
		load.Staff = []ID{q.By}
	}
	return Proposal{action: access.SessionChange, load: load, do: func(b *Book, _ access.Actor) error { return b.Substitute(q) }}.rests("Other facilitator")
}

// Rotate proposes facilitators who lead in turn.
func Rotate(q RotateRequest) Proposal {
	return ofCohort(q.Cohort, func(b *Book) error { return b.Rotate(q) }, q.Leaders...).rests("Facilitators in turn")
}

// SetCapacity proposes another number of seats.
func SetCapacity(q ResizeRequest) Proposal {
	return ofCohort(q.Cohort, func(b *Book) error { return b.SetCapacity(q) }).rests("Seats changed")
}

// SetCohort proposes another place, length, facilitator, name or number of seats.
func SetCohort(q CohortSetting) Proposal {
	load := Load{}
	if q.Session != "" {
		load.Sessions = []ID{q.Session}
	} else {
		load.Cohorts = []ID{q.Cohort}
	}
	named := q.Posts
	if q.Lead != nil {
		named = append(slices.Clone(named), Post{Staff: *q.Lead})
	}
	for _, p := range named {
		if p.Staff != "" && !slices.Contains(load.Staff, p.Staff) {
			load.Staff = append(load.Staff, p.Staff)
		}
	}
	return Proposal{action: access.CohortChange, load: load, do: func(b *Book, _ access.Actor) error { return b.SetCohort(q) }}.rests("Group changed")
}

// Runs proposes that a cohort is the running series of a phase, next to the
// other cohorts of the series.
func Runs(cohort, series ID, phase string, number int, others ...ID) Proposal {
	p := ofCohort(cohort, func(b *Book) error { return b.Runs(cohort, series, phase, number) })
	p.load.Cohorts = append(p.load.Cohorts, others...)
	return p
}

// KeepApart proposes that two people share no session.
func KeepApart(one, other ID) Proposal {
	return Proposal{action: access.EnrollmentChange, load: Load{People: []ID{one, other}}, do: func(b *Book, _ access.Actor) error { return b.KeepApart(one, other) }}
}

// EndApart proposes that two people may share sessions again.
func EndApart(one, other ID) Proposal {
	return Proposal{action: access.EnrollmentChange, load: Load{People: []ID{one, other}}, do: func(b *Book, _ access.Actor) error { return b.EndApart(one, other) }}
}

// Upkeep proposes what falls due in a cohort by the clock alone.
func Upkeep(cohort ID) Proposal {
	return Proposal{action: access.ClinicUpkeep, load: Load{Cohorts: []ID{cohort}, Upkeep: true, Recent: true}, do: func(b *Book, _ access.Actor) error { return b.Upkeep() }}
}
