package scheduler

import (
	"almanac/scheduler/fault"
)

// KeepApart says that two people never share a session (rule R18). Whoever comes
// second is given other entries and other turns; seats that both own already
// stay. Invalid for one person.
func (b *Book) KeepApart(one, other ID) error {
	if one == other {
		return fault.In("keep_apart", "Two different people are kept apart. Name both.")
	}
	b.Apart = append(b.Apart, [2]ID{one, other})
	b.note("person.apart", one, other)
	return nil
}

// free refuses sessions that overlap with something else the person owns or
// leads, or in which somebody sits from whom they are kept apart.
func (b *Book) free(person ID, sessions []*Session) error {
	if err := b.checkFree(person, sessions); err != nil {
		return err
	}
	for _, pair := range b.Apart {
		other := pair[0]
		if other == person {
			other = pair[1]
		}
		if pair[0] != person && pair[1] != person {
			continue
		}
		for _, s := range sessions {
			if r, _ := b.withSession(s.ID); r != nil && b.takes(r, other, s.ID) {
				return fault.New(fault.Conflict, "This person is kept apart from somebody in the session of %s. Choose another one.", s.Wall.Date)
			}
		}
	}
	return nil
}
