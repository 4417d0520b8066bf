package scheduler

import (
	"context"
	"time"

	"almanac/protocols"
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
}

// Preview says who would be told what by a proposal. Nothing is changed.
func (d *Desk) Preview(ctx context.Context, q Request, p Proposal) (Preview, error) {
	return d.preview(ctx, q.change(p.action), p.load, func(b *Book) error { return p.do(b, q.Actor) })
}

// Confirm carries a proposal out.
func (d *Desk) Confirm(ctx context.Context, q Request, p Proposal) error {
	return d.change(ctx, q.change(p.action), p.load, func(b *Book) error { return p.do(b, q.Actor) })
}

// ofEnrollment proposes to change one enrollment, with other cohorts in reach.
func ofEnrollment(enrollment ID, do func(*Book) error, cohorts ...ID) Proposal {
	return Proposal{access.EnrollmentChange, Load{Enrollments: []ID{enrollment}, Cohorts: cohorts}, func(b *Book, _ access.Actor) error { return do(b) }}
}

// ofCohort proposes to change a cohort; staff are facilitators whose other
// sessions count.
func ofCohort(cohort ID, do func(*Book) error, staff ...ID) Proposal {
	return Proposal{access.CohortChange, Load{Cohorts: []ID{cohort}, Staff: staff}, func(b *Book, _ access.Actor) error { return do(b) }}
}

// DonePrerequisite proposes to record a prerequisite as done.
func DonePrerequisite(enrollment ID, prerequisite string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Prerequisite(enrollment, prerequisite) })
}

// OverridePrerequisite proposes to begin without a prerequisite.
func OverridePrerequisite(enrollment ID, prerequisite, reason string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Override(enrollment, prerequisite, reason) })
}

// Hold proposes a leave.
func Hold(h Holding) Proposal {
	return ofEnrollment(h.Enrollment, func(b *Book) error { return b.Hold(h) })
}

// Resume proposes the end of a leave.
func Resume(enrollment ID) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Resume(enrollment) })
}

// MakeUp proposes a seat in another cohort's session.
func MakeUp(enrollment ID, position string, session ID) Proposal {
	p := ofEnrollment(enrollment, func(b *Book) error { return b.MakeUp(enrollment, position, session) })
	p.load.Sessions = []ID{session}
	return p
}

// Individual proposes an appointment alone.
func Individual(a Appointing) Proposal {
	p := ofEnrollment(a.Enrollment, func(b *Book) error { return b.Individual(a) })
	if a.Leader != "" {
		p.load.Staff = []ID{a.Leader}
	}
	return p
}

// Waive proposes to do without a position.
func Waive(enrollment ID, position, reason string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Waive(enrollment, position, reason) })
}

// Transfer proposes to go on in another cohort.
func Transfer(enrollment, to ID) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error {
		_, err := b.Transfer(enrollment, to)
		return err
	}, to)
}

// Reenter proposes that somebody who left comes back.
func Reenter(enrollment ID, mode Way) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error {
		_, err := b.Reenter(enrollment, mode)
		return err
	})
}

// Advance proposes another phase before its time.
func Advance(enrollment ID, phase, reason string) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Advance(enrollment, phase, reason) })
}

// Assess proposes to record an assessment as done.
func Assess(enrollment ID, id string, done protocols.Date) Proposal {
	return ofEnrollment(enrollment, func(b *Book) error { return b.Assess(enrollment, id, done) })
}

// answer proposes an answer to an offer. A person answers only their own.
func answer(enrollment ID, do func(*Book) error) Proposal {
	p := ofEnrollment(enrollment, nil)
	p.action = access.OfferAnswer
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
	return Proposal{access.AttendanceTake, Load{Sessions: []ID{session}}, func(b *Book, _ access.Actor) error {
		return b.Attendance(session, marks...)
	}}
}

// Substitute proposes another facilitator for a session.
func Substitute(q Substituting) Proposal {
	load := Load{Sessions: []ID{q.Session}}
	if q.By != "" {
		load.Staff = []ID{q.By}
	}
	return Proposal{access.SessionChange, load, func(b *Book, _ access.Actor) error { return b.Substitute(q) }}
}

// Rotate proposes facilitators who lead in turn.
func Rotate(q Rotating) Proposal {
	return ofCohort(q.Cohort, func(b *Book) error { return b.Rotate(q) }, q.Leaders...)
}

// SetCapacity proposes another number of seats.
func SetCapacity(cohort ID, seats int) Proposal {
	return ofCohort(cohort, func(b *Book) error { return b.SetCapacity(cohort, seats) })
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
	return Proposal{access.EnrollmentChange, Load{People: []ID{one, other}}, func(b *Book, _ access.Actor) error { return b.KeepApart(one, other) }}
}

// EndApart proposes that two people may share sessions again.
func EndApart(one, other ID) Proposal {
	return Proposal{access.EnrollmentChange, Load{People: []ID{one, other}}, func(b *Book, _ access.Actor) error { return b.EndApart(one, other) }}
}

// Upkeep proposes what falls due in a cohort by the clock alone.
func Upkeep(cohort ID) Proposal {
	return Proposal{access.ClinicUpkeep, Load{Cohorts: []ID{cohort}, Upkeep: true}, func(b *Book, _ access.Actor) error { return b.Upkeep() }}
}
