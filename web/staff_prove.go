package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/access"
)

// errNeedsProof means that the sign-in alone does not suffice for what was asked.
var errNeedsProof = errors.New("the sign-in must be proved")

// provePage asks a signed-in member of staff to prove who they are before exports and staff. What a form had
// sent is kept on the page, and is sent again afterwards.
type provePage struct {
	Page
	Next      string // the address that was asked for; empty for a form
	Typed     []typedValue
	Sent      bool
	Passkeys  int    // how many they have
	MayAdd    bool   // they may add their first one now
	Reachable bool   // passkeys work at this address
	Provider  string // their organization, if its account is linked
	Link      string // their organization, if its account can be linked now
	Asked     bool   // the clinic asks everybody for more than a link by email
}

// proofsOwned is what somebody has to prove who they are.
type proofsOwned struct {
	passkeys int
	linked   bool // their organization's account
}

func (s *Server) proofs(ctx context.Context, who visitor) (own proofsOwned, err error) {
	keys, err := s.Passkeys.Passkeys(ctx, who.actor, who.clinic, who.staff.ID)
	if err != nil {
		return own, err
	}
	account, err := s.Identities.Identity(ctx, who.actor, who.clinic, who.staff.ID)
	return proofsOwned{len(keys), account.Known()}, err
}

// proved fails with errNeedsProof when an action asks for more than the sign-in of the visitor is. In the demo every
// sign-in suffices, because its links are shown to everyone.
func (s *Server) proved(who visitor, action access.Action) error {
	if !access.NeedsProof(action) {
		return nil
	}
	return s.provedNow(who)
}

// provedNow fails with errNeedsProof when the visitor has not proved who they are within the last minutes. So what
// proves who somebody is cannot be taken away at a screen that was left open.
func (s *Server) provedNow(who visitor) error {
	if s.Demo || who.signIn.Strong(s.Now()) {
		return nil
	}
	return errNeedsProof
}

// askProof makes the page for a request that asked for more than its sign-in is.
func (s *Server) askProof(c echo.Context, who visitor) (*provePage, error) {
	ctx, r := c.Request().Context(), c.Request()
	page, err := s.staffPage(ctx, who, r, "", "Prove that it is you")
	if err != nil {
		return nil, err
	}
	own, err := s.proofs(ctx, who)
	if err != nil {
		return nil, err
	}
	v := &provePage{Page: page, Next: localPath(r.URL.RequestURI()), Passkeys: own.passkeys,
		MayAdd: s.mayAddTo(own, who) == nil, Reachable: s.passkeysHere(), Asked: who.needsKey}
	if own.linked {
		v.Provider = s.providerName()
	} else if v.MayAdd {
		v.Link = s.providerName()
	}
	if r.Method == http.MethodPost {
		v.Sent, v.Next = true, ""
		if r.ParseForm() == nil {
			v.Typed = typedValues(r.PostForm)
		}
	}
	return v, nil
}
