package scheduler

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// EnrollRequest asks for a place, for a known person or a new one.
type EnrollRequest struct {
	Cohort   ID
	Person   ID      // a known person; empty: whom Contact describes
	New      bool    // it is somebody new, although people of like name share an address or a number
	Contact  Contact // of a new person; of a known one only consents and ids of other systems are added
	Zone     string  // of a new person; empty: the cohort's, or the clinic's
	Language string  // of a new person; empty: "en"
	Earliest civil.Date
	Priority int
	Facts    map[string]civil.Date // as for PlaceRequest
	Reason   string                // as for PlaceRequest
	Referral ID                    // that this enrollment comes of; empty: none
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

// EnrollNew enrolls the person whom a request means. Somebody new gets the id fresh. Conflict with KnownPeople asks
// who is meant; otherwise it fails as Enroll does, and Invalid names every field to correct.
func (b *Book) EnrollNew(fresh ID, e EnrollRequest) (Enrolled, error) {
	person, err := b.identify(e)
	if err != nil {
		return Enrolled{}, err
	}
	if person == "" {
		person = fresh
		if err := b.addPerson(person, e); err != nil {
			return Enrolled{}, err
		}
	}
	enrollment, err := b.Enroll(PlaceRequest{Cohort: e.Cohort, Person: person, Priority: e.Priority,
		Earliest: e.Earliest, Facts: e.Facts, Reason: e.Reason})
	if err != nil {
		return Enrolled{}, err
	}
	if e.Referral != "" {
		b.Placed = &Placement{e.Referral, enrollment.ID}
		b.note("referral.enroll", e.Referral, enrollment.ID)
	}
	return b.Enrolled(enrollment.ID), nil
}

// Enrolled says how an enrollment of the book stands; the zero value when the
// book has none of that id.
func (b *Book) Enrolled(id ID) Enrolled {
	r, e := b.withEnrollment(id)
	if e == nil {
		return Enrolled{}
	}
	return Enrolled{
		Enrollment: e.ID, Person: e.Person, State: e.State, Entry: r.dateOf(e.Entry),
		WaitlistPosition: r.WaitlistPosition(e), Unreachable: b.unreachable(e.Person),
	}
}

// dateOf gives the local date of a session, the zero date when there is none.
func (r *Roster) dateOf(session ID) civil.Date {
	if s := r.Session(session); s != nil {
		return s.Wall.Date
	}
	return civil.Date{}
}

// Check checks what a request says of a person, all of it at once, and gives their contact data. Of a known person
// only ids of other systems and consents are read.
func (e EnrollRequest) Check(clinic Clinic, r *Roster, zones *civil.Zones, now time.Time) (Contact, error) {
	if e.Person == "" {
		checked, err := e.checkPerson(clinic, r, zones, now)
		return checked.Contact, err
	}
	if e.New {
		return Contact{}, fault.In("new", "The request names a known person and a new one. Keep one of them.")
	}
	ids, err := checkExternalIDs(e.Contact.ExternalIDs)
	if err != nil {
		return Contact{}, err
	}
	c := Contact{Consents: e.Contact.Consents, ExternalIDs: ids}
	zone := e.Zone
	if r != nil {
		zone = cmp.Or(zone, r.Cohort.Zone)
	}
	typed, _ := e.Contact.Check(cmp.Or(zones.Country(zone), zones.Country(clinic.Zone)))
	c.Email, c.Phone = typed.Email, typed.Phone
	return c, nil
}

// addPerson adds whom the request describes to the book.
func (b *Book) addPerson(id ID, e EnrollRequest) error {
	r := b.Roster(e.Cohort)
	checked, err := e.checkPerson(b.Clinic, r, b.Zones, b.Now)
	if err != nil {
		return err
	}
	p := &Person{ID: id, Zone: checked.Zone, Language: checked.Language}
	if p.Zone == "" && r != nil {
		p.Zone = r.Cohort.Zone
	}
	p.Zone = cmp.Or(p.Zone, b.Clinic.Zone)
	p.Reach = checked.Contact.Reach()
	b.People[id] = p
	b.Contacts[id] = checked.Contact
	return nil
}

// checkPerson checks everything a new person brings, and reports all of it at once.
// Their phone number is read in the country of their time zone, else of the clinic's.
func (e EnrollRequest) checkPerson(clinic Clinic, r *Roster, zones *civil.Zones, now time.Time) (EnrollRequest, error) {
	zone, wrong := checkZone(e.Zone, zones)
	if e.Zone = zone; zone == "" && r != nil {
		zone = r.Cohort.Zone
	}
	contact, faults := e.Contact.Check(cmp.Or(zones.Country(zone), zones.Country(clinic.Zone)))
	consents, more := e.Contact.CheckConsents(now) // of what was typed: a malformed address is one mistake, not two
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
func checkZone(raw string, zones *civil.Zones) (string, *fault.Error) {
	zone, err := CheckLine("zone", "The time zone", raw)
	if err != nil || zone == "" {
		return "", err
	}
	loc, unknown := zones.Location(zone)
	if unknown != nil {
		return "", fault.In("zone", "%s", sentence(unknown))
	}
	return loc.String(), nil
}
