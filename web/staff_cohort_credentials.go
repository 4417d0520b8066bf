package web

import (
	"cmp"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// credentialNote says why somebody leads without a credential. It holds names and a
// reason in the words of staff, empty when it is not for the reader.
type credentialNote struct {
	Name, Credential, Reason, By string
	At                           When
}

// credentialNotes tells of the overrides that are asked for, of each facilitator and
// credential the last one.
func (s *Server) credentialNotes(c reads.Cohort, asked func(reads.CredentialOverride) bool) []credentialNote {
	var notes []credentialNote
	for i, o := range c.Overrides {
		again := func(later reads.CredentialOverride) bool {
			return asked(later) && later.Staff == o.Staff && later.Credential == o.Credential
		}
		if !asked(o) || slices.ContainsFunc(c.Overrides[i+1:], again) {
			continue
		}
		notes = append(notes, credentialNote{
			Name: o.Name, Credential: o.Credential, Reason: o.Reason, By: cmp.Or(o.By, "a program"),
			At: s.staffWhen(o.At, time.Time{}, c.Cohort.Zone),
		})
	}
	return notes
}

// cohortCredentials tells why who leads a cohort, alone or in turn, or fills a role, may.
func (s *Server) cohortCredentials(c reads.Cohort) []credentialNote {
	lead := []scheduler.ID{c.Cohort.Lead}
	if len(c.Cohort.Rotation) > 0 {
		lead = c.Cohort.Rotation
	}
	for _, p := range c.Cohort.Staffing {
		lead = append(slices.Clone(lead), p.Staff)
	}
	return s.credentialNotes(c, func(o reads.CredentialOverride) bool { return o.Session == "" && slices.Contains(lead, o.Staff) })
}

// sessionCredentials tells why who was named for one session may lead it.
func (s *Server) sessionCredentials(c reads.Cohort, session *scheduler.Session) []credentialNote {
	return s.credentialNotes(c, func(o reads.CredentialOverride) bool { return o.Session == session.ID && o.Staff == session.Leader })
}

// facilitatorCredentials tells why who leads a session may: what was said of that session,
// or else of all of the cohort.
func (s *Server) facilitatorCredentials(c reads.Cohort, session *scheduler.Session) []credentialNote {
	if own := s.sessionCredentials(c, session); len(own) > 0 {
		return own
	}
	return s.credentialNotes(c, func(o reads.CredentialOverride) bool { return o.Session == "" && o.Staff == session.Leader })
}
