package scheduler

import (
	"slices"
	"strings"
	"time"

	"almanac/scheduler/fault"
)

// What bounds how people change their own e-mail address and telephone number.
const (
	CodeLife   = 15 * time.Minute   // how long a code that was sent to a new address is good
	CodeTries  = 5                  // how many wrong codes end it
	CodeRest   = time.Minute        // between two codes to one person
	CodesADay  = 5                  // to one person, and to one address, in 24 hours
	StopWithin = 7 * 24 * time.Hour // how long who has the old address can take the change back
)

// AboutAddress is a call to somebody who wants another address and cannot be told of it at the old one; the note has
// the new one. AboutAddressStopped is a call to somebody who said that another address was not their wish.
const (
	AboutAddress        = "address"
	AboutAddressStopped = "address-stopped"
)

// Readdress is another address of a person that they asked for themself, for the store to note; or the end of some.
type Readdress struct {
	Change ID
	Person ID
	Former string  // the old address or number; empty: there was none
	Told   string  // to which the news goes
	ToldOn Channel // how
	// Confirmed is a number that takes texts: its person typed in what was sent to it, and agreed to texts before.
	Confirmed string
	// Stopped: the change, and every later one of the person, is taken back.
	Stopped bool
}

// addressPrefixes begin the keys of notices about another address.
const (
	codePrefix    = "address-code:"
	changedPrefix = "address-changed:"
)

// AddressChangeOf reads the change out of the key of a notice about one, "" when it is about something else.
func AddressChangeOf(key string) ID {
	for _, prefix := range []string{codePrefix, changedPrefix} {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			id, _, _ := strings.Cut(rest, ":")
			return ID(id)
		}
	}
	return ""
}

// TellFormer gives where the news goes that one address of a person is another: to the old one, else to what they are
// reached by otherwise. The channel is empty when neither can be written to: then staff call first.
func TellFormer(changed Channel, was Contact, reach []Channel) (Channel, string) {
	addresses := map[Channel]string{Email: was.Email, SMS: was.Phone}
	other := map[Channel]Channel{Email: SMS, SMS: Email}[changed]
	for _, c := range []Channel{changed, other} {
		if addresses[c] != "" && slices.Contains(reach, c) {
			return c, addresses[c]
		}
	}
	return "", ""
}

// tellFormer plans the news of another address, and has the store note it. Closed when nobody can be told, or the
// person takes part in nothing any more.
func (b *Book) tellFormer(q PersonSetting, was, wanted Contact, reach []Channel) error {
	p := b.People[q.Person]
	changed, former := Email, was.Email
	if was.Phone != wanted.Phone {
		changed, former = SMS, was.Phone
	}
	on, told := TellFormer(changed, was, reach)
	enrollment := b.someStay(q.Person)
	if on == "" || enrollment == "" {
		return fault.New(fault.Closed, "Please call, so that somebody can change this with you.")
	}
	b.Readdress = &Readdress{Change: q.Change, Person: q.Person, Former: former, Told: told, ToldOn: on}
	texts := func(c Consent) bool { return c.Channel == SMS }
	if changed == SMS && slices.ContainsFunc(wanted.Consents, texts) {
		b.Readdress.Confirmed = wanted.Phone
		if !slices.Contains(p.Reach, SMS) {
			p.Reach = append(p.Reach, SMS)
		}
	}
	b.Notices = append(b.Notices, NewNotice(Notice{Kind: AddressChanged, Channel: on, Person: q.Person,
		Enrollment: enrollment, Version: q.Change, Due: b.Now, NotAfter: b.Now.Add(StopWithin)}, nil, b.Now))
	return nil
}

// stopReaddress has the store note that changes of an address are taken back, and asks staff to call.
func (b *Book) stopReaddress(q PersonSetting) {
	b.Readdress = &Readdress{Change: q.Stops, Person: q.Person, Stopped: true}
	b.Tasks = append(b.Tasks, NewTask(b.Clinic.ID, Task{Kind: CallTask, About: AboutAddressStopped, Person: q.Person,
		Enrollment: b.someStay(q.Person), Due: b.Now.Add(UrgentCall)}, AboutAddressStopped+":"+string(q.Stops), b.Now))
}

// someStay gives an enrollment of a person that has not ended; empty: there is none.
func (b *Book) someStay(person ID) ID {
	for _, r := range b.Rosters {
		for _, e := range r.living() {
			if e.Person == person {
				return e.ID
			}
		}
	}
	return ""
}

// MaskEmail shows enough of an address to know it again: its first letter and its domain.
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return ""
	}
	first := []rune(address[:at])[0]
	return string(first) + "•••" + ShownEmail(address)[strings.LastIndexByte(ShownEmail(address), '@'):]
}

// MaskPhone shows the last two digits of a number.
func MaskPhone(number string) string {
	if len(number) < 6 {
		return ""
	}
	return "•••" + number[len(number)-2:]
}
