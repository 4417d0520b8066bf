//go:build e2e

package main

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a tab of a real browser before the demo. It notes every request
// and whatever the console says.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex
	requests []string
	said     []string
}

// newBrowser opens a tab as wide as a desk's screen.
func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Fatal("there is no Chromium; on Debian and Ubuntu: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"),
		// A page that asks for something elsewhere gets an answer at once: there is nothing.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"))
	allocated, release := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(release)
	return newTab(t, allocated, base)
}

// tab opens another tab of the same browser.
func (b *browser) tab() *browser {
	b.t.Helper()
	return newTab(b.t, b.ctx, b.base)
}

// fresh opens a tab that shares no cookies with the others.
func (b *browser) fresh() *browser {
	b.t.Helper()
	return newTab(b.t, b.ctx, b.base, chromedp.WithNewBrowserContext())
}

func newTab(t *testing.T, parent context.Context, base string, options ...chromedp.ContextOption) *browser {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(parent, options...)
	t.Cleanup(closeTab)
	b := &browser{t: t, ctx: ctx, base: base}
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.said = append(b.said, fmt.Sprintf("%s: %s (%s)", m.Type, m.Text, m.URL))
			b.mu.Unlock()
		}
	}()
	err := chromedp.Listen(ctx, func(event any) {
		if sent, ok := event.(*network.EventRequestWillBeSent); ok {
			b.mu.Lock()
			b.requests = append(b.requests, sent.Request.URL)
			b.mu.Unlock()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

// patience is how long a browser may take for anything: on a busy machine everything
// takes a while, and whatever does not come in this time does not come.
const patience = time.Minute

// do does something with patience.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s; the page is\n%s", err, b.text())
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.base + path
	}
	b.do(chromedp.Navigate(path))
}

// try evaluates JavaScript; it fails while one page makes way for the next.
func try[T any](b *browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// eval gives what an expression of JavaScript gives.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := try[T](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %s", expression, err)
	}
	return value
}

// text is all that the page shows; empty when there is no page.
func (b *browser) text() string {
	text, _ := try[string](b, "document.body ? document.body.innerText : ''") // without a page there is no text
	return text
}

// see waits until the page shows all these words, through navigations.
func (b *browser) see(words ...string) {
	b.t.Helper()
	for _, word := range words {
		if !await(patience, func() bool { return strings.Contains(b.text(), word) }) {
			b.t.Fatalf("the page at %s does not show %q:\n%s", b.at(), word, b.text())
		}
	}
}

func (b *browser) at() string { return eval[string](b, "location.pathname") }

// click clicks the first visible link or button that shows the words.
func (b *browser) click(words string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(b.mark(words))))
}

// mark gives a selector of the first link or button that shows the words.
func (b *browser) mark(words string) string {
	b.t.Helper()
	if !eval[bool](b, fmt.Sprintf(`(() => {
		document.querySelectorAll("[data-test]").forEach((e) => e.removeAttribute("data-test"));
		const all = [...document.querySelectorAll("a, button, summary, label")];
		const found = all.find((e) => e.innerText.replace(/\s+/g, " ").trim().startsWith(%q) &&
			e.offsetParent !== null && !e.closest("[aria-hidden=true]"));
		if (found) found.setAttribute("data-test", "here");
		return !!found;
	})()`, words)) {
		b.t.Fatalf("the page at %s has nothing to click that says %q:\n%s", b.at(), words, b.text())
	}
	return `[data-test="here"]`
}

// fill puts a value into a field as a person's typing would.
func (b *browser) fill(field, value string) {
	b.t.Helper()
	if !eval[bool](b, fmt.Sprintf(`(() => {
		const field = document.getElementById("f-" + %[1]q) || document.getElementById(%[1]q);
		if (!field) return false;
		field.value = %[2]q;
		field.dispatchEvent(new Event("input", {bubbles: true}));
		return field.value === %[2]q;
	})()`, field, value)) {
		b.t.Fatalf("the page at %s has no field %s that takes %q", b.at(), field, value)
	}
}

// reach presses Tab until the focus is on something for which the condition
// holds; focus is the element.
func (b *browser) reach(what, condition string) {
	b.t.Helper()
	for range 120 {
		if eval[bool](b, fmt.Sprintf(`(() => { const focus = document.activeElement; return !!(focus && (%s)); })()`,
			condition)) {
			if !eval[bool](b, `document.activeElement.matches(":focus-visible")`) {
				b.t.Errorf("the focus on %s does not show", what)
			}
			return
		}
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	b.t.Fatalf("the keyboard does not reach %s on %s", what, b.at())
}

// fits holds that nothing is wider than the screen.
func (b *browser) fits(width int) {
	b.t.Helper()
	if wide := eval[int](b, "document.documentElement.scrollWidth"); wide > width {
		b.t.Errorf("%s is %d wide on a screen of %d", b.at(), wide, width)
	}
}

// inspect holds that the console is quiet and that nothing was asked of
// anybody else. The browser notes there each answer with a status that is none
// of 200 to 399; those are expected.
func (b *browser) inspect(expected ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.said {
		if slices.ContainsFunc(append(expected, "422"), func(status string) bool {
			return strings.Contains(said, "status of "+status) // 422: a form came back to be corrected
		}) || strings.HasPrefix(said, "info: Clear-Site-Data") { // the browser says that it did as it was told
			continue
		}
		b.t.Errorf("the console says %s", said)
	}
	host := strings.TrimPrefix(b.base, "http://")
	for _, request := range b.requests {
		// data: are the browser's own pictures in fields for dates.
		if parsed, err := url.Parse(request); err != nil || parsed.Host != host && parsed.Scheme != "data" {
			b.t.Errorf("the page asked for %s (%v)", request, err)
		}
	}
	if len(b.requests) < 10 {
		b.t.Errorf("only %d requests were seen", len(b.requests))
	}
}

// demo starts the demo and signs in.
func demo(t *testing.T) (p *process, b *browser) {
	t.Helper()
	p = startProcess(t, t.TempDir(), "demo")
	b = newBrowser(t, p.tells("web"))
	b.open(p.tells("staff"))
	b.see("This link signs you in on this device.")
	b.click("Sign in")
	b.see("Cohorts", "Tuesday evening group", "This is a sample clinic.")
	return p, b
}

func TestBrowserDesk(t *testing.T) {
	p, b := demo(t)
	b.click("Cohorts")
	b.see("Closed groups")
	b.click("Open a cohort")
	b.see("The preview shows every session before anything is saved")
	start := time.Now().UTC().AddDate(0, 0, 30)
	eval[bool](b, `(document.querySelector("#f-protocol input[value^=mbsr-4w]").click(), true)`)
	b.fill("start", start.Format(time.DateOnly))
	b.fill("time", "09:15")
	b.fill("zone", "America/Denver")
	b.previews(start, 4, "09:15") // without leaving the page
	b.fill("zone", "America/Denvr")
	b.see("America/Denver?")
	b.fill("zone", "America/Denver")
	b.fill("name", "Morning group")
	b.previews(start, 4, "09:15")
	b.click("Open the cohort")
	b.see("Morning group", "No one is enrolled yet.")
	cohort := b.at()

	b.click("Enroll a person")
	b.see("The next entry is " + start.Format("Mon 2 Jan 2006"))
	b.fill("name", "Quilla Fennimore")
	b.fill("email", "quilla at example")
	b.click("Email Almanac sends")
	b.click("Enroll")
	b.see("This is not an email address.")
	b.fill("email", "quilla@example.net")
	b.click("Enroll")
	b.see("Quilla Fennimore", "Private links", "4 upcoming")

	b.open(cohort)
	b.click("⋯")
	b.click("Move")
	b.see("Move a session")
	to := start.AddDate(0, 0, 1)
	b.fill("to", to.Format(time.DateOnly))
	b.fill("to_time", "10:45")
	b.click("Preview changes")
	b.see("Who will be notified", "Quilla Fennimore", "10:45")
	b.click("Move this session")
	b.see("Morning group", "moved from")

	b.click("⋯")
	b.click("Cancel")
	b.see("What happens to its content?")
	b.click("Preview changes")
	b.see("Who will be notified", "Quilla Fennimore")
	b.click("Cancel this session")
	b.see("Morning group", "cancelled", "Session cancelled.", "Undo (until")
	b.click("Undo")
	b.see("Morning group", "Undone.")
	b.open(cohort)
	if strings.Contains(b.text(), "Undone.") {
		t.Error("what was done is said twice")
	}

	b.open("/mail") // of the demo's story: the welcome rests three minutes
	b.click("Appointment")
	b.see("Hello ")
	b.open("/tasks")
	b.see("Tasks", "Reached")
	b.narrow(p, cohort)
	b.inspect()
	if code := p.signal(syscall.SIGINT); code != exitDone {
		t.Errorf("the demo exits with %d and says %s", code, p.trouble)
	}
}

// narrow looks at the pages on a telephone.
func (b *browser) narrow(p *process, cohort string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(360, 780))
	b.open(p.tells("patient"))
	b.fits(360)
	for _, word := range []string{"Tuesday evening", "MORE", "Session", "group"} {
		if text := b.text(); strings.Contains(text, word) {
			b.t.Errorf("the person's page says %q:\n%s", word, text)
		}
	}
	for _, path := range []string{"/", "/calendar", "/cohorts", "/cohorts/new", cohort, cohort + "/enroll",
		cohort + "/roster", "/intake", "/tasks", "/notices", "/mail", "/staff"} {
		b.open(path)
		b.fits(360)
	}
	b.open("/cohorts")
	b.click("Thursday rolling group")
	b.see("Manage", "Board")
	b.click("Manage")
	b.see("Change seats")
	b.click("Board")
	b.see("Seats taken")
	b.fits(360)
	b.do(chromedp.EmulateViewport(1280, 900))
}

// Someone without a mouse enrolls somebody and ticks off a task.
func TestBrowserKeyboard(t *testing.T) {
	_, b := demo(t)
	b.reach("the way past the navigation", `focus.innerText === "Skip to content"`)
	b.reach("the list of cohorts", `focus.tagName === "A" && focus.innerText === "Cohorts"`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.see("Closed groups")
	b.reach("a cohort", `focus.tagName === "A" && focus.innerText.includes("Wednesday lunch")`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.see("Enroll a person")
	b.reach("the button to enroll", `focus.innerText === "Enroll a person"`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.see("Consents to contact by")
	b.reach("the name", `focus.name === "name"`)
	b.do(chromedp.KeyEvent("Wilhelmina Starling"))
	b.reach("the e-mail address", `focus.name === "email"`)
	b.do(chromedp.KeyEvent("wilhelmina@example.net"))
	b.reach("the consent to e-mail", `focus.name === "consents" && focus.value === "email"`)
	b.do(chromedp.KeyEvent(" "))
	b.reach("the button", `focus.tagName === "BUTTON" && focus.innerText === "Enroll"`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.see("Wilhelmina Starling", "Private links")

	b.reach("the tasks", `focus.tagName === "A" && focus.innerText.startsWith("Tasks")`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.see("People to talk to")
	const count = `document.querySelectorAll(".call").length`
	before := eval[int](b, count)
	b.reach("a call's button", `focus.value === "reached"`)
	b.do(chromedp.KeyEvent(kb.Enter))
	if !await(patience, func() bool { left, err := try[int](b, count); return err == nil && left == before-1 }) {
		t.Errorf("of %d calls, %d are left", before, eval[int](b, count))
	}
	b.inspect()
}
