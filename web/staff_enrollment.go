package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// enrollmentPage is one enrollment with the person's itinerary and private links.
type enrollmentPage struct {
	Page
	ID, Person, Name, State, StateName   string
	Cohort, CohortName                   string
	Email, Phone, Language               string
	ZoneName                             string
	Consents                             []consentLine
	Unreachable                          bool
	Position                             int // on the waitlist; 0: not waiting
	Upcoming, Past                       []itemLine
	ToCome                               int // number of upcoming dates that are not cancelled
	Others                               []otherEnrollment
	MayChange                            bool // the reminder settings
	MaySeeLinks                          bool
	PageURL, FeedURL                     string
	MayWithdraw, MayAdmit, First, Ending bool
	AskedAt                              When
	Progress                             enrollmentProgress
	Assessments                          []assessmentLine
}

// hideOutcomes says only that enrollments have ended, and not how.
func (p *enrollmentPage) hideOutcomes() {
	p.State, p.StateName = endedOnly(p.State, p.StateName)
	for i := range p.Others {
		p.Others[i].State, p.Others[i].StateName = endedOnly(p.Others[i].State, p.Others[i].StateName)
	}
}

// hideOutcomes is the same for the groups of a person.
func hideOutcomes(groups []groupLine) {
	for i := range groups {
		groups[i].State, groups[i].StateName = endedOnly(groups[i].State, groups[i].StateName)
	}
}

// endedOnly replaces a state that tells an outcome.
func endedOnly(state, name string) (string, string) {
	if state == string(scheduler.Completed) || state == string(scheduler.Withdrawn) {
		return "ended", "Ended"
	}
	return state, name
}

type consentLine struct {
	Channel string
	Given   When
}

type otherEnrollment struct{ ID, Cohort, State, StateName string }

// itemLine is one date of a person for staff, in the cohort's zone and, if different, in the
// person's.
type itemLine struct {
	When, Own        When
	Title, State     string
	Cancelled, Other bool // Other: belongs to another enrollment
	MovedFrom        When
	Answer           string // the person's answer; empty: none
	Claimed          string // an unconfirmed answer; empty: none
}

// intentNames are the labels of answers.
var intentNames = map[gate.Intent]string{
	gate.IntentYes: "said yes", gate.IntentNo: "said no", gate.IntentMaybe: "said maybe",
}

// channelNames are the labels of channels.
var channelNames = map[scheduler.Channel]string{
	scheduler.Email: "Email", scheduler.SMS: "Text message", scheduler.Voice: "Phone call",
}

func (s *Server) enrollmentShow(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	v, _, err := s.enrollmentPage(c, who, "Enrollment")
	if err != nil {
		return err
	}
	if v.State == string(scheduler.Waiting) {
		if err := s.showWaiting(ctx, who, v); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) enrollmentPage(c echo.Context, who visitor, title string) (*enrollmentPage,
	reads.PersonEnrollment, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, reads.PersonEnrollment{}, err
	}
	enrollment, err := s.People.Enrollment(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, enrollment, err
	}
	person, err := s.People.Person(ctx, who.actor, who.clinic, enrollment.Person)
	if err != nil {
		return nil, enrollment, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", title)
	if err != nil {
		return nil, enrollment, err
	}
	v := s.personOf(page, enrollment, person, s.Now())
	if !who.may(access.AttendanceView) {
		v.hideOutcomes()
	}
	v.MayWithdraw = enrollment.State.Live() && who.may(access.Withdraw)
	v.MayChange = who.may(access.PersonChange)
	v.MayAdmit = enrollment.State == scheduler.Waiting && who.may(access.Enroll)
	if v.MaySeeLinks = who.may(access.LinkView); v.MaySeeLinks {
		links, err := s.People.Links(ctx, who.actor, who.clinic, enrollment.Person)
		if err != nil {
			return nil, enrollment, err
		}
		s.showLinks(v, links)
	}
	if who.may(access.AssessmentView) {
		known := map[scheduler.ID]string{person.ID: v.Name}
		q := reads.AssessmentQuery{Enrollment: id}
		if v.Assessments, err = s.assessmentsOf(ctx, who, q, known); err != nil {
			return nil, enrollment, err
		}
	}
	if who.may(access.AttendanceView) { // progress follows from who came
		if v.Progress, err = s.enrollmentProgress(ctx, who, id, page.Zone); err != nil {
			return nil, enrollment, err
		}
	}
	return v, enrollment, s.showUndoable(ctx, who, &v.Page, "/enrollments/"+v.ID, v.Zone, id)
}

// may reports whether the visitor may take an action, to show or hide a button.
func (v visitor) may(action access.Action) bool { return access.Can(v.actor, action) }

func (s *Server) personOf(page Page, e reads.PersonEnrollment, p reads.Person, now time.Time) *enrollmentPage {
	v := &enrollmentPage{
		Page: page, ID: string(e.ID), Person: string(p.ID), Name: p.Contact.Name, State: string(e.State),
		StateName: stateNames[e.State],
		Cohort:    string(e.Cohort), CohortName: e.CohortName, Email: scheduler.ShownEmail(p.Contact.Email),
		Phone:    p.Contact.Phone,
		ZoneName: p.Zone, Language: map[string]string{"es": "Español"}[p.Language], Unreachable: !p.Reachable(),
		AskedAt: s.staffWhen(e.RequestedAt, time.Time{}, page.Zone),
	}
	if v.Language == "" {
		v.Language = "English"
	}
	for _, consent := range p.Contact.Consents {
		v.Consents = append(v.Consents,
			consentLine{channelNames[consent.Channel], s.staffWhen(consent.GivenAt, time.Time{}, page.Zone)})
	}
	for _, other := range p.Enrollments {
		if other.ID != e.ID {
			v.Others = append(v.Others,
				otherEnrollment{string(other.ID), other.CohortName, string(other.State), stateNames[other.State]})
		}
	}
	for _, item := range p.Items {
		line := s.itemLine(item, p.Zone)
		line.Other = item.Enrollment != e.ID
		if !item.End.After(now) {
			v.Past = append(v.Past, line)
			continue
		}
		v.Upcoming = append(v.Upcoming, line)
		if !line.Cancelled {
			v.ToCome++
		}
	}
	return v
}

func (s *Server) itemLine(item reads.Item, own string) itemLine {
	line := itemLine{
		When: s.staffWhen(item.Start, item.End, item.Zone), Title: item.Title, State: string(item.State),
		Cancelled: item.Cancelled(), MovedFrom: wordsFor("en").wall(item.MovedFrom), Answer: intentNames[item.Intent],
		Claimed: intentNames[item.Claimed],
	}
	if mine := s.staffWhen(item.Start, item.End, own); mine.Offset != line.When.Offset {
		line.Own = mine
	}
	return line
}

func (s *Server) showLinks(v *enrollmentPage, links reads.Links) {
	if links.Page != "" {
		v.PageURL = s.link("/p/" + links.Page)
	}
	if links.Feed != "" {
		v.FeedURL = s.link(feedPrefix + links.Feed + feedSuffix)
	}
}

// showWaiting adds the position on the waitlist.
func (s *Server) showWaiting(ctx context.Context, who visitor, v *enrollmentPage) error {
	cohort, err := s.Cohorts.Cohort(ctx, who.actor, who.clinic, scheduler.ID(v.Cohort))
	if err != nil {
		return err
	}
	v.MayAdmit = v.MayAdmit && !closedToNew(cohort, s.Now())
	for _, e := range cohort.Enrollments {
		if string(e.ID) == v.ID {
			v.Position = e.WaitlistPosition
		}
	}
	v.First = v.Position == 1
	return nil
}

// enrollmentAdmit seats the first person on the waitlist.
func (s *Server) enrollmentAdmit(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, enrollment, err := s.enrollmentPage(c, who, "Enrollment")
	if err != nil {
		return err
	}
	if err := s.Desk.Confirm(c.Request().Context(), who.requestOnce(0, f.once(c)),
		desk.Admit(enrollment.ID)); err != nil {
		if enrollment.State == scheduler.Waiting {
			if err := s.showWaiting(c.Request().Context(), who, v); err != nil {
				return err
			}
		}
		return rejectForm(v, formSentError(err))
	}
	return s.redirect(c, who.token, "/enrollments/"+v.ID, "admitted")
}

// enrollmentWithdrawPage ends an enrollment, after a preview.
type enrollmentWithdrawPage struct {
	Page
	ID, Name, Cohort, CohortName string
	changePreview
}

func (s *Server) enrollmentWithdrawPage(c echo.Context, who visitor, _ *form) (proposalPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	e, err := s.People.Enrollment(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	names, err := s.People.Names(ctx, who.actor, who.clinic, []scheduler.ID{e.Person})
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "End an enrollment")
	return &enrollmentWithdrawPage{Page: page, ID: string(id), Name: names[e.Person], Cohort: string(e.Cohort),
		CohortName: e.CohortName}, err
}

func enrollmentWithdrawProposal(c echo.Context, _ *form) desk.Proposal {
	return desk.Withdraw(scheduler.ID(c.Param("id")))
}
