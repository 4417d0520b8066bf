package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// Desk is where every change is asked for. It draws ids, checks input and hands
// the pure change to the store.
type Desk struct {
	store  Store
	zones  *civil.Zones
	now    func() time.Time
	random func() scheduler.ID
}

// New makes a desk. now gives the UTC instant of a change; random draws a
// fresh id (RandomID over 16 random octets).
func New(store Store, zones *civil.Zones, now func() time.Time, random func() scheduler.ID) *Desk {
	return &Desk{store: store, zones: zones, now: now, random: random}
}

// Request says who asks for what clinic, and which change number they saw.
type Request struct {
	Actor  access.Actor
	Clinic scheduler.ID
	Expect int64 // from a preview; 0: none
	Once   Once  // of a request that may come again; zero: it is one of its own
}

func (q Request) change(action access.Action) Change {
	return Change{Clinic: q.Clinic, Actor: q.Actor, Action: action, Expect: q.Expect, Once: q.Once}
}

// OpenCohort opens a cohort and gives its id. It fails as Book.Open does.
func (d *Desk) OpenCohort(ctx context.Context, q Request, o scheduler.OpenRequest) (scheduler.ID, error) {
	if _, err := d.Lay(ctx, q, o); err != nil {
		return "", err
	}
	changed, err := d.Change(ctx, q, opens(d.random(), o))
	return changed.Made, err
}

// PreviewCohort says what opening a cohort would do, and how it would be. It fails as OpenCohort does.
func (d *Desk) PreviewCohort(
	ctx context.Context, q Request, o scheduler.OpenRequest,
) (p scheduler.Preview, c scheduler.Cohort, err error) {
	if _, err := d.Lay(ctx, q, o); err != nil {
		return p, c, err
	}
	asked := opens(d.random(), o)
	do := asked.do
	asked.do = func(b *scheduler.Book, by access.Actor) error {
		err := do(b, by)
		if r := b.Roster(b.Made); r != nil {
			c = r.Cohort
		}
		return err
	}
	p, err = d.Preview(ctx, q, asked)
	return p, c, err
}

// opens proposes to open a cohort under an id.
func opens(id scheduler.ID, o scheduler.OpenRequest) Proposal {
	load := Load{Equipment: o.Resources()}
	for _, p := range append(slices.Clone(o.Posts), scheduler.Post{Staff: o.Lead}) {
		if p.Staff != "" && !slices.Contains(load.Staff, p.Staff) {
			load.Staff = append(load.Staff, p.Staff)
		}
	}
	return Proposal{action: access.CohortOpen, load: load, do: func(b *scheduler.Book, _ access.Actor) error {
		_, err := b.Open(id, o)
		b.Made = id
		return err
	}}
}

// Enroll seats a person or puts them on the waitlist. What was enrolled before
// under the same key comes back as it stands now. Invalid names every field to
// correct; Conflict with KnownPeople asks who is meant; otherwise it fails as
// Book.Enroll does.
func (d *Desk) Enroll(ctx context.Context, q Request, e scheduler.EnrollRequest) (scheduler.Enrolled, error) {
	asked, result := d.enrolls(e)
	changed, err := d.Change(ctx, q, asked)
	switch {
	case err != nil:
		return scheduler.Enrolled{}, err
	case changed.Repeated:
		before, err := d.enrolled(ctx, q, changed.Made)
		if fault.KindOf(err) == fault.NotFound { // a late repeat must not bring back what was undone
			return scheduler.Enrolled{},
				fault.New(fault.Conflict, "This enrollment has since been undone. To enroll the person after "+
					"all, send a new request.")
		}
		if err != nil {
			return scheduler.Enrolled{}, err
		}
		*result = before
	}
	result.ChangeNo, result.Until = changed.ChangeNo, changed.Until
	return *result, nil
}

// PreviewEnroll says what would become of a request for a place. It fails as Enroll does.
func (d *Desk) PreviewEnroll(
	ctx context.Context, q Request, e scheduler.EnrollRequest,
) (scheduler.Preview, scheduler.Enrolled, error) {
	asked, result := d.enrolls(e)
	p, err := d.Preview(ctx, q, asked)
	return p, *result, err
}

// enrolls proposes to enroll somebody; the result is filled in when the proposal runs.
func (d *Desk) enrolls(e scheduler.EnrollRequest) (Proposal, *scheduler.Enrolled) {
	load := Load{Cohorts: []scheduler.ID{e.Cohort}, Recent: RecentSessions,
		Newcomer: func(c scheduler.Clinic, r *scheduler.Roster) (scheduler.Contact, error) {
			return e.Check(c, r, d.zones, d.now())
		}}
	fresh := scheduler.ID("")
	if e.Person != "" {
		load.People = []scheduler.ID{e.Person}
	} else {
		fresh = d.random()
	}
	result := &scheduler.Enrolled{}
	return Proposal{action: access.Enroll, load: load, do: func(b *scheduler.Book, _ access.Actor) error {
		enrolled, err := b.EnrollNew(fresh, e)
		if err != nil {
			return err
		}
		*result, b.Made = enrolled, enrolled.Enrollment
		return nil
	}}.rests("Enrolled"), result
}

// ClosedDays lists the days on which the clinic is closed, in order.
func (d *Desk) ClosedDays(ctx context.Context, q Request) ([]civil.DateRange, error) {
	b, err := d.store.Look(ctx, q.change(access.CohortView), Load{})
	if err != nil {
		return nil, err
	}
	return b.Clinic.Closed, nil
}

// Lay lays an opening on the calendar of the clinic, as a preview. It fails as Opening.Lay does.
func (d *Desk) Lay(ctx context.Context, q Request, o scheduler.OpenRequest) (*protocols.Calendar, error) {
	closed, err := d.ClosedDays(ctx, q)
	if err != nil {
		return nil, err
	}
	o.ClinicClosed = closed
	return o.Lay(d.zones, d.now())
}

// TakeBack proposes to take back the change with this number of the clinic.
func TakeBack(changeNo int64) Proposal {
	return Proposal{action: access.ChangeUndo, load: Load{Undo: changeNo},
		do: func(b *scheduler.Book, by access.Actor) error {
			return b.TakeBack(by.String())
		}}
}

// Undo takes back the change with this number of the clinic and gives the
// cohorts that are what they were. It fails as Book.TakeBack does.
func (d *Desk) Undo(ctx context.Context, q Request, changeNo int64) (cohorts []scheduler.ID, err error) {
	changed, err := d.Change(ctx, q, TakeBack(changeNo))
	if err != nil {
		return nil, fmt.Errorf("undoing change %d: %w", changeNo, err)
	}
	return changed.Cohorts, nil
}
