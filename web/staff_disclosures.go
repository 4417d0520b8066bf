package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// disclosuresPage is the accounting of disclosures of a person (42 CFR 2.25), with a form to log another one.
type disclosuresPage struct {
	Page
	ID, Name  string
	Lines     []disclosureLine
	MayLog    bool
	Fields    []Input
	Statement string
}

// disclosureLine is one disclosure.
type disclosureLine struct {
	At, Last                   When
	Times                      int
	To, What, Purpose, How, By string
	Basis, Consent             string
}

// basisNames and disclosureWays are their labels.
var (
	basisNames = map[scheduler.DisclosureBasis]string{
		scheduler.BasisConsent:   "Consent",
		scheduler.BasisEmergency: "Medical emergency, 42 CFR 2.51",
		scheduler.BasisCourt:     "Court order, 42 CFR subpart E",
		scheduler.BasisAudit:     "Audit or evaluation, 42 CFR 2.53",
	}
	disclosureWays = map[string]string{"api": "by a program of theirs", "file": "in a file", "letter": "by letter",
		"phone": "by telephone", "fax": "by fax", "email": "by email", "in-person": "in person"}
)

// registerDisclosures registers the pages about what leaves the programme.
func (s *Server) registerDisclosures() {
	s.route(staff(access.ConsentView), get, "/people/:id/disclosures", s.disclosureList)
	s.route(staff(access.ConsentView), get, "/people/:id/disclosures/print", s.disclosurePrint)
	s.route(staff(access.DisclosureLog), post, "/people/:id/disclosures", s.disclosureLog)
}

func (s *Server) disclosureList(c echo.Context, who visitor) error {
	v, err := s.disclosuresPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) disclosuresPage(c echo.Context, who visitor, f *form) (*disclosuresPage, error) {
	ctx := c.Request().Context()
	id, name, err := s.consentPerson(c, who)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Disclosures")
	if err != nil {
		return nil, err
	}
	v := &disclosuresPage{Page: page, ID: string(id), Name: name, MayLog: who.may(access.DisclosureLog),
		Statement: scheduler.Redisclosure}
	all, err := s.Disclosures.Disclosures(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	consents, err := s.Consents.WrittenConsents(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		v.Lines = append(v.Lines, s.disclosureLine(d, consents, page.Zone))
	}
	value := func(name string) string {
		if f == nil {
			return ""
		}
		return f.text(name)
	}
	bases := []Choice{{Value: "", Label: "Choose what allows it"}}
	for _, basis := range scheduler.DisclosureBases() {
		bases = append(bases, Choice{Value: string(basis), Label: basisNames[basis]})
	}
	standing := []Choice{{Value: "", Label: "None"}}
	for _, one := range consents {
		if one.InForce(s.Now()) && one.Kind.Discloses() {
			standing = append(standing,
				Choice{Value: string(one.ID), Label: consentKindNames[one.Kind][0] + ": " + one.To})
		}
	}
	ways := []Choice{{Value: "", Label: "Choose how"}}
	for _, way := range scheduler.DisclosureWays()[2:] {
		ways = append(ways, Choice{Value: way, Label: disclosureWays[way]})
	}
	v.Fields = []Input{
		v.Need("to", "Who received it", "text", value("to"), "In an emergency: name and where they work."),
		v.Need("what", "What was shared", "text", value("what"), ""),
		v.Need("purpose", "What for", "text", value("purpose"), "In an emergency: what the emergency was."),
		v.Select("basis", "What allows it", choose(bases, value("basis")), ""),
		v.Select("consent", "The consent", choose(standing, value("consent")), "If a consent allows it."),
		v.Select("how", "How it left", choose(ways, value("how")), ""),
	}
	return v, nil
}

func (s *Server) disclosureLine(d reads.Disclosed, consents []reads.WrittenConsent, zone string) disclosureLine {
	line := disclosureLine{At: s.staffWhen(d.At, time.Time{}, zone), Times: d.Times, To: d.To, What: d.What,
		Purpose: d.Purpose, How: disclosureWays[d.How], By: d.By, Basis: basisNames[d.Basis]}
	if d.Times > 1 {
		line.Last = s.staffWhen(d.Last, time.Time{}, zone)
	}
	if d.How == "api" {
		line.What = FieldsInWords(d.What)
	}
	i := slices.IndexFunc(consents, func(c reads.WrittenConsent) bool { return c.ID == d.Consent })
	if i >= 0 {
		line.Consent = consentKindNames[consents[i].Kind][0] + ", signed " + localDate(consents[i].SignedOn).Date
	}
	return line
}

// disclosureLog writes down one disclosure.
func (s *Server) disclosureLog(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.disclosuresPage(c, who, f)
	if err != nil {
		return err
	}
	d := scheduler.Disclosure{Person: scheduler.ID(v.ID), Basis: scheduler.DisclosureBasis(f.trimmed("basis")),
		Consent: scheduler.ID(f.trimmed("consent")), How: f.trimmed("how"),
		DisclosureTerms: scheduler.DisclosureTerms{To: f.text("to"), Purpose: f.text("purpose"), What: f.text("what")}}
	err = s.Disclosures.LogDisclosure(c.Request().Context(), who.actor, who.clinic, d, f.once(c), reads.Do)
	if err = formSentError(err); err != nil {
		fields := make([]*Input, len(v.Fields))
		for i := range v.Fields {
			fields[i] = &v.Fields[i]
		}
		return rejectForm(v, atFields(err, fields...))
	}
	return s.redirect(c, who.token, "/people/"+v.ID+"/disclosures", "disclosed")
}

// accountingPage is the accounting on paper.
type accountingPage struct {
	Page
	ID, Name, ClinicName string
	Today                When
	Lines                []disclosureLine
}

func (s *Server) disclosurePrint(c echo.Context, who visitor) error {
	v, err := s.disclosuresPage(c, who, nil)
	if err != nil {
		return err
	}
	paper := &accountingPage{Page: s.basePage("Accounting of disclosures"), ID: v.ID, Name: v.Name,
		ClinicName: v.Clinic, Today: s.staffWhen(s.Now(), time.Time{}, v.Zone), Lines: v.Lines}
	paper.PlainTab = v.PlainTab
	paper.guard(who)
	return s.render(c, http.StatusOK, paper)
}
