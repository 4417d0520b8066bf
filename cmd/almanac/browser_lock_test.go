//go:build e2e

package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// idle is longer than the clinic waits before it locks a screen.
const idle = 16 * time.Minute

// A page that nobody uses is covered, comes back with what was typed once its reader has unlocked it in another tab,
// and makes way for a colleague. Typing keeps it open.
func TestBrowserLock(t *testing.T) {
	c, p, b := emptyFolder(t)
	phone := b.authenticates()
	b.first(p)
	b.passkey()
	b.open("/staff/invite")
	b.invites("Kim Ode", "kim@example.org")
	c.rewinds("seen_at", idle)
	b.click("Add and") // in place, by the form that was sent
	b.see("so this screen is locked", "Nothing you typed is lost.")
	b.click("Unlock with a passkey")
	b.see("Kim Ode", "Sign-in link")
	link := b.shown("/signin/")

	b.open("/cohorts/new")
	b.fill("name", "Morning group")
	b.typesOn()
	c.rewinds("seen_at", idle)
	b.returns()
	b.see("This screen is locked, because nobody used it for a while. What you typed is kept.")
	if !eval[bool](b, `document.querySelector("main").inert && document.activeElement.innerText.startsWith("Unlock")`) {
		t.Error("what is behind the cover can be used, or the link has no focus")
	}
	other := b.tab()
	other.carries(b.keys(phone))
	other.open("/account")
	other.click("Unlock with a passkey")
	other.see("Your account", "My phone")
	b.returns()
	b.uncovered()
	if got := eval[string](b, `document.activeElement.id + " " + document.activeElement.value`); got !=
		"f-name Morning group" {
		t.Errorf("after the unlocking, the focus is on %q", got)
	}

	other.open("/account")
	other.click("Sign out")
	other.see("Sign in with a passkey")
	b.returns()
	b.see("You are signed out", "What you typed is kept.")
	other.click("Sign in with a passkey")
	other.see("Today")
	b.returns()
	b.uncovered()
	other.open(link)
	other.click("Sign in")
	other.see("Kim Ode")
	b.returns()
	b.comesTo("/")
	b.see("Today", "Kim Ode")
	if strings.Contains(b.text(), "Sam Okafor") {
		t.Errorf("the page of a colleague shows\n%s", b.text())
	}
	b.inspect("423", "404")
}

// returns has the tab get the focus, as when its reader comes back to it.
func (b *browser) returns() {
	b.t.Helper()
	eval[bool](b, `window.dispatchEvent(new Event("focus"))`)
}

// comesTo waits until the tab is at a path.
func (b *browser) comesTo(path string) {
	b.t.Helper()
	if !await(patience, func() bool {
		at, err := try[string](b, "location.pathname")
		return err == nil && at == path
	}) {
		b.t.Fatalf("the tab stays at %s:\n%s", b.at(), b.text())
	}
}

// uncovered waits until the cover is gone.
func (b *browser) uncovered() {
	b.t.Helper()
	if !await(patience, func() bool {
		there, err := try[bool](b, `!document.querySelector(".cover") && !document.querySelector("main").inert`)
		return err == nil && there
	}) {
		b.t.Fatalf("the cover stays:\n%s", b.text())
	}
}

// typesOn types one letter after a minute of the page's clock, and waits until the server has heard of it. The letter
// goes away again.
func (b *browser) typesOn() {
	b.t.Helper()
	eval[bool](b, `(() => {
		const clock = Date.now.bind(Date);
		Date.now = () => clock() + 61000;
		document.getElementById("f-name").focus();
		return true;
	})()`)
	b.do(chromedp.KeyEvent("s"), chromedp.KeyEvent("\b"))
	if !await(patience, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.Contains(b.requests, b.base+"/account/use")
	}) {
		b.t.Error("nobody hears that somebody types")
	}
}

// shown gives the address on the page that begins with a path of this site.
func (b *browser) shown(path string) string {
	b.t.Helper()
	_, rest, found := strings.Cut(eval[string](b, `document.body.innerText + " " +
		[...document.querySelectorAll("input, textarea")].map((e) => e.value).join(" ")`), b.base+path)
	if !found {
		b.t.Fatalf("there is no address %s on the page:\n%s", path, b.text())
	}
	return b.base + path + strings.Fields(rest + " ")[0]
}

// keys are the passkeys of a virtual authenticator.
func (b *browser) keys(of webauthn.AuthenticatorID) []*webauthn.Credential {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	found, err := chromedp.Call(ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: of})
	if err != nil || len(found.Credentials) == 0 {
		b.t.Fatal(found, err)
	}
	return found.Credentials
}

// carries gives the tab an authenticator with these passkeys, because virtual ones belong to one tab.
func (b *browser) carries(keys []*webauthn.Credential) {
	b.t.Helper()
	made := b.authenticates()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for _, key := range keys {
		key.ActiveCmtgKeyIndex = nil // Chromium gives one that it does not take back
		_, err := chromedp.Call(ctx, webauthn.AddCredential,
			webauthn.AddCredentialParams{AuthenticatorID: made, Credential: key})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}
