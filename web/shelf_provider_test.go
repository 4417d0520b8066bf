package web_test

import (
	"context"
	"net/url"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/oidc"
	"almanac/scheduler/reads"
	"almanac/web"
)

func (s *shelf) Identity(context.Context, access.Actor, scheduler.ID, scheduler.ID) (reads.Identity, error) {
	return s.identity, s.trouble
}

func (s *shelf) UseIdentity(context.Context, access.Actor, reads.IdentityUse) (string, error) {
	return browser, s.trouble
}

func (s *shelf) LinkIdentity(context.Context, access.Actor, string, reads.IdentityUse) error {
	return s.trouble
}

func (s *shelf) UnlinkIdentity(context.Context, access.Actor, scheduler.ID, scheduler.ID, reads.Mode) error {
	return s.trouble
}

// linked is a shelf whose visitor signed in by a method and has linked an account.
func linked(s *shelf, method reads.SignInMethod, keys ...string) *shelf {
	other := withPasskeys(s, method, keys...)
	other.identity = reads.Identity{Issuer: "https://login.example.org", Linked: beforeSpring.AddDate(0, -1, 0),
		Used: beforeSpring.Add(-3 * time.Hour)}
	return other
}

// hospital is an organization that always answers the same.
type hospital struct{ down bool }

func (h hospital) Begin(context.Context, string, oidc.Again) (string, oidc.Attempt, error) {
	if h.down {
		return "", oidc.Attempt{}, fault.New(fault.Unavailable, "The sign-in of your organization does not answer "+
			"right now. Try again in a minute, or sign in another way.")
	}
	return "https://login.example.org/auth?state=s&nonce=n", oidc.Attempt{}, nil
}

func (h hospital) Finish(context.Context, oidc.Attempt, url.Values) (oidc.Identity, error) {
	return oidc.Identity{}, fault.New(fault.Invalid, "The answer was not accepted.")
}

// through lets staff sign in with a hospital's account.
func through(h hospital) func(*web.Options) {
	return func(o *web.Options) {
		o.PublicURL = func() string { return "http://localhost:8080" }
		o.Organization = &web.Organization{Provider: h, Name: "North <b>Hospital"}
	}
}

// providerGallery shows the pages about an organization's account.
func providerGallery(empty, many *shelf) []picture {
	up, down := through(hospital{}), through(hospital{down: true})
	kim, prove := "/staff/"+string(clinicID), "/account/provider/prove"
	return []picture{
		{name: "signin_provider", shelf: empty, path: "/signin?next=/intake", anyone: true, change: up},
		{name: "provider", shelf: empty, method: "POST", path: "/signin/oidc", anyone: true, change: up},
		{name: "provider_down", shelf: empty, method: "POST", path: "/signin/oidc", anyone: true, change: down,
			status: 503},
		{name: "provider_unasked", shelf: empty, path: "/signin/oidc?code=c&state=s", anyone: true, change: up,
			status: 422},
		{name: "account_provider", shelf: linked(many, reads.ByCommand), path: "/account", change: up, said: "linked"},
		{name: "account_provider_gone", shelf: linked(many, reads.ByCommand), path: "/account"},
		{name: "account_provider_prove", shelf: linked(many, reads.ByMail), path: "/account", change: up},
		{name: "account_provider_none", shelf: withPasskeys(many, reads.ByCommand), path: "/account", change: up},
		{name: "account_provider_mail", shelf: withPasskeys(many, reads.ByMail), path: "/account", change: up},
		{name: "account_provider_down", shelf: withPasskeys(many, reads.ByCommand), method: "POST",
			path: "/account/provider/link", change: down, status: 503},
		{name: "prove_provider", shelf: linked(many, reads.ByMail), path: "/staff", change: up, status: 403},
		{name: "prove_provider_passkey", shelf: linked(many, reads.ByMail, "My phone"), method: "POST",
			path: "/staff/invite", change: up, status: 403, form: url.Values{"name": {"Robin <b> Ferro"}}},
		{name: "prove_provider_down", shelf: linked(many, reads.ByMail), method: "POST", path: prove,
			change: down, status: 503, form: url.Values{"next": {"/staff"}}},
		{name: "locked_provider", shelf: lockedLinked(many), path: "/intake", change: up, status: 423},
		{name: "locked_provider_down", shelf: lockedLinked(many), method: "POST", path: prove, change: down,
			status: 503},
		{name: "prove_needed", shelf: asked(withPasskeys(many, reads.ByInvitation)), path: "/intake", change: up,
			status: 403},
		{name: "staff_member_provider", shelf: linked(many, reads.ByCommand), path: kim, change: up},
	}
}

// asked is a shelf whose clinic asks for more than a link by mail.
func asked(s *shelf) *shelf {
	other := *s
	other.needsKey = true
	return &other
}

func lockedLinked(s *shelf) *shelf {
	other := linked(s, reads.ByMail)
	other.locked = true
	return other
}
