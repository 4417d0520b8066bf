//go:build e2e

package main

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"almanac/scheduler/reads"
)

// emptyFolder starts the program on an empty data folder, at an address for which browsers keep passkeys.
func emptyFolder(t *testing.T) (c counter, p *process, b *browser) {
	t.Helper()
	return emptyFolderAt(t, freeAddress(t))
}

// freeAddress gives an address of this machine at which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	return free.Addr().String()
}

// emptyFolderAt is emptyFolder at an address, with more options.
func emptyFolderAt(t *testing.T, listen string, options ...string) (c counter, p *process, b *browser) {
	t.Helper()
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	base := "http://localhost:" + port
	c = newCounter(t)
	p = startProcess(t, c.folder, append([]string{"serve", "--data-dir", c.folder, "--listen", listen,
		"--public-url", base}, options...)...)
	return c, p, newBrowser(t, base)
}

// first signs the first admin in, at the address that the start prints.
func (b *browser) first(p *process) {
	b.t.Helper()
	b.open(p.tells("Nobody can sign in yet. The first admin begins here"))
	b.see("Be the first admin")
	b.fill("name", "Sam Okafor")
	b.fill("email", "sam@example.org")
	b.click("Sign in")
	b.see("You are signed in.", "Sam Okafor")
}

// rewinds puts the last use of every sign-in, or that of its passkey, so far back. It stands for the time that passes.
func (c counter) rewinds(column string, by time.Duration) {
	c.t.Helper()
	if changed := c.ask(fmt.Sprintf(`
		UPDATE signins SET %s = strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '-%d seconds')
		WHERE kind = 'browser' AND spent_at = '' RETURNING id`, column, int(by.Seconds()))); len(changed) == 0 {
		c.t.Fatal("nobody is signed in")
	}
}

// The first admin adds a passkey in a real browser, signs out, and signs in with it. A quarter of an hour later, staff
// and exports ask for it again, and what was typed stays.
func TestBrowserPasskeys(t *testing.T) {
	c, p, b := emptyFolder(t)
	b.authenticates()
	b.first(p)
	b.open("/staff") // a link from the server is proof
	b.see("Everyone who works here", "Sam Okafor")
	b.passkey()
	b.click("Sign out")
	b.see("Sign in with a passkey")
	b.click("Sign in with a passkey")
	b.see("Today", "Sam Okafor")
	b.open("/account")
	b.see("by a passkey", "Last used")
	b.fits(1280)

	b.open("/staff/invite")
	b.invites("Kim Ode", "kim@example.org")
	c.rewinds("proved_at", reads.ProofLife)
	b.click("Add and")
	b.see("Prove that it is you", "Nothing you typed is lost.", "Lost it?")
	b.click("Use a passkey")
	b.see("Kim Ode", "kim@example.org", "Sign-in link")
	c.rewinds("proved_at", reads.ProofLife)
	b.open("/export")
	b.see("Prove that it is you")
	b.click("Use a passkey")
	b.see("Exports")

	b.open("/account")
	b.click("Remove")
	b.see("The passkey is removed")
	b.inspect("403")
}

// passkey adds a passkey to one's account.
func (b *browser) passkey() {
	b.t.Helper()
	b.open("/account")
	b.see("Passkeys", "None yet.")
	b.fill("name", "My phone")
	b.click("Add a passkey")
	b.see("The passkey is added.", "My phone", "Never used.")
}

// invites fills in the form that adds a colleague.
func (b *browser) invites(name, email string) {
	b.t.Helper()
	b.see("Add a colleague")
	b.fill("name", name)
	b.fill("email", email)
	b.click("Facilitator")
}

// authenticates gives the tab a virtual authenticator that knows its user.
func (b *browser) authenticates() webauthn.AuthenticatorID {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true, HasCmtgKey: true},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return made.AuthenticatorID
}
