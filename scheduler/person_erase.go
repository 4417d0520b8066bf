package scheduler

import (
	"fmt"
	"time"

	"almanac/scheduler/fault"
)

// ErasedName is what stands in the place of the name of somebody who was erased.
const ErasedName = "Erased person"

// EraseRequest asks to erase a person: what names or reaches them goes for good, and what happened stays under
// ErasedName.
type EraseRequest struct {
	Person ID
	// Again erases somebody whom a restore brought back. No hold, no enrollment and no message keeps it from being
	// done.
	Again bool
}

// Erasing is what the store knows of somebody who is to be erased.
type Erasing struct {
	People  []ID     // their record, and those that were merged into it
	Already bool     // they were erased before
	Held    bool     // a legal hold stands
	Living  []string // cohorts in which an enrollment of theirs lives, by name
	Fresh   bool     // the end of an enrollment can still be undone
	Sending bool     // a message to them is being handed over
	Counts  ErasureCounts
}

// ErasureCounts say what an erasure takes away and what it leaves.
type ErasureCounts struct {
	Records, ExternalIDs, Consents, Referrals int // that go; consents end
	Notices, Tasks                            int // that are open, and go
	Texts                                     int // of staff about them, or to them alone
	Enrollments, Attendance                   int // that stay under the pseudonym
}

// Erasure is that somebody was erased: ids only. Lists of them are kept outside backups.
type Erasure struct {
	Clinic ID
	People []ID // all records of one person
	At     time.Time
	// Notices are what was ever to be told to them, so that kept mail can be found.
	Notices []ID
}

// ErasedAlready refuses to change somebody who was erased.
func ErasedAlready() *fault.Error {
	return fault.New(fault.Closed,
		"This person was erased. Nothing names or reaches them any more, so there is nothing to change.")
}

// Erase erases a person and every record that was merged into theirs. It cannot be undone. Conflict while a legal hold
// stands, an enrollment lives or could come back, or a message is on its way; Closed when they were erased already.
func (b *Book) Erase(q EraseRequest) error {
	e := b.Erasing
	switch {
	case e == nil || b.People[q.Person] == nil:
		return fault.New(fault.NotFound, "There is no such person. Choose one from the list.")
	case e.Already:
		return ErasedAlready()
	case q.Again:
	case e.Held:
		return fault.New(fault.Conflict, "A legal hold stands, so this person is not erased. Look at its reason on "+
			"their page; a privacy officer or an admin lifts it.")
	case len(e.Living) > 0:
		return fault.New(fault.Conflict, "This person is still enrolled in %s. End that first, so that its end is "+
			"previewed and told, and erase them three minutes later.", e.Living[0])
	case e.Fresh:
		return fault.New(fault.Conflict, "An enrollment of this person ended in the last three minutes and can still "+
			"be undone. Try again when that time is over.")
	case e.Sending:
		return fault.New(fault.Conflict,
			"A message to this person is being handed over right now. Try again in a minute.")
	}
	b.Erased = &Erasure{Clinic: b.Clinic.ID, People: e.People, At: b.Now}
	b.note("person.erase", q.Person)
	return nil
}

// Goes says what an erasure takes away, a sentence a line.
func (c ErasureCounts) Goes() []string {
	all := []string{"Name, email address, phone number, private links and settings. Their calendars empty themselves."}
	for _, one := range []struct {
		count     int
		one, many string
	}{
		{c.Records - 1, "1 record that was merged into this one.", "%d records that were merged into this one."},
		{c.ExternalIDs, "1 id in another system.", "%d ids in other systems."},
		{c.Referrals, "1 referral, with what it says.", "%d referrals, with what they say."},
		{c.Consents, "1 consent ends.", "%d consents end."},
		{c.Notices, "1 message that waits is dropped.", "%d messages that wait are dropped."},
		{c.Tasks, "1 open task is closed.", "%d open tasks are closed."},
		{c.Texts, "1 reason that staff wrote.", "%d reasons that staff wrote."},
	} {
		switch {
		case one.count == 1:
			all = append(all, one.one)
		case one.count > 1:
			all = append(all, fmt.Sprintf(one.many, one.count))
		}
	}
	return append(all,
		"Kept mail to them, notes of tasks about them, messages to them alone, and what the audit calls them.")
}

// Remains says what an erasure leaves under ErasedName.
func (c ErasureCounts) Remains() string {
	return fmt.Sprintf("Under the name “%s” these stay: enrollments (%d), records of attendance (%d), when messages "+
		"left, and the rows of the audit, which name nobody any more.", ErasedName, c.Enrollments, c.Attendance)
}
