package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// consentKindNames are the labels of the kinds of written consents, with when to use each.
var consentKindNames = map[scheduler.ConsentKind][2]string{
	scheduler.ConsentTPO: {"Treatment, payment and operations",
		"One consent for all such uses. It may have no end."},
	scheduler.ConsentDisclosure: {"Disclosure to one recipient",
		"A person or an organization, a purpose and an end."},
	scheduler.ConsentResearch: {"Contact about research", "To be asked. Taking part needs a form of its own."},
	scheduler.ConsentFeed: {"Calendar address",
		"A calendar of theirs fetches their dates. When it ends, the address is turned off."},
	scheduler.ConsentLegal: {"Legal proceedings", "Stands alone; never on the same form as another."},
	scheduler.ConsentNotes: {"Counseling notes", "Stands alone; never on the same form as another."},
}

// writtenConsentsPage lists the written consents of a person.
type writtenConsentsPage struct {
	Page
	ID, Name        string
	Standing, Ended []writtenLine
	MayChange       bool
	Kinds           []Choice // that can be recorded
	How             Input    // of those that are ended on this page
}

// writtenLine is one written consent with all its elements.
type writtenLine struct {
	ID, Kind, KindName             string
	What, From, To, Purpose, Event string
	Signature, Text, Hash          string
	SignedOn, Until                When
	Given, EndedAt                 When
	By, Ending                     string
	Replaced                       bool // by a change
	Title                          string
	Body                           []string
	Language                       string
}

// registerConsents registers the pages of written consents.
func (s *Server) registerConsents() {
	s.route(staff(access.ConsentView), get, "/people/:id/consents/written", s.writtenConsentList)
	s.route(staff(access.ConsentView), get, "/people/:id/consents/paper", s.consentPaper)
	s.route(staff(access.PersonChange), get, "/people/:id/consents/new", s.consentForm)
	s.route(staff(access.PersonChange), post, "/people/:id/consents/new", s.consentSave)
	s.route(staff(access.PersonChange), post, "/people/:id/consents/end", s.consentEnd)
}

func (s *Server) writtenConsentList(c echo.Context, who visitor) error {
	v, err := s.writtenConsentsPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) writtenConsentsPage(c echo.Context, who visitor, f *form) (*writtenConsentsPage, error) {
	ctx := c.Request().Context()
	id, name, err := s.consentPerson(c, who)
	if err != nil {
		return nil, err
	}
	all, err := s.Consents.WrittenConsents(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Written consents")
	if err != nil {
		return nil, err
	}
	v := &writtenConsentsPage{Page: page, ID: string(id), Name: name, MayChange: who.may(access.PersonChange)}
	for _, one := range all {
		line := s.writtenLine(one, page.Zone)
		if one.InForce(s.Now()) {
			v.Standing = append(v.Standing, line)
		} else {
			v.Ended = append(v.Ended, line)
		}
	}
	for _, kind := range scheduler.ConsentKinds() {
		v.Kinds = append(v.Kinds,
			Choice{Value: string(kind), Label: consentKindNames[kind][0], Hint: consentKindNames[kind][1]})
	}
	how := ""
	if f != nil {
		how = f.trimmed("how")
	}
	v.How = v.Select("how", "How they ended it", consentWayChoices(how, scheduler.ConsentWays()), "")
	return v, nil
}

// consentPerson finds the person of the address.
func (s *Server) consentPerson(c echo.Context, who visitor) (scheduler.ID, string, error) {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return "", "", err
	}
	p, err := s.People.Person(c.Request().Context(), who.actor, who.clinic, id)
	return id, p.Contact.Name, err
}

// consentWayChoices are the ways of a form, with one chosen.
func consentWayChoices(chosen string, ways []string) []Choice {
	all := []Choice{{Value: "", Label: "Choose how"}}
	for _, way := range ways {
		all = append(all, Choice{Value: way, Label: strings.ToUpper(consentWays[way][:1]) + consentWays[way][1:]})
	}
	return choose(all, chosen)
}

func (s *Server) writtenLine(c reads.WrittenConsent, zone string) writtenLine {
	line := writtenLine{ID: string(c.ID), Kind: string(c.Kind), KindName: consentKindNames[c.Kind][0], What: c.What,
		From: c.From, To: c.To, Purpose: c.Purpose, Event: c.Event, By: c.By, Language: c.Language,
		Text: "version " + c.TextVersion + ", " + languageName(c.Language), Hash: c.Hash,
		SignedOn: localDate(c.SignedOn), Until: localDate(c.ExpiresOn),
		Given: s.staffWhen(c.GivenAt, time.Time{}, zone), EndedAt: s.staffWhen(c.EndedAt, time.Time{}, zone)}
	line.Signature = consentWays[c.How]
	if c.SignedBy != "" {
		line.Signature += ", signed by " + c.SignedBy
	}
	switch c.EndedHow {
	case "":
	case "expired":
		line.Ending = "it ran out"
	case "changed":
		line.Ending, line.Replaced = "replaced by a change", true
	default:
		line.Ending = consentHow(c.EndedHow, c.EndedBy)
	}
	if text, err := scheduler.ConsentTextOf(c.Kind, c.TextVersion, c.Language); err == nil && text.Hash == c.Hash {
		line.Title, line.Body = text.Title, text.Body
	}
	return line
}

// consentPage records a written consent, or changes one.
type consentPage struct {
	Page
	ID, Name               string
	Kind, KindName         string
	KindHint               string
	Replaces               string // empty: a new one
	Elements, End, Signing []Input
	Text                   scheduler.ConsentText
}

func (s *Server) consentForm(c echo.Context, who visitor) error {
	v, err := s.consentPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) consentPage(c echo.Context, who visitor, f *form) (*consentPage, error) {
	ctx := c.Request().Context()
	id, name, err := s.consentPerson(c, who)
	if err != nil {
		return nil, err
	}
	replaces, asked := c.QueryParam("replaces"), c.QueryParam("kind")
	if f != nil {
		replaces, asked = f.trimmed("replaces"), f.trimmed("kind")
	}
	former, err := s.consentOf(c, who, id, replaces)
	if err != nil {
		return nil, err
	}
	if former.Kind != "" {
		asked = string(former.Kind)
	}
	kind, err := scheduler.ParseConsentKind(asked)
	if err != nil {
		return nil, fault.New(fault.NotFound, "There is no such kind of consent. Choose one from the list.")
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Record a consent")
	if err != nil {
		return nil, err
	}
	v := &consentPage{Page: page, ID: string(id), Name: name, Kind: string(kind), Replaces: replaces,
		KindName: consentKindNames[kind][0], KindHint: consentKindNames[kind][1]}
	return v, s.fillConsent(c, who, v, former, f)
}

// consentOf finds a consent of a person; none is the zero consent.
func (s *Server) consentOf(c echo.Context, who visitor, person scheduler.ID, id string) (reads.WrittenConsent, error) {
	if id == "" {
		return reads.WrittenConsent{}, nil
	}
	all, err := s.Consents.WrittenConsents(c.Request().Context(), who.actor, who.clinic, person)
	if err != nil {
		return reads.WrittenConsent{}, err
	}
	for _, one := range all {
		if string(one.ID) == id {
			return one, nil
		}
	}
	return reads.WrittenConsent{},
		fault.New(fault.NotFound, "There is no such consent. Choose one on the person's page.")
}

// fillConsent puts the fields on the form: as typed, else as they stand, else as the text proposes.
func (s *Server) fillConsent(c echo.Context, who visitor, v *consentPage, former reads.WrittenConsent, f *form) error {
	kind := scheduler.ConsentKind(v.Kind)
	language := former.Language
	if language == "" {
		p, err := s.People.Person(c.Request().Context(), who.actor, who.clinic, scheduler.ID(v.ID))
		if err != nil {
			return err
		}
		language = p.Language
	}
	standing := map[string]string{"language": language, "from": former.From, "what": former.What, "to": former.To,
		"purpose": former.Purpose, "event": former.Event, "expires": dateValue(former.ExpiresOn)}
	value := func(name string) string {
		if f != nil && f.values[name] != nil {
			return f.text(name)
		}
		return standing[name]
	}
	var err error
	if v.Text, err = scheduler.ConsentTextOf(kind, "", value("language")); err != nil {
		v.Text, _ = scheduler.ConsentTextOf(kind, "", "en")
	}
	for name, proposed := range map[string]string{"what": v.Text.What, "to": v.Text.To, "purpose": v.Text.Purpose,
		"from": v.Clinic} {
		if standing[name] == "" {
			standing[name] = proposed
		}
	}
	v.Elements = []Input{
		v.Need("from", "Who shares", "text", value("from"), ""),
		v.Need("what", "What is shared", "text", value("what"), "In words that mean something to the person."),
		v.Need("to", "Who receives it", "text", value("to"), "The name of a person or an organization."),
		v.Need("purpose", "For what purpose", "text", value("purpose"), ""),
	}
	end := "A date or an event is needed."
	if kind.MayBeEndless() {
		end = "If both are empty: until it is ended."
	}
	v.End = []Input{
		v.Field("expires", "Last day on which it holds", "date", value("expires"), end),
		v.Field("event", "Or the event that ends it", "text", value("event"), "You end it when that happens."),
	}
	ways := []string{"paper"}
	if !kind.NeedsSignature() {
		ways = []string{"paper", "spoken", "email", "phone"}
	}
	v.Signing = []Input{
		v.Select("how", "How it was given", consentWayChoices(value("how"), ways), ""),
		v.Need("signed_on", "Signed on", "date", value("signed_on"), "The day on the form."),
		v.Field("signed_by", "Signed for them by", "text", value("signed_by"),
			"Empty if they signed themselves. Otherwise name and standing, such as: Ana Ruiz, guardian."),
		v.Select("language", "Language of the text", choose([]Choice{{Value: "en", Label: "English"},
			{Value: "es", Label: "Español"}}, value("language")), ""),
	}
	return nil
}

func dateValue(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// consentSave records a consent. It holds from then on.
func (s *Server) consentSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.consentPage(c, who, f)
	if err != nil {
		return err
	}
	q := desk.ConsentRequest{Once: f.once(c), Consent: scheduler.WrittenConsent{
		Person: scheduler.ID(v.ID), Kind: scheduler.ConsentKind(v.Kind), Replaces: scheduler.ID(v.Replaces),
		Language: f.trimmed("language"), How: f.trimmed("how"),
		ConsentTerms: scheduler.ConsentTerms{From: f.text("from"), What: f.text("what"), To: f.text("to"),
			Purpose: f.text("purpose"), Event: f.text("event"), SignedBy: f.text("signed_by")},
	}}
	if f.trimmed("expires") != "" {
		q.Consent.ExpiresOn = f.date("expires")
	}
	if f.trimmed("signed_on") != "" {
		q.Consent.SignedOn = f.date("signed_on")
	}
	q.DryRun = f.err() != nil
	_, err = s.Consents.GiveConsent(c.Request().Context(), who.actor, who.clinic, q)
	if err = f.orRules(formSentError(err)); err != nil {
		var fields []*Input
		for _, list := range [][]Input{v.Elements, v.End, v.Signing} {
			for i := range list {
				fields = append(fields, &list[i])
			}
		}
		return rejectForm(v, atFields(err, fields...))
	}
	return s.redirect(c, who.token, "/people/"+v.ID+"/consents/written", "consented")
}

// consentEnd ends one consent at once.
func (s *Server) consentEnd(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.writtenConsentsPage(c, who, f)
	if err != nil {
		return err
	}
	if f.trimmed("consent") == "" {
		f.fail("consent", "Choose which consent has ended.")
	}
	if f.trimmed("how") == "" {
		f.fail("how", "Choose how they ended it.")
	}
	if err := f.err(); err != nil {
		return rejectForm(v, atFields(err, &v.How))
	}
	q := desk.ConsentEnd{Person: scheduler.ID(v.ID), Consent: scheduler.ID(f.trimmed("consent")), How: f.trimmed("how")}
	if err := s.Consents.EndConsent(c.Request().Context(), who.actor, who.clinic, q); err != nil {
		return rejectForm(v, atFields(err, &v.How))
	}
	return s.redirect(c, who.token, "/people/"+v.ID+"/consents/written", "consent-off")
}

// consentPaperPage is a consent on paper: a copy of one that was given, or a form to sign.
type consentPaperPage struct {
	Page
	ID, Name string
	Line     writtenLine
	Blank    bool // to sign
	Spanish  bool
}

// consentPaper prints a consent that was given, or the form of a kind in the person's language.
func (s *Server) consentPaper(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	p, err := s.People.Person(c.Request().Context(), who.actor, who.clinic, id)
	if err != nil {
		return err
	}
	given, err := s.consentOf(c, who, id, c.QueryParam("consent"))
	if err != nil {
		return err
	}
	clinic, err := s.Cohorts.Clinic(c.Request().Context(), who.actor, who.clinic)
	if err != nil {
		return err
	}
	page := s.basePage("Consent")
	page.PlainTab = plainTab(clinic)
	v := &consentPaperPage{Page: page, ID: string(id), Name: p.Contact.Name, Blank: given.ID == ""}
	if v.Blank {
		kind, err := scheduler.ParseConsentKind(c.QueryParam("kind"))
		if err != nil {
			return fault.New(fault.NotFound, "There is no such kind of consent. Choose one from the list.")
		}
		text, err := scheduler.ConsentTextOf(kind, "", p.Language)
		if err != nil {
			return err
		}
		given.WrittenConsent = scheduler.WrittenConsent{Kind: kind, TextVersion: text.Version,
			Language: text.Language, Hash: text.Hash, ConsentTerms: scheduler.ConsentTerms{From: clinic.Name,
				What: text.What, To: text.To, Purpose: text.Purpose}}
	}
	v.Line, v.Spanish = s.writtenLine(given, clinic.Zone), given.Language == "es"
	v.guard(who)
	return s.render(c, http.StatusOK, v)
}
