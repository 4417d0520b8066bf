package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// personMergePage merges another record into that of a person: first the other one is chosen, then what stays.
type personMergePage struct {
	Page
	ID, Name   string
	With       string // the other record; empty: it is not chosen yet
	Find       string // what was searched for
	Searched   bool
	Found      []mergeCandidate
	Stay, Gone mergeSide
	Choices    []mergeChoice
	Consents   []Choice
	Given      []Input // what stays, for the preview
	Impossible string  // why they cannot be merged; empty: they can
	changePreview
}

// mergeCandidate is a record that may be the same person.
type mergeCandidate struct {
	foundLine
	Shared string
}

// mergeSide is one of the two records.
type mergeSide struct {
	foundLine
	Made  When
	Newer bool
}

// mergeChoice is a field, and which of the two values stays.
type mergeChoice struct {
	Name, Label string
	Value       string   // when there is nothing to choose
	Options     []Choice // by record
}

// mergeFound is how many records a search shows.
const mergeFound = 10

// personMergePage builds the page.
func (s *Server) personMergePage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	p, err := s.Records.PersonRecord(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	if p.MergedInto != "" {
		return nil, scheduler.MergedAlready()
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Merge two records")
	if err != nil {
		return nil, err
	}
	v := &personMergePage{Page: page, ID: string(id), Name: p.Contact.Name, With: c.QueryParam("with")}
	if f != nil {
		v.With, v.Find = f.trimmed("with"), f.trimmed("find")
	}
	if v.With == "" {
		return v, s.fillCandidates(c, who, v, p)
	}
	with, err := idParam(v.With)
	if err != nil {
		return nil, err
	}
	return v, s.fillMerge(c, who, v, f, p, with)
}

// fillCandidates lists who may be the same person, and what a search finds.
func (s *Server) fillCandidates(c echo.Context, who visitor, v *personMergePage, p reads.PersonRecord) error {
	if v.Find == "" {
		for _, other := range p.Alike {
			line := s.alikeLine(other, v.Zone)
			v.Found = append(v.Found, mergeCandidate(line))
		}
		return nil
	}
	v.Searched = true
	found, err := s.Records.FindPeople(c.Request().Context(), who.actor, who.clinic,
		reads.PeopleQuery{Text: v.Find, Limit: mergeFound})
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Kind == fault.Invalid {
		v.Find, v.Searched = shownSearch(v.Find), false
		return rejectForm(v, wrong.In("with"))
	}
	if err != nil {
		return err
	}
	for _, other := range found.People {
		if string(other.ID) != v.ID {
			v.Found = append(v.Found, mergeCandidate{foundLine: s.foundLine(other, v.Zone)})
		}
	}
	return nil
}

// fillMerge shows both records side by side, and what can be chosen.
func (s *Server) fillMerge(c echo.Context, who visitor, v *personMergePage, f *form, p reads.PersonRecord,
	with scheduler.ID) error {
	ctx := c.Request().Context()
	other, err := s.People.Person(ctx, who.actor, who.clinic, with)
	if err != nil {
		return err
	}
	_, err = s.Desk.Preview(ctx, who.request(0), desk.Merge(scheduler.MergeRequest{Stay: p.ID, Gone: with}))
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.Kind != fault.Unavailable {
		v.Impossible = wrong.Message
	} else if err != nil {
		return err
	}
	book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.PersonChange},
		desk.Load{People: []scheduler.ID{p.ID, with}, Merge: true})
	if err != nil {
		return err
	}
	m := book.Merging
	v.Stay, v.Gone = s.mergeSide(m, &m.Stay, p.Person, v.Zone), s.mergeSide(m, &m.Gone, other, v.Zone)
	chosen := func(name string) string {
		if f == nil {
			return ""
		}
		return f.trimmed(name)
	}
	v.chooseFields(m, p.Person, other, chosen)
	for _, one := range m.Consents() {
		v.Consents = append(v.Consents, Choice{Value: string(one.Channel), Label: channelNames[one.Channel],
			Hint: "agreed on " + s.staffWhen(one.GivenAt, one.GivenAt, v.Zone).Date, Chosen: f == nil ||
				chosen("step") == "" || slices.Contains(f.all("consents"), string(one.Channel))})
	}
	v.summarize()
	return nil
}

// mergeSide shows one record.
func (s *Server) mergeSide(m *scheduler.Merging, record *scheduler.MergeRecord, p reads.Person, zone string) mergeSide {
	row := reads.PersonRow{ID: p.ID, Name: p.Contact.Name, Email: p.Contact.Email, Phone: p.Contact.Phone,
		ExternalIDs: p.Contact.ExternalIDs}
	for _, e := range p.Enrollments {
		row.Groups = append(row.Groups, reads.PersonGroup{Enrollment: e.ID, Cohort: e.Cohort, CohortName: e.CohortName,
			State: e.State, RequestedAt: e.RequestedAt})
	}
	return mergeSide{s.foundLine(row, zone), s.staffWhen(record.Created, record.Created, zone), m.Newer() == record}
}

// chooseFields lists what the two records have, with a choice where they differ.
func (v *personMergePage) chooseFields(m *scheduler.Merging, stay, gone reads.Person, chosen func(string) string) {
	newer := v.ID
	if m.Newer() == &m.Gone {
		newer = v.With
	}
	add := func(name, label, one, other string) {
		choice := mergeChoice{Name: name, Label: label}
		switch {
		case one == other, other == "":
			choice.Value = one
		case one == "":
			choice.Value = other
		default:
			from := chosen(name)
			if from == "" {
				from = newer
			}
			choice.Options = choose([]Choice{{Value: v.ID, Label: one}, {Value: v.With, Label: other}}, from)
		}
		if choice.Value != "" || choice.Options != nil {
			v.Choices = append(v.Choices, choice)
		}
	}
	add("name", "Name", stay.Contact.Name, gone.Contact.Name)
	add("email", "Email", scheduler.ShownEmail(stay.Contact.Email), scheduler.ShownEmail(gone.Contact.Email))
	add("phone", "Phone", stay.Contact.Phone, gone.Contact.Phone)
	add("zone", "Their time zone", stay.Zone, gone.Zone)
	add("language", "Language", languageName(stay.Language), languageName(gone.Language))
	idIn := func(c scheduler.Contact, system string) string {
		for _, id := range c.ExternalIDs {
			if id.System == system {
				return id.Value
			}
		}
		return ""
	}
	var seen []string
	for _, id := range slices.Concat(stay.Contact.ExternalIDs, gone.Contact.ExternalIDs) {
		if !slices.Contains(seen, id.System) {
			seen = append(seen, id.System)
			add(idPrefix+id.System, "Id in "+id.System, idIn(stay.Contact, id.System), idIn(gone.Contact, id.System))
		}
	}
}

// idPrefix begins the names of the fields for ids of other systems.
const idPrefix = "id:"

// summarize lists what stays, for the preview.
func (v *personMergePage) summarize() {
	for _, one := range v.Choices {
		value := one.Value
		for _, option := range one.Options {
			if option.Chosen {
				value = option.Label
			}
		}
		v.Given = append(v.Given, Input{Label: one.Label, Hint: value})
	}
	var consents []string
	for _, one := range v.Consents {
		if one.Chosen {
			consents = append(consents, one.Label)
		}
	}
	if len(consents) == 0 {
		consents = []string{"none"}
	}
	v.Given = append(v.Given, Input{Label: "Consents", Hint: strings.Join(consents, ", ")})
}

// personMergeProposal reads the choices. While a search is made, or the other record is not chosen, there are none.
func personMergeProposal(c echo.Context, f *form) desk.Proposal {
	if f.trimmed("with") == "" && !f.ticked("again") {
		f.fail("with", "Choose the other record of this person.")
	}
	q := scheduler.MergeRequest{
		Stay: scheduler.ID(c.Param("id")), Gone: scheduler.ID(f.trimmed("with")),
		Name: scheduler.ID(f.trimmed("name")), Email: scheduler.ID(f.trimmed("email")),
		Phone: scheduler.ID(f.trimmed("phone")), Zone: scheduler.ID(f.trimmed("zone")),
		Language: scheduler.ID(f.trimmed("language")), ExternalIDs: map[string]scheduler.ID{},
	}
	for name := range f.values {
		if system, is := strings.CutPrefix(name, idPrefix); is {
			q.ExternalIDs[system] = scheduler.ID(f.trimmed(name))
		}
	}
	if f.trimmed("step") != "" { // the form with the choices was sent, so a box that is not ticked ends a consent
		channels := []scheduler.Channel{}
		for _, channel := range f.all("consents") {
			channels = append(channels, scheduler.Channel(channel))
		}
		q.Consents = &channels
	}
	return desk.Merge(q)
}
