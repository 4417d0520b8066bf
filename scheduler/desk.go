package scheduler

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// Desk is where every change is asked for. It draws ids, checks input and hands
// the pure change to the store.
type Desk struct {
	store  Store
	zones  *civil.Zones
	now    func() time.Time
	random func() ID
}

// NewDesk makes a desk. now gives the UTC instant of a change; random draws a
// fresh id (RandomID over 16 random octets).
func NewDesk(store Store, zones *civil.Zones, now func() time.Time, random func() ID) *Desk {
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

// OpenCohort opens a cohort and gives its id. It fails as Book.Open does.
func (d *Desk) OpenCohort(ctx context.Context, q Request, o OpenRequest) (ID, error) {
	if _, err := d.Lay(ctx, q, o); err != nil {
		return "", err
	}
	changed, err := d.Change(ctx, q, opens(d.random(), o))
	return changed.Made, err
}

// PreviewCohort says what opening a cohort would do, and how it would be. It fails as OpenCohort does.
func (d *Desk) PreviewCohort(ctx context.Context, q Request, o OpenRequest) (p Preview, c Cohort, err error) {
	if _, err := d.Lay(ctx, q, o); err != nil {
		return p, c, err
	}
	asked := opens(d.random(), o)
	do := asked.do
	asked.do = func(b *Book, by access.Actor) error {
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
func opens(id ID, o OpenRequest) Proposal {
	load := Load{Equipment: o.resources()}
	for _, p := range append(slices.Clone(o.Posts), Post{Staff: o.Lead}) {
		if p.Staff != "" && !slices.Contains(load.Staff, p.Staff) {
			load.Staff = append(load.Staff, p.Staff)
		}
	}
	return Proposal{action: access.CohortOpen, load: load, do: func(b *Book, _ access.Actor) error {
		_, err := b.Open(id, o)
		b.Made = id
		return err
	}}
}

// EnrollRequest asks for a place, for a known person or a new one.
type EnrollRequest struct {
	Cohort   ID
	Person   ID      // a known person; empty: whom Contact describes
	New      bool    // it is somebody new, although people of like name share an address or a number
	Contact  Contact // of a new person; of a known one only consents and ids of other systems are added
	Zone     string  // of a new person; empty: the cohort's
	Language string  // of a new person; empty: "en"
	Earliest civil.Date
	Priority int
	Facts    map[string]civil.Date // as for PlaceRequest
	Reason   string                // as for PlaceRequest
}

// Enrolled says what became of an EnrollRequest.
type Enrolled struct {
	Enrollment, Person ID
	State              EnrollmentState
	Entry              civil.Date // local date of the first session; zero while waiting
	WaitlistPosition   int        // 0 when seated
	Unreachable        bool       // no consented channel: staff have a task
	ChangeNo           int64      // takes it back before Until; 0: it cannot be taken back
	Until              time.Time  // UTC instant
}

// Enroll seats a person or puts them on the waitlist. What was enrolled before
// under the same key comes back as it stands now. Invalid names every field to
// correct; Conflict with KnownPeople asks who is meant; otherwise it fails as
// Book.Enroll does.
func (d *Desk) Enroll(ctx context.Context, q Request, e EnrollRequest) (Enrolled, error) {
	asked, result := d.enrolls(e)
	changed, err := d.Change(ctx, q, asked)
	switch {
	case err != nil:
		return Enrolled{}, err
	case changed.Repeated:
		before, err := d.enrolled(ctx, q, changed.Made)
		if fault.KindOf(err) == fault.NotFound { // a late repeat must not bring back what was undone
			return Enrolled{}, fault.New(fault.Conflict, "This enrollment was undone since. To enroll the person after all, ask anew.")
		}
		if err != nil {
			return Enrolled{}, err
		}
		*result = before
	}
	result.ChangeNo, result.Until = changed.ChangeNo, changed.Until
	return *result, nil
}

// PreviewEnroll says what would become of a request for a place. It fails as Enroll does.
func (d *Desk) PreviewEnroll(ctx context.Context, q Request, e EnrollRequest) (Preview, Enrolled, error) {
	asked, result := d.enrolls(e)
	p, err := d.Preview(ctx, q, asked)
	return p, *result, err
}

// enrolls proposes to enroll somebody; the result is filled in when the proposal runs.
func (d *Desk) enrolls(e EnrollRequest) (Proposal, *Enrolled) {
	load := Load{Cohorts: []ID{e.Cohort}, Recent: true, Newcomer: func(c Clinic, r *Roster) (Contact, error) { return d.checkNewcomer(e, c, r) }}
	fresh := ID("")
	if e.Person != "" {
		load.People = []ID{e.Person}
	} else {
		fresh = d.random()
	}
	result := &Enrolled{}
	return Proposal{action: access.Enroll, load: load, do: func(b *Book, _ access.Actor) error {
		person, err := b.identify(e)
		if err != nil {
			return err
		}
		if person == "" {
			person = fresh
			if err := d.addPerson(b, person, e); err != nil {
				return err
			}
		}
		enrollment, err := b.Enroll(PlaceRequest{Cohort: e.Cohort, Person: person, Priority: e.Priority, Earliest: e.Earliest, Facts: e.Facts, Reason: e.Reason})
		if err != nil {
			return err
		}
		*result, b.Made = b.enrolled(enrollment.ID), enrollment.ID
		return nil
	}}.rests("Enrolled"), result
}

// addPerson adds whom the request describes to the book.
func (d *Desk) addPerson(b *Book, id ID, e EnrollRequest) error {
	r := b.Roster(e.Cohort)
	checked, err := d.checkPerson(e, b.Clinic, r)
	if err != nil {
		return err
	}
	p := &Person{ID: id, Zone: checked.Zone, Language: checked.Language}
	if p.Zone == "" && r != nil {
		p.Zone = r.Cohort.Zone
	}
	p.Reach = checked.Contact.Reach()
	b.People[id] = p
	b.Contacts[id] = checked.Contact
	return nil
}

// checkPerson checks everything a new person brings, and reports all of it at once.
// Their phone number is read in the country of their time zone, else of the clinic's.
func (d *Desk) checkPerson(e EnrollRequest, clinic Clinic, r *Roster) (EnrollRequest, error) {
	zone, wrong := d.checkZone(e.Zone)
	if e.Zone = zone; zone == "" && r != nil {
		zone = r.Cohort.Zone
	}
	contact, faults := e.Contact.Check(cmp.Or(d.zones.Country(zone), d.zones.Country(clinic.Zone)))
	consents, more := e.Contact.CheckConsents(d.now()) // of what was typed: a malformed address is one mistake, not two
	contact.Consents = consents
	e.Contact, faults = contact, append(faults, more...)
	if wrong != nil {
		faults = append(faults, wrong)
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

// checkZone gives the canonical name of a time zone; empty stays empty.
func (d *Desk) checkZone(raw string) (string, *fault.Error) {
	zone, err := CheckLine("zone", "The time zone", raw)
	if err != nil || zone == "" {
		return "", err
	}
	loc, unknown := d.zones.Location(zone)
	if unknown != nil {
		return "", fault.In("zone", "%s", sentence(unknown))
	}
	return loc.String(), nil
}
