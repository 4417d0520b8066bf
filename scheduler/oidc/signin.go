package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"almanac/scheduler/fault"
)

// Attempt is a sign-in that was begun. It is secret: the caller keeps it for one browser and one answer.
type Attempt struct {
	State, Nonce, Verifier string
	Return                 string    // the address to which the provider sends the browser back
	Again                  bool      // the person must sign in at the provider again
	Began                  time.Time // by our clock
}

// Identity is who signed in at the provider. Issuer and Subject name them; everything else may change.
type Identity struct {
	Issuer, Subject string
	Name            string
	Email           string // empty unless the provider confirmed it
	Groups          []string
}

// Begin begins a sign-in. It returns the address at the provider to which the browser goes. With again set in the
// attempt, the provider asks for a sign-in even if the person has one there. It fails with Unavailable.
func (p *Provider) Begin(ctx context.Context, back string, again Again) (address string, a Attempt, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", a, err
	}
	a = Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: back,
		Again: bool(again), Began: p.config.Now()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if a.Again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.exchange(found, back).AuthCodeURL(a.State, options...), a, nil
}

// Again says whether somebody who has a sign-in at the provider must sign in there once more.
type Again bool

func (p *Provider) exchange(found *oidc.Provider, back string) *oauth2.Config {
	at := found.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInHeader // the default of OpenID Connect Discovery 1.0, §3
	var m metadata
	if err := found.Claims(&m); p.config.ClientSecret == "" ||
		err == nil && len(m.Methods) > 0 && !slices.Contains(m.Methods, "client_secret_basic") {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret,
		Endpoint: at, RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// Finish checks what the browser brought back and returns who signed in. It fails with Closed when the person
// cancelled; with Unavailable when the provider does not answer; and with Invalid for every answer that is not the
// one to this attempt.
func (p *Provider) Finish(ctx context.Context, a Attempt, answer url.Values) (Identity, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	if err := p.checkAnswer(found, a, answer); err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), answerWithin)
	defer cancel()
	token, err := p.exchange(found, a.Return).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Identity{}, exchangeFault(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Identity{}, refused("no ID token")
	}
	c, err := p.verify(ctx, found, a, raw)
	if err != nil {
		return Identity{}, err
	}
	if err := p.complete(ctx, found, token, &c); err != nil {
		return Identity{}, err
	}
	return c.identity(p.config), nil
}

// checkAnswer checks state and issuer of an answer, and whether it says that something went wrong.
func (p *Provider) checkAnswer(found *oidc.Provider, a Attempt, answer url.Values) error {
	if a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(answer.Get("state"))) != 1 {
		return refused("state")
	}
	var m metadata
	if err := found.Claims(&m); err != nil {
		return refused("metadata")
	}
	// RFC 9207 §2.4: another provider's answer is never taken to ours.
	if iss := answer.Get("iss"); iss != "" && iss != p.config.Issuer || iss == "" && m.NamesItself {
		return refused("issuer of the answer")
	}
	switch answer.Get("error") {
	case "":
	case "access_denied":
		return fault.New(fault.Closed, "You cancelled the sign-in of your organization. Nothing was changed.")
	case "temporarily_unavailable", "server_error":
		return unreachable(errors.New("it said that it does not work"))
	default:
		return refused("error")
	}
	if answer.Get("code") == "" {
		return refused("no code")
	}
	return nil
}

// exchangeFault is why a code was not exchanged. What the provider said is not repeated: it may carry secrets.
func exchangeFault(err error) error {
	var said *oauth2.RetrieveError
	if !errors.As(err, &said) {
		return unreachable(causeOf(err))
	}
	switch {
	case said.ErrorCode == "invalid_client" || said.ErrorCode == "unauthorized_client":
		return unreachable(errors.New("it does not know our client id and secret"))
	case said.Response != nil && said.Response.StatusCode >= 500:
		return unreachable(errors.New("it answered with a failure"))
	}
	return refused("code")
}

// claims are what an ID token says (OpenID Connect Core 1.0, §2 and §5.1), and the answer of the userinfo endpoint.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Party    string `json:"azp"`
	IssuedAt int64  `json:"iat"`
	AuthTime int64  `json:"auth_time"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some providers write it as a text
	all      map[string]json.RawMessage
}

// verify checks an ID token: signature, issuer, audience, times and nonce.
func (p *Provider) verify(ctx context.Context, found *oidc.Provider, a Attempt, raw string) (c claims, err error) {
	now := p.config.Now()
	verifier := found.Verifier(&oidc.Config{ClientID: p.config.ClientID,
		Now: func() time.Time { return now.Add(-skew) }})
	token, err := verifier.Verify(ctx, raw)
	var expired *oidc.TokenExpiredError
	switch {
	case errors.As(err, &expired):
		return c, fault.Wrap(fault.Invalid, errors.New("expired"),
			"The answer of your organization's sign-in is too old. Try again.")
	case err != nil && strings.Contains(err.Error(), "fetching keys"): // the library cuts the chain
		return c, unreachable(errors.New("its keys cannot be read"))
	case err != nil:
		return c, refused("ID token")
	}
	if token.Claims(&c) != nil || token.Claims(&c.all) != nil {
		return c, refused("claims")
	}
	switch {
	case a.Nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1:
		return c, refused("nonce")
	case c.Subject == "" || len(c.Subject) > 255:
		return c, refused("subject")
	case c.Party != "" && c.Party != p.config.ClientID, c.Party == "" && len(token.Audience) > 1:
		return c, refused("authorized party")
	case token.IssuedAt.After(now.Add(skew)):
		return c, refused("issued in the future")
	}
	signedIn := time.Unix(c.AuthTime, 0)
	if a.Again && (c.AuthTime == 0 || signedIn.Before(a.Began.Add(-skew)) || signedIn.After(now.Add(skew))) {
		return c, fault.Wrap(fault.Invalid, errors.New("auth_time"),
			"Your organization did not ask you to sign in again, so this proves nothing. Try once more, or use a "+
				"passkey.")
	}
	return c, nil
}

// complete asks the userinfo endpoint for what an ID token left out.
func (p *Provider) complete(ctx context.Context, found *oidc.Provider, token *oauth2.Token, c *claims) error {
	_, grouped := c.all[p.config.GroupsClaim]
	if found.UserInfoEndpoint() == "" || c.Email != "" && (grouped || p.config.GroupsClaim == "") {
		return nil
	}
	info, err := found.UserInfo(oidc.ClientContext(ctx, p.client), oauth2.StaticTokenSource(token))
	if err != nil {
		return unreachable(causeOf(err))
	}
	var more claims
	if info.Claims(&more) != nil || info.Claims(&more.all) != nil || info.Subject != c.Subject {
		return refused("userinfo")
	}
	if c.Email == "" {
		c.Email, c.Verified = more.Email, more.Verified
	}
	if c.Name == "" {
		c.Name = more.Name
	}
	if !grouped && p.config.GroupsClaim != "" {
		c.all[p.config.GroupsClaim] = more.all[p.config.GroupsClaim]
	}
	return nil
}

func (c *claims) identity(config Config) Identity {
	who := Identity{Issuer: config.Issuer, Subject: c.Subject, Name: c.Name}
	if c.Verified == true || c.Verified == "true" {
		who.Email = c.Email
	}
	if config.GroupsClaim == "" {
		return who
	}
	raw, one := c.all[config.GroupsClaim], ""
	if json.Unmarshal(raw, &who.Groups) != nil && json.Unmarshal(raw, &one) == nil {
		who.Groups = []string{one}
	}
	return who
}

// refused answers for everything that is not the answer to an attempt. reason is for the log and names nobody.
func refused(reason string) error {
	return fault.Wrap(fault.Invalid, errors.New(reason),
		"The answer of your organization's sign-in was not accepted. Start again from the sign-in page.")
}
