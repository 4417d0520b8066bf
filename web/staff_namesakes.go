package web

import (
	"context"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

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
	having := map[string][]scheduler.ID{}
	for id, name := range names {
		having[name] = append(having[name], id)
	}
	var alike []scheduler.ID
	for _, ids := range having {
		if len(ids) > 1 {
			alike = append(alike, ids...)
		}
	}
	if len(alike) == 0 || !who.may(access.PersonView) {
		return nil
	}
	slices.Sort(alike)
	rows, err := s.Records.PersonRows(ctx, who.actor, who.clinic, alike)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if words := s.foundLine(row, "").namesakeWords(); words != "" {
			names[row.ID] += " · " + words
		}
	}
	taken := map[string]int{}
	for _, id := range alike {
		taken[names[id]]++
	}
	for _, id := range alike { // relatives who share everything, or records that say nothing
		if name := names[id]; taken[name] > 1 {
			names[id] = name + " · record …" + string(id[max(0, len(id)-recordEnd):])
		}
	}
	return nil
}

// recordEnd is how much of an id tells records of one name apart.
const recordEnd = 4

// listed is the name of a person in a list. It is not touched if the person is not known.
type listed struct {
	person scheduler.ID
	name   *string
}

// tellListedApart adds what tells people of the same name apart to the names of a list, wherever each stands in it.
func (s *Server) tellListedApart(ctx context.Context, who visitor, all []listed) error {
	names := map[scheduler.ID]string{}
	for _, one := range all {
		if one.person != "" {
			names[one.person] = *one.name
		}
	}
	if err := s.tellApart(ctx, who, names); err != nil {
		return err
	}
	for _, one := range all {
		if one.person != "" {
			*one.name = names[one.person]
		}
	}
	return nil
}

// tellEnrolledApart does the same in the list of a cohort.
func (s *Server) tellEnrolledApart(ctx context.Context, who visitor, all []reads.Enrollment) error {
	people := make([]listed, len(all))
	for i := range all {
		people[i] = listed{all[i].Person, &all[i].Name}
	}
	return s.tellListedApart(ctx, who, people)
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
