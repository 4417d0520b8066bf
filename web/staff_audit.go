package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// auditRows is the number of audit rows per page.
const auditRows = 100

// auditPage lists who did what.
type auditPage struct {
	Page
	Lines []auditLine
	Next  string // address of the next page; empty: none
}

// auditLine is one action with all that it was about.
type auditLine struct {
	At       When
	By       string
	What     string
	Subjects []auditLink
}

// auditLink is a subject. Address is empty if the visitor may not open it.
type auditLink struct{ Label, Address string }

func (s *Server) auditList(c echo.Context, who visitor) error {
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "audit", "Audit")
	if err != nil {
		return err
	}
	after, err := readCursor(c.QueryParam("after"))
	if err != nil {
		return err
	}
	found, err := s.Audit.Audit(c.Request().Context(), who.actor, who.clinic,
		reads.AuditQuery{After: after, Limit: auditRows})
	if err != nil {
		return err
	}
	v := &auditPage{Page: page}
	if !found.Next.At.IsZero() {
		v.Next = "/audit?after=" + url.QueryEscape(found.Next.String())
	}
	lines := map[string]int{} // by moment, actor and action: what one change did to several
	for _, r := range found.Rows {
		key := r.At.Format(time.RFC3339Nano) + r.Actor + r.Action
		i, known := lines[key]
		if !known {
			i = len(v.Lines)
			lines[key] = i
			v.Lines = append(v.Lines, auditLine{At: s.staffWhen(r.At, time.Time{}, page.Zone), By: actorInWords(r),
				What: ActionInWords(r.Action)})
		}
		v.Lines[i].Subjects = append(v.Lines[i].Subjects, s.auditLink(who, r.Subject))
	}
	return s.render(c, http.StatusOK, v)
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
		return auditLink{Label: subject.Name}
	}
	if kind, name, named := strings.Cut(id, ":"); named {
		return auditLink{Label: kind + " " + name}
	}
	return auditLink{Label: id}
}
