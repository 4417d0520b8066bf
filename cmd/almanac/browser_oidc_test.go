//go:build e2e

package main

import (
	"bufio"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"almanac/scheduler/reads"
)

// startProvider starts a real OpenID provider for a site. scripts/install.sh installs it.
func startProvider(t *testing.T, site string) (issuer string) {
	t.Helper()
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "provider.mjs", port, site)
	cmd.Dir = "testdata/provider"
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	trouble := &notes{}
	cmd.Stderr = trouble
	if err := cmd.Start(); err != nil {
		t.Fatalf("node does not start (%v); scripts/install.sh installs it", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // fails when it has ended
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			return "http://localhost:" + port
		}
	}
	t.Fatalf("the provider does not start; scripts/install.sh installs it\n%s", trouble.String())
	return ""
}

// atProvider signs in on the pages of the provider.
func (b *browser) atProvider(name string) {
	b.t.Helper()
	b.see("Sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS(`input[name="login"]`), name),
		chromedp.SendKeys(chromedp.CSS(`input[name="password"]`), "secret"))
	b.click("Sign-in")
}

// agrees lets the provider tell the site who it is.
func (b *browser) agrees() {
	b.t.Helper()
	b.see("Continue")
	b.click("Continue")
}

// Members of staff sign in with an account at a real provider, in a real browser: linked, added by their group, asked
// again for proof, let in from a locked screen, and no more once it is unlinked.
func TestBrowserOIDC(t *testing.T) {
	listen := freeAddress(t)
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	site := "http://localhost:" + port
	issuer := startProvider(t, site)
	c, p, b := emptyFolderAt(t, listen, "--oidc-issuer", issuer, "--oidc-client-id", "appointments",
		"--oidc-client-secret", "a-secret-of-the-test", "--oidc-name", "North Hospital",
		"--oidc-groups", "robin=coordinator")
	b.first(p)
	b.open("/account")
	b.click("Link your organization account")
	b.atProvider("sam")
	b.agrees()
	b.see("is linked", "Your account at North Hospital")

	b.click("Sign out")
	b.see("Sign in with North Hospital")
	b.open("/signin?next=/export")
	b.fits(1280)
	b.click("Sign in with North Hospital") // the provider knows the browser
	b.see("Exports", "Sam Okafor")
	c.rewinds("proved_at", reads.ProofLife)
	b.open("/staff/invite")
	b.see("Prove that it is you")
	b.click("Sign in with North Hospital again")
	b.atProvider("sam")
	b.see("Add a colleague")
	b.invites("Kim Ode", "kim@example.org")
	c.rewinds("proved_at", reads.ProofLife)
	c.rewinds("seen_at", 2*reads.ProofLife)
	b.click("Add and")
	b.see("Locked", "Nothing you typed is lost.", "Unlock with North Hospital")
	b.open("/tasks")
	b.click("Unlock with North Hospital")
	b.atProvider("sam")
	b.see("Tasks", "Sam Okafor")

	other := b.fresh() // a browser that neither knows
	other.open("/signin")
	other.click("Sign in with North Hospital")
	other.atProvider("mallory")
	other.agrees()
	other.see("opens nothing here yet")
	robin := b.fresh()
	robin.open("/signin")
	robin.click("Sign in with North Hospital")
	robin.atProvider("robin")
	robin.agrees()
	robin.see("Today", "robin")
	cancels := b.fresh()
	cancels.open("/signin")
	cancels.click("Sign in with North Hospital")
	cancels.see("Sign-in")
	cancels.click("[ Cancel ]")
	cancels.see("You cancelled the sign-in of your organization.")

	b.open("/account")
	b.click("Unlink")
	b.see("is unlinked")
	b.click("Sign out")
	b.see("Sign in with North Hospital")
	b.click("Sign in with North Hospital")
	b.see("opens nothing here yet")
	b.mustSayNothingOfPolicy()
	if all := p.trouble.String(); strings.Contains(all, "eyJ") || strings.Contains(all, "sam@example") {
		t.Error("the log has a token or an address")
	}
}

// mustSayNothingOfPolicy holds that the browser blocked nothing.
func (b *browser) mustSayNothingOfPolicy() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.IndexFunc(b.said, func(said string) bool {
		return strings.Contains(said, "Content Security Policy") && strings.Contains(said, b.base)
	}); i >= 0 {
		b.t.Errorf("the console says %s", b.said[i])
	}
}
