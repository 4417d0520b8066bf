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

// undoableChange is a change that can still be undone, on the pages it affects.
type undoableChange struct {
	What     string // what was done
	By       string // who did it; empty: the visitor
	ChangeNo string // number to undo; empty: not allowed
	Until    string // time of day
	Back     string // the page to return to
}

// undoableShown is the number of changes shown before the others are folded.
const undoableShown = 3

// showUndoable adds the undoable changes that affect the given ids. Without ids, it adds those of
// the visitor.
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

// undoUntil returns the time of day until which a change can be undone.
func (s *Server) undoUntil(u reads.Undo, zone string) string {
	return u.Until.In(s.location(zone)).Format("3:04:05\u00a0PM")
}

// backPattern matches the pages to return to.
var backPattern = regexp.MustCompile(
	`^/((cohorts|enrollments)/[0-9a-z]{13,64}(/board)?|sessions/[0-9a-z]{13,64}/[a-z]+)?$`)

// changeUndo undoes a change. It returns to the page it was requested on, or to the cohort.
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
