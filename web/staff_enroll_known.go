package web

import (
	"context"
	"errors"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// knownLine is somebody who may be meant, with what tells them apart.
type knownLine struct {
	ID, Name, Shared string
	Groups           []otherEnrollment
	// Here: their enrollment in this cohort, which needs no second one; empty: none.
	Here   string
	Chosen bool
}

// sharedWords says what a known person has in common with what was typed.
var sharedWords = map[string]string{"email": "the same email address", "phone": "the same phone number", "external_id": "the same id in another system"}

// askWhichPerson adds to the page who may be meant, so that the visitor says who it is, or
// where the enrollment is that exists already. Other errors stay as they are.
func (s *Server) askWhichPerson(ctx context.Context, who visitor, v *enrollPage, refused error) error {
	var enrolled *scheduler.AlreadyEnrolled
	if errors.As(refused, &enrolled) {
		v.Already = string(enrolled.Enrollment)
	}
	var known *scheduler.KnownPeople
	if !errors.As(refused, &known) {
		return refused
	}
	for _, c := range known.Candidates {
		p, err := s.People.Person(ctx, who.actor, who.clinic, c.Person)
		if err != nil {
			return err
		}
		line := knownLine{ID: string(c.Person), Name: p.Contact.Name, Chosen: v.Form.Person == string(c.Person)}
		shared := make([]string, len(c.By))
		for i, by := range c.By {
			shared[i] = sharedWords[by]
		}
		line.Shared = strings.Join(shared, " and ")
		for _, e := range p.Enrollments {
			line.Groups = append(line.Groups, otherEnrollment{string(e.ID), e.CohortName, string(e.State), stateNames[e.State]})
			if string(e.Cohort) == v.ID && e.State.Live() {
				line.Here = string(e.ID)
			}
		}
		v.Known = append(v.Known, line)
	}
	var asked *fault.Error
	if !errors.As(refused, &asked) || asked.Field != "" {
		return refused
	}
	at := *asked
	at.Field = "person" // where the page asks
	return &at
}
