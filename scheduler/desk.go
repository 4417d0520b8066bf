package scheduler

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// Desk is where every change is asked for. It draws ids, checks input and hands
// the pure change to the store.
type Desk struct {
	store  Store
	zones  *protocols.Zones
	now    func() time.Time
	random func() ID
}

// NewDesk makes a desk. now gives the UTC instant of a change; random draws a
// fresh id (RandomID over 16 random octets).
func NewDesk(store Store, zones *protocols.Zones, now func() time.Time, random func() ID) *Desk {
	return &Desk{store: store, zones: zones, now: now, random: random}
}

// Request says who asks for what clinic, and which change number they saw.
type Request struct {
	Actor  access.Actor
	Clinic ID
	Expect int64 // from a preview; 0: none
	Once   Once  // of a request that may come again; zero: it is one of its own
}

func (q Request) change(action access.Action) Change {
	return Change{Clinic: q.Clinic, Actor: q.Actor, Action: action, Expect: q.Expect, Once: q.Once}
}

// Preview says who would be told what by a change, and the change number that
// a confirmation must carry.
type Preview struct {
	ChangeNo int64
	Told     []Telling
}

// OpenCohort opens a cohort and gives its id. It fails as Book.Open does.
func (d *Desk) OpenCohort(ctx context.Context, q Request, o Opening) (ID, error) {
	if _, err := o.Lay(d.zones, d.now()); err != nil {
		return "", err
	}
	id := d.random()
	var load Load
	if o.Lead != "" {
		load.Staff = []ID{o.Lead}
	}
	made, _, err := d.once(ctx, q.change(access.CohortOpen), load, func(b *Book) (ID, error) {
		_, err := b.Open(id, o)
		return id, err
	})
	return made, err
}

// Enrolling is a request for a place, for a known person or a new one.
type Enrolling struct {
	Cohort   ID
	Person   ID      // a known person; empty: a new one
	Contact  Contact // of a new person; a known one's is not touched
	Zone     string  // of a new person; empty: the cohort's
	Language string  // of a new person; empty: "en"
	Earliest protocols.Date
	Priority int
}

// Enrolled says what became of an Enrolling.
type Enrolled struct {
	Enrollment, Person ID
	State              EnrollmentState
	Entry              protocols.Date // local date of the first session; zero while waiting
	WaitlistPosition   int            // 0 when seated
	Unreachable        bool           // no consented channel: staff have a task
}

// Enroll seats a person or puts them on the waitlist. What was enrolled before
// under the same key comes back as it stands now. Invalid names every field to
// correct; otherwise it fails as Book.Enroll does.
func (d *Desk) Enroll(ctx context.Context, q Request, e Enrolling) (Enrolled, error) {
	load := Load{Cohorts: []ID{e.Cohort}}
	person := e.Person
	if person != "" {
		load.People = []ID{person}
	} else {
		checked, err := d.checkPerson(e)
		if err != nil {
			return Enrolled{}, err
		}
		e, person = checked, d.random()
	}
	var result Enrolled
	made, repeated, err := d.once(ctx, q.change(access.Enroll), load, func(b *Book) (ID, error) {
		if e.Person == "" {
			b.addPerson(person, e, b.Roster(e.Cohort))
		}
		enrollment, err := b.Enroll(Asking{Cohort: e.Cohort, Person: person, Priority: e.Priority, Earliest: e.Earliest})
		if err != nil {
			return "", err
		}
		result = b.enrolled(enrollment.ID)
		return enrollment.ID, nil
	})
	switch {
	case err != nil:
		return Enrolled{}, err
	case repeated:
		return d.enrolled(ctx, q, made)
	}
	return result, nil
}

func (b *Book) addPerson(id ID, e Enrolling, r *Roster) {
	p := &Person{ID: id, Zone: e.Zone, Language: e.Language}
	if p.Zone == "" && r != nil {
		p.Zone = r.Cohort.Zone
	}
	p.Reach = e.Contact.Reach()
	b.People[id] = p
	b.Contacts[id] = e.Contact
}

// checkPerson checks everything a new person brings, and reports all of it at once.
func (d *Desk) checkPerson(e Enrolling) (Enrolling, error) {
	contact, faults := e.Contact.Check("US")
	consents, more := e.Contact.checkConsents(d.now()) // of what was typed: a malformed address is one mistake, not two
	contact.Consents = consents
	e.Contact, faults = contact, append(faults, more...)
	zone, problem := tidyLine(e.Zone)
	if e.Zone = zone; problem != "" {
		faults = append(faults, fault.In("zone", "The time zone %s.", problem))
	} else if zone != "" {
		if loc, err := d.zones.Location(e.Zone); err != nil {
			faults = append(faults, fault.In("zone", "%s", sentence(err)))
		} else {
			e.Zone = loc.String()
		}
	}
	if e.Language = cmp.Or(e.Language, "en"); !slices.Contains(Languages(), e.Language) {
		faults = append(faults, fault.In("language", "Choose a language, en or es."))
	}
	joined := make([]error, len(faults))
	for i, f := range faults {
		joined[i] = f
	}
	return e, errors.Join(joined...)
}

// Admit seats the first person of the waitlist. It fails as Book.Admit does.
func (d *Desk) Admit(ctx context.Context, q Request, enrollment ID) error {
	return d.change(ctx, q.change(access.Enroll), Load{Enrollments: []ID{enrollment}}, func(b *Book) error { return b.Admit(enrollment) })
}

// Withdraw ends an enrollment. It fails as Book.Withdraw does.
func (d *Desk) Withdraw(ctx context.Context, q Request, enrollment ID) error {
	return d.change(ctx, q.change(access.Withdraw), Load{Enrollments: []ID{enrollment}}, func(b *Book) error { return b.Withdraw(enrollment) })
}

// PreviewWithdraw says who would be told what by a withdrawal.
func (d *Desk) PreviewWithdraw(ctx context.Context, q Request, enrollment ID) (Preview, error) {
	return d.preview(ctx, q.change(access.Withdraw), Load{Enrollments: []ID{enrollment}}, func(b *Book) error { return b.Withdraw(enrollment) })
}

// Cancel cancels a session. It fails as Book.Cancel does.
func (d *Desk) Cancel(ctx context.Context, q Request, c Cancelling) error {
	return d.change(ctx, q.change(access.SessionChange), Load{Sessions: []ID{c.Session}}, func(b *Book) error { return b.Cancel(c) })
}

// PreviewCancel says who would be told what by a cancellation.
func (d *Desk) PreviewCancel(ctx context.Context, q Request, c Cancelling) (Preview, error) {
	return d.preview(ctx, q.change(access.SessionChange), Load{Sessions: []ID{c.Session}}, func(b *Book) error { return b.Cancel(c) })
}

// Move gives a session another time. It fails as Book.Move does.
func (d *Desk) Move(ctx context.Context, q Request, m Moving) error {
	return d.change(ctx, q.change(access.SessionChange), Load{Sessions: []ID{m.Session}}, func(b *Book) error { return b.Move(m) })
}

// PreviewMove says who would be told what by a move.
func (d *Desk) PreviewMove(ctx context.Context, q Request, m Moving) (Preview, error) {
	return d.preview(ctx, q.change(access.SessionChange), Load{Sessions: []ID{m.Session}}, func(b *Book) error { return b.Move(m) })
}

// Extend plans a rolling cohort further ahead. It fails as Book.Extend does.
func (d *Desk) Extend(ctx context.Context, q Request, cohort ID) error {
	return d.change(ctx, q.change(access.ClinicUpkeep), Load{Cohorts: []ID{cohort}}, func(b *Book) error { return b.Extend(cohort) })
}

// change runs a change and settles what it owes. One that was done before under
// the same key stands as it was done.
func (d *Desk) change(ctx context.Context, c Change, load Load, do func(*Book) error) error {
	_, _, err := d.once(ctx, c, load, func(b *Book) (ID, error) { return "", do(b) })
	return err
}

// preview runs the same change on a copy that nobody saves.
func (d *Desk) preview(ctx context.Context, c Change, load Load, do func(*Book) error) (Preview, error) {
	b, err := d.store.Look(ctx, c, load)
	if err != nil {
		return Preview{}, err
	}
	if err := run(b, do); err != nil {
		return Preview{}, err
	}
	return Preview{ChangeNo: b.Clinic.ChangeNo, Told: b.Tellings}, nil
}

// run lets what fell due before happen first: nobody accepts an offer that has
// lapsed, and its seats are free for the next.
func run(b *Book, do func(*Book) error) error {
	if err := b.recompute(); err != nil {
		return err
	}
	if err := do(b); err != nil {
		return err
	}
	b.Settle()
	b.keepUndo()
	return nil
}
