package desk

import (
	"almanac/scheduler"
	"almanac/scheduler/access"
)

// SetPerson proposes other contact data, another zone or language of a person. What they are told leaves after the
// rest, but it cannot be taken back: the old links end at once. It fails as Book.SetPerson does.
func (d *Desk) SetPerson(q scheduler.PersonSetting) Proposal {
	return Proposal{action: access.PersonChange,
		load: Load{People: []scheduler.ID{q.Person}, Theirs: true, Recent: RecentSessions,
			Edit: func(c scheduler.Clinic, p scheduler.Person, contact scheduler.Contact) (scheduler.Contact, error) {
				return q.Check(c, p, contact, d.zones)
			}},
		do: func(b *scheduler.Book, _ access.Actor) error { return b.SetPerson(q) }}
}

// Merge proposes to make one of two records of the same person. It cannot be taken back: what is undone compares rows
// that have one person. It fails as Book.Merge does.
func Merge(q scheduler.MergeRequest) Proposal {
	return Proposal{action: access.PersonChange, load: MergeLoad(q.Stay, q.Gone),
		do: func(b *scheduler.Book, _ access.Actor) error { return b.Merge(q) }}
}

// Erase proposes to erase a person. It cannot be taken back. It fails as Book.Erase does.
func Erase(q scheduler.EraseRequest) Proposal {
	return Proposal{action: access.PersonErase, load: EraseLoad(q.Person),
		do: func(b *scheduler.Book, _ access.Actor) error { return b.Erase(q) }}
}

// EraseLoad is what an erasure needs of a person.
func EraseLoad(person scheduler.ID) Load { return Load{People: []scheduler.ID{person}, Erase: true} }

// MergeLoad is what a merge needs of two records.
func MergeLoad(stay, gone scheduler.ID) Load {
	return Load{People: []scheduler.ID{stay, gone}, Theirs: true, Merge: true, Recent: RecentSessions}
}
