package gate

import (
	"slices"
	"strings"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// SafeContact is what a person allows when staff call them or send a letter. The zero value: nobody asked them, so
// nothing is allowed but a call that speaks with nobody else.
type SafeContact struct {
	Asked     bool  // they were asked; what is not allowed below, they did not allow
	LeaveWord bool  // with a machine or with who answers: to call back, and never what it is about
	SayWho    bool  // the clinic's name may be said
	Post      bool  // letters may come by post, else they are handed over
	Hours     Hours // wall time of the person for calls; zero: as for texts
}

// CallHours are when the person may be called.
func (c SafeContact) CallHours() Hours {
	if c.Hours == (Hours{}) {
		return HoursOn(scheduler.Voice, Hours{})
	}
	return c.Hours
}

// Check is nil when the hours can be kept, else Invalid with the field to correct.
func (c SafeContact) Check() error {
	if c.Hours != (Hours{}) && c.Hours.length() < ShortestHours {
		return fault.In("call_until", "The end must be at least an hour after the start, such as 09:00 and 18:00.")
	}
	return nil
}

// Words of a safe contact as it is stored.
const (
	contactAsked = "asked"
	contactWord  = "word"
	contactWho   = "who"
	contactPost  = "post"
)

// Text writes the rules as ParseSafeContact reads them; empty for the zero value.
func (c SafeContact) Text() string {
	if !c.Asked {
		return ""
	}
	words := []string{contactAsked}
	for _, rule := range []struct {
		allowed bool
		word    string
	}{{c.LeaveWord, contactWord}, {c.SayWho, contactWho}, {c.Post, contactPost}} {
		if rule.allowed {
			words = append(words, rule.word)
		}
	}
	if c.Hours != (Hours{}) {
		words = append(words, c.Hours.From.String()+"-"+c.Hours.Until.String())
	}
	return strings.Join(words, ",")
}

// ParseSafeContact reads what Text wrote.
func ParseSafeContact(text string) (c SafeContact, err error) {
	words := strings.Split(text, ",")
	if !slices.Contains(words, contactAsked) {
		return c, nil
	}
	c = SafeContact{Asked: true, LeaveWord: slices.Contains(words, contactWord),
		SayWho: slices.Contains(words, contactWho), Post: slices.Contains(words, contactPost)}
	if from, until, hours := strings.Cut(words[len(words)-1], "-"); hours {
		if c.Hours.From, err = civil.ParseClock(from); err == nil {
			c.Hours.Until, err = civil.ParseClock(until)
		}
	}
	return c, err
}
