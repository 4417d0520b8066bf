package web

import (
	"context"
	"errors"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// knownLine is a known person to choose, with what distinguishes them.
type knownLine struct {
	ID, Name, Shared string
	Groups           []otherEnrollment
	// Here is their enrollment in this cohort, if any.
	Here   string
	Chosen bool
}

// sharedWords describe what a known person shares with the form.
var sharedWords = map[string]string{"email": "the same email address", "phone": "the same phone number",
	"external_id": "the same id in another system"}

// askWhichPerson adds the known people, or the existing enrollment, to the page. It returns the
// error to show.
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
			line.Groups = append(line.Groups,
				otherEnrollment{string(e.ID), e.CohortName, string(e.State), stateNames[e.State]})
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
