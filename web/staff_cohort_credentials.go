package web

import (
	"cmp"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// credentialNote says why a person may lead without a credential. Reason is empty if the reader may
// not see it.
type credentialNote struct {
	Name, Credential, Reason, By string
	At                           When
}

// credentialNotes returns the latest selected override of each facilitator and credential.
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

// cohortCredentials returns the overrides of a cohort's facilitators and roles.
func (s *Server) cohortCredentials(c reads.Cohort) []credentialNote {
	lead := []scheduler.ID{c.Cohort.Lead}
	if len(c.Cohort.Rotation) > 0 {
		lead = c.Cohort.Rotation
	}
	for _, p := range c.Cohort.Staffing {
		lead = append(slices.Clone(lead), p.Staff)
	}
	return s.credentialNotes(c,
		func(o reads.CredentialOverride) bool { return o.Session == "" && slices.Contains(lead, o.Staff) })
}

// sessionCredentials returns the overrides for one session's facilitator.
func (s *Server) sessionCredentials(c reads.Cohort, session *scheduler.Session) []credentialNote {
	return s.credentialNotes(c,
		func(o reads.CredentialOverride) bool { return o.Session == session.ID && o.Staff == session.Leader })
}

// facilitatorCredentials returns the overrides of a session's facilitator: for this session, or
// else for the cohort.
func (s *Server) facilitatorCredentials(c reads.Cohort, session *scheduler.Session) []credentialNote {
	if own := s.sessionCredentials(c, session); len(own) > 0 {
		return own
	}
	return s.credentialNotes(c,
		func(o reads.CredentialOverride) bool { return o.Session == "" && o.Staff == session.Leader })
}
