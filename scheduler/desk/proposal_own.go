package desk

import (
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// The functions of this file make what people propose on their own pages. NotFound when the enrollment is not theirs.

// own lets a person change some of their enrollments themself. It does not rest: people take it back on their page.
func (p Proposal) own(enrollments ...scheduler.ID) Proposal {
	do := p.do
	p.action, p.what, p.load.Enrollments = access.AbsenceOwn, "", enrollments
	p.do = func(b *scheduler.Book, by access.Actor) error {
		for _, enrollment := range enrollments {
			if err := b.CheckOwn(enrollment, themself(by)); err != nil {
				return err
			}
		}
		return do(b, by)
	}
	return p
}

// CannotCome proposes that a person gives one of their dates back.
func CannotCome(q scheduler.ExcuseRequest) Proposal {
	q.Own = true
	return Excuse(q).own(q.Enrollment)
}

// CanCome proposes that a person takes a date back that was given back.
func CanCome(enrollment, session scheduler.ID) Proposal {
	return UndoExcuse(enrollment, session).own(enrollment)
}

// GoAway proposes that a person is away for a time in all of these enrollments, or in none.
func GoAway(h scheduler.HoldRequest, enrollments ...scheduler.ID) Proposal {
	return Proposal{do: func(b *scheduler.Book, _ access.Actor) error {
		for _, h.Enrollment = range enrollments {
			if err := b.Hold(h); err != nil {
				return err
			}
		}
		return nil
	}}.own(enrollments...)
}

// ComeBack proposes that a person is back from a leave in all of these enrollments, or does not go on one.
func ComeBack(enrollments ...scheduler.ID) Proposal {
	return Proposal{do: func(b *scheduler.Book, _ access.Actor) error {
		for _, enrollment := range enrollments {
			if err := b.EndLeave(enrollment); err != nil {
				return err
			}
		}
		return nil
	}}.own(enrollments...)
}

// OwnDetails proposes what a person changes of themself: zone and language, another address of which they typed in the
// code, or an old one that stands again. It fails as Book.SetPerson does.
func (d *Desk) OwnDetails(q scheduler.PersonSetting) Proposal {
	q.New = true // who else has the address is nothing to say here
	p := d.SetPerson(q)
	do := p.do
	p.action = access.SettingsOwn
	p.do = func(b *scheduler.Book, by access.Actor) error {
		if by.ID != string(q.Person) {
			return fault.New(fault.NotFound, "There is no such person.")
		}
		return do(b, by)
	}
	return p
}
