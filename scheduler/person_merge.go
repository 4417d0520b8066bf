package scheduler

import (
	"maps"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// MergeRequest asks to make one of two records of the same person.
type MergeRequest struct {
	Stay, Gone ID
	// Name, Email, Phone, Zone and Language say from which of the two each comes; empty: from the newer one, or from
	// the other if the newer has none.
	Name, Email, Phone, Zone, Language ID
	// ExternalIDs says the same of each system that has another id in each record.
	ExternalIDs map[string]ID
	// Consents are the channels on which consents stay; nil: on all on which they may.
	Consents *[]Channel
}

// MergeRecord is what a merge must know of one record besides its person.
type MergeRecord struct {
	Contact
	Created time.Time
	Ended   map[Channel]time.Time // when the last consent of a channel ended
	Arms    map[string]string     // protocols by arm group, of all enrollments
}

// Merging is what the store loads for a merge.
type Merging struct {
	Stay, Gone MergeRecord
	Shared     []SharedSession // sessions in which both have a seat
}

// SharedSession is a session in which both records have a seat.
type SharedSession struct {
	Cohort string // its name
	Date   civil.Date
}

// Merged is what became of a merge, for the store to save.
type Merged struct {
	Stay, Gone ID
	// EndPages are the records with a private page of which the address went to an email address that does not stay.
	EndPages []ID
}

// Newer is the record that was made later.
func (m *Merging) Newer() *MergeRecord {
	if m.Gone.Created.After(m.Stay.Created) {
		return &m.Gone
	}
	return &m.Stay
}

// Consents lists the consents that may stay, one for each channel. One that ended later in the other record stays
// ended.
func (m *Merging) Consents() []Consent {
	var all []Consent
	for _, channel := range []Channel{Email, SMS, Voice} {
		var last *Consent
		for _, pair := range [][2]*MergeRecord{{&m.Stay, &m.Gone}, {&m.Gone, &m.Stay}} {
			for _, c := range pair[0].Consents {
				if c.Channel == channel && !pair[1].Ended[channel].After(c.GivenAt) &&
					(last == nil || c.GivenAt.After(last.GivenAt)) {
					last = &c
				}
			}
		}
		if last != nil {
			all = append(all, *last)
		}
	}
	return all
}

// Merge makes one of two records. Everything of Gone becomes that of Stay. Who was told dates at an address that does
// not stay is told them again. Invalid or Conflict, in field "with", when the two cannot be one.
func (b *Book) Merge(q MergeRequest) error {
	if err := b.checkMerge(q); err != nil {
		return err
	}
	wanted, err := b.mergedContact(q)
	if err != nil {
		return err
	}
	m, stay := b.Merging, b.People[q.Stay]
	zone, language := mergedText(q, q.Zone, stay.Zone, b.People[q.Gone].Zone, m),
		mergedText(q, q.Language, stay.Language, b.People[q.Gone].Language, m)
	stay.Reach = b.mergedReach(q, wanted)
	stay.Zone, stay.Language = zone, language
	b.Contacts[q.Stay] = wanted
	b.Merged = &Merged{Stay: q.Stay, Gone: q.Gone}
	var again []ID
	for i, record := range []*MergeRecord{&m.Stay, &m.Gone} {
		if FoldAddress(record.Email) == FoldAddress(wanted.Email) {
			continue
		}
		id := []ID{q.Stay, q.Gone}[i]
		again = append(again, id)
		if record.Email != "" {
			b.Merged.EndPages = append(b.Merged.EndPages, id)
		}
	}
	b.note("person.merge", q.Stay, q.Gone)
	b.handOn(q, again)
	return nil
}

// checkMerge says why two records cannot be one.
func (b *Book) checkMerge(q MergeRequest) error {
	switch stay, gone := b.People[q.Stay], b.People[q.Gone]; {
	case q.Stay == q.Gone:
		return fault.In("with", "This is the same record twice. Choose the other one.")
	case stay == nil || gone == nil || b.Merging == nil:
		return fault.New(fault.NotFound, "There is no such person. Choose one from the list.").In("with")
	case stay.MergedInto != "" || gone.MergedInto != "":
		return MergedAlready().In("with")
	case b.keepsApart(q.Stay, q.Gone):
		return mergeConflict(
			"These two people are kept apart, so they are not the same person. End that first if it is a mistake.")
	}
	for _, r := range b.Rosters {
		living := map[ID]bool{}
		for _, e := range r.living() {
			living[e.Person] = true
		}
		if living[q.Stay] && living[q.Gone] {
			return mergeConflict("Both records are enrolled in %s. End one of the two enrollments, then merge.",
				r.Cohort.Name)
		}
	}
	if len(b.Merging.Shared) > 0 {
		one := b.Merging.Shared[0]
		return mergeConflict("Both records have a seat in the session of %s of %s, so they are two people. Only if "+
			"one seat is a mistake, end that enrollment first.", one.Date, one.Cohort)
	}
	for group, protocol := range b.Merging.Stay.Arms {
		if other := b.Merging.Gone.Arms[group]; other != "" && other != protocol {
			return mergeConflict("The two records are in different arms of one blinded trial, so they cannot be " +
				"merged. Ask the people who run the trial.")
		}
	}
	return b.checkOverlap(q)
}

// checkOverlap refuses to give one person two sessions at the same time.
func (b *Book) checkOverlap(q MergeRequest) error {
	for _, r := range b.Rosters {
		for _, seat := range r.Seats {
			s := r.Session(seat.Session)
			if seat.Person != q.Gone || !seat.State.Occupies() || s == nil || !s.Live() || s.Past(b.Now) {
				continue
			}
			if b.clashes(q.Stay, s.Start, s.End, s.ID) {
				return mergeConflict("Both records have sessions at the same time, on %s at %s. End one of the two "+
					"enrollments, or move a date, then merge.", s.Wall.Date, s.Wall.Clock)
			}
		}
	}
	return nil
}

func mergeConflict(format string, args ...any) error {
	return fault.New(fault.Conflict, format, args...).In("with")
}

// MergedAlready refuses a change of a record that was merged into another.
func MergedAlready() *fault.Error {
	return fault.New(fault.Closed, "This record was merged into another one. Open that one and go on there.")
}

// mergedText gives what was chosen of one field.
func mergedText(q MergeRequest, chosen ID, stay, gone string, m *Merging) string {
	switch newer := m.Newer() == &m.Gone; {
	case chosen == q.Gone, chosen == "" && newer && (gone != "" || stay == ""),
		chosen == "" && stay == "":
		return gone
	default:
		return stay
	}
}

// mergedContact gives the contact data that stay. Invalid names every choice that is of neither record.
func (b *Book) mergedContact(q MergeRequest) (Contact, error) {
	m := b.Merging
	choices := map[string]ID{"name": q.Name, "email": q.Email, "phone": q.Phone, "zone": q.Zone, "language": q.Language}
	for system, from := range q.ExternalIDs {
		choices["external_ids."+system] = from
	}
	for _, field := range slices.Sorted(maps.Keys(choices)) {
		if id := choices[field]; id != "" && id != q.Stay && id != q.Gone {
			field, _, _ = strings.Cut(field, ".")
			return Contact{}, fault.In(field, "Choose from which of the two records this comes.")
		}
	}
	c := Contact{
		Name:  mergedText(q, q.Name, m.Stay.Name, m.Gone.Name, m),
		Email: mergedText(q, q.Email, m.Stay.Email, m.Gone.Email, m),
		Phone: mergedText(q, q.Phone, m.Stay.Phone, m.Gone.Phone, m),
	}
	for _, id := range slices.Concat(m.Stay.ExternalIDs, m.Gone.ExternalIDs) {
		if c.idIn(id.System) == "" {
			id.Value = mergedText(q, q.ExternalIDs[id.System], m.Stay.idIn(id.System),
				m.Gone.idIn(id.System), m)
			if id.Value != "" { // empty: the record that was chosen has none
				c.ExternalIDs = append(c.ExternalIDs, id)
			}
		}
	}
	if len(c.ExternalIDs) > MostExternalIDs {
		return Contact{}, fault.In("external_ids",
			"Together they have more than %d ids of other systems. Remove some of them first.", MostExternalIDs)
	}
	var err error
	c.Consents, err = m.chosenConsents(q)
	return c, err
}

// chosenConsents gives the consents that stay. Invalid when one is wanted that no record has any more.
func (m *Merging) chosenConsents(q MergeRequest) ([]Consent, error) {
	may := m.Consents()
	if q.Consents == nil {
		return may, nil
	}
	var stay []Consent
	for _, channel := range *q.Consents {
		i := slices.IndexFunc(may, func(one Consent) bool { return one.Channel == channel })
		if i < 0 {
			return nil, fault.In("consents",
				"There is no consent to %s that could stay. Record it anew after the merge.", channel)
		}
		stay = append(stay, may[i])
	}
	return stay, nil
}

// mergedReach lists the channels on which the person can be reached. An address that its provider refuses is none.
func (b *Book) mergedReach(q MergeRequest, wanted Contact) []Channel {
	reach := wanted.Reach()
	for id, record := range map[ID]*MergeRecord{q.Stay: &b.Merging.Stay, q.Gone: &b.Merging.Gone} {
		if FoldAddress(record.Email) == FoldAddress(wanted.Email) && slices.Contains(record.Reach(), Email) &&
			!slices.Contains(b.People[id].Reach, Email) {
			reach = slices.DeleteFunc(reach, func(c Channel) bool { return c == Email })
		}
		if record.Phone == wanted.Phone && slices.Contains(b.People[id].Reach, SMS) && !slices.Contains(reach, SMS) &&
			slices.ContainsFunc(wanted.Consents, func(c Consent) bool { return c.Channel == SMS }) {
			reach = append(reach, SMS)
		}
	}
	return reach
}

// handOn gives the enrollments, seats and pairs of Gone to Stay. The living enrollments of the records in again are
// told once more.
func (b *Book) handOn(q MergeRequest, again []ID) {
	var told []func()
	for _, r := range b.Rosters {
		for _, e := range r.living() {
			if slices.Contains(again, e.Person) {
				told = append(told, func() { b.tellStayAgain(r, e) })
			}
		}
		for _, e := range r.Enrollments {
			if e.Person == q.Gone {
				e.Person = q.Stay
			}
		}
		for _, seat := range r.Seats {
			if seat.Person == q.Gone {
				seat.Person = q.Stay
			}
		}
		r.index = index{}
	}
	var pairs [][2]ID
	for _, pair := range b.KeptApart {
		for i := range pair {
			if pair[i] == q.Gone {
				pair[i] = q.Stay
			}
		}
		if !slices.ContainsFunc(pairs, func(p [2]ID) bool { return isPair(p, pair[0], pair[1]) }) {
			pairs = append(pairs, pair)
		}
	}
	b.KeptApart = pairs
	for _, tell := range told {
		tell()
	}
}
