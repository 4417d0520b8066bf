package desk

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// Untouched is what a change expects that was previewed before the clinic's first change.
const Untouched int64 = -2

// Change says who asks for a change, what sort of change it is, and how to
// recognise it when it is asked for twice.
type Change struct {
	Clinic scheduler.ID
	Actor  access.Actor
	Action access.Action
	// Expect is the clinic's change number that a preview showed; 0: whatever
	// it is; Untouched: none yet. Another number is Stale.
	Expect int64
	// Once recognises a change that is asked for again; its zero value: none is.
	Once Once
}

// RecentSessions is how far back most changes need the sessions of a rolling cohort. Every
// position of a rolling protocol has had its turn by then.
const RecentSessions = 366 * 24 * time.Hour

// Load names what a change needs in its book: cohorts by themselves or by one of their
// sessions or enrollments, or all that run; people and facilitators whose other
// commitments count.
type Load struct {
	Cohorts, Sessions, Enrollments []scheduler.ID
	People, Staff                  []scheduler.ID
	Running                        bool // every cohort of the clinic that has not ended
	// Equipment are resources, by id, whose use by other cohorts counts. Those of the protocols of
	// the cohorts that are loaded count anyway.
	Equipment []string
	// Waitlist: everybody who waits is known, and not only the first to whom a change may
	// offer seats; see Roster.FirstWaiting.
	Waitlist bool
	// Recent is how far back the sessions of a rolling cohort are needed; 0: all. Older ones
	// are still loaded when somebody in the book has to do with them.
	Recent time.Duration
	// Past is of how many sessions of each named cohort that are over, the last ones, everybody
	// who sat there is known; 0: of none.
	Past int
	// Upkeep: also who left with a seat in a past session of which nobody has said
	// whether they came, as far back as staff are asked; and what is derived from
	// the rosters is looked at anew.
	Upkeep bool
	// Newcomer checks what a request says of a person, now that the first cohort is
	// loaded, and gives their contact data: the book has it as Newcomer, and who may be
	// meant as Known. nil: nobody is looked for.
	Newcomer func(scheduler.Clinic, *scheduler.Roster) (scheduler.Contact, error)
	// Newcomers does the same for the people of a table: who may be meant by any of them is Known.
	Newcomers func(scheduler.Clinic, *scheduler.Roster) []scheduler.Contact
	// Edit is of a change of one person, the first of People: it gives the contact data that are wanted, from those
	// that stand. The book has them as Newcomer, and the person and who else may be meant as Known.
	Edit func(scheduler.Clinic, scheduler.Person, scheduler.Contact) (scheduler.Contact, error)
	// Theirs: also every living enrollment of People.
	Theirs bool
	// Erase: People is somebody to erase; the book has what an erasure must know as Erasing.
	Erase bool
	// Merge: People are two records of one person; the book has what a merge must know as Merging.
	Merge bool
	// Undo is the number of a change to take back: its cohorts, and what is kept
	// of it as Undoing, nil when nothing is; 0: none.
	Undo int64
}

// Store keeps cohorts and people. Both databases fulfil it alike.
type Store interface {
	// Change locks the clinic, loads a book, runs do on it, and saves the
	// difference with the notices, tasks and audit rows it owes, all in one
	// transaction. do may run twice. What do returns comes back unchanged and
	// nothing is saved; *Repeated when the same was done before under the key of
	// Once, and Invalid when that key stood for something else; NotFound when
	// something to load is unknown or another clinic's; Stale when Expect is not
	// met; Unavailable when the database is busy or full.
	Change(ctx context.Context, c Change, load Load, do func(*scheduler.Book) error) error
	// Look loads the same book without locking, for previews.
	Look(ctx context.Context, c Change, load Load) (*scheduler.Book, error)
}
