package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// consentTextVersion is the version of the risk text on the form.
const consentTextVersion = "1"

// enrollPage enrolls a person in a cohort.
type enrollPage struct {
	Page
	ID, Cohort, CohortZone string
	Rolling                bool
	Outlook                string // what would happen to the next person
	Form                   enrollFormValues
	Languages, Consents    []Choice
	ZoneNames              []string
	Known                  []knownLine // known people to choose from
	Already                string      // the existing enrollment; empty: none
	Suit                   string      // of a referral: when they can come, and whether the next entry suits them
	Away                   bool        // it does not
	Begun                  bool        // a reason is required because the cohort has started
	// earliest is the date of the person's record that the protocol asks for, or nil.
	earliest *protocols.ClinicalDate
}

// Asked returns the field for the date that the protocol asks for. It has no name if there is none.
func (v *enrollPage) Asked() Input {
	if v.earliest == nil {
		return Input{}
	}
	label := strings.ToUpper(v.earliest.Field[:1]) + strings.ReplaceAll(v.earliest.Field[1:], "-", " ")
	hint := fmt.Sprintf("They can start %d days after this date. Until it is recorded, they are pending.",
		v.earliest.Plus.Days)
	return v.Field("facts", label, "date", v.Form.Fact, hint)
}

// enrollFormValues are the fields as typed.
type enrollFormValues struct {
	Name, Email, Phone, TimeZone, Language, Earliest, Priority, Fact string
	Person                                                           string // a known person's id, newPerson, or empty
	Referral                                                         string // that this comes of, by id; empty: none
	Consents                                                         []string
}

// newPerson is the answer that the person is none of the known people.
const newPerson = "new"

func (s *Server) enrollForm(c echo.Context, who visitor) error {
	typed := enrollFormValues{Language: "en"}
	if d, err := civil.ParseDate(c.QueryParam("earliest")); err == nil {
		typed.Earliest = d.String() // from the intake page
	}
	if id := c.QueryParam("referral"); id != "" {
		r, err := s.Referrals.Referral(c.Request().Context(), who.actor, who.clinic, scheduler.ID(id))
		if err != nil {
			return err
		}
		typed = enrollFormValues{Name: r.Contact.Name, Email: scheduler.ShownEmail(r.Contact.Email),
			Phone: r.Contact.Phone, TimeZone: r.Zone, Language: r.Language, Earliest: typed.Earliest,
			Referral: string(r.ID)}
		if typed.Earliest == "" && !r.Earliest.IsZero() {
			typed.Earliest = r.Earliest.String()
		}
		for _, consent := range r.Contact.Consents {
			typed.Consents = append(typed.Consents, string(consent.Channel))
		}
	}
	v, err := s.enrollPage(c, who, typed)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) enrollPage(c echo.Context, who visitor, typed enrollFormValues) (*enrollPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	cohort, err := s.Heads.CohortHead(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Enroll a person")
	if err != nil {
		return nil, err
	}
	v := &enrollPage{
		Page: page, ID: string(id), Cohort: cohort.Cohort.Name, CohortZone: cohort.Cohort.Zone,
		Rolling: cohort.Cohort.Rolling,
		Form:    typed, ZoneNames: s.Zones.Names(),
		Languages: choose([]Choice{{Value: "en", Label: "English"}, {Value: "es", Label: "Español"}}, typed.Language),
		Consents: choose([]Choice{
			{Value: string(scheduler.Email), Label: "Email", Hint: "Almanac sends dates, changes and reminders"},
			{Value: string(scheduler.SMS), Label: "Text message", Hint: "after they confirm by text"},
			{Value: string(scheduler.Voice), Label: "Phone call", Hint: "recorded, and staff get a task"},
		}, typed.Consents...),
	}
	v.earliest = cohort.Definition.Entry.Earliest
	if v.Outlook, v.Begun, err = s.nextEntryText(c, who, id, typed.Earliest); err != nil || typed.Referral == "" {
		return v, err
	}
	r, wrong := s.Referrals.Referral(ctx, who.actor, who.clinic, scheduler.ID(typed.Referral))
	if wrong == nil { // else sending the form says so
		from, _ := civil.ParseDate(typed.Earliest) // what is no date is said of its field
		v.Suit, v.Away, err = s.referralSuit(ctx, who, r, page.Zone, id, from)
	}
	return v, err
}

// nextEntryText says what would happen to the next person: a seat from a date, the waitlist, or
// pending. It uses the same rules as enrolling.
func (s *Server) nextEntryText(c echo.Context, who visitor, id scheduler.ID, earliest string) (said string,
	late bool, err error) {
	book, err := s.Cohorts.Look(c.Request().Context(),
		desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.Enroll},
		desk.Load{Cohorts: []scheduler.ID{id}, Recent: desk.RecentSessions})
	if err != nil {
		return "", false, err
	}
	r := book.Roster(id)
	if r == nil || r.Definition == nil {
		return "", false, nil
	}
	waiting := 0
	for _, e := range r.Enrollments {
		if e.State == scheduler.Waiting {
			waiting++
		}
	}
	begun, lateEntry := book.LateEntry(r)
	entry := book.NextEntry(r, earliest)
	switch {
	case lateEntry != nil:
		said = "This cohort has started. With a reason, someone can still join on " +
			s.staffWhen(lateEntry.Start, lateEntry.Start, r.Cohort.Zone).Date + ", and owes the earlier sessions."
	case begun:
		said = "This cohort has started, and no seat is free for the rest of it. Choose a later cohort."
	case entry != nil:
		when := s.staffWhen(entry.Start, entry.Start, r.Cohort.Zone)
		said = "The next entry is " + when.Date + ", with " + freeSeats(entry.Seats) + " free."
	case waiting > 0:
		said = "No entry has a free seat. The number of people already waiting: " + strconv.Itoa(waiting) + "."
	default:
		said = "No entry has a free seat soon enough. The next person goes on the waitlist."
	}
	var first []string
	for _, p := range r.Definition.Entry.Prerequisites {
		first = append(first, cmp.Or(p.Title, p.ID))
	}
	if len(first) > 0 {
		said += " The person is pending until this is done: " + strings.Join(first, ", ") + "."
	}
	return said, lateEntry != nil, nil
}

// enroll enrolls a person and redirects to the enrollment.
func (s *Server) enroll(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	typed := enrollFormValues{
		Name: f.text("name"), Email: f.text("email"), Phone: f.text("phone"), TimeZone: f.trimmed("zone"),
		Language: f.trimmed("language"), Earliest: f.trimmed("earliest"), Priority: f.trimmed("priority"),
		Consents: f.all("consents"),
		Fact:     f.trimmed("facts"), Person: f.trimmed("person"),
		Referral: f.trimmed("referral"),
	}
	v, err := s.enrollPage(c, who, typed)
	if err != nil {
		return err
	}
	v.Overrides = f.overrides()
	enrolling := s.readEnrollRequest(scheduler.ID(v.ID), f)
	if v.earliest != nil && f.trimmed("facts") != "" {
		enrolling.Facts = map[string]civil.Date{v.earliest.Field: f.date("facts")}
	}
	if err := f.err(); err != nil {
		return rejectForm(v, err)
	}
	ctx := c.Request().Context()
	if enrolling.Referral != "" {
		r, err := s.Referrals.Referral(ctx, who.actor, who.clinic, enrolling.Referral)
		if err != nil {
			return rejectForm(v, err)
		}
		enrolling.Contact.ExternalIDs = r.Contact.ExternalIDs
	}
	result, err := s.Desk.Enroll(ctx, who.requestOnce(0, f.once(c)), enrolling)
	if err != nil {
		return rejectForm(v, s.askWhichPerson(ctx, who, v, formSentError(err)))
	}
	done := map[scheduler.EnrollmentState]string{scheduler.Waiting: "waiting",
		scheduler.Pending: "pending"}[result.State]
	if done == "" {
		done = "seated"
	}
	return s.redirect(c, who.token, "/enrollments/"+string(result.Enrollment), done)
}

// readEnrollRequest reads the form. A checked channel is a consent given now.
func (s *Server) readEnrollRequest(cohort scheduler.ID, f *form) scheduler.EnrollRequest {
	e := scheduler.EnrollRequest{
		Cohort:  cohort,
		Contact: scheduler.Contact{Name: f.text("name"), Email: f.text("email"), Phone: f.text("phone")},
		Reason:  f.trimmed("reason"), Referral: scheduler.ID(f.trimmed("referral")),
		Zone: f.trimmed("zone"), Language: f.trimmed("language"), Earliest: f.date("earliest"),
	}
	if person := f.trimmed("person"); person == newPerson {
		e.New = true
	} else {
		e.Person = scheduler.ID(person)
	}
	e.Priority, _ = f.number("priority")
	for _, channel := range f.all("consents") {
		e.Contact.Consents = append(e.Contact.Consents, scheduler.Consent{
			Channel: scheduler.Channel(channel), TextVersion: consentTextVersion, GivenAt: s.Now(),
		})
	}
	return e
}
