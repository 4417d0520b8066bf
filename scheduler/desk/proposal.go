package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
)

// Proposal is a change that can be previewed before it is confirmed. The
// functions of this file make them; each fails as the method of Book that it
// is named after.
type Proposal struct {
	action access.Action
	load   Load
	do     func(b *scheduler.Book, by access.Actor) error
	what   string // of a change that can be taken back: what it did, for staff; empty: it cannot be
}

// rests lets a change rest, so that it can be taken back.
func (p Proposal) rests(what string) Proposal {
	p.what = what
	return p
}

// Changed says what a proposal did.
type Changed struct {
	Made     scheduler.ID   // empty: it makes nothing
	Repeated bool           // it was done before under the same key; nothing was changed now
	Cohorts  []scheduler.ID // that it looked at
	// ChangeNo takes it back before Until; 0: it cannot be taken back.
	ChangeNo int64
	Until    time.Time // UTC instant
}

// Preview runs a proposal on a book that is not saved.
func (d *Desk) Preview(ctx context.Context, q Request, p Proposal) (scheduler.Preview, error) {
	b, err := d.store.Look(ctx, q.change(p.action), p.load)
	if err != nil {
		return scheduler.Preview{}, err
	}
	if err := b.Run(p.what, func() error { return p.do(b, q.Actor) }); err != nil {
		return scheduler.Preview{}, err
	}
	return b.Preview(), b.Err()
}

// Confirm carries a proposal out. It is Change for callers who need no result.
func (d *Desk) Confirm(ctx context.Context, q Request, p Proposal) error {
	_, err := d.Change(ctx, q, p)
	return err
}

// Change carries a proposal out. What was done before under the key of the
// request is not done again. Stale when another change came after the preview.
func (d *Desk) Change(ctx context.Context, q Request, p Proposal) (changed Changed, err error) {
	err = d.store.Change(ctx, q.change(p.action), p.load, func(b *scheduler.Book) error {
		if err := b.Run(p.what, func() error { return p.do(b, q.Actor) }); err != nil {
			return err
		}
		changed = Changed{Made: b.Made}
		for _, r := range b.Rosters {
			changed.Cohorts = append(changed.Cohorts, r.Cohort.ID)
		}
		if b.Rests() {
			changed.ChangeNo, changed.Until = b.Undo.ChangeNo, b.Undo.Until
		}
		return b.Refused()
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

// ofEnrollment proposes to change one enrollment, with other cohorts in reach.
func ofEnrollment(enrollment scheduler.ID, do func(*scheduler.Book) error, cohorts ...scheduler.ID) Proposal {
	return Proposal{action: access.EnrollmentChange,
		load: Load{Enrollments: []scheduler.ID{enrollment}, Cohorts: cohorts},
		do:   func(b *scheduler.Book, _ access.Actor) error { return do(b) }}
}

// ofCohort proposes to change a cohort; staff are facilitators whose other
// sessions count.
func ofCohort(cohort scheduler.ID, do func(*scheduler.Book) error, staff ...scheduler.ID) Proposal {
	return Proposal{action: access.CohortChange, load: Load{Cohorts: []scheduler.ID{cohort}, Staff: staff},
		do: func(b *scheduler.Book, _ access.Actor) error { return do(b) }}
}

// ofSession proposes to change one session.
func ofSession(session scheduler.ID, do func(*scheduler.Book) error) Proposal {
	return Proposal{action: access.SessionChange, load: Load{Sessions: []scheduler.ID{session}, Recent: RecentSessions},
		do: func(b *scheduler.Book, _ access.Actor) error { return do(b) }}
}

// Admit proposes to seat the first person of the waitlist.
func Admit(enrollment scheduler.ID) Proposal {
	p := ofEnrollment(enrollment, func(b *scheduler.Book) error { return b.Admit(enrollment) })
	p.action, p.load.Recent = access.Enroll, RecentSessions
	return p.rests("Seated from the waitlist")
}

// Withdraw proposes to end an enrollment.
func Withdraw(enrollment scheduler.ID) Proposal {
	p := ofEnrollment(enrollment, func(b *scheduler.Book) error { return b.Withdraw(enrollment) })
	p.action, p.load.Recent = access.Withdraw, RecentSessions
	return p.rests("Enrollment ended")
}

// Cancel proposes to cancel a session.
func Cancel(c scheduler.CancelRequest) Proposal {
	return ofSession(c.Session, func(b *scheduler.Book) error { return b.Cancel(c) }).rests("Session cancelled")
}

// Move proposes another time for a session.
func Move(m scheduler.MoveRequest) Proposal {
	return ofSession(m.Session, func(b *scheduler.Book) error { return b.Move(m) }).rests("Session moved")
}

// Close proposes to close all running cohorts on some days. A preview shows the
// cohorts in which that cannot be done; a confirmation is a Conflict that names
// them, and closes none.
func Close(c scheduler.CloseRequest) Proposal {
	return Proposal{action: access.CohortChange, load: Load{Running: true},
		do: func(b *scheduler.Book, _ access.Actor) error { return b.Close(c) }}.rests("Days closed")
}

// Reschedule proposes other days, another time or another zone for a cohort.
func Reschedule(x scheduler.RescheduleRequest) Proposal {
	return ofCohort(x.Cohort, func(b *scheduler.Book) error { return b.Reschedule(x) }).rests("Day or time changed")
}

// AddSession proposes one session more.
func AddSession(a scheduler.AddRequest) Proposal {
	return ofCohort(a.Cohort, func(b *scheduler.Book) error {
		s, err := b.AddSession(a)
		if err == nil {
			b.Made = s.ID
		}
		return err
	}).rests("Session added")
}

// OpenDays proposes to open closed days of the clinic again.
func OpenDays(days civil.DateRange) Proposal {
	return Proposal{action: access.CohortChange, load: Load{Running: true},
		do: func(b *scheduler.Book, _ access.Actor) error { return b.OpenDays(days) }}.rests("Days opened again")
}

// ChangeVersion proposes that a cohort follows another text of its protocol.
func ChangeVersion(v scheduler.VersionRequest) Proposal {
	return ofCohort(v.Cohort, func(b *scheduler.Book) error { return b.ChangeVersion(v) }).rests("Version changed")
}

// Extend proposes to plan a rolling cohort further ahead.
func Extend(cohort scheduler.ID) Proposal {
	p := ofCohort(cohort, func(b *scheduler.Book) error { return b.Extend(cohort) })
	p.action = access.ClinicUpkeep
	return p
}

// DonePrerequisite proposes to record a prerequisite as done.
func DonePrerequisite(enrollment scheduler.ID, prerequisite string) Proposal {
	return ofEnrollment(enrollment,
		func(b *scheduler.Book) error { return b.Prerequisite(enrollment, prerequisite) }).rests("Recorded as done")
}

// OverridePrerequisite proposes to begin without a prerequisite.
func OverridePrerequisite(enrollment scheduler.ID, prerequisite, reason string) Proposal {
	return ofEnrollment(enrollment,
		func(b *scheduler.Book) error { return b.Override(enrollment, prerequisite, reason) }).rests("Allowed to begin")
}

// Hold proposes a leave.
func Hold(h scheduler.HoldRequest) Proposal {
	return ofEnrollment(h.Enrollment, func(b *scheduler.Book) error { return b.Hold(h) }).rests("Put on hold")
}

// Resume proposes the end of a leave.
func Resume(enrollment scheduler.ID) Proposal {
	return ofEnrollment(enrollment,
		func(b *scheduler.Book) error { return b.Resume(enrollment) }).rests("Back from a leave")
}

// Excuse proposes to give one date back ahead.
func Excuse(q scheduler.ExcuseRequest) Proposal {
	p := ofEnrollment(q.Enrollment, func(b *scheduler.Book) error { return b.Excuse(q) })
	p.load.Sessions = []scheduler.ID{q.Session}
	return p.rests("Date given back")
}

// UndoExcuse proposes to take a date back that was given back ahead.
func UndoExcuse(enrollment, session scheduler.ID) Proposal {
	p := ofEnrollment(enrollment, func(b *scheduler.Book) error { return b.UndoExcuse(enrollment, session) })
	p.load.Sessions = []scheduler.ID{session}
	return p.rests("Date taken back")
}

// EndCohort proposes to end a cohort after a local date.
func EndCohort(cohort scheduler.ID, after civil.Date) Proposal {
	return ofCohort(cohort, func(b *scheduler.Book) error { return b.EndCohort(cohort, after) }).rests("Cohort ended")
}

// SendMessage proposes to write to the people of a cohort.
func SendMessage(q scheduler.MessageRequest) Proposal {
	p := ofCohort(q.Cohort, func(b *scheduler.Book) error { return b.SendMessage(q) })
	p.action, p.load.Waitlist = access.MessageSend, q.To == scheduler.ToWaitlist
	return p.rests("Message sent")
}

// MoveWaitlist proposes to move who waits for one cohort to another one.
func MoveWaitlist(from, to scheduler.ID) Proposal {
	p := ofCohort(from, func(b *scheduler.Book) error { return b.MoveWaitlist(from, to) })
	p.load.Cohorts, p.load.Waitlist = []scheduler.ID{from, to}, true
	return p.rests("Waitlist moved")
}

// MakeUp proposes a seat in another cohort's session.
func MakeUp(enrollment scheduler.ID, position string, session scheduler.ID) Proposal {
	p := ofEnrollment(enrollment, func(b *scheduler.Book) error { return b.MakeUp(enrollment, position, session) })
	p.load.Sessions = []scheduler.ID{session}
	return p.rests("Make-up planned")
}

// Individual proposes an appointment alone.
func Individual(a scheduler.AppointmentRequest) Proposal {
	p := ofEnrollment(a.Enrollment, func(b *scheduler.Book) error { return b.Individual(a) })
	if a.Leader != "" {
		p.load.Staff = []scheduler.ID{a.Leader}
	}
	return p.rests("Appointment made")
}

// Waive proposes to do without a position.
func Waive(enrollment scheduler.ID, position, reason string) Proposal {
	return ofEnrollment(enrollment,
		func(b *scheduler.Book) error { return b.Waive(enrollment, position, reason) }).rests("Waived")
}

// Transfer proposes to go on in another cohort.
func Transfer(enrollment, to scheduler.ID) Proposal {
	return ofEnrollment(enrollment, func(b *scheduler.Book) error {
		_, err := b.Transfer(enrollment, to)
		return err
	}, to).rests("Transferred")
}

// Reenter proposes that somebody who left comes back.
func Reenter(enrollment scheduler.ID, mode scheduler.EntryMode) Proposal {
	return ofEnrollment(enrollment, func(b *scheduler.Book) error {
		_, err := b.Reenter(enrollment, mode)
		return err
	}).rests("Came back")
}

// Advance proposes another phase before its time.
func Advance(enrollment scheduler.ID, phase, reason string) Proposal {
	return ofEnrollment(enrollment,
		func(b *scheduler.Book) error { return b.Advance(enrollment, phase, reason) }).rests("Moved to another phase")
}

// answer proposes an answer to an offer. A person answers only their own.
func answer(enrollment scheduler.ID, do func(*scheduler.Book) error) Proposal {
	p := ofEnrollment(enrollment, nil)
	p.action, p.load.Recent = access.OfferAnswer, RecentSessions
	p.do = func(b *scheduler.Book, by access.Actor) error {
		if err := b.CheckAnswer(enrollment, themself(by)); err != nil {
			return err
		}
		return do(b)
	}
	return p
}

// themself is the person who asks; empty for staff, who may answer for anybody.
func themself(by access.Actor) scheduler.ID {
	if by.Kind == access.KindPerson {
		return scheduler.ID(by.ID)
	}
	return ""
}

// LeaveWaitlist proposes that somebody gives up their place on a waitlist. A person
// gives up only their own. Closed when they do not wait.
func LeaveWaitlist(enrollment scheduler.ID) Proposal {
	p := ofEnrollment(enrollment, nil)
	p.action = access.WaitlistLeave
	p.do = func(b *scheduler.Book, by access.Actor) error { return b.LeaveWaitlist(enrollment, themself(by)) }
	return p
}

// AsSeen is an answer to the offer of an enrollment as it was shown: that one, and
// its entry at that time. Closed when another one stands by now, or its entry was
// moved: nobody says yes to dates they have not seen.
func (p Proposal) AsSeen(enrollment, offer scheduler.ID, start time.Time) Proposal {
	answer := p.do
	p.do = func(b *scheduler.Book, by access.Actor) error {
		if err := b.CheckShown(enrollment, offer, start); err != nil {
			return err
		}
		return answer(b, by)
	}
	return p
}

// Accept proposes to take an offer.
func Accept(enrollment scheduler.ID) Proposal {
	return answer(enrollment, func(b *scheduler.Book) error { return b.Accept(enrollment) })
}

// Decline proposes to give an offer back.
func Decline(enrollment scheduler.ID) Proposal {
	return answer(enrollment, func(b *scheduler.Book) error { return b.Decline(enrollment) })
}

// TellOffer proposes to note that staff told somebody of their offer.
func TellOffer(enrollment scheduler.ID) Proposal {
	return ofEnrollment(enrollment, func(b *scheduler.Book) error {
		if err := b.CheckAnswer(enrollment, ""); err != nil {
			return err
		}
		return b.Tell(enrollment)
	})
}

// TakeAttendance proposes to take the attendance of a session.
func TakeAttendance(session scheduler.ID, marks ...scheduler.Mark) Proposal {
	return Proposal{action: access.AttendanceTake,
		load: Load{Sessions: []scheduler.ID{session}, Recent: RecentSessions},
		do: func(b *scheduler.Book, _ access.Actor) error {
			return b.Attendance(session, marks...)
		}}
}

// Substitute proposes another facilitator for a session.
func Substitute(q scheduler.SubstituteRequest) Proposal {
	load := Load{Sessions: []scheduler.ID{q.Session}}
	if q.By != "" {
		load.Staff = []scheduler.ID{q.By}
	}
	return Proposal{action: access.SessionChange, load: load,
		do: func(b *scheduler.Book, _ access.Actor) error { return b.Substitute(q) }}.rests("Other facilitator")
}

// Rotate proposes facilitators who lead in turn.
func Rotate(q scheduler.RotateRequest) Proposal {
	return ofCohort(q.Cohort, func(b *scheduler.Book) error { return b.Rotate(q) },
		q.Leaders...).rests("Facilitators in turn")
}

// SetCapacity proposes another number of seats.
func SetCapacity(q scheduler.ResizeRequest) Proposal {
	return ofCohort(q.Cohort, func(b *scheduler.Book) error { return b.SetCapacity(q) }).rests("Seats changed")
}

// SetCohort proposes another place, length, facilitator, name or number of seats.
func SetCohort(q scheduler.CohortSetting) Proposal {
	load := Load{}
	if q.Session != "" {
		load.Sessions = []scheduler.ID{q.Session}
	} else {
		load.Cohorts = []scheduler.ID{q.Cohort}
	}
	named := q.Posts
	if q.Lead != nil {
		named = append(slices.Clone(named), scheduler.Post{Staff: *q.Lead})
	}
	for _, p := range named {
		if p.Staff != "" && !slices.Contains(load.Staff, p.Staff) {
			load.Staff = append(load.Staff, p.Staff)
		}
	}
	return Proposal{action: access.CohortChange, load: load,
		do: func(b *scheduler.Book, _ access.Actor) error { return b.SetCohort(q) }}.rests("Group changed")
}

// HandOver proposes that somebody else leads all that a member of staff leads.
func HandOver(q scheduler.HandOverRequest) Proposal {
	load := Load{Running: true}
	if q.To != "" {
		load.Staff = []scheduler.ID{q.To}
	}
	return Proposal{action: access.CohortChange, load: load,
		do: func(b *scheduler.Book, _ access.Actor) error { return b.HandOver(q) }}.rests("Sessions handed over")
}

// RunPhase proposes that a cohort runs one phase of a programme.
func RunPhase(q scheduler.PhaseRequest) Proposal {
	p := ofCohort(q.Cohort, func(b *scheduler.Book) error { return b.RunPhase(q) })
	if q.Beside != "" {
		p.load.Cohorts = append(p.load.Cohorts, q.Beside)
	}
	return p
}

// KeepApart proposes that two people share no session.
func KeepApart(one, other scheduler.ID) Proposal {
	return Proposal{action: access.EnrollmentChange, load: Load{People: []scheduler.ID{one, other}},
		do: func(b *scheduler.Book, _ access.Actor) error { return b.KeepApart(one, other) }}
}

// EndApart proposes that two people may share sessions again.
func EndApart(one, other scheduler.ID) Proposal {
	return Proposal{action: access.EnrollmentChange, load: Load{People: []scheduler.ID{one, other}},
		do: func(b *scheduler.Book, _ access.Actor) error { return b.EndApart(one, other) }}
}

// Upkeep proposes what falls due in a cohort by the clock alone.
func Upkeep(cohort scheduler.ID) Proposal {
	return Proposal{action: access.ClinicUpkeep,
		load: Load{Cohorts: []scheduler.ID{cohort}, Upkeep: true, Recent: RecentSessions},
		do:   func(b *scheduler.Book, _ access.Actor) error { return b.Upkeep() }}
}

// RecordDate proposes to record a date of a person's record.
func RecordDate(enrollment scheduler.ID, field string, date civil.Date) Proposal {
	return ofEnrollment(enrollment, func(b *scheduler.Book) error { return b.RecordDate(enrollment, field, date) })
}
