package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// ledShown bounds the sessions on the page of a member of staff.
const ledShown = 10

// staffMemberPage is about one member of staff.
type staffMemberPage struct {
	Page
	Member    memberLine
	Roles     []Choice
	ByMail    bool
	Link      string // a new sign-in link, shown once
	LinkUntil When
	Unsent    bool // the mail server did not take it
	// The form of credentials.
	CredentialName, CredentialExpires, CredentialHint string

	SignIns []signInLine
	Keys    []passkeyLine
	Account accountLine

	Leads  []ledLine // the next sessions that they lead, at most ledShown
	LedAll int
}

// ledLine is a session that somebody leads.
type ledLine struct{ Cohort, Name, When string }

func (s *Server) staffMember(c echo.Context, who visitor) error {
	v, err := s.memberPage(c, who, c.Param("id"), formOrEmpty(nil))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) memberPage(c echo.Context, who visitor, id string, f *form) (*staffMemberPage, error) {
	ctx := c.Request().Context()
	m, err := s.member(ctx, who, id)
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "staff", m.Name)
	if err != nil {
		return nil, err
	}
	led, err := s.Staff.LeadsFrom(ctx, who.actor, who.clinic, m.ID)
	if err != nil {
		return nil, err
	}
	open, err := s.SignIns.OpenSignIns(ctx, who.actor, who.clinic, m.ID)
	if err != nil {
		return nil, err
	}
	keys, err := s.Passkeys.Passkeys(ctx, who.actor, who.clinic, m.ID)
	if err != nil {
		return nil, err
	}
	account, err := s.accountLine(ctx, who, m.ID, page.Zone)
	if err != nil {
		return nil, err
	}
	role := m.Role
	if f.trimmed("role") != "" {
		role = f.trimmed("role")
	}
	v := &staffMemberPage{Page: page, Member: s.memberLine(m, page.Zone), Roles: roleChoices(role),
		ByMail: s.mailsLinks(), CredentialName: f.trimmed("credential"), CredentialExpires: f.trimmed("expires"),
		CredentialHint: s.credentialHint(), LedAll: len(led), Account: account,
		SignIns: s.signInLines(open, page.Zone, who.signIn.ID), Keys: s.passkeyLines(keys, page.Zone)}
	for _, l := range led[:min(len(led), ledShown)] {
		v.Leads = append(v.Leads, ledLine{string(l.Cohort), l.CohortName, wallInWords(l)})
	}
	return v, nil
}

// wallInWords is the local start of a session.
func wallInWords(l reads.LedSession) string {
	wall, err := civil.ParseWallTime(l.LocalStart)
	if err != nil {
		return l.LocalStart
	}
	words := wordsFor("en")
	return words.date(wall.Date) + ", " + words.clock(wall.Clock)
}

// changeMember makes a change of a member of staff and returns to their page. done is the message shown there.
func (s *Server) changeMember(
	c echo.Context, who visitor, done string, change func(context.Context, scheduler.ID, *form) error,
) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	err = change(c.Request().Context(), id, f)
	if err == nil {
		return s.redirect(c, who.token, "/staff/"+string(id), done)
	}
	if !correctable[fault.KindOf(err)] {
		return err
	}
	v, pageErr := s.memberPage(c, who, string(id), f)
	if pageErr != nil {
		return pageErr
	}
	return rejectForm(v, err)
}

func (s *Server) staffRole(c echo.Context, who visitor) error {
	return s.changeMember(c, who, "role", func(ctx context.Context, id scheduler.ID, f *form) error {
		role := f.trimmed("role")
		return s.Staff.ChangeStaff(ctx, who.actor, who.clinic, id, desk.StaffChange{Role: &role})
	})
}

func (s *Server) staffDisable(c echo.Context, who visitor) error {
	return s.setDisabled(c, who, "disabled", true)
}

func (s *Server) staffEnable(c echo.Context, who visitor) error {
	return s.setDisabled(c, who, "enabled", false)
}

func (s *Server) setDisabled(c echo.Context, who visitor, done string, disabled bool) error {
	return s.changeMember(c, who, done, func(ctx context.Context, id scheduler.ID, _ *form) error {
		return s.Staff.ChangeStaff(ctx, who.actor, who.clinic, id, desk.StaffChange{Disabled: &disabled})
	})
}

// staffCredential records a credential, or takes it off the record.
func (s *Server) staffCredential(c echo.Context, who visitor) error {
	return s.changeMember(c, who, "credential", func(ctx context.Context, id scheduler.ID, f *form) error {
		if f.ticked("remove") {
			return s.Staff.WithdrawCredential(ctx, who.actor, who.clinic, id, f.trimmed("remove"))
		}
		one := scheduler.Credential{Name: f.trimmed("credential"), Expires: f.date("expires")}
		if err := f.err(); err != nil {
			return err
		}
		return renameField(s.Staff.RecordCredential(ctx, who.actor, who.clinic, id, one), "name", "credential")
	})
}

// renameField puts the faults of one field at another.
func renameField(err error, from, to string) error {
	if all := fault.All(err); len(all) == 1 && all[0].Field == from {
		return all[0].In(to)
	}
	return err
}

// staffLink makes a new sign-in link. Older ones end.
func (s *Server) staffLink(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	link, err := s.Staff.StaffLink(c.Request().Context(), who.actor, who.clinic, id, inviteLife)
	if err != nil {
		return err
	}
	return s.handLink(c, who, link)
}
