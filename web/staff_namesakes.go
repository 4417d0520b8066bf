package web

import (
	"context"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// mostNamesakes is how many people of one name are told apart in a list.
const mostNamesakes = 100

// names gives the names of people for a list, with what tells them apart where two have the same one.
func (s *Server) names(ctx context.Context, who visitor, ids []scheduler.ID) (map[scheduler.ID]string, error) {
	names, err := s.People.Names(ctx, who.actor, who.clinic, ids)
	if err != nil {
		return nil, err
	}
	return names, s.tellApart(ctx, who, names)
}

// tellApart adds to names that several people of a list have what tells these apart.
func (s *Server) tellApart(ctx context.Context, who visitor, names map[scheduler.ID]string) error {
	having := map[string]int{}
	for _, name := range names {
		having[name]++
	}
	for name, n := range having {
		if n < 2 || name == "" || len(name) > scheduler.MostSearchText {
			continue
		}
		found, err := s.Records.FindPeople(ctx, who.actor, who.clinic,
			reads.PeopleQuery{Text: name, Limit: mostNamesakes})
		if err != nil {
			return err
		}
		for _, row := range found.People {
			if names[row.ID] == name {
				if words := s.foundLine(row, "").namesakeWords(); words != "" {
					names[row.ID] = name + " · " + words
				}
			}
		}
	}
	return nil
}

// tellEnrolledApart does the same in the list of a cohort.
func (s *Server) tellEnrolledApart(ctx context.Context, who visitor, all []reads.Enrollment) error {
	names := map[scheduler.ID]string{}
	for _, e := range all {
		names[e.Person] = e.Name
	}
	if err := s.tellApart(ctx, who, names); err != nil {
		return err
	}
	for i, e := range all {
		all[i].Name = names[e.Person]
	}
	return nil
}

// namesakeWords are what a list has room for: the end of the phone number and an id or the address, else the cohort.
func (l foundLine) namesakeWords() string {
	var parts []string
	if n := len(l.Phone); n > lastDigits {
		parts = append(parts, "phone …"+l.Phone[n-lastDigits:])
	}
	if len(l.ExternalIDs) > 0 {
		parts = append(parts, l.ExternalIDs[0].System+" "+l.ExternalIDs[0].Value)
	} else if l.Email != "" {
		parts = append(parts, l.Email)
	}
	if len(parts) == 0 && len(l.Groups) > 0 {
		parts = append(parts, l.Groups[0].Cohort)
	}
	return strings.Join(parts, ", ")
}
