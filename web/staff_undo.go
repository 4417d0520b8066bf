package web

import (
	"context"
	"regexp"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// undoableChange is a change that can still be taken back, on the pages that it concerns.
type undoableChange struct {
	What     string // what was done
	By       string // who did it; empty: who looks at the page
	ChangeNo string // takes it back; empty: who looks at the page may not
	Until    string // a time of day
	Back     string // the page that it is shown on
}

// undoableShown is how many changes to take back stand open on a page; the others can be unfolded.
const undoableShown = 3

// showUndoable adds to a page the changes that can still be taken back and
// concern one of these cohorts, sessions, enrollments or people; without any,
// those that the visitor made.
func (s *Server) showUndoable(ctx context.Context, who visitor, p *Page, back, zone string, ids ...scheduler.ID) error {
	all, err := s.Cohorts.Undos(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	for _, u := range all {
		if !slices.ContainsFunc(ids, u.Image.Touches) && (len(ids) > 0 || !u.Own) {
			continue
		}
		one := undoableChange{What: u.Image.What, By: u.By, Back: back, Until: s.undoUntil(u, zone)}
		if slices.ContainsFunc(ids, u.Image.Made) {
			one.Back = "" // the page is gone then
		}
		if u.Own && access.Can(who.actor, access.ChangeUndo) {
			one.By, one.ChangeNo = "", strconv.FormatInt(u.ChangeNo, 10)
		}
		p.Undoable = append(p.Undoable, one)
	}
	if len(p.Undoable) > undoableShown {
		p.Undoable, p.UndoableMore = p.Undoable[:undoableShown], p.Undoable[undoableShown:]
	}
	return nil
}

// undoUntil is the time of day until which a change can be taken back.
func (s *Server) undoUntil(u reads.Undo, zone string) string {
	return u.Until.In(s.location(zone)).Format("3:04:05\u00a0PM")
}

// backPattern are the pages to which undoing leads back.
var backPattern = regexp.MustCompile(`^/((cohorts|enrollments)/[0-9a-f-]{36}(/board)?|sessions/[0-9a-f-]{36}/[a-z]+)?$`)

// changeUndo takes a change back and goes on to the page it was asked for on, or to
// that of the cohort.
func (s *Server) changeUndo(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	number, _ := f.number("undo") // what is no number takes nothing back
	changed, err := s.Desk.Change(c.Request().Context(), who.request(0), desk.TakeBack(int64(max(number, 0))))
	if err != nil {
		return err
	}
	address := "/"
	switch {
	case backPattern.MatchString(f.trimmed("back")):
		address = f.trimmed("back")
	case len(changed.Cohorts) == 1:
		address = toCohortOf(c, changed)
	}
	return s.redirect(c, who.token, address, "undone")
}
