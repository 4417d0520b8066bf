package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// PersonSetting says what is to be different of a person; what is nil stays.
type PersonSetting struct {
	Person                             ID
	Name, Email, Phone, Zone, Language *string
	ExternalIDs                        *[]ExternalID
	// New: known people of like name who share the address or number are somebody else.
	New bool
	// Change is the change of an address that the person asked for themself, whose code they typed in; the old
	// address is told of it. Empty: staff ask.
	Change ID
	// Stops is such a change that is taken back by who has the old address.
	Stops ID
}

// Check gives the contact data that are wanted, from those that stand. Invalid names every field to correct.
func (q PersonSetting) Check(clinic Clinic, p Person, c Contact, zones *civil.Zones) (Contact, error) {
	var faults []*fault.Error
	zone := p.Zone
	if q.Zone != nil {
		zone = *q.Zone
		if _, err := zones.Location(zone); err != nil || zone == "" {
			faults = append(faults, fault.In("zone", "There is no such time zone. Choose one like America/New_York."))
		}
	}
	if q.Language != nil && !slices.Contains(Languages(), *q.Language) {
		faults = append(faults, fault.In("language", "There is no such language. Choose en or es."))
	}
	for _, one := range []struct{ to, from *string }{{&c.Name, q.Name}, {&c.Email, q.Email}, {&c.Phone, q.Phone}} {
		if one.from != nil {
			*one.to = *one.from
		}
	}
	if q.ExternalIDs != nil {
		c.ExternalIDs = *q.ExternalIDs
	}
	checked, more := c.Check(cmp.Or(zones.Country(zone), zones.Country(clinic.Zone)))
	all := make([]error, 0, len(faults)+len(more))
	for _, f := range append(faults, more...) {
		all = append(all, f)
	}
	return checked, errors.Join(all...)
}

// SetPerson changes contact data, zone, language and ids of other systems of the person of the book. A new address gets
// all dates again, and the private addresses that the old one knows end. It fails with Invalid when nothing would
// change, and with Conflict when an id belongs to somebody else, or, with KnownPeople, when people of like name have
// the new address or number.
func (b *Book) SetPerson(q PersonSetting) error {
	p, i := b.People[q.Person], slices.IndexFunc(b.Known, func(k Known) bool { return k.Person == q.Person })
	if p == nil || i < 0 {
		return fault.New(fault.NotFound, "There is no such person. Choose one from the list.")
	}
	was, wanted := b.Known[i].Contact, b.Newcomer
	if err := b.checkOthers(q, was, wanted); err != nil {
		return err
	}
	zone, language := p.Zone, p.Language
	if q.Zone != nil {
		zone = *q.Zone
	}
	if q.Language != nil {
		language = *q.Language
	}
	same := was.Name == wanted.Name && was.Email == wanted.Email && was.Phone == wanted.Phone &&
		slices.Equal(was.ExternalIDs, wanted.ExternalIDs)
	if same && zone == p.Zone && language == p.Language {
		return fault.New(fault.Invalid, "Nothing would change by that. Say what is to be different.")
	}
	b.noteFields("person.change", p.ID, map[string]bool{"name": was.Name != wanted.Name,
		"email": was.Email != wanted.Email, "phone": was.Phone != wanted.Phone, "zone": zone != p.Zone,
		"language": language != p.Language, "external_ids": !slices.Equal(was.ExternalIDs, wanted.ExternalIDs)})
	p.Zone, p.Language = zone, language
	if same {
		return nil
	}
	wanted.Consents = slices.Clone(was.Consents)
	b.Contacts[p.ID] = wanted
	moved := FoldAddress(was.Email) != FoldAddress(wanted.Email)
	reach := slices.Clone(p.Reach)
	refused := !moved && slices.Contains(was.Reach(), Email) && !slices.Contains(p.Reach, Email)
	texted := slices.Contains(p.Reach, SMS) && was.Phone == wanted.Phone
	p.Reach = wanted.Reach()
	if texted {
		p.Reach = append(p.Reach, SMS)
	}
	if refused {
		p.Reach = slices.DeleteFunc(p.Reach, func(c Channel) bool { return c == Email })
	}
	if moved && was.Email != "" || was.Phone != wanted.Phone && was.Phone != "" {
		b.Readdressed = append(b.Readdressed, p.ID)
	}
	if moved {
		b.tellAgain(p.ID)
	}
	switch {
	case q.Change != "":
		return b.tellFormer(q, was, wanted, reach)
	case q.Stops != "":
		b.stopReaddress(q)
	}
	return nil
}

// checkOthers refuses what belongs to somebody else, and asks about people of like name who share a new address.
func (b *Book) checkOthers(q PersonSetting, was, wanted Contact) error {
	var alike []Candidate
	for _, k := range b.Known {
		if k.Person == q.Person {
			continue
		}
		if k.Contact.sharesID(wanted) {
			return fault.Wrap(fault.Conflict, &KnownPeople{[]Candidate{{k.Person, wanted.Shares(k.Contact)}}},
				"The id of another system belongs to somebody else here. Correct it, or leave it out.").
				In("external_ids")
		}
		by := slices.DeleteFunc(wanted.Shares(k.Contact),
			func(what string) bool { return slices.Contains(was.Shares(k.Contact), what) })
		if len(by) > 0 && LikeName(k.Contact.Name, wanted.Name) {
			alike = append(alike, Candidate{Person: k.Person, By: by})
		}
	}
	if len(alike) == 0 || q.New {
		return nil
	}
	return fault.Wrap(fault.Conflict, &KnownPeople{alike},
		"Someone with a similar name already has this email address or phone number. Say that they are different "+
			"people, or correct it.")
}

// tellAgain promises everything that a new address must know: the dates of each stay, the calendar objects that stand
// in calendars or are due, the place on a waitlist, and an open offer, because its link has ended.
func (b *Book) tellAgain(person ID) {
	for _, r := range b.Rosters {
		for _, e := range r.living() {
			if e.Person == person {
				b.tellStayAgain(r, e)
			}
		}
	}
}

// tellStayAgain promises what a new address must know of one stay.
func (b *Book) tellStayAgain(r *Roster, e *Enrollment) {
	switch e.State {
	case Active, OnHold:
		b.welcomeAgain(r, e)
	case Waiting:
		b.planMessage(plannedMessage{
			notice: Notice{Kind: OnWaitlist, Person: e.Person, Enrollment: e.ID, Due: b.Now.Add(ChangeDelay),
				NotAfter: b.Now.Add(WaitlistUseful)},
			task: Task{Kind: CallTask, About: AboutWaiting, Cohort: r.Cohort.ID, Person: e.Person,
				Enrollment: e.ID, Due: b.Now.Add(24 * time.Hour)},
			zone: r.Cohort.Zone, natural: AboutWaiting + ":" + b.again(e),
		})
	case Offered:
		b.offerAgain(r, e)
	}
}

// offerAgain promises the message about an open offer at a new address; the time to answer stays. One that was not told
// yet is on its way and goes to the new address by itself.
func (b *Book) offerAgain(r *Roster, e *Enrollment) {
	offer := e.Offer()
	if offer == nil || offer.ToldAt.IsZero() {
		return
	}
	entry := r.Session(offer.Entry)
	if entry == nil {
		return
	}
	limit := b.lapses(r, e, *offer)
	b.planMessage(plannedMessage{
		notice: Notice{Kind: OfferNotice, Person: e.Person, Enrollment: e.ID, Offer: offer.ID,
			Version: DeriveID(e.ID, "address", b.again(e)), Start: entry.Start, Due: TellAt(entry.Start, b.Now),
			NotAfter: limit},
		after: Moment{Expected: true, Start: entry.Start, End: entry.End, Place: entry.Place, Meeting: entry.Meeting},
		task: Task{Kind: CallTask, About: AboutOffer, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
			Session: entry.ID, Due: earlier(b.Now.Add(24*time.Hour), limit)},
		zone: r.Cohort.Zone, natural: b.again(e),
	})
}

// again names what is said once more to a person, because their address is new.
func (b *Book) again(e *Enrollment) string {
	return fmt.Sprintf("%s:%s", e.ID, b.Now.UTC().Format("20060102T150405.000Z"))
}

// welcomeAgain promises all dates of a stay, and the invites of those in the near future or in a calendar.
func (b *Book) welcomeAgain(r *Roster, e *Enrollment) {
	last, first := b.Now, time.Time{}
	var invites []seatChange
	for _, seat := range r.SeatsOf(e.ID) {
		s := r.Session(seat.Session)
		if s == nil || !seat.State.Occupies() || s.Past(b.Now) {
			continue
		}
		last = later(last, s.End)
		if s.Start.After(b.Now) && (first.IsZero() || s.Start.Before(first)) {
			first = s.Start
		}
		if s.Live() && s.Start.After(b.Now) && (seat.Told.Invited || s.Start.Sub(b.Now) <= InviteWindow) {
			invites = append(invites, seatChange{roster: r, enrollment: e, seat: seat, session: s})
		}
	}
	if first.IsZero() {
		return
	}
	due := TellAt(first, b.Now)
	b.planMessage(plannedMessage{
		notice: Notice{Kind: Welcome, Person: e.Person, Enrollment: e.ID,
			Version: DeriveID(e.ID, "address", b.again(e)), Start: first, Due: due, NotAfter: last},
		task: Task{Kind: LetterTask, About: AboutWelcome, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
			Due: b.Now.Add(24 * time.Hour)},
		zone: r.Cohort.Zone, natural: b.again(e),
	})
	for _, o := range invites {
		n := b.calendarNotice(o, due)
		n.Asked = true
		b.Notices = append(b.Notices, b.noticesOf(n, o.seat)...)
	}
}
