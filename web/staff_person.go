package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// personRecordPage is all that staff see of one person.
type personRecordPage struct {
	Page
	ID, Name                  string
	MergedInto                string // the record that is this person now; empty: this one
	Email, Phone, Language    string
	ZoneName                  string
	Dial                      string // of the phone; empty: not a number to dial
	EmailBad                  When   // since when the provider refuses it
	ExternalIDs               []scheduler.ExternalID
	Consents, Ended           []consentRecord
	Unreachable               bool
	Enrollments               []groupLine
	Upcoming, Past            []timelineDate
	ToCome                    int // dates that are not cancelled
	Tasks                     []taskLine
	Messages                  []noticeLine
	MoreMessages, MoreHistory bool // there are older ones
	MaySeeAudit               bool
	MaySeeConsents            bool // the written ones
	KeptApart                 []foundLine
	Alike                     []alikeLine
	History                   []historyLine
	MayChange, MaySeeLinks    bool
	MayErase, MayExport       bool
	Hold                      *holdLine // nil: none stands
	Erased                    When
	MayFinish                 bool // tasks
	MaySeeWork                bool // tasks, messages and history
	Settings                  string
	PageURL, FeedURL          string
	Generation                string
}

// consentRecord is one consent, with how it was given and ended, and by whom it was written down.
type consentRecord struct {
	Channel, Version string
	Given, Ended     When
	How, EndedHow    string // with who wrote it down
}

// timelineDate is a date of the time line, with its cohort.
type timelineDate struct {
	itemLine
	Enrollment, Cohort string
}

// alikeLine is somebody who may be the same person.
type alikeLine struct {
	foundLine
	Shared string
}

// historyLine is one change about a person.
type historyLine struct {
	At       When
	What, By string
}

// consentWays are the labels of how a consent was given or ended.
var consentWays = map[string]string{
	"paper": "on paper", "spoken": "in person", "page": "on their page", "email": "by email", "phone": "by phone",
	"text": "by text message",
}

// How much of a long history the store gives.
const (
	messagesRead = 50
	historyRead  = 100
)

// personRecordShow shows one person.
func (s *Server) personRecordShow(c echo.Context, who visitor) error {
	v, err := s.personRecordPage(c, who)
	if err != nil {
		return err
	}
	if v.MergedInto != "" {
		return s.redirect(c, who.token, "/people/"+v.MergedInto, "merged-into")
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) personRecordPage(c echo.Context, who visitor) (*personRecordPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	p, err := s.Records.PersonRecord(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Person")
	if err != nil {
		return nil, err
	}
	v := &personRecordPage{
		Page: page, ID: string(p.ID), MergedInto: string(p.MergedInto), Name: p.Contact.Name,
		Email: scheduler.ShownEmail(p.Contact.Email),
		Phone: p.Contact.Phone, Dial: string(dial(p.Contact.Phone)), Language: languageName(p.Language),
		ZoneName: p.Zone, EmailBad: s.staffWhen(p.EmailBad, time.Time{}, page.Zone),
		ExternalIDs: p.Contact.ExternalIDs, Unreachable: !p.Reachable(),
		MayChange: who.may(access.PersonChange), MaySeeLinks: who.may(access.LinkView),
		MaySeeAudit: who.may(access.AuditView), MaySeeConsents: who.may(access.ConsentView),
		MayFinish: who.may(access.TaskDone), MaySeeWork: who.may(access.TaskView),
		MayErase: who.may(access.PersonErase), MayExport: who.may(access.PersonRecord),
		Hold:         s.holdLine(p.Hold, page.Zone),
		Erased:       s.staffWhen(p.ErasedAt, time.Time{}, page.Zone),
		Generation:   strconv.Itoa(p.Generation),
		MoreMessages: len(p.Messages) >= messagesRead, MoreHistory: len(p.History) >= historyRead,
	}
	if v.Erased.Known() {
		v.MayChange, v.MaySeeLinks, v.MayErase, v.MayExport, v.Unreachable = false, false, false, false, false
	}
	if len(p.Enrollments) > 0 {
		v.Settings = "/enrollments/" + string(p.Enrollments[0].ID) + "/settings"
	}
	if p.Links.Page != "" {
		v.PageURL = s.link("/p/" + p.Links.Page)
	}
	if p.Links.Feed != "" {
		v.FeedURL = s.link(feedPrefix + p.Links.Feed + feedSuffix)
	}
	s.fillDates(v, p)
	s.fillRecord(v, p)
	if !who.may(access.AttendanceView) {
		hideOutcomes(v.Enrollments)
	}
	return v, nil
}

func languageName(code string) string {
	if code == "es" {
		return "Español"
	}
	return "English"
}

// fillDates puts all enrollments on one time line.
func (s *Server) fillDates(v *personRecordPage, p reads.PersonRecord) {
	cohorts := map[scheduler.ID]string{}
	entries := map[scheduler.ID]When{}
	for _, e := range p.Enrollments {
		cohorts[e.ID] = e.CohortName
	}
	now := s.Now()
	for _, item := range p.Items {
		line := timelineDate{itemLine: s.itemLine(item, p.Zone), Enrollment: string(item.Enrollment),
			Cohort: cohorts[item.Enrollment]}
		if !entries[item.Enrollment].Known() {
			entries[item.Enrollment] = line.When
		}
		if !item.End.After(now) {
			v.Past = append(v.Past, line)
			continue
		}
		v.Upcoming = append(v.Upcoming, line)
		if !line.Cancelled {
			v.ToCome++
		}
	}
	slices.Reverse(v.Past)
	for _, e := range p.Enrollments {
		line := groupLine{ID: string(e.ID), Cohort: e.CohortName, State: string(e.State),
			StateName: stateNames[e.State], Since: entries[e.ID]}
		if !line.Since.Known() {
			line.Since = s.staffWhen(e.RequestedAt, e.RequestedAt, v.Zone)
		}
		v.Enrollments = append(v.Enrollments, line)
	}
}

// fillRecord adds consents, tasks, messages, history and who else stands around a person.
func (s *Server) fillRecord(v *personRecordPage, p reads.PersonRecord) {
	for _, c := range p.Consents {
		line := consentRecord{Channel: channelNames[c.Channel], Version: c.TextVersion,
			Given: s.staffWhen(c.GivenAt, time.Time{}, v.Zone), Ended: s.staffWhen(c.Ended, time.Time{}, v.Zone),
			How: consentHow(c.How, c.By), EndedHow: consentHow(c.EndedHow, c.EndedBy)}
		if c.Ended.IsZero() {
			v.Consents = append(v.Consents, line)
		} else {
			v.Ended = append(v.Ended, line)
		}
	}
	for _, t := range p.Tasks {
		v.Tasks = append(v.Tasks, s.taskLine(t, v.Zone))
	}
	for _, m := range p.Messages {
		v.Messages = append(v.Messages, s.noticeLine(m, v.Zone))
	}
	for _, other := range p.KeptApart {
		v.KeptApart = append(v.KeptApart, s.foundLine(other, v.Zone))
	}
	for _, other := range p.Alike {
		v.Alike = append(v.Alike, s.alikeLine(other, v.Zone))
	}
	for _, h := range p.History {
		v.History = append(v.History,
			historyLine{s.staffWhen(h.At, time.Time{}, v.Zone), actionName(h.Action), h.By})
	}
}

func (s *Server) alikeLine(other reads.PersonAlike, zone string) alikeLine {
	shared := make([]string, len(other.By))
	for i, by := range other.By {
		shared[i] = sharedWords[by]
	}
	return alikeLine{s.foundLine(other.PersonRow, zone), strings.Join(shared, " and ")}
}

// consentHow says how a consent was given or ended, and who wrote it down.
func consentHow(how, by string) string {
	words := consentWays[how]
	switch {
	case by == "":
		return words
	case words == "":
		return "recorded by " + by
	default:
		return words + ", recorded by " + by
	}
}

// actionNames are the labels of changes in a history. An action without one is shown by its own name.
var actionNames = map[string]string{
	"enroll": "Enrolled", "enrollment.admit": "Moved from the waitlist to a seat",
	"enrollment.withdraw": "Enrollment ended", "enrollment.transfer": "Transferred to another cohort",
	"enrollment.reenter": "Came back", "enrollment.move": "Moved to another waitlist",
	"enrollment.hold": "Put on hold", "enrollment.resume": "Hold ended", "enrollment.excuse": "Excused from a date",
	"enrollment.excuse-undo": "Can come on a date after all",
	"enrollment.makeup":      "Make-up planned", "enrollment.appointment": "Appointment made",
	"enrollment.waive": "Content waived", "enrollment.advance": "Moved to another phase",
	"enrollment.assessment": "Assessment recorded", "enrollment.offers": "Offers started again",
	"enrollment.prerequisite": "Prerequisite recorded",
	"enrollment.override":     "Allowed to start without a prerequisite",
	"offer.accept":            "Offer accepted", "offer.decline": "Offer declined", "offer.tell": "Told of an offer",
	"person.apart": "Kept apart from someone", "person.together": "No longer kept apart from someone",
	"person.consents": "Consents changed", "person.settings": "Reminder settings changed",
	"person.change": "Details changed", "person.links": "Private links renewed",
	"person.merge":  "Merged with a duplicate",
	"person.export": "Record exported", "person.hold": "Legal hold set", "person.hold-lifted": "Legal hold lifted",
	"session.attendance": "Attendance taken", "change.undo": "A change was undone",
	"feed.rotate": "Calendar address renewed", "feed.revoke": "Calendar address turned off",
	"mail.bounce": "A message bounced", "reply.confirm": "Answer confirmed", "notice.again": "Message tried again",
	"call.reached": "Reached by phone", "call.no-answer": "Called, no answer", "call.left-word": "Called, left word",
	"task.done": "Task done", "task.settle": "Task completed by itself", "reply.task": "An answer became a task",
}

func actionName(action string) string {
	if name := actionNames[action]; name != "" {
		return name
	}
	return action
}

// personLinksRenew gives a person's page and calendar new addresses.
func (s *Server) personLinksRenew(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	generation, given := f.number("generation")
	if !given || f.err() != nil {
		return fault.New(fault.Invalid, "Open the person's page again and renew the links there.")
	}
	if err := s.Records.RenewLinks(c.Request().Context(), who.actor, who.clinic, id, generation); err != nil {
		return err
	}
	return s.redirect(c, who.token, "/people/"+string(id), "renewed")
}
