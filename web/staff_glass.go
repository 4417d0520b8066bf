package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Glass is access in an emergency.
type Glass interface {
	// BreakGlass fails with Invalid in who and reason.
	BreakGlass(ctx context.Context, a access.Actor, clinic scheduler.ID, who, reason string) (reads.Glass, error)
	Glasses(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.Glass, error)
	ReviewGlass(ctx context.Context, a access.Actor, clinic, id scheduler.ID) error
}

// glassPage lets a facilitator see one person of another cohort for an hour.
type glassPage struct {
	Page
	Person, Reason Input
}

// glassesPage lists who did, and why.
type glassesPage struct {
	Page
	Lines     []glassLine
	Open      int // not looked at yet
	MayReview bool
}

// glassLine is one access in an emergency.
type glassLine struct {
	ID, Person, Name, By, Reason, ReviewedBy string
	From, Until, Reviewed                    When
}

// registerGlass registers the pages of access in an emergency.
func (s *Server) registerGlass() {
	s.route(staff(access.GlassBreak), get, "/glass/new", s.glassForm)
	s.route(staff(access.GlassBreak), post, "/glass/new", s.glassBreak)
	s.route(staff(access.AuditView), get, "/glass", s.glassList)
	s.route(staff(access.GlassReview), post, "/glass/review", s.glassReview)
}

func (s *Server) glassPage(c echo.Context, who visitor, f *form) (*glassPage, error) {
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "people", "Emergency access")
	if err != nil {
		return nil, err
	}
	v := &glassPage{Page: page}
	var name, reason string
	if f != nil {
		name, reason = f.text("who"), f.text("reason")
	}
	v.Person = v.Need("who", "Who", "text", name, "Full name, telephone number or email address of one person.")
	v.Reason = v.Need("reason", "Why you need to see them now", "text", reason, "The privacy officer reads this.")
	return v, nil
}

func (s *Server) glassForm(c echo.Context, who visitor) error {
	v, err := s.glassPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) glassBreak(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	g, err := s.Glass.BreakGlass(ctx, who.actor, who.clinic, f.text("who"), f.text("reason"))
	if err != nil {
		v, failed := s.glassPage(c, who, f)
		if failed != nil {
			return failed
		}
		return rejectForm(v, atFields(err, &v.Person, &v.Reason))
	}
	s.tellOfGlass(ctx, who, g)
	return s.redirect(c, who.token, "/people/"+string(g.Person), "glass")
}

// tellOfGlass mails the privacy officers. A mail that cannot be sent is logged; the list has the access in any case.
func (s *Server) tellOfGlass(ctx context.Context, who visitor, g reads.Glass) {
	if s.SendGlassMail == nil || len(g.TellOfficers) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailWithin)
	defer cancel()
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	for _, m := range g.TellOfficers {
		if err == nil {
			err = s.SendGlassMail(ctx, reads.GlassMail{Clinic: who.clinic, Staff: m.ID, ClinicName: clinic.Name,
				ClinicZone: clinic.Zone, Name: m.Name, Email: m.Email, By: who.staff.Name, At: g.From, Until: g.Until})
		}
		if err != nil {
			s.Log.LogAttrs(ctx, slog.LevelError, "news of an access in an emergency not sent", slog.Any("staff", m.ID),
				slog.Any("error", err))
		}
	}
}

func (s *Server) glassList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "audit", "Emergency access")
	if err != nil {
		return err
	}
	all, err := s.Glass.Glasses(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	v := &glassesPage{Page: page, MayReview: who.may(access.GlassReview)}
	for _, g := range all {
		if g.Reviewed.IsZero() {
			v.Open++
		}
		v.Lines = append(v.Lines, glassLine{ID: string(g.ID), Person: string(g.Person), Name: g.PersonName, By: g.By,
			Reason: g.Reason, ReviewedBy: g.ReviewedBy, From: s.staffWhen(g.From, time.Time{}, page.Zone),
			Until:    s.staffWhen(g.Until, time.Time{}, page.Zone),
			Reviewed: s.staffWhen(g.Reviewed, time.Time{}, page.Zone)})
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) glassReview(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	err = s.Glass.ReviewGlass(c.Request().Context(), who.actor, who.clinic, scheduler.ID(f.trimmed("glass")))
	if err != nil {
		return err
	}
	return s.redirect(c, who.token, "/glass", "reviewed")
}
