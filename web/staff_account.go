package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// accountPage shows members of staff their own account: where they are signed in.
type accountPage struct {
	Page
	Name, Email string
	SignIns     []signInLine
	Others      int // sign-ins but this one
	Keys        []passkeyLine
	Renamed     scheduler.ID // the passkey whose new name was refused, and that name
	NewName     string
	Reachable   bool   // passkeys work at this address
	MayNot      string // why no passkey can be added now
	Account     accountLine
}

// signInLine is an open sign-in. This: it is the one of this request.
type signInLine struct {
	ID              scheduler.ID
	Device, Method  string
	At, Seen, Until When
	This            bool
}

// signInList is what the list of sign-ins needs: the lines, and where its buttons lead.
type signInList struct {
	To      string
	SignIns []signInLine
}

// List is the visitor's own list.
func (p *accountPage) List() signInList { return signInList{"/account/sign-ins", p.SignIns} }

// List is the list of this member of staff.
func (p *staffMemberPage) List() signInList {
	return signInList{"/staff/" + string(p.Member.ID) + "/sign-ins", p.SignIns}
}

// NameField is the field for another name of a passkey.
func (p *accountPage) NameField(key passkeyLine) Input {
	name := key.Name
	if p.Renamed == key.ID {
		name = p.NewName
	}
	return p.Need("name-"+string(key.ID), "New name", "text", name, "")
}

// methodTexts are the ways to sign in.
var methodTexts = map[reads.SignInMethod]string{
	reads.ByMail:       "by a link that was asked for",
	reads.ByInvitation: "by a link from an admin",
	reads.ByCommand:    "by a link from the server",
	reads.ByPasskey:    "by a passkey",
	reads.ByProvider:   "by your organization's account",
}

// signInLines puts sign-ins into words. this is the one of the request.
func (s *Server) signInLines(all []reads.SignIn, zone string, this scheduler.ID) []signInLine {
	var lines []signInLine
	when := wordsFor("en")
	loc := s.location(zone)
	for _, one := range all {
		line := signInLine{ID: one.ID, Device: one.Device, Method: methodTexts[one.Method], This: one.ID == this,
			At: whenIn(one.At, one.At, loc, when), Seen: whenIn(one.Seen, one.Seen, loc, when),
			Until: whenIn(one.Expires, one.Expires, loc, when)}
		if line.Device == "" {
			line.Device = "An unknown browser"
		}
		lines = append(lines, line)
	}
	return lines
}

func (s *Server) accountShow(c echo.Context, who visitor) error {
	v, err := s.accountPage(c, who)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) accountPage(c echo.Context, who visitor) (*accountPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "account", "Your account")
	if err != nil {
		return nil, err
	}
	open, err := s.SignIns.OpenSignIns(ctx, who.actor, who.clinic, who.staff.ID)
	if err != nil {
		return nil, err
	}
	keys, err := s.Passkeys.Passkeys(ctx, who.actor, who.clinic, who.staff.ID)
	if err != nil {
		return nil, err
	}
	account, err := s.accountLine(ctx, who, who.staff.ID, page.Zone)
	if err != nil {
		return nil, err
	}
	v := &accountPage{Page: page, Account: account, Name: who.staff.Name, Email: scheduler.ShownEmail(who.staff.Email),
		SignIns: s.signInLines(open, page.Zone, who.signIn.ID), Keys: s.passkeyLines(keys, page.Zone),
		Reachable: s.passkeysHere()}
	if refused := s.mayAddTo(proofsOwned{len(keys), account.Linked.Known()}, who); fault.Is(refused, fault.Forbidden) {
		v.MayNot = refused.Error()
	} else if refused != nil {
		return nil, refused
	}
	for _, line := range v.SignIns {
		if !line.This {
			v.Others++
		}
	}
	return v, nil
}

// accountSignIns ends one of the visitor's other sign-ins, or all of them.
func (s *Server) accountSignIns(c echo.Context, who visitor) error {
	q := reads.EndSignIns{Except: who.signIn.ID}
	return s.endSignIns(c, who, who.staff.ID, q, "/account")
}

// staffSignIns ends a sign-in of a member of staff, or all of them.
func (s *Server) staffSignIns(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	return s.endSignIns(c, who, id, reads.EndSignIns{}, "/staff/"+string(id))
}

// endSignIns ends the sign-in that the form names, or all that q names.
func (s *Server) endSignIns(c echo.Context, who visitor, staff scheduler.ID, q reads.EndSignIns, next string) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if end := f.trimmed("end"); end != "all" {
		if !scheduler.IsID(end) {
			return fault.New(fault.NotFound, "There is no such sign-in. Choose one from the list.")
		}
		q.Only = scheduler.ID(end)
	}
	if _, err := s.SignIns.EndSignIns(c.Request().Context(), who.actor, who.clinic, staff, q); err != nil {
		return err
	}
	return s.redirect(c, who.token, next, "signed-out")
}
