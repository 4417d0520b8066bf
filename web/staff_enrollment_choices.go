package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
)

// undone lists the open prerequisites of these kinds.
func (x stepContext) undone(kinds undoneKinds) []Choice {
	var all []Choice
	for _, p := range x.roster.Undone(x.e) {
		if dated := p.Kind == scheduler.PrerequisiteDate; dated && kinds == toBeDone || !dated && kinds == toBeDated {
			continue
		}
		all = append(all, Choice{Value: p.ID, Label: cmp.Or(p.Title, p.ID)})
	}
	return all
}

// undoneKinds selects prerequisites: to be done, to be dated, or all.
type undoneKinds int

const (
	allUndone undoneKinds = iota
	toBeDone
	toBeDated
)

// owed lists the owed positions.
func (x stepContext) owed() []Choice {
	it, err := x.book.Itinerary(x.e.ID)
	if err != nil {
		return nil
	}
	var all []Choice
	for _, position := range it.Owed {
		all = append(all, Choice{Value: position, Label: titleOf(x.roster, position)})
	}
	return all
}

// parallel lists other cohorts' sessions about owed positions, if they have free seats.
func (x stepContext) parallel() []Choice {
	var all []Choice
	for _, owed := range x.owed() {
		for _, r := range x.book.Rosters {
			if r == x.roster || r.Definition == nil || r.Definition.Protocol != x.roster.Definition.Protocol {
				continue
			}
			for _, session := range r.Sessions {
				if free := session.SeatLimit - r.Seated(session.ID); session.Position == owed.Value && session.Live() &&
					session.Start.After(x.book.Now) && free > 0 {
					when := x.server.staffWhen(session.Start, time.Time{}, r.Cohort.Zone)
					all = append(all, Choice{Value: owed.Value + "/" + string(session.ID),
						Label: fmt.Sprintf("%s: %s, %s, %s (%d free)", owed.Label, when.Date, when.Time,
							r.Cohort.Name, free)})
				}
			}
		}
	}
	return all
}

// siblings lists the other open cohorts of the same protocol and version.
func (x stepContext) siblings() []Choice {
	var all []Choice
	for _, r := range x.book.Rosters {
		if r != x.roster && r.Definition != nil && r.Cohort.State == scheduler.CohortOpen &&
			r.Definition.Ref() == x.roster.Definition.Ref() {
			all = append(all, Choice{Value: string(r.Cohort.ID), Label: r.Cohort.Name})
		}
	}
	return all
}

// ways lists how the protocol lets people re-enroll.
func (x stepContext) ways() []Choice {
	all := []Choice{
		{Value: string(scheduler.ModeResume), Label: "Continue at any session"},
		{Value: string(scheduler.ModeModuleStart), Label: "Continue where a module begins"},
		{Value: string(scheduler.ModeRestart), Label: "Start over"},
	}
	modes := x.roster.Definition.Reentry.Modes
	return slices.DeleteFunc(all, func(c Choice) bool { return len(modes) > 0 && !slices.Contains(modes, c.Value) })
}

// phases lists the phases that other cohorts of the series run.
func (x stepContext) phases() []Choice {
	var all []Choice
	for _, r := range x.book.Rosters {
		if r != x.roster && r.Cohort.Series != "" && r.Cohort.Series == x.roster.Cohort.Series {
			all = append(all, Choice{Value: r.Cohort.Phase, Label: r.Cohort.Name})
		}
	}
	return all
}

// others lists people who could be kept apart from the person.
func (x stepContext) others() []Choice {
	apart := x.book.ApartFrom(x.e.Person)
	people := slices.DeleteFunc(peopleOf(x.book),
		func(id scheduler.ID) bool { return id == x.e.Person || slices.Contains(apart, id) })
	return x.pairs(people)
}

// apart lists people who are kept apart from the person.
func (x stepContext) apart() []Choice { return x.pairs(x.book.ApartFrom(x.e.Person)) }

// pairs returns a choice for each person. Its value names both people of the pair.
func (x stepContext) pairs(others []scheduler.ID) []Choice {
	all := make([]Choice, len(others))
	for i, other := range others {
		all[i] = Choice{Value: string(x.e.Person) + "/" + string(other), Label: x.names[other]}
	}
	slices.SortFunc(all,
		func(a, b Choice) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value)) })
	return all
}

// pairOf reads a choice of pairs.
func pairOf(f *form) (one, other scheduler.ID) {
	first, second, _ := strings.Cut(f.trimmed("pair"), "/")
	return scheduler.ID(first), scheduler.ID(second)
}

// peopleOf lists everyone in a book, each once.
func peopleOf(book *scheduler.Book) []scheduler.ID {
	var people []scheduler.ID
	for _, r := range book.Rosters {
		for _, e := range r.Enrollments {
			people = append(people, e.Person)
		}
		for _, seat := range r.Seats {
			if seat.Elsewhere {
				people = append(people, seat.Person)
			}
		}
	}
	for _, pair := range book.KeptApart {
		people = append(people, pair[0], pair[1])
	}
	slices.Sort(people)
	return slices.Compact(people)
}

// ownDates lists the upcoming dates that a person can be excused from.
func (x stepContext) ownDates() []Choice {
	var all []Choice
	for _, s := range upcomingOf(x.roster, x.e) {
		if s.Start.After(x.book.Now) {
			all = append(all, Choice{Value: string(s.ID),
				Label: wordsFor("en").date(s.Wall.Date) + ", " + titleOf(x.roster, s.Position)})
		}
	}
	return all
}

// givenBack lists the dates that a person gave back and can take again.
func (x stepContext) givenBack() []Choice {
	var all []Choice
	for _, s := range x.book.GivenBack(x.e.ID) {
		all = append(all, Choice{Value: string(s.ID),
			Label: wordsFor("en").date(s.Wall.Date) + ", " + titleOf(x.roster, s.Position)})
	}
	return all
}

// overrideFields returns the fields to set a rule aside, once a date is filled in.
func (x stepContext) overrideFields(field string) []Input {
	if x.value(field) == "" {
		return nil
	}
	tick := func(name, label string) Input {
		return x.choice(name, label, []Choice{{Label: noChoice}, {Value: "yes", Label: "yes"}}, "")
	}
	return []Input{
		tick("accept_shift", "Accept a time that a clock change skips or repeats"),
		tick("far", "The date is far off, on purpose"),
		x.page.Field("reason", "Reason, if a rule is set aside", "area", x.form.text("reason"),
			"For example, if the clinic is closed on that day. Saved with the cohort."),
	}
}
