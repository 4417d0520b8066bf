package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// auditRows is the number of audit rows per page.
const auditRows = 100

// auditPage lists who did what, and who saw whom.
type auditPage struct {
	Page
	Lines             []auditLine
	Next              string // address of the next page; empty: none
	Show, From, Until Input
	Subject, Actor    string // of which rows are shown only; empty: all
	About, By         string // what these are called, when a row says so
	Searched          bool
	Signed            string // what the latest signed head covers; empty: there is none
	MayBreach         bool   // whose records were touched may be listed
}

// auditLine is one action with all that it was about.
type auditLine struct {
	At       When
	By, Role string
	Only     string // address that shows only what they did; empty: not of staff
	What     string
	Fields   string
	Place    string // network and route
	Subjects []auditLink
	Others   int // how many people more
}

// auditLink is a subject. Address is empty if the visitor may not open it.
type auditLink struct{ Label, Address string }

func (s *Server) auditList(c echo.Context, who visitor) error {
	v, err := s.auditPage(c, who)
	switch {
	case v == nil:
		return err
	case err != nil:
		return rejectForm(v, atFields(err, &v.Show, &v.From, &v.Until))
	}
	return s.render(c, http.StatusOK, v)
}

// auditPage builds the page. With an error in what was searched for it returns the page, too.
func (s *Server) auditPage(c echo.Context, who visitor) (*auditPage, error) {
	ctx, params := c.Request().Context(), c.QueryParams()
	page, err := s.staffPage(ctx, who, c.Request(), "audit", "Audit")
	if err != nil {
		return nil, err
	}
	v := &auditPage{Page: page, MayBreach: who.may(access.BreachScope),
		Subject: params.Get("subject"), Actor: params.Get("actor")}
	choices := []Choice{{Value: "", Label: "Everything"}, {Value: string(reads.AuditViews), Label: "Who saw whom"},
		{Value: string(reads.AuditChanges), Label: "Changes"}, {Value: string(reads.AuditExports), Label: "Exports"},
		{Value: string(reads.AuditSecurity), Label: "Refused access"}}
	v.Show = v.Select("kind", "Show", choose(choices, params.Get("kind")), "")
	v.From = v.Field("from", "From", "date", params.Get("from"), "")
	v.Until = v.Field("until", "Until", "date", params.Get("until"), "")
	q, err := s.auditQuery(v, params)
	if err != nil {
		return v, err
	}
	found, err := s.Audit.Audit(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	head, err := s.Audit.LastAuditHead(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	if head.Signed != "" {
		at := s.staffWhen(head.At, time.Time{}, page.Zone)
		v.Signed = count(int(head.Size), "row", "rows") + " up to " + at.Date + ", " + at.Time
	}
	if !found.Next.At.IsZero() {
		params.Set("after", found.Next.String())
		v.Next = "/audit?" + params.Encode()
	}
	s.fillAudit(v, who, found.Rows)
	return v, nil
}

// auditQuery reads what is searched for. It fails with Invalid at a day that is none.
func (s *Server) auditQuery(v *auditPage, params url.Values) (reads.AuditQuery, error) {
	q := reads.AuditQuery{Limit: auditRows, Subject: scheduler.ID(v.Subject), Actor: v.Actor}
	var err error
	if q.After, err = readCursor(params.Get("after")); err != nil {
		return q, err
	}
	if kind := reads.AuditKind(params.Get("kind")); slices.Contains(reads.AuditKinds(), kind) {
		q.Kind = kind
	}
	zone, err := s.Zones.Location(v.Zone)
	if err != nil {
		return q, err
	}
	for _, day := range []struct {
		name  string
		after int
		into  *time.Time
	}{{"from", 0, &q.From}, {"until", 1, &q.Until}} {
		text := params.Get(day.name)
		if text == "" {
			continue
		}
		date, err := civil.ParseDate(text)
		if err != nil {
			return q, fault.In(day.name, "This is not a valid date. Write it like 2026-03-03, or leave it empty.")
		}
		*day.into = civil.Resolve(civil.WallTime{Date: date.AddDays(day.after)}, zone).Instant
	}
	v.Searched = q.Kind != "" || q.Subject != "" || q.Actor != "" || !q.From.IsZero() || !q.Until.IsZero()
	return q, nil
}

// fillAudit puts rows on the page; what one change did to several is one line.
func (s *Server) fillAudit(v *auditPage, who visitor, rows []reads.AuditRow) {
	lines := map[string]int{}
	for _, r := range rows {
		key := r.At.Format(time.RFC3339Nano) + r.Actor + r.Action + r.Request + r.Fields
		i, known := lines[key]
		if !known {
			i = len(v.Lines)
			lines[key] = i
			v.Lines = append(v.Lines, s.auditLine(r, v.Zone))
		}
		line := &v.Lines[i]
		line.Others += r.Others
		if len(r.People) == 0 {
			line.Subjects = append(line.Subjects, s.auditLink(who, r.Subject))
		}
		for _, person := range append(r.People, r.Subject) {
			if person.Name != "" && len(r.People) > 0 && person.ID != scheduler.ID(who.clinic) {
				line.Subjects = append(line.Subjects, s.auditLink(who, person))
			}
			if string(person.ID) == v.Subject && v.Subject != "" {
				v.About = s.auditLink(who, person).Label
			}
		}
		if r.Actor == v.Actor {
			v.By = actorInWords(r)
		}
	}
}

func (s *Server) auditLine(r reads.AuditRow, zone string) auditLine {
	line := auditLine{At: s.staffWhen(r.At, time.Time{}, zone), By: actorInWords(r), Role: roleName(r.Role),
		What: ActionInWords(r.Action), Fields: FieldsInWords(r.Fields)}
	if strings.HasPrefix(r.Actor, string(access.KindStaff)+":") {
		line.Only = "/audit?" + url.Values{"actor": {r.Actor}}.Encode()
	}
	if r.Network != "" {
		line.Place = "from " + r.Network + ", " + r.Route
	}
	return line
}

// actorInWords says who did it.
func actorInWords(r reads.AuditRow) string {
	kind, id, _ := strings.Cut(r.Actor, ":")
	switch {
	case r.By != "":
		return r.By
	case kind == string(access.KindPerson):
		return "the person"
	case kind == string(access.KindToken):
		return "a program"
	case kind == string(access.KindCommand):
		return "a command on the server"
	case kind == string(access.KindSystem):
		return "Almanac (" + id + ")"
	default:
		return "someone"
	}
}

// auditLink names a subject and links to its page.
func (s *Server) auditLink(who visitor, subject reads.AuditSubject) auditLink {
	id, may := string(subject.ID), func(action access.Action, address string) string {
		if who.may(action) {
			return address
		}
		return ""
	}
	switch subject.Kind {
	case "cohort":
		return auditLink{subject.Name, may(access.CohortView, "/cohorts/"+id)}
	case "session":
		when := wallInWords(reads.LedSession{LocalStart: subject.Local})
		return auditLink{subject.Name + ", " + when, may(access.CohortView, "/cohorts/"+string(subject.Cohort))}
	case "enrollment":
		return auditLink{subject.Name, may(access.PersonView, "/enrollments/"+id)}
	case "staff":
		return auditLink{subject.Name, may(access.StaffManage, "/staff/"+id)}
	case "person":
		return auditLink{subject.Name, may(access.PersonView, "/people/"+id)}
	}
	if id == "security:event" {
		return auditLink{}
	}
	if kind, name, named := strings.Cut(id, ":"); named {
		return auditLink{Label: kind + " " + name}
	}
	return auditLink{Label: id}
}
