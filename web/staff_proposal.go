package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// changeForm is the form of a change in two steps: the form leads to a preview, and the preview to
// the change or back to the form.
type changeForm struct {
	flash string // key of the message shown afterwards
	// page builds the page. f is nil for a new form.
	page func(c echo.Context, who visitor, f *form) (proposalPage, error)
	// propose reads the proposal. Unreadable fields are recorded in f.
	propose      func(c echo.Context, f *form) desk.Proposal
	next         func(c echo.Context, changed desk.Changed) string // address to redirect to
	previewFirst bool                                              // nothing to fill in: start with the preview
}

// proposalPage is a page with a form or its preview.
type proposalPage interface {
	view
	preview(s *Server, names map[scheduler.ID]string, p scheduler.Preview)
	shown() *changePreview
}

// changePreview is what a change would do to sessions, or its conflicts. Pages of changes embed it.
type changePreview struct {
	Effects   []effectLine
	Conflicts []string
	Stays     []stayLine
	Confirm   confirmation
}

// stayLine is a person whom a change for many leaves where they are.
type stayLine struct{ Name, Why string }

// confirmation is the second step: who would be notified. ChangeNo makes sure that nothing has
// changed since.
type confirmation struct {
	Shown    bool
	ChangeNo string
	Told     audience
	Leaves   string   // when messages are sent, and whether it can be undone
	Shifts   []string // what a clock change does to dates of the change
}

func (o *changePreview) shown() *changePreview { return o }

// preview shows what the change would do to sessions.
func (o *changePreview) preview(s *Server, _ map[scheduler.ID]string, p scheduler.Preview) {
	o.Effects = nil
	for _, c := range p.Cohorts {
		lines, _ := s.effectLines(c.Sessions, c.Zone)
		o.Effects = append(o.Effects, lines...)
	}
}

// routeChange registers the form and the change under one address.
func (s *Server) routeChange(p policy, path string, t changeForm) {
	s.route(p, http.MethodGet, path, func(c echo.Context, who visitor) error { return s.changeFormShow(c, who, t) })
	s.route(p, http.MethodPost, path, func(c echo.Context, who visitor) error { return s.changeFormSend(c, who, t) })
}

// changeFormShow shows the form, or the preview if there is nothing to fill in.
func (s *Server) changeFormShow(c echo.Context, who visitor, t changeForm) error {
	v, err := t.page(c, who, nil)
	if err != nil {
		return err
	}
	if t.previewFirst {
		if err := s.showPreview(c.Request().Context(), who, v, t.propose(c, &form{})); err != nil {
			return rejectProposal(v, err)
		}
	}
	return s.render(c, http.StatusOK, v)
}

// changeFormSend previews a change, or makes it if the form has the change number of a preview. If
// something has changed since, it previews again. The page is built only if needed, so a
// confirmation loads its book once.
func (s *Server) changeFormSend(c echo.Context, who visitor, t changeForm) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, proposal, expect := c.Request().Context(), t.propose(c, f), f.changeNo()
	typed, back := f.err(), f.ticked("again")
	var refused error
	if expect != 0 && typed == nil && !back {
		changed, err := s.Desk.Change(ctx, who.requestOnce(expect, f.once(c)), proposal)
		if err == nil && changed.Repeated && strings.HasPrefix(c.Path(), "/sessions/") {
			changed.Cohorts, err = s.cohortOfSession(ctx, c, who)
		}
		if err == nil {
			return s.redirect(c, who.token, t.next(c, changed), t.flash)
		}
		refused = formSentError(err)
	}
	v, err := t.page(c, who, f)
	if err != nil {
		return err
	}
	v.page().Overrides = f.overrides()
	switch {
	case typed != nil:
		return rejectProposal(v, typed)
	case back:
		return s.render(c, http.StatusOK, v)
	case refused != nil && !fault.Is(refused, fault.Stale):
		return rejectProposal(v, s.showConflicts(ctx, who, v, refused))
	}
	delete(f.values, "without") // a new preview finds out anew where it cannot be done
	if err := s.showPreview(ctx, who, v, t.propose(c, f)); err != nil {
		return rejectProposal(v, s.showConflicts(ctx, who, v, err))
	}
	if refused != nil {
		return rejectProposal(v, refused)
	}
	return s.render(c, http.StatusOK, v)
}

// showPreview adds the second step to the page.
func (s *Server) showPreview(ctx context.Context, who visitor, v proposalPage, proposal desk.Proposal) error {
	p, err := s.Desk.Preview(ctx, who.request(0), proposal)
	if err != nil {
		return err
	}
	names, err := s.audienceNames(ctx, who, p.Told)
	if err != nil {
		return err
	}
	if err := s.showStays(ctx, who, v, p.Stays); err != nil {
		return err
	}
	v.preview(s, names, p)
	told := s.audienceOf(names, p.Told)
	told.Staff = len(p.Staff)
	v.shown().Confirm = confirmation{
		Shown: true, ChangeNo: strconv.FormatInt(p.ChangeNo, 10), Told: told,
		Leaves: p.Leaves(), Shifts: p.Shifts,
	}
	return nil
}

// showStays adds who cannot be moved with the others, and why.
func (s *Server) showStays(ctx context.Context, who visitor, v proposalPage, all []scheduler.Stay) error {
	if len(all) == 0 {
		return nil
	}
	ids := make([]scheduler.ID, len(all))
	for i, stay := range all {
		ids[i] = stay.Person
	}
	names, err := s.names(ctx, who, ids)
	if err != nil {
		return err
	}
	for _, stay := range all {
		v.shown().Stays = append(v.shown().Stays, stayLine{names[stay.Person], stay.Why})
	}
	return nil
}

// showConflicts adds the conflicts of a refused change to the page and returns the refusal.
func (s *Server) showConflicts(ctx context.Context, who visitor, v proposalPage, refused error) error {
	lines, err := s.conflictLines(ctx, who, refused)
	if err != nil {
		return err
	}
	v.shown().Conflicts = lines
	return refused
}

// rejecter is a page that assigns problems to its own fields.
type rejecter interface{ reject(err error) error }

// rejectProposal shows the form again with the problems.
func rejectProposal(v view, err error) error {
	if own, ok := v.(rejecter); ok {
		return own.reject(err)
	}
	return rejectForm(v, err)
}

// Addresses to redirect to after a change.
func toCohortOf(_ echo.Context, changed desk.Changed) string {
	return "/cohorts/" + string(changed.Cohorts[0])
}
func toCohort(c echo.Context, _ desk.Changed) string     { return "/cohorts/" + c.Param("id") }
func toEnrollment(c echo.Context, _ desk.Changed) string { return "/enrollments/" + c.Param("id") }
func toHome(echo.Context, desk.Changed) string           { return "/" }
