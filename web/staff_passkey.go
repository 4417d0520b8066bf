package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/passkey"
	"almanac/scheduler/reads"
)

// keysAMinute is how many passkeys one network may begin to use in a minute.
const keysAMinute = 30

// passkeyLine is a passkey of a member of staff.
type passkeyLine struct {
	ID          scheduler.ID
	Name        string
	Added, Used When // Used is no moment if it was never used
}

// passkeysHere reports whether browsers keep passkeys for this site.
func (s *Server) passkeysHere() bool {
	_, err := passkey.At(s.PublicURL())
	return err == nil
}

func (s *Server) passkeyLines(all []reads.Passkey, zone string) []passkeyLine {
	lines := make([]passkeyLine, len(all))
	loc, words := s.location(zone), wordsFor("en")
	for i, p := range all {
		lines[i] = passkeyLine{p.ID, p.Name, whenIn(p.Added, p.Added, loc, words), whenIn(p.Used, p.Used, loc, words)}
	}
	return lines
}

// keyAnswer is what the script of a ceremony gets.
type keyAnswer struct {
	Ceremony string          `json:"ceremony,omitempty"`
	Options  json.RawMessage `json:"options,omitempty"`
	Next     string          `json:"next,omitempty"`
	Message  string          `json:"message,omitempty"`
}

// answerKey answers the script. Errors that its user can understand are a message.
func answerKey(c echo.Context, a keyAnswer, err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Internal {
		return c.JSON(statusOf(err), keyAnswer{Message: f.Message})
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

// passkeyOptions begins the use of a passkey, for a sign-in or to prove one.
func (s *Server) passkeyOptions(c echo.Context, _ visitor) error {
	if wait := s.keyLimiter.wait(s.networkOf(c.Request()), s.Now()); wait > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return c.JSON(http.StatusTooManyRequests,
			keyAnswer{Message: "Many tries came from your network. Wait a minute."})
	}
	site, err := passkey.At(s.PublicURL())
	if err != nil {
		return answerKey(c, keyAnswer{}, err)
	}
	options, state, err := site.BeginUse()
	return s.begun(c, options, state, err)
}

func (s *Server) begun(c echo.Context, options, state []byte, err error) error {
	if err != nil {
		return answerKey(c, keyAnswer{}, err)
	}
	name, err := s.Ceremonies.BeginCeremony(c.Request().Context(), s.system, state)
	return answerKey(c, keyAnswer{Ceremony: name, Options: options}, err)
}

// usePasskey finishes the use of a passkey. It returns the token of the sign-in that it made or proved.
func (s *Server) usePasskey(c echo.Context, f *form, q reads.PasskeyUse) (browser string, err error) {
	ctx := c.Request().Context()
	site, err := passkey.At(s.PublicURL())
	if err != nil {
		return "", err
	}
	state, err := s.Ceremonies.TakeCeremony(ctx, s.system, f.text("ceremony"))
	if err != nil {
		return "", err
	}
	var handle []byte
	key, err := site.FinishUse(state, []byte(f.text("answer")), func(of []byte) (passkey.Holder, error) {
		handle = of
		return s.Ceremonies.HolderOf(ctx, s.system, of)
	})
	if err != nil {
		s.Log.LogAttrs(ctx, slog.LevelInfo, "passkey refused", slog.String("kind", fault.KindOf(err).String()))
		return "", err
	}
	return s.Ceremonies.UsePasskey(ctx, s.system, handle, key, q)
}

// passkeySignIn signs in with a passkey.
func (s *Server) passkeySignIn(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	browser, err := s.usePasskey(c, f, reads.PasskeyUse{Device: deviceOf(c.Request().UserAgent())})
	if err == nil {
		s.replaceSignIn(c, browser)
	}
	return answerKey(c, keyAnswer{Next: returnTo(f.text("next"))}, err)
}

// passkeyProve proves the sign-in of the request with a passkey.
func (s *Server) passkeyProve(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	_, err = s.usePasskey(c, f, reads.PasskeyUse{Token: who.token, Staff: who.staff.ID})
	return answerKey(c, keyAnswer{Next: returnTo(f.text("next"))}, err)
}

// mayAddKey fails with Forbidden unless the visitor may add a passkey or link their organization's account. A link by
// mail does not suffice, because then somebody who reads their mail could add one of their own.
func (s *Server) mayAddKey(ctx context.Context, who visitor) error {
	own, err := s.proofs(ctx, who)
	if err != nil {
		return err
	}
	return s.mayAddTo(own, who)
}

// mayAddTo is mayAddKey for a visitor who has these.
func (s *Server) mayAddTo(own proofsOwned, who visitor) error {
	switch {
	case who.signIn.Strong(s.Now()):
		return nil
	case own.passkeys > 0:
		return fault.New(fault.Forbidden, "Use one of your passkeys first, then add another one.")
	case own.linked:
		return fault.New(fault.Forbidden, "Sign in with your organization again first, then add a passkey.")
	case who.signIn.Method != reads.ByInvitation:
		return fault.New(fault.Forbidden,
			"Ask an admin for a new sign-in link. After signing in with it, you can add your first passkey.")
	}
	return nil
}

// passkeyAddOptions begins adding a passkey.
func (s *Server) passkeyAddOptions(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	if err := s.mayAddKey(ctx, who); err != nil {
		return answerKey(c, keyAnswer{}, err)
	}
	site, err := passkey.At(s.PublicURL())
	if err != nil {
		return answerKey(c, keyAnswer{}, err)
	}
	holder, err := s.Ceremonies.HolderOf(ctx, s.system, []byte(who.staff.ID))
	if err != nil {
		return answerKey(c, keyAnswer{}, err)
	}
	options, state, err := site.BeginAdd(holder)
	return s.begun(c, options, state, err)
}

// passkeyAdd stores a passkey that the browser has made, and tells its holder by mail.
func (s *Server) passkeyAdd(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	err = s.addPasskey(c.Request().Context(), who, f)
	if err == nil {
		s.say(c, who.token, "/account", "key-added")
		s.tellOfPasskey(c.Request().Context(), who, who.staff, reads.PasskeyAdded, f.trimmed("name"))
	}
	return answerKey(c, keyAnswer{Next: returnTo(f.text("next"))}, err)
}

func (s *Server) addPasskey(ctx context.Context, who visitor, f *form) error {
	if err := s.mayAddKey(ctx, who); err != nil {
		return err
	}
	site, err := passkey.At(s.PublicURL())
	if err != nil {
		return err
	}
	state, err := s.Ceremonies.TakeCeremony(ctx, s.system, f.text("ceremony"))
	if err != nil {
		return err
	}
	holder, err := s.Ceremonies.HolderOf(ctx, s.system, []byte(who.staff.ID))
	if err != nil {
		return err
	}
	key, err := site.FinishAdd(holder, state, []byte(f.text("answer")))
	if err != nil {
		return err
	}
	return s.Passkeys.AddPasskey(ctx, who.actor, who.token, f.text("name"), key)
}

// accountPasskey renames or removes a passkey of the visitor.
func (s *Server) accountPasskey(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	q, err := passkeyChange(f)
	if err != nil {
		return err
	}
	if q.Remove {
		if err := s.provedNow(who); err != nil {
			return err
		}
	}
	ctx := c.Request().Context()
	was, err := s.Passkeys.ChangePasskey(ctx, who.actor, who.clinic, who.staff.ID, q)
	if err != nil {
		v, pageErr := s.accountPage(c, who)
		if pageErr != nil {
			return pageErr
		}
		v.Renamed, v.NewName = q.ID, q.Name
		return rejectForm(v, renameField(err, "name", "name-"+string(q.ID)))
	}
	if !q.Remove {
		return s.redirect(c, who.token, "/account", "key-renamed")
	}
	s.tellOfPasskey(ctx, who, who.staff, reads.PasskeyRemoved, was)
	return s.redirect(c, who.token, "/account", "key-removed")
}

// passkeyChange reads which passkey is removed, or renamed to what.
func passkeyChange(f *form) (reads.PasskeyChange, error) {
	id := f.trimmed("rename")
	q := reads.PasskeyChange{Name: f.trimmed("name-" + id), Remove: f.ticked("remove")}
	if q.Remove {
		id = f.trimmed("remove")
	}
	if !scheduler.IsID(id) {
		return q, fault.New(fault.NotFound, "There is no such passkey. Choose one from the list.")
	}
	q.ID = scheduler.ID(id)
	return q, nil
}

// staffPasskey removes a passkey of a member of staff.
func (s *Server) staffPasskey(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	q, err := passkeyChange(f)
	if err != nil {
		return err
	}
	q.Remove = true
	ctx := c.Request().Context()
	m, err := s.member(ctx, who, c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.removePasskey(ctx, who, m, q); err != nil {
		return err
	}
	return s.redirect(c, who.token, "/staff/"+string(m.ID), "key-removed")
}

// removePasskey removes a passkey of a member of staff, and tells them by mail. It fails as ChangePasskey does.
func (s *Server) removePasskey(ctx context.Context, who visitor, m reads.Staff, q reads.PasskeyChange) error {
	was, err := s.Passkeys.ChangePasskey(ctx, who.actor, who.clinic, m.ID, q)
	if err == nil && !q.DryRun {
		s.tellOfPasskey(ctx, who, m, reads.PasskeyRemoved, was)
	}
	return err
}

// tellOfPasskey mails a member of staff what became of a passkey. A mail that cannot be sent is logged.
func (s *Server) tellOfPasskey(ctx context.Context, who visitor, m reads.Staff, what reads.PasskeyEvent, key string) {
	if s.SendPasskeyMail == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailWithin)
	defer cancel()
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err == nil {
		err = s.SendPasskeyMail(ctx, reads.PasskeyMail{
			Clinic: who.clinic, ClinicName: clinic.Name, ClinicZone: clinic.Zone,
			Staff: m.ID, Name: m.Name, Email: m.Email, What: what, Passkey: key, At: s.Now(),
		})
	}
	if err != nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "news of a sign-in not sent", slog.Any("staff", m.ID),
			slog.Any("error", err))
	}
}
