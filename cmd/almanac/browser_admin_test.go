//go:build e2e

package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hand is how somebody uses a page: with a mouse, or with the keyboard alone.
type hand interface {
	fill(field, value string) // dates and times as a form sends them
	press(words string)       // the first link or button that begins with the words
	pick(name, value string)  // the choice whose value begins like this, or the option with this label
}

// An admin's first hour, from an empty data folder to the first person in a cohort.
func adminFirstHour(t *testing.T, b *browser, p *process, h hand) {
	t.Helper()
	start := time.Now().UTC().AddDate(0, 0, 30)
	closed := start.AddDate(0, 0, 7)
	b.open(p.tells("Nobody can sign in yet. The first admin begins here"))
	b.see("Be the first admin")
	h.fill("name", "Sam Okafor")
	h.fill("email", "sam@example")
	h.press("Sign in")
	b.see("This is not an email address.")
	h.fill("email", "sam@example.org")
	h.press("Sign in")
	b.see("You are signed in.", "Sam Okafor")

	h.press("Clinic")
	b.see("Clinic settings")
	h.fill("name", "Harbor clinic")
	h.fill("zone", "America/Denver")
	h.fill("phone", "+1 202 555 0100")
	h.press("Save")
	b.see("The new settings hold from now on.", "Harbor clinic")
	h.press("Close days")
	b.see("For snow days")
	h.fill("days", closed.Format(time.DateOnly))
	h.press("Preview changes")
	b.see("Close these days")
	h.press("Close these days")
	b.see("The days are closed.")

	h.press("Staff")
	b.see("Everyone who works here")
	h.press("Add a colleague")
	b.see("As it is shown to colleagues.")
	h.fill("name", "Kim Ode")
	h.fill("email", "kim@example.org")
	h.pick("role", "facilitator")
	h.press("Add and")
	b.see("Sign-in link", "Kim Ode")
	b.shown("/signin/")

	h.press("Cohorts")
	b.see("No open cohorts")
	h.press("Open a cohort")
	b.see("The preview shows every session before anything is saved")
	h.pick("protocol", "mbsr-4w")
	h.fill("start", start.Format(time.DateOnly))
	h.fill("time", "09:15")
	h.fill("zone", "America/Denver")
	h.fill("name", "Morning group")
	h.pick("facilitator", "Kim Ode")
	h.press("Preview")
	b.see("Reason for setting a rule aside") // a certificate is missing
	h.fill("reason", "The certificate comes next month.")
	h.press("Open the cohort")
	b.see("The cohort is open.", "Morning group", "No one is enrolled yet.", "Kim Ode")
	if strings.Contains(b.text(), closed.Format("Mon 2 Jan 2006")) {
		t.Errorf("a session is planned on a closed day:\n%s", b.text())
	}

	h.press("Enroll a person")
	b.see("Consents to contact by")
	h.fill("name", "Quilla Fennimore")
	h.fill("email", "quilla@example.net")
	h.pick("consents", "email")
	h.press("Enroll")
	b.see("Quilla Fennimore", "Private links", "4 upcoming")
}

// A mouse, and no JavaScript: every page works by its forms.
func TestBrowserAdminFirstHourWithoutScripts(t *testing.T) {
	_, p, b := emptyFolder(t)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	adminFirstHour(t, b, p, mouse{b})
	b.mu.Lock()
	for _, request := range b.requests {
		if strings.HasSuffix(request, "/preview") || strings.HasSuffix(request, "/locked") {
			t.Errorf("a script asked for %s", request)
		}
	}
	b.mu.Unlock()
	b.inspect()
}

// The keyboard alone: Tab, arrows, Enter and typing; the focus shows wherever it is used.
func TestBrowserAdminFirstHourByKeyboard(t *testing.T) {
	_, p, b := emptyFolder(t)
	adminFirstHour(t, b, p, keyboard{b})
	b.inspect()
}

// mouse clicks, and types into fields.
type mouse struct{ b *browser }

func (m mouse) fill(field, value string) { m.b.t.Helper(); m.b.fill(field, value) }
func (m mouse) press(words string)       { m.b.t.Helper(); m.b.click(words) }

func (m mouse) pick(name, value string) {
	m.b.t.Helper()
	if eval[bool](m.b, fmt.Sprintf(`(() => {
		const options = [...document.querySelectorAll("select[name=%s] option")];
		const option = options.find((o) => o.label === %q);
		if (option) option.selected = true;
		return !!option;
	})()`, name, value)) {
		return
	}
	m.b.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("input[name=%s][value^=%q]", name, value))))
}

// keyboard goes forward by Tab, and never back.
type keyboard struct{ b *browser }

func (k keyboard) keys(keys string) { k.b.t.Helper(); k.b.do(chromedp.KeyEvent(keys)) }

func (k keyboard) fill(field, value string) {
	k.b.t.Helper()
	k.b.reach("the field "+field, fmt.Sprintf("focus.id === %q", "f-"+field))
	switch eval[string](k.b, "document.activeElement.type") {
	case "date":
		at, err := time.Parse(time.DateOnly, value)
		if err != nil {
			k.b.t.Fatal(err)
		}
		k.keys(at.Format("01022006"))
	case "time":
		at, err := time.Parse("15:04", value)
		if err != nil {
			k.b.t.Fatal(err)
		}
		k.keys(at.Format("0304PM"))
	default:
		k.b.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(2))) // Control: all of what is there makes way
		k.keys(value)
	}
	if got := eval[string](k.b, "document.activeElement.value"); got != value {
		k.b.t.Fatalf("after typing, %s is %q and not %q", field, got, value)
	}
}

func (k keyboard) press(words string) {
	k.b.t.Helper()
	k.b.reach("what says "+words, fmt.Sprintf(`["A", "BUTTON", "SUMMARY"].includes(focus.tagName) &&
		focus.innerText.replace(/\s+/g, " ").trim().startsWith(%q)`, words))
	k.keys(kb.Enter)
}

func (k keyboard) pick(name, value string) {
	k.b.t.Helper()
	k.b.reach("the choice "+name, fmt.Sprintf("focus.name === %q", name))
	if eval[string](k.b, "document.activeElement.tagName") == "SELECT" {
		k.keys(value)
		return
	}
	for range 40 {
		if eval[bool](k.b, fmt.Sprintf("document.activeElement.value.startsWith(%q)", value)) {
			if !eval[bool](k.b, "document.activeElement.checked") {
				k.keys(" ")
			}
			return
		}
		if eval[string](k.b, "document.activeElement.type") == "radio" {
			k.keys(kb.ArrowDown)
		} else {
			k.keys(kb.Tab)
		}
	}
	k.b.t.Fatalf("the keyboard does not reach %s %s on %s", name, value, k.b.at())
}
