package scheduler

import (
	"almanac/scheduler/fault"
)

// KeepApart says that two people never share a session (rule R18). Whoever comes
// second is given other entries and other turns. Invalid for one person.
func (l *Ledger) KeepApart(a, b ID) error {
	if a == b {
		return fault.In("keep_apart", "Two different people are kept apart. Name both.")
	}
	l.apart = append(l.apart, [2]ID{a, b})
	return nil
}

// free refuses sessions that overlap with something else the person owns or
// leads, or in which somebody sits from whom they are kept apart.
func (l *Ledger) free(person ID, sessions []*Session) error {
	if err := l.book.checkFree(person, sessions); err != nil {
		return err
	}
	for _, pair := range l.apart {
		other := pair[0]
		if other == person {
			other = pair[1]
		}
		if pair[0] != person && pair[1] != person {
			continue
		}
		for _, s := range sessions {
			if r, _ := l.book.withSession(s.ID); r != nil && l.book.takes(r, other, s.ID) {
				return fault.New(fault.Conflict, "This person is kept apart from somebody in the session of %s. Choose another one.", s.Wall.Date)
			}
		}
	}
	return nil
}
