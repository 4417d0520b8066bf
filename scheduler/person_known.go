package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"almanac/scheduler/fault"
)

// Known is somebody whom a request may mean: they share an address, a number or an
// id of another system with it, or are named by it.
type Known struct {
	Person  ID
	Contact Contact
}

// Candidate is a known person of like name, and what they share with a newcomer.
type Candidate struct {
	Person ID
	By     []string // email, phone, external_id
}

// KnownPeople is the cause of a refusal to enroll somebody as new: the asker says
// which of them it is, or that it is none.
type KnownPeople struct{ Candidates []Candidate }

// Error says it for a log; the fault around it has the sentence for people.
func (k *KnownPeople) Error() string {
	return fmt.Sprintf("%d known people may be meant", len(k.Candidates))
}

// AlreadyEnrolled is the cause of a refusal to enroll somebody into a cohort twice.
type AlreadyEnrolled struct{ Enrollment ID }

// Error says it for a log.
func (a *AlreadyEnrolled) Error() string { return "enrolled already as " + string(a.Enrollment) }

// identify gives the known person that a request means, "" for somebody new. An id
// of another system always means the same person, and Conflict tells of one that
// contradicts the rest. The same address or number with a like name is Conflict with
// KnownPeople, until the asker says who it is.
func (b *Book) identify(e EnrollRequest) (ID, error) {
	who, err := b.byExternalID()
	if err != nil {
		return "", err
	}
	switch {
	case e.Person != "" && who != nil && who.Person != e.Person:
		return "", b.contradiction(*who,
			"This external id belongs to another person here. Leave it out, or choose that person.")
	case e.Person != "":
		i := slices.IndexFunc(b.Known, func(k Known) bool { return k.Person == e.Person })
		if i < 0 {
			return e.Person, nil
		}
		who = &b.Known[i]
	case who != nil && e.New:
		return "", b.contradiction(*who,
			"This external id belongs to a known person, so this is not a new one. Choose that person, or "+
				"correct the id.")
	case who != nil && !LikeName(who.Contact.Name, b.Newcomer.Name):
		return "", b.contradiction(*who,
			"This external id belongs to a person with another name here. Choose that person, or correct the id.")
	case who == nil && e.New:
		return "", nil
	case who == nil:
		return "", b.askWho()
	}
	for _, id := range b.Newcomer.ExternalIDs {
		if other := who.Contact.idIn(id.System); other != "" && other != id.Value {
			return "", b.contradiction(*who,
				"This person has a different id in that system. Correct it, or enroll a new person.")
		}
	}
	return who.Person, b.recognize(*who)
}

// byExternalID finds who has one of the newcomer's ids of other systems; nil when
// nobody has.
func (b *Book) byExternalID() (who *Known, err error) {
	for i, k := range b.Known {
		if !k.Contact.sharesID(b.Newcomer) {
			continue
		}
		if who != nil {
			return nil, b.contradiction(k,
				"These external ids belong to different people here. Send those of one person.")
		}
		who = &b.Known[i]
	}
	return who, nil
}

// askWho is Conflict when people of like name share the newcomer's address or number.
func (b *Book) askWho() error {
	var all []Candidate
	shared := map[string]bool{}
	for _, k := range b.Known {
		by := k.Contact.Shares(b.Newcomer)
		if len(by) == 0 || !LikeName(k.Contact.Name, b.Newcomer.Name) {
			continue
		}
		all = append(all, Candidate{Person: k.Person, By: by})
		for _, one := range by {
			shared[one] = true
		}
	}
	if len(all) == 0 {
		return nil
	}
	what := "the same phone number"
	if shared["email"] && shared["phone"] {
		what = "the same email address and phone number"
	} else if shared["email"] {
		what = "the same email address"
	}
	return fault.Wrap(fault.Conflict, &KnownPeople{all},
		"Someone with a similar name and %s is already known here. Say whether this is the same person or someone new.",
		what)
}

// exactly gives the one known person who is just as a newcomer says: the same words in the name, something in
// common, and no address or number that the person does not have. "" when there is none, or more than one.
func (b *Book) exactly() (person ID) {
	for _, k := range b.Known {
		same := len(k.Contact.Shares(b.Newcomer)) > 0 &&
			slices.Equal(nameWords(k.Contact.Name), nameWords(b.Newcomer.Name)) &&
			(b.Newcomer.Email == "" || FoldAddress(b.Newcomer.Email) == FoldAddress(k.Contact.Email)) &&
			(b.Newcomer.Phone == "" || b.Newcomer.Phone == k.Contact.Phone)
		switch {
		case same && person != "":
			return ""
		case same:
			person = k.Person
		}
	}
	return person
}

func (b *Book) contradiction(who Known, sentence string) error {
	known := &KnownPeople{[]Candidate{{Person: who.Person, By: who.Contact.Shares(b.Newcomer)}}}
	return fault.Wrap(fault.Conflict, known, "%s", sentence).In("external_ids")
}

// recognize adds to a known person what the request says that is new and surely
// theirs: ids of other systems, and consents for an address they have.
func (b *Book) recognize(who Known) error {
	c := who.Contact
	c.ExternalIDs, c.Consents = slices.Clone(c.ExternalIDs), nil
	for _, id := range b.Newcomer.ExternalIDs {
		if c.idIn(id.System) == "" {
			c.ExternalIDs = append(c.ExternalIDs, id)
		}
	}
	standing := who.Contact.Reach()
	for _, consent := range b.Newcomer.Consents {
		own, typed := c.Phone, b.Newcomer.Phone
		if consent.Channel == Email {
			own, typed = FoldAddress(c.Email), FoldAddress(b.Newcomer.Email)
		}
		if own != "" && (typed == "" || typed == own) && !slices.Contains(standing, consent.Channel) {
			c.Consents = append(c.Consents, consent)
		}
	}
	given, faults := c.CheckConsents(b.Now)
	if len(faults) > 0 {
		return faults[0]
	}
	if len(given) == 0 && len(c.ExternalIDs) == len(who.Contact.ExternalIDs) {
		return nil
	}
	c.Consents = slices.Concat(who.Contact.Consents, given)
	b.Contacts[who.Person] = c
	p := b.People[who.Person]
	for _, consent := range given {
		if p != nil && !slices.Contains(p.Reach, consent.Channel) {
			p.Reach = append(p.Reach, consent.Channel)
		}
	}
	return nil
}

// Shares lists what two contacts have in common: email, phone, external_id.
func (c Contact) Shares(other Contact) (by []string) {
	if c.Email != "" && FoldAddress(c.Email) == FoldAddress(other.Email) {
		by = append(by, "email")
	}
	if c.Phone != "" && c.Phone == other.Phone {
		by = append(by, "phone")
	}
	if c.sharesID(other) {
		by = append(by, "external_id")
	}
	return by
}

func (c Contact) sharesID(other Contact) bool {
	return slices.ContainsFunc(c.ExternalIDs,
		func(id ExternalID) bool { return slices.Contains(other.ExternalIDs, id) })
}

// idIn gives what a system calls the contact, "" when it has no name for it.
func (c Contact) idIn(system string) string {
	for _, id := range c.ExternalIDs {
		if id.System == system {
			return id.Value
		}
	}
	return ""
}

// LikeName tells whether two names may be one person's: the same words in any order,
// whatever their case, accents and hyphens, or one with words that the other leaves out.
func LikeName(a, b string) bool {
	first, second := nameWords(a), nameWords(b)
	if len(first) > len(second) {
		first, second = second, first
	}
	if strings.Join(first, "") == strings.Join(second, "") {
		return true
	}
	left := slices.Clone(second)
	missing := slices.ContainsFunc(first, func(word string) bool {
		i := slices.Index(left, word)
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		return i < 0
	})
	return len(first) > 0 && !missing || slices.Equal(joined(a), joined(b))
}

// nameWords gives the words of a name in an order of their own, without case and accents.
func nameWords(name string) []string {
	words := strings.FieldsFunc(foldName(name), notInName)
	slices.Sort(words)
	return words
}

// joined is nameWords with what hyphens and apostrophes tie together as one word.
func joined(name string) []string {
	return nameWords(strings.Map(func(r rune) rune {
		if tiesWords(r) {
			return -1
		}
		return r
	}, name))
}

// foldName writes letters without case, accents and joiners.
func foldName(name string) string {
	var folded strings.Builder
	for _, r := range norm.NFKD.String(plain(name)) {
		switch r = unicode.ToLower(r); {
		case r < utf8.RuneSelf: // most letters need no table
			folded.WriteByte(byte(r))
		case r == 'ß':
			folded.WriteString("ss")
		case r == 'æ':
			folded.WriteString("ae")
		case r == 'œ':
			folded.WriteString("oe")
		case r == 'þ':
			folded.WriteString("th")
		case r == 'ø':
			folded.WriteByte('o')
		case r == 'ł':
			folded.WriteByte('l')
		case r == 'đ' || r == 'ð':
			folded.WriteByte('d')
		case r == 'ı':
			folded.WriteByte('i')
		case !unicode.Is(unicode.Mn, r):
			folded.WriteRune(r)
		}
	}
	return folded.String()
}
