package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"almanac/scheduler/fault"
)

// ImportRow is one line of a table of people, as it was read.
type ImportRow struct {
	Line  int            // in the file, from 1
	Who   EnrollRequest  // Person or New answer the question who it is
	Leave bool           // it is to be left out
	Wrong []*fault.Error // what could not be read, by column
	// Unread are the fields of Who that are empty because their cell could not be read, as "email".
	Unread []string
}

// ImportRequest asks to add the people of a table to the clinic, and to enroll them.
type ImportRequest struct {
	Cohort ID // empty: they are enrolled nowhere yet
	Rows   []ImportRow
	Seen   string // the Digest that was shown; empty: whatever becomes of the rows
}

// Fate is what becomes of a row of a table.
type Fate string

// The fates.
const (
	FateNew   Fate = "new"      // a new person is added
	FateKnown Fate = "known"    // the clinic knows them already
	FateLike  Fate = "like"     // a known person may be meant: that is a question
	FateTwice Fate = "twice"    // an earlier row is about the same person
	FateWrong Fate = "wrong"    // a cell cannot be used, or the cohort refuses them
	FateLeft  Fate = "left out" // as was asked for
)

// ImportedRow says what becomes of a row.
type ImportedRow struct {
	Line     int
	Fate     Fate
	Name     string // as it is written in the row
	Person   ID     // of one who is new or known
	Like     []Candidate
	Earlier  int            // the line that is about the same person; 0: none
	Wrong    []*fault.Error // why the row is left out
	Enrolled Enrolled       // in the cohort
	Here     ID             // their enrollment in the cohort, if they had one; empty: none
	Answered bool           // somebody has said who it is, or that it is left out
}

// Why says why a row is left out, a sentence each; nothing when it is not.
func (r ImportedRow) Why() (sentences []string) {
	switch r.Fate {
	case FateLike:
		return []string{"Nobody has chosen who this is."}
	case FateTwice:
		return []string{fmt.Sprintf("Line %d is about the same person.", r.Earlier)}
	case FateLeft:
		return []string{"It was left out by choice."}
	}
	for _, f := range r.Wrong {
		if f.Field == "" {
			sentences = append(sentences, f.Message)
		} else {
			first, size := utf8.DecodeRuneInString(f.Field)
			field := string(unicode.ToUpper(first)) + strings.ReplaceAll(f.Field[size:], "_", " ")
			sentences = append(sentences, field+": "+f.Message)
		}
	}
	return sentences
}

// Imported says what becomes of a table.
type Imported struct {
	Rows     []ImportedRow
	Repeated bool // it was done before under the same key; the rows are not known
	Changed  bool // somebody is added, enrolled, or gets a consent or an id more
}

// Count gives how many rows have a fate.
func (i Imported) Count(f Fate) (n int) {
	for _, r := range i.Rows {
		if r.Fate == f {
			n++
		}
	}
	return n
}

// Digest is the same for the same fates, so that a confirmation does what was shown. Rows that ask something, or are
// answered, do not count: an answer changes what becomes of them.
func (i Imported) Digest() string {
	hash := sha256.New()
	for _, r := range i.Rows {
		if r.Answered || r.Fate == FateLike || r.Fate == FateTwice {
			continue
		}
		person := r.Person
		if r.Fate == FateNew {
			person = "" // drawn anew each time
		}
		fmt.Fprintln(hash, r.Line, r.Fate, person, r.Enrolled.State, r.Enrolled.Entry, r.Here)
	}
	return hex.EncodeToString(hash.Sum(nil)[:12])
}

// Questions is Conflict for every row about which nobody has said who it is, nil when there is none.
func (i Imported) Questions() error {
	var all []error
	for _, r := range i.Rows {
		if r.Fate == FateLike {
			all = append(all, fault.New(fault.Conflict, "Line %d: choose who this is, or leave the row out.",
				r.Line).In(fmt.Sprintf("row-%d", r.Line)))
		}
	}
	return errors.Join(all...)
}

// MostEnrolled is how many rows may be enrolled into a cohort at once.
const MostEnrolled = 500

// Import adds the people of a table, and enrolls them when it names a cohort. Rows that cannot be used are left out
// and say why. random draws the ids of new people. It fails only as a whole: NotFound when the book lacks the cohort,
// Closed when
// that takes nobody, Invalid when there are too many rows for one.
func (b *Book) Import(q ImportRequest, random func() ID) (Imported, error) {
	if q.Cohort != "" && b.Roster(q.Cohort) == nil {
		return Imported{}, noCohort()
	}
	if q.Cohort != "" && len(q.Rows) > MostEnrolled {
		return Imported{}, fault.In("cohort", "At most %d people can be enrolled at once, and there are %d rows. "+
			"Split "+
			"the table, or import the people without a cohort first.", MostEnrolled, len(q.Rows))
	}
	if r := b.Roster(q.Cohort); r != nil {
		if _, err := r.openTo(PlaceRequest{}, b.Now); err != nil {
			return Imported{}, inField("cohort", err)
		}
	}
	x := &importing{Book: b, cohort: q.Cohort, roster: b.Roster(q.Cohort), random: random, lines: map[ID]int{},
		known: newKnownIndex(), earlier: newKnownIndex()}
	for _, k := range b.Known {
		x.known.add(k)
	}
	noted := len(b.Audit)
	all := Imported{Rows: make([]ImportedRow, 0, len(q.Rows))}
	for _, row := range q.Rows {
		done, err := x.row(row)
		if err != nil {
			return Imported{}, err
		}
		all.Rows = append(all.Rows, done)
	}
	b.Known, b.Newcomer = nil, Contact{}
	if all.Changed = len(b.Contacts) > 0 || len(b.Audit) > noted; all.Changed {
		b.note("people.import", b.Clinic.ID)
	}
	b.Made = q.Cohort
	return all, nil
}

// inField says an error at a field; one that is no fault stays as it is.
func inField(field string, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	at := *f
	at.Field = field
	return &at
}

// importing is a table while its rows are taken in.
type importing struct {
	*Book
	cohort         ID
	roster         *Roster // of the cohort; nil: none
	random         func() ID
	known, earlier *knownIndex
	lines          map[ID]int // the row in which somebody is named, by person
}

// row takes in one row.
func (x *importing) row(row ImportRow) (ImportedRow, error) {
	who := row.Who
	who.Cohort = x.cohort
	done := ImportedRow{Line: row.Line, Name: who.Contact.Name, Answered: row.Leave || who.New || who.Person != ""}
	if row.Leave {
		done.Fate = FateLeft
		return done, nil
	}
	contact, err := who.Check(x.Clinic, x.roster, x.Zones, x.Now)
	if done.Wrong = slices.Concat(row.Wrong, unsaid(row.Unread, fault.All(err))); len(done.Wrong) > 0 {
		done.Fate = FateWrong
		return done, nil
	}
	if done.Earlier = x.lineOf(who, contact); done.Earlier > 0 {
		done.Fate = FateTwice
		return done, nil
	}
	x.Newcomer, x.Book.Known = contact, x.known.of(contact, who.Person)
	if who.Person == "" && !who.New {
		who.Person = x.exactly()
	}
	person, err := x.identify(who)
	var like *KnownPeople
	switch {
	case errors.As(err, &like) && fault.All(err)[0].Field == "":
		done.Fate, done.Like = FateLike, like.Candidates
		return done, nil
	case err != nil:
		return x.refused(done, err)
	}
	return x.take(done, who, person, contact)
}

// unsaid gives those faults that are of no field whose cell could not be read.
func unsaid(unread []string, more []*fault.Error) []*fault.Error {
	return slices.DeleteFunc(more, func(f *fault.Error) bool { return slices.Contains(unread, f.Field) })
}

// take adds a new person, and enrolls one when there is a cohort.
func (x *importing) take(done ImportedRow, who EnrollRequest, person ID, contact Contact) (ImportedRow, error) {
	if done.Fate = FateKnown; person == "" {
		done.Fate, person = FateNew, x.random()
		if err := x.addPerson(person, who); err != nil {
			return x.refused(done, err)
		}
		x.note("person.add", person)
	}
	done.Person = person
	if x.cohort == "" {
		x.remember(person, contact, done.Line)
		return done, nil
	}
	before := len(x.roster.Enrollments)
	e, err := x.Enroll(PlaceRequest{Cohort: x.cohort, Person: person, Priority: who.Priority, Earliest: who.Earliest})
	var already *AlreadyEnrolled
	switch {
	case errors.As(err, &already):
		done.Here = already.Enrollment
	case err != nil && len(x.roster.Enrollments) > before:
		return done, fmt.Errorf("enrolling the person of line %d: %w", done.Line, err) // the book is half changed
	case err != nil:
		if done.Fate == FateNew { // nobody is added whom the cohort refuses
			delete(x.People, person)
			delete(x.Contacts, person)
			x.Audit = x.Audit[:len(x.Audit)-1]
		}
		done.Person = ""
		return x.refused(done, err)
	default:
		done.Enrolled = x.Enrolled(e.ID)
	}
	x.remember(person, contact, done.Line)
	return done, nil
}

// refused leaves a row out for a reason that people read; other errors end the import.
func (x *importing) refused(done ImportedRow, err error) (ImportedRow, error) {
	faults := fault.All(err)
	if len(faults) == 0 || fault.KindOf(err) == fault.Unavailable {
		return done, err
	}
	done.Fate, done.Wrong = FateWrong, faults
	return done, nil
}

// remember keeps who was named by a row, by what it says of them and by what was known.
func (x *importing) remember(person ID, contact Contact, line int) {
	x.lines[person] = line
	x.earlier.add(Known{Person: person, Contact: contact})
	for _, k := range x.Book.Known {
		if k.Person == person {
			x.earlier.add(k)
		}
	}
}

// lineOf finds an earlier row that is about the same person, 0 when there is none.
func (x *importing) lineOf(who EnrollRequest, contact Contact) int {
	if who.Person != "" {
		return x.lines[who.Person]
	}
	for _, k := range x.earlier.of(contact, "") {
		if k.Contact.sharesID(contact) || !who.New && LikeName(k.Contact.Name, contact.Name) {
			return x.lines[k.Person]
		}
	}
	return 0
}

// knownIndex finds people by what they share with somebody.
type knownIndex struct {
	people []Known
	by     map[string][]int
}

func newKnownIndex() *knownIndex { return &knownIndex{by: map[string][]int{}} }

// shareKeys are what somebody may have in common with others; see Contact.shares.
func shareKeys(c Contact) (keys []string) {
	if c.Email != "" {
		keys = append(keys, "email "+FoldAddress(c.Email))
	}
	if c.Phone != "" {
		keys = append(keys, "phone "+c.Phone)
	}
	for _, id := range c.ExternalIDs {
		keys = append(keys, "id "+id.System+" "+id.Value)
	}
	return keys
}

func (x *knownIndex) add(k Known) {
	x.people = append(x.people, k)
	for _, key := range append(shareKeys(k.Contact), "person "+string(k.Person)) {
		x.by[key] = append(x.by[key], len(x.people)-1)
	}
}

// of gives those who share something with a contact, and the named one, each once and in order.
func (x *knownIndex) of(c Contact, named ID) (found []Known) {
	var at []int
	for _, key := range append(shareKeys(c), "person "+string(named)) {
		at = append(at, x.by[key]...)
	}
	slices.Sort(at)
	for _, i := range slices.Compact(at) {
		found = append(found, x.people[i])
	}
	return found
}
