package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// personEditPage changes what is known of a person, after a preview.
type personEditPage struct {
	Page
	ID, Name  string
	Fields    []Input
	Given     []Input // what is different, for the preview
	Known     []knownLine
	New       bool // they are not one of the known people
	ZoneNames []string
	changePreview
}

// personEditPage builds the page. A field that the form does not have shows what stands.
func (s *Server) personEditPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	p, err := s.People.Person(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Edit a person")
	if err != nil {
		return nil, err
	}
	v := &personEditPage{Page: page, ID: string(id), Name: p.Contact.Name, ZoneNames: s.Zones.Names()}
	standing := map[string]string{
		"name": p.Contact.Name, "email": scheduler.ShownEmail(p.Contact.Email), "phone": p.Contact.Phone,
		"zone": p.Zone, "language": p.Language, "external_ids": writtenIDs(p.Contact.ExternalIDs),
	}
	value := func(name string) string {
		if f != nil && f.values[name] != nil {
			return f.text(name)
		}
		return standing[name]
	}
	v.New = f != nil && f.ticked("new")
	v.Fields = []Input{
		v.Need("name", "Name", "text", value("name"), ""),
		v.Field("email", "Email", "email", value("email"),
			"A new address gets all dates again, and the private links that the old one knows end."),
		v.Field("phone", "Phone", "tel", value("phone"), "With area code, like +1 202 555 0100."),
		v.Field("zone", "Their time zone", "zone", value("zone"), ""),
		v.Select("language", "Language", choose([]Choice{{Value: "en", Label: "English"},
			{Value: "es", Label: "Español"}}, value("language")), ""),
		v.Field("external_ids", "Ids in other systems", "area", value("external_ids"),
			"One per line, as system: id, for example ehr: 8812."),
	}
	for _, in := range v.Fields {
		if now := strings.TrimSpace(value(in.Name)); now != standing[in.Name] {
			if now == "" {
				now = "none"
			}
			v.Given = append(v.Given, Input{Label: in.Label, Hint: now})
		}
	}
	return v, nil
}

// reject shows people of like name who have the new address or number.
func (v *personEditPage) reject(err error) error { return rejectForm(v, err) }

// writtenIDs writes ids of other systems, one per line.
func writtenIDs(ids []scheduler.ExternalID) string {
	lines := make([]string, len(ids))
	for i, id := range ids {
		lines[i] = id.System + ": " + id.Value
	}
	return strings.Join(lines, "\n")
}

// readIDs reads ids of other systems, one per line.
func (f *form) readIDs(name string) []scheduler.ExternalID {
	ids := []scheduler.ExternalID{}
	for _, line := range strings.Split(f.text(name), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		at := strings.LastIndex(line, ": ") // a system may be an address with a colon
		if at < 0 {
			at = strings.LastIndex(line, ":")
		}
		if at < 0 {
			f.fail(name, "Write each id as system: id, for example ehr: 8812, one per line.")
			return ids
		}
		ids = append(ids, scheduler.ExternalID{System: strings.TrimSpace(line[:at]),
			Value: strings.TrimSpace(line[at+1:])})
	}
	return ids
}

func (s *Server) personEditProposal(c echo.Context, f *form) desk.Proposal {
	text := func(name string) *string {
		if f.values[name] == nil {
			return nil
		}
		value := f.trimmed(name)
		return &value
	}
	q := scheduler.PersonSetting{
		Person: scheduler.ID(c.Param("id")), Name: text("name"), Email: text("email"), Phone: text("phone"),
		Zone: text("zone"), Language: text("language"), New: f.ticked("new"),
	}
	if f.values["external_ids"] != nil {
		ids := f.readIDs("external_ids")
		q.ExternalIDs = &ids
	}
	return s.Desk.SetPerson(q)
}

func toPerson(c echo.Context, _ desk.Changed) string { return "/people/" + c.Param("id") }

// personConsentsPage gives and ends consents. It takes effect at once.
type personConsentsPage struct {
	Page
	ID, Name string
	Channels []Choice
	Version  Input
	How      Input
	Texts    []scheduler.ConsentText // of the channels, in the person's language
}

func (s *Server) personConsentsForm(c echo.Context, who visitor) error {
	v, err := s.personConsentsPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) personConsentsPage(c echo.Context, who visitor, f *form) (*personConsentsPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	p, err := s.People.Person(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Consents")
	if err != nil {
		return nil, err
	}
	v := &personConsentsPage{Page: page, ID: string(id), Name: p.Contact.Name}
	var chosen []string
	version, how := consentTextVersion, ""
	for _, consent := range p.Contact.Consents {
		chosen = append(chosen, string(consent.Channel))
	}
	if f != nil {
		chosen, version, how = f.all("consents"), f.text("version"), f.trimmed("how")
	}
	v.Channels = choose([]Choice{
		{Value: string(scheduler.Email), Label: "Email", Hint: "Almanac sends dates, changes and reminders"},
		{Value: string(scheduler.SMS), Label: "Text message", Hint: "after they confirm by text"},
		{Value: string(scheduler.Voice), Label: "Phone call", Hint: "recorded, and staff get a task"},
	}, chosen...)
	for _, choice := range v.Channels {
		text, err := scheduler.ConsentTextOf(scheduler.ConsentKind(choice.Value), "", p.Language)
		if err != nil {
			return nil, err
		}
		v.Texts = append(v.Texts, text)
	}
	v.Version = v.Need("version", "Version of the text", "text", version, "For the consents that are new.")
	ways := []Choice{{Value: "", Label: "Choose how"}}
	for _, way := range scheduler.ConsentWays() {
		ways = append(ways, Choice{Value: way, Label: strings.ToUpper(consentWays[way][:1]) + consentWays[way][1:]})
	}
	v.How = v.Select("how", "How they said it", choose(ways, how),
		"Stored with each consent that is given or ended now.")
	return v, nil
}

// personConsentsSave sets the consents of a person. Consents that stand stay as they were given.
func (s *Server) personConsentsSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.personConsentsPage(c, who, f)
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), scheduler.ID(v.ID)
	p, err := s.People.Person(ctx, who.actor, who.clinic, id)
	if err != nil {
		return err
	}
	if f.trimmed("how") == "" {
		f.fail("how", "Choose how they said it.")
		return rejectForm(v, f.err())
	}
	standing := map[scheduler.Channel]scheduler.Consent{}
	for _, consent := range p.Contact.Consents {
		standing[consent.Channel] = consent
	}
	var wanted []scheduler.Consent
	for _, channel := range f.all("consents") {
		consent, given := standing[scheduler.Channel(channel)]
		if !given {
			consent = scheduler.Consent{Channel: scheduler.Channel(channel), TextVersion: f.trimmed("version"),
				How: f.trimmed("how")}
		}
		wanted = append(wanted, consent)
	}
	q := desk.ConsentChange{Consents: wanted, Ended: f.trimmed("how")}
	if err := s.Records.ChangeConsents(ctx, who.actor, who.clinic, id, q); err != nil {
		return rejectForm(v, err)
	}
	return s.redirect(c, who.token, "/people/"+v.ID, "consents")
}

// registerPeoplePages registers the pages about people.
func (s *Server) registerPeoplePages() {
	s.route(staff(access.PersonView), get, "/people", s.peopleList)
	s.route(staff(access.PersonView), post, "/people", s.peopleSearch)
	s.route(staff(access.PersonView), get, "/people/:id", s.personRecordShow)
	s.route(staff(access.PersonView), get, "/people/:id/letter", s.personLetter)
	s.route(staff(access.PersonChange), post, "/people/:id/links", s.personLinksRenew)
	s.route(staff(access.PersonChange), get, "/people/:id/consents", s.personConsentsForm)
	s.route(staff(access.PersonChange), post, "/people/:id/consents", s.personConsentsSave)
	s.registerConsents()
	s.registerDisclosures()
	s.registerGlass()
	s.registerBreach()
	s.registerLegalAnswer()
	s.routeChange(staff(access.PersonChange), "/people/:id/merge", changeForm{
		flash: "merged", page: s.personMergePage, propose: personMergeProposal, next: toPerson,
	})
	s.routeChange(staff(access.PersonChange), "/people/:id/edit", changeForm{
		flash: "edited", page: s.personEditPage, propose: s.personEditProposal, next: toPerson,
	})
}
