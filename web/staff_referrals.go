package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
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

// Limits of the referral pages.
const (
	referralRows   = 50
	openingsRead   = 400 // before those that do not suit are left out
	openingsSuited = 8
)

// referralsPage lists the people who are to be enrolled.
type referralsPage struct {
	Page
	Rows   []referralLine
	Open   int
	Ended  bool // the enrolled and closed ones are shown
	Search Input
	Next   string // address of the next page; empty: none
}

// referralLine is one referral in the list.
type referralLine struct {
	ID, Name, Source, Times, Protocol, Enrollment, Closed string
	Since, Earliest                                       When
	Days                                                  int // they wait
}

// registerReferrals registers the pages of the referral inbox.
func (s *Server) registerReferrals() {
	s.route(staff(access.Enroll), get, "/referrals", s.referralList)
	s.route(staff(access.Enroll), get, "/referrals/new", s.referralForm)
	s.route(staff(access.Enroll), post, "/referrals/new", s.referralAdd)
	s.route(staff(access.Enroll), get, "/referrals/import", s.referralImportForm)
	s.route(staff(access.Enroll).upTo(mostUpload), post, "/referrals/import", s.referralImport)
	s.route(staff(access.Enroll), get, "/referrals/:id", s.referralShow)
	s.route(staff(access.Enroll), post, "/referrals/:id", s.referralSave)
	s.route(staff(access.Enroll), post, "/referrals/:id/close", s.referralClose)
}

func (s *Server) referralList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "intake", "Referrals")
	if err != nil {
		return err
	}
	v := &referralsPage{Page: page, Ended: c.QueryParam("show") == "ended"}
	search := strings.TrimSpace(c.QueryParam("q"))
	v.Search = v.Field("q", "Name, phone or email", "search", shownSearch(search), "")
	if len(search) > 4*scheduler.MaxText {
		return rejectForm(v, atFields(fault.In("q", "This is too long for a name. Shorten it."), &v.Search))
	}
	q := reads.ReferralQuery{Name: search, Ended: v.Ended, Limit: referralRows}
	if q.After, err = readCursor(c.QueryParam("after")); err != nil {
		return err
	}
	found, err := s.Referrals.Referrals(ctx, who.actor, who.clinic, q)
	if err != nil {
		return err
	}
	v.Open = found.Open
	if found.Next.ID != "" {
		params := filtersOf("show", c.QueryParam("show"), "q", search,
			"after", found.Next.String())
		v.Next = "/referrals?" + params.Encode()
	}
	today := civil.DateOf(s.Now().In(s.location(page.Zone)))
	for _, r := range found.Rows {
		line := referralLine{ID: string(r.ID), Name: r.Contact.Name, Source: r.Source, Times: timesInWords(r.Times),
			Protocol: s.protocolTitle(r.Protocol), Enrollment: string(r.Enrollment), Closed: r.ClosedWhy,
			Since: s.staffWhen(r.ReceivedAt, time.Time{}, page.Zone), Earliest: localDate(r.Earliest)}
		line.Days = civil.DateOf(r.ReceivedAt.In(s.location(page.Zone))).DaysUntil(today)
		v.Rows = append(v.Rows, line)
	}
	return s.render(c, http.StatusOK, v)
}

// protocolTitle names a protocol for staff; one that is not in the library by its id.
func (s *Server) protocolTitle(id string) string {
	if id == "" {
		return ""
	}
	if d, err := s.Library.Find(id); err == nil {
		return d.Title
	}
	return id
}

// dayPart is a part of the day that staff tick.
type dayPart struct {
	name        string
	from, until civil.Clock
}

var dayParts = []dayPart{
	{"Morning", civil.Clock{Hour: 6}, civil.Clock{Hour: 12}},
	{"Afternoon", civil.Clock{Hour: 12}, civil.Clock{Hour: 17}},
	{"Evening", civil.Clock{Hour: 17}, civil.Clock{Hour: 22}},
}

// week is the days as the form shows them.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday,
	time.Sunday}

// timesInWords writes preferred times as "Tue and Thu evening" would read in a list: each day once with its parts.
func timesInWords(times []scheduler.PreferredTime) string {
	var all []string
	for _, day := range week {
		var parts []string
		for _, one := range times {
			if one.Day == day {
				parts = append(parts, partName(one))
			}
		}
		if len(parts) > 0 {
			all = append(all, day.String()[:3]+" "+strings.Join(parts, ", "))
		}
	}
	return strings.Join(all, " · ")
}

func partName(one scheduler.PreferredTime) string {
	for _, part := range dayParts {
		if part.from == one.From && part.until == one.Until {
			return strings.ToLower(part.name)
		}
	}
	return one.From.String() + " to " + one.Until.String()
}

// referralPage shows one referral with the openings that suit it, or takes a new one.
type referralPage struct {
	Page
	ID, Name     string // ID empty: a new one
	Since        When
	Enrollment   string // that came of it
	Closed       string // why it was closed
	Ended        bool
	Fields, More []Input // above and below the times
	Parts        []string
	Days         []dayRow
	Why          Input
	ZoneNames    []string
	Openings     []suitedOpening
	Elsewhere    []suitedOpening // that do not suit
	Others       int             // that are not listed
}

// dayRow is a day of the week with its parts.
type dayRow struct {
	Name  string
	Parts []Choice
}

// suitedOpening is an entry with a free seat for a referral.
type suitedOpening struct {
	Cohort, Name, Seats, Day string
	When                     When
}

func (s *Server) referralForm(c echo.Context, who visitor) error {
	v, err := s.referralPage(c, who, scheduler.Referral{Language: "en"}, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) referralShow(c echo.Context, who visitor) error {
	r, err := s.referralAt(c, who)
	if err != nil {
		return err
	}
	v, err := s.referralPage(c, who, r, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) referralAt(c echo.Context, who visitor) (r scheduler.Referral, err error) {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return r, err
	}
	return s.Referrals.Referral(c.Request().Context(), who.actor, who.clinic, id)
}

// referralPage builds the page of a referral. Fields of f replace those of the referral.
func (s *Server) referralPage(c echo.Context, who visitor, r scheduler.Referral, f *form) (*referralPage, error) {
	ctx := c.Request().Context()
	title := "Referral"
	if r.ID == "" {
		title = "New referral"
	}
	page, err := s.staffPage(ctx, who, c.Request(), "intake", title)
	if err != nil {
		return nil, err
	}
	v := &referralPage{Page: page, ID: string(r.ID), Name: r.Contact.Name, ZoneNames: s.Zones.Names(),
		Enrollment: string(r.Enrollment), Closed: r.ClosedWhy, Ended: r.ID != "" && r.State() != scheduler.ReferralOpen}
	if r.ID != "" {
		v.Since = s.staffWhen(r.ReceivedAt, time.Time{}, page.Zone)
	}
	v.fields(s, r, f)
	if v.ID == "" || v.Ended {
		return v, nil
	}
	return v, s.suitedOpenings(ctx, who, v, r)
}

// fields fills in the form.
func (v *referralPage) fields(s *Server, r scheduler.Referral, f *form) {
	ticked, other := splitTimes(r.Times)
	standing := map[string]string{
		"name": r.Contact.Name, "email": scheduler.ShownEmail(r.Contact.Email), "phone": r.Contact.Phone,
		"zone": r.Zone, "language": r.Language, "external_ids": writtenIDs(r.Contact.ExternalIDs),
		"protocol": r.Protocol, "source": r.Source, "waiting": r.Waiting,
		"other_times": scheduler.WritePreferredTimes(other),
	}
	if !r.Earliest.IsZero() {
		standing["earliest"] = r.Earliest.String()
	}
	value := func(name string) string {
		if f != nil && f.values[name] != nil {
			return f.text(name)
		}
		return standing[name]
	}
	if f != nil && f.values["name"] != nil {
		ticked = f.all("times")
	}
	v.Fields = []Input{
		v.Need("name", "Name", "text", value("name"), ""),
		v.Field("phone", "Phone", "tel", value("phone"), "With area code, like +1 202 555 0100."),
		v.Field("email", "Email", "email", value("email"), ""),
		v.Field("waiting", "While they wait", "area", value("waiting"),
			"How to reach them, and what to know then. Only staff see this."),
	}
	v.More = []Input{
		v.Field("other_times", "Other times", "text", value("other_times"),
			"Like tue,thu 18:00-19:30. Nothing ticked and nothing here: any time."),
		v.Field("earliest", "Not before", "date", value("earliest"), "If empty: as soon as possible."),
		v.Select("protocol", "Programme", choose(s.referralProtocols(), value("protocol")), ""),
		v.Field("source", "Referred by", "text", value("source"), ""),
		v.Select("language", "Language", choose([]Choice{{Value: "en", Label: "English"},
			{Value: "es", Label: "Español"}}, value("language")), ""),
		v.Field("zone", "Their time zone", "zone", value("zone"), "If empty: the clinic's."),
		v.Field("external_ids", "Ids in other systems", "area", value("external_ids"),
			"One per line, as system: id, for example ehr: 8812."),
	}
	for _, part := range dayParts {
		v.Parts = append(v.Parts, part.name)
	}
	for _, day := range week {
		row := dayRow{Name: day.String()}
		for _, part := range dayParts {
			text := scheduler.PreferredTime{Day: day, From: part.from, Until: part.until}.String()
			row.Parts = append(row.Parts, Choice{Value: text, Label: day.String() + " " + strings.ToLower(part.name),
				Chosen: slices.Contains(ticked, text)})
		}
		v.Days = append(v.Days, row)
	}
	v.Why = v.Need("why", "Why it is closed", "text", value("why"), "Such as: chose another clinic.")
}

// splitTimes separates the times that staff can tick from others.
func splitTimes(times []scheduler.PreferredTime) (ticked []string, other []scheduler.PreferredTime) {
	for _, one := range times {
		if slices.ContainsFunc(dayParts, func(p dayPart) bool { return p.from == one.From && p.until == one.Until }) {
			ticked = append(ticked, one.String())
		} else {
			other = append(other, one)
		}
	}
	return ticked, other
}

// referralProtocols lists the programmes of the library, by title.
func (s *Server) referralProtocols() []Choice {
	all := []Choice{{Value: "", Label: "Any programme"}}
	for _, d := range s.Library.List() {
		if !slices.ContainsFunc(all, func(c Choice) bool { return c.Value == d.Protocol }) {
			all = append(all, Choice{Value: d.Protocol, Label: d.Title})
		}
	}
	slices.SortFunc(all[1:], func(a, b Choice) int { return cmp.Compare(a.Label, b.Label) })
	return all
}

// orRules returns what is wrong with the fields and with what they say, or, of a readable form, the error of the rules.
func (f *form) orRules(rules error) error {
	if f.err() == nil {
		return rules
	}
	return errors.Join(f.err(), f.further(rules))
}

// readReferral reads the form.
func (f *form) readReferral(r scheduler.Referral) scheduler.Referral {
	r.Contact.Name, r.Contact.Email, r.Contact.Phone = f.text("name"), f.text("email"), f.text("phone")
	r.Contact.ExternalIDs = f.readIDs("external_ids")
	r.Zone, r.Language, r.Protocol = f.trimmed("zone"), f.trimmed("language"), f.trimmed("protocol")
	r.Source, r.Waiting = f.text("source"), f.text("waiting")
	if f.trimmed("earliest") != "" {
		r.Earliest = f.date("earliest")
	} else {
		r.Earliest = civil.Date{}
	}
	var err error
	if r.Times, err = scheduler.ParsePreferredTimes(strings.Join(f.all("times"), ";")); err != nil {
		f.fail("other_times", "Tick the times anew.")
	}
	other, err := scheduler.ParsePreferredTimes(f.text("other_times"))
	if err != nil {
		f.fail("other_times", "%s", fault.All(err)[0].Message)
	}
	r.Times = append(r.Times, other...)
	return r
}

func (s *Server) referralAdd(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	r := f.readReferral(scheduler.Referral{})
	ids, err := s.Referrals.AddReferrals(c.Request().Context(), who.actor, who.clinic, desk.ReferralRequest{
		Referrals: []scheduler.Referral{r}, Once: f.once(c), DryRun: f.err() != nil})
	if err = f.orRules(formSentError(err)); err != nil {
		return s.rejectReferral(c, who, scheduler.Referral{}, f, err)
	}
	return s.redirect(c, who.token, "/referrals/"+string(ids[0]), "referred")
}

func (s *Server) referralSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	r, err := s.referralAt(c, who)
	if err != nil {
		return err
	}
	changed, mode := f.readReferral(r), reads.Do
	if f.err() != nil {
		mode = reads.OnlyCheck // says what else is wrong
	}
	err = s.Referrals.SetReferral(c.Request().Context(), who.actor, who.clinic, changed, mode)
	if err = f.orRules(err); err != nil {
		return s.rejectReferral(c, who, r, f, err)
	}
	return s.redirect(c, who.token, "/referrals/"+string(r.ID), "saved")
}

func (s *Server) referralClose(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	r, err := s.referralAt(c, who)
	if err != nil {
		return err
	}
	closed := r
	closed.ClosedAt, closed.ClosedWhy = s.Now(), f.text("why")
	if f.trimmed("why") == "" {
		err = fault.In("why", "Say why the referral is closed, so that others can follow it.")
	} else {
		err = s.Referrals.SetReferral(c.Request().Context(), who.actor, who.clinic, closed, reads.Do)
	}
	if err != nil {
		return s.rejectReferral(c, who, r, f, err)
	}
	return s.redirect(c, who.token, "/referrals", "dismissed")
}

// rejectReferral shows the form again, with what was typed.
func (s *Server) rejectReferral(c echo.Context, who visitor, r scheduler.Referral, f *form, problem error) error {
	v, err := s.referralPage(c, who, r, f)
	if err != nil {
		return err
	}
	problem = relocateFields(problem, map[string]string{"times": "other_times"})
	fields := []*Input{&v.Why}
	for _, list := range [][]Input{v.Fields, v.More} {
		for i := range list {
			fields = append(fields, &list[i])
		}
	}
	return rejectForm(v, atFields(problem, fields...))
}
