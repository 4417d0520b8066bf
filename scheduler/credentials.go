package scheduler

import (
	"errors"
	"slices"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// Facilitator is what the rules know of one.
type Facilitator struct {
	ID          ID
	Credentials []Credential
}

// Credential is leave to lead, such as "teacher-qualified".
type Credential struct {
	Name    string
	Expires civil.Date // the last local date on which it is good; zero: it does not expire
}

// Check fails with Invalid, in field "name", when the name could not stand in a protocol.
func (c Credential) Check() error {
	if protocols.IsIdentifier(c.Name) {
		return nil
	}
	return fault.In("name",
		"A credential is called as protocols call it: lower-case words joined by hyphens, such as mbsr-teacher.")
}

// CredentialOverride is that somebody was named to lead without the credential
// that the protocol asks for, and why.
type CredentialOverride struct {
	Cohort, Session ID // Session empty: all that they lead of the cohort
	Staff           ID
	Credential      string
	// Reason is in the words of staff and about one of them: sealed in the store,
	// and never logged.
	Reason string
}

// leading is that somebody is named to lead one session, or all of a cohort that
// fall to them.
type leading struct {
	Staff   ID
	Session ID     // empty: all of the cohort
	Reason  string // why they lead without the protocol's credential; empty: they have it
}

// ErrNeedsReason is the cause of a refusal that a reason sets aside: who is to lead
// lacks the credential.
var ErrNeedsReason = errors.New("no reason is given")

// mayLead refuses somebody who is named to lead sessions of a roster and lacks
// the credential that the protocol asks for in one of them. With a reason they
// may, and the book keeps it, once for each credential.
//
// Only naming somebody asks. Sessions that are planned or added later, that
// move, or that follow another version of the protocol are led by the person who was
// named for the cohort, and nobody is asked for a reason a second time.
func (b *Book) mayLead(q leading, field string, r *Roster, sessions ...*Session) error {
	reason, unclear := CheckReason("reason", "The reason", q.Reason)
	if unclear != nil {
		return unclear
	}
	for _, s := range sessions {
		err := b.checkCredential(r, s, q.Staff, field)
		if err == nil {
			continue
		}
		if reason == "" {
			return err
		}
		b.keepOverride(CredentialOverride{Cohort: r.Cohort.ID, Session: q.Session, Staff: q.Staff,
			Credential: r.credential(s), Reason: reason})
	}
	return nil
}

// keepCredential keeps why somebody fills a role without its credential; false without a reason.
func (b *Book) keepCredential(r *Roster, credential string, who ID, reason string) bool {
	reason, unclear := CheckReason("reason", "The reason", reason)
	if unclear != nil || reason == "" {
		return false
	}
	b.keepOverride(CredentialOverride{Cohort: r.Cohort.ID, Staff: who, Credential: credential, Reason: reason})
	return true
}

func (b *Book) keepOverride(o CredentialOverride) {
	if !slices.Contains(b.Overrides, o) {
		b.Overrides = append(b.Overrides, o)
	}
}

// checkCredential refuses a facilitator who lacks the credential that the
// protocol asks of who leads a session, or whose credential has expired by its
// date.
func (b *Book) checkCredential(r *Roster, s *Session, who ID, field string) error {
	return b.checkHas(r.credential(s), s, who, field)
}

// checkHas is checkCredential of a credential by its name.
func (b *Book) checkHas(need string, s *Session, who ID, field string) error {
	if who == "" || need == "" || b.trusting {
		return nil
	}
	var expired civil.Date
	if f := b.Staff[who]; f != nil {
		for _, c := range f.Credentials {
			switch {
			case c.Name != need:
			case c.Expires.IsZero() || !s.Wall.Date.After(c.Expires):
				return nil
			default:
				expired = c.Expires
			}
		}
	}
	if !expired.IsZero() {
		return fault.Wrap(fault.Conflict, ErrNeedsReason,
			"The credential %q of this facilitator expires on %s, before the session of %s. Choose another one, "+
				"renew it, or give a reason.", need, expired, s.Wall.Date).In(field)
	}
	return fault.Wrap(fault.Conflict, ErrNeedsReason,
		"The protocol asks for the credential %q, which this facilitator does not have on record. Choose another "+
			"one, record it, or give a reason.", need).In(field)
}

// credential is what the protocol asks of who leads a session, empty for nothing:
// the credential of its first role there. An appointment in which somebody makes
// something up asks for what its content asks for in the series.
func (r *Roster) credential(s *Session) string {
	if rule, ok := r.Definition.Appointment(s.Position); ok && s.Appointment() {
		for _, role := range r.Definition.Roles {
			if role.ID == rule.Role {
				return role.Credential
			}
		}
		return ""
	}
	phase, number := s.Phase, s.Number
	if s.For != "" {
		for i, p := range r.Definition.Positions() {
			if p.ID == s.Position {
				phase, number = p.Phase, i+1
			}
		}
	}
	for _, role := range r.Definition.Roles {
		inPhase := len(role.Phases) == 0 || slices.Contains(role.Phases, phase)
		inSession := len(role.Sessions) == 0 || slices.Contains(role.Sessions, number)
		if inPhase && inSession {
			return role.Credential
		}
	}
	return ""
}
