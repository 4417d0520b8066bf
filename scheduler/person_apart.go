package scheduler

import (
	"slices"

	"almanac/scheduler/fault"
)

// KeepApart says that two people never share a session (rule R18). Anyone who comes
// second is given other entries and other turns; seats that both own already
// stay. Said again it changes nothing. Invalid for one person.
func (b *Book) KeepApart(one, other ID) error {
	if one == other {
		return fault.In("keep_apart", "Keeping apart needs two different people. Name both.")
	}
	if !b.keepsApart(one, other) {
		b.KeptApart = append(b.KeptApart, [2]ID{one, other})
	}
	b.note("person.apart", one, other)
	return nil
}

// EndApart says that two people may share sessions again. Who has waited because
// of the other is offered what is free with the next change or upkeep of the
// cohort. NotFound when the two are not kept apart.
func (b *Book) EndApart(one, other ID) error {
	if !b.keepsApart(one, other) {
		return fault.New(fault.NotFound,
			"These two people are not kept apart, so there is nothing to end.").In("keep_apart")
	}
	b.KeptApart = slices.DeleteFunc(slices.Clone(b.KeptApart),
		func(pair [2]ID) bool { return isPair(pair, one, other) })
	b.note("person.together", one, other)
	return nil
}

// keepsApart tells whether two people share no session.
func (b *Book) keepsApart(one, other ID) bool {
	return slices.ContainsFunc(b.KeptApart, func(pair [2]ID) bool { return isPair(pair, one, other) })
}

// ApartFrom lists from whom somebody of the book is kept apart.
func (b *Book) ApartFrom(person ID) []ID {
	var others []ID
	for _, pair := range b.KeptApart {
		switch person {
		case pair[0]:
			others = append(others, pair[1])
		case pair[1]:
			others = append(others, pair[0])
		}
	}
	return others
}

func isPair(pair [2]ID, one, other ID) bool {
	return pair == [2]ID{one, other} || pair == [2]ID{other, one}
}

// free refuses sessions that overlap with something else the person owns or
// leads, or in which somebody sits from whom they are kept apart.
func (b *Book) free(person ID, sessions []*Session) error {
	if err := b.checkFree(person, sessions); err != nil {
		return err
	}
	for _, other := range b.ApartFrom(person) {
		for _, s := range sessions {
			if r, _ := b.withSession(s.ID); r != nil && b.takes(r, other, s.ID) {
				return fault.New(fault.Conflict,
					"This person is kept apart from a person in the session of %s. Choose another session.",
					s.Wall.Date)
			}
		}
	}
	return nil
}
