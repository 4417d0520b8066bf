package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// personErasePage erases a person, after a preview.
type personErasePage struct {
	Page
	ID, Name string
	Goes     []string
	Remains  string
	Held     bool
	changePreview
}

// personErasePage builds the page.
func (s *Server) personErasePage(c echo.Context, who visitor, _ *form) (proposalPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	book, err := s.Cohorts.Look(ctx, desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.PersonErase},
		desk.EraseLoad(id))
	if err != nil {
		return nil, err
	}
	if book.Erasing.Already {
		return nil, scheduler.ErasedAlready()
	}
	p, err := s.People.Person(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Erase a person")
	if err != nil {
		return nil, err
	}
	counts := book.Erasing.Counts
	return &personErasePage{Page: page, ID: string(id), Name: p.Contact.Name, Goes: counts.Goes(),
		Remains: counts.Remains(), Held: book.Erasing.Held}, nil
}

func personEraseProposal(c echo.Context, _ *form) desk.Proposal {
	return desk.Erase(scheduler.EraseRequest{Person: scheduler.ID(c.Param("id"))})
}

// personHoldPage sets or lifts a legal hold. It takes effect at once.
type personHoldPage struct {
	Page
	ID, Name string
	Hold     *holdLine // nil: none stands
	Reason   Input
}

// holdLine is a legal hold that stands.
type holdLine struct {
	At         When
	By, Reason string
}

func (s *Server) holdLine(h *reads.Hold, zone string) *holdLine {
	if h == nil {
		return nil
	}
	return &holdLine{s.staffWhen(h.At, h.At, zone), h.By, h.Reason}
}

func (s *Server) personHoldForm(c echo.Context, who visitor) error {
	v, err := s.personHoldPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) personHoldPage(c echo.Context, who visitor, f *form) (*personHoldPage, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	p, err := s.Records.PersonRecord(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	switch {
	case p.MergedInto != "":
		return nil, scheduler.MergedAlready()
	case !p.ErasedAt.IsZero():
		return nil, scheduler.ErasedAlready()
	}
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Legal hold")
	if err != nil {
		return nil, err
	}
	v := &personHoldPage{Page: page, ID: string(id), Name: p.Contact.Name, Hold: s.holdLine(p.Hold, page.Zone)}
	reason := ""
	if f != nil {
		reason = f.text("reason")
	}
	v.Reason = v.Need("reason", "Why their data must be kept", "text", reason,
		"For example which proceedings ask for it. Only admins and privacy officers read this.")
	return v, nil
}

// personHoldSave sets a hold, or lifts the one that stands.
func (s *Server) personHoldSave(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), scheduler.ID(c.Param("id"))
	flash := "held"
	if f.trimmed("do") == "lift" {
		flash, err = "hold-lifted", s.Rights.LiftHold(ctx, who.actor, who.clinic, id, reads.Do)
	} else {
		err = s.Rights.SetHold(ctx, who.actor, who.clinic, id, f.trimmed("reason"), reads.Do)
	}
	if err == nil {
		return s.redirect(c, who.token, "/people/"+string(id), flash)
	}
	v, failed := s.personHoldPage(c, who, f)
	if failed != nil {
		return failed
	}
	return rejectForm(v, err)
}

// registerRights registers the pages about the rights of a person.
func (s *Server) registerRights() {
	s.route(staff(access.PersonErase), get, "/people/:id/hold", s.personHoldForm)
	s.route(staff(access.PersonErase), post, "/people/:id/hold", s.personHoldSave)
	s.route(staff(access.PersonRecord), get, "/people/:id/record", s.personRecordAsk)
	s.route(staff(access.PersonRecord), post, "/people/:id/record", s.personRecordSend)
	s.routeChange(staff(access.PersonErase), "/people/:id/erase", changeForm{
		flash: "erased", page: s.personErasePage, propose: personEraseProposal, next: toPerson, previewFirst: true,
	})
}
