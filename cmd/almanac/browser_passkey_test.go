//go:build e2e

package main

import (
	"context"
	"net"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// A member of staff adds a passkey in a real browser, signs out, signs in with it, and proves themselves with it.
func TestBrowserPasskeys(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, t.TempDir(), "demo", "--listen", listen, "--public-url", "http://localhost:"+port)
	p.tells("web")
	b := newBrowser(t, "http://localhost:"+port)
	b.authenticates()
	b.open(p.tells("staff"))
	b.click("Sign in")
	b.see("Cohorts")
	b.open("/account")
	b.see("Passkeys", "None yet.")
	b.fill("name", "My phone")
	b.click("Add a passkey")
	b.see("The passkey is added.", "My phone", "Never used.")
	b.click("Sign out")
	b.see("Sign in with a passkey")
	b.click("Sign in with a passkey")
	b.see("Cohorts", "This is a sample clinic.")
	b.open("/account")
	b.see("by a passkey", "Last used")
	b.fits(1280)
	b.click("Remove")
	b.see("The passkey is removed")
	b.inspect()
}

// authenticates gives the tab a virtual authenticator that knows its user.
func (b *browser) authenticates() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
