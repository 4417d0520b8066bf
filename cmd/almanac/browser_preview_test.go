//go:build e2e

package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// previews waits until the preview shows the dates of a weekly cohort, and no others.
func (b *browser) previews(first time.Time, count int, clock string) {
	b.t.Helper()
	var want []string
	for week := range count {
		want = append(want, first.AddDate(0, 0, 7*week).Format(time.DateOnly)+"T"+clock)
	}
	b.shows(want)
}

// shows waits until the preview has come to rest with these dates.
func (b *browser) shows(want []string) {
	b.t.Helper()
	got := ""
	if !await(patience, func() bool {
		var err error
		got, err = try[string](b, previewed)
		return err == nil && got == strings.Join(want, " ")
	}) {
		b.t.Fatalf("the preview shows %q, want %q:\n%s", got, want, b.text())
	}
}

// previewed is the local date and time of each session in the preview, while it is
// not busy.
const previewed = `(() => {
	const preview = document.getElementById("preview");
	if (!preview || preview.hasAttribute("aria-busy")) return "busy";
	return [...preview.querySelectorAll("time")].map((e) => e.dateTime.slice(0, 16)).join(" ");
})()`

// gatekeeper stops the requests of a tab whose address ends like this.
type gatekeeper struct {
	b      *browser
	suffix string
	mu     sync.Mutex
	held   []fetch.RequestID
}

// stop lets no request through any more whose address ends with suffix.
func (b *browser) stop(suffix string) *gatekeeper {
	b.t.Helper()
	g := &gatekeeper{b: b, suffix: suffix}
	err := chromedp.Listen(b.ctx, func(event any) {
		if paused, ok := event.(*fetch.EventRequestPaused); ok && strings.HasSuffix(paused.Request.URL, g.suffix) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.held = append(g.held, paused.RequestID)
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	patterns := []*fetch.RequestPattern{{URLPattern: "*" + suffix}}
	if _, err := chromedp.Call(b.ctx, fetch.Enable, fetch.EnableParams{Patterns: patterns}); err != nil {
		b.t.Fatal(err)
	}
	return g
}

// waits gives the ids of the requests that stand still, once there are so many.
func (g *gatekeeper) waits(count int) []fetch.RequestID {
	g.b.t.Helper()
	var held []fetch.RequestID
	if !await(patience, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		held = slices.Clone(g.held)
		return len(held) >= count
	}) {
		g.b.t.Fatalf("%d requests for %s came, want %d", len(held), g.suffix, count)
	}
	return held
}

// open lets everything through again, what stands still included.
func (g *gatekeeper) open() {
	g.b.t.Helper()
	if _, err := chromedp.Call(g.b.ctx, fetch.Disable, struct{}{}); err != nil {
		g.b.t.Fatal(err)
	}
}

// fails answers a request with an error of the server.
func (g *gatekeeper) fails(id fetch.RequestID) {
	g.b.t.Helper()
	if _, err := chromedp.Call(g.b.ctx, fetch.FulfillRequest,
		fetch.FulfillRequestParams{RequestID: id, ResponseCode: 500}); err != nil {
		g.b.t.Fatal(err)
	}
}

// Whatever stands in the form, the preview belongs to it or says that it could not
// be loaded.
func TestBrowserPreview(t *testing.T) {
	_, b := demo(t)
	if _, err := chromedp.Call(b.ctx, network.SetCacheDisabled,
		network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	first := time.Now().UTC().AddDate(0, 0, 30)
	b.typesBeforeTheScript(first)
	b.comesBack(first.AddDate(0, 0, 1))
	b.inspect()
	b.overtakes(first.AddDate(0, 0, 2))
	b.hearsOfFailure(first.AddDate(0, 0, 3))
}

// choose fills in a weekly protocol of four sessions.
func (b *browser) choose(first time.Time) {
	b.t.Helper()
	eval[bool](b, `(document.querySelector("#f-protocol input[value^=mbsr-4w]").click(), true)`)
	b.fill("start", first.Format(time.DateOnly))
	b.fill("time", "09:15")
	b.fill("zone", "America/Denver")
}

// typesBeforeTheScript fills in the form while the script is still on its way.
func (b *browser) typesBeforeTheScript(first time.Time) {
	b.t.Helper()
	script := b.stop("/app.js")
	eval[bool](b, `(() => { setTimeout(() => { location.href = "/cohorts/new"; }); return true; })()`)
	script.waits(1)
	if !await(patience, func() bool {
		there, err := try[bool](b, `!!document.getElementById("dates")`)
		return err == nil && there
	}) {
		b.t.Fatal("the form does not come")
	}
	b.choose(first)
	script.open()
	b.previews(first, 4, "09:15")
}

// comesBack leaves the page, comes back and loads it again: whatever the browser
// has put into the fields then, the preview is of that.
func (b *browser) comesBack(first time.Time) {
	b.t.Helper()
	b.choose(first)
	b.previews(first, 4, "09:15")
	b.open("/tasks")
	b.see("People to talk to")
	for _, what := range []string{"back", "reload"} {
		if what == "back" {
			b.do(chromedp.NavigateBack())
		} else {
			b.do(chromedp.Reload())
		}
		b.see("Open the cohort")
		if !await(patience, func() bool { fits, err := try[bool](b, fitting); return err == nil && fits }) {
			b.t.Errorf("after %s the form says %s %s, the preview %s", what,
				eval[string](b, `document.getElementById("f-start").value`),
				eval[string](b, `document.getElementById("f-time").value`), eval[string](b, previewed))
		}
	}
}

// fitting tells whether the first date of the preview is the one in the form.
const fitting = `(() => {
	const value = (name) => document.getElementById("f-" + name).value;
	return document.readyState === "complete" && ` + previewed + `.startsWith(value("start") + "T" + value("time"));
})()`

// overtakes has an answer wait behind a later one.
func (b *browser) overtakes(first time.Time) {
	b.t.Helper()
	b.open("/cohorts/new")
	b.choose(first)
	b.previews(first, 4, "09:15")
	preview := b.stop("/cohorts/preview")
	b.fill("time", "10:15")
	preview.waits(1)
	if got := eval[string](b, previewed); got != "busy" {
		b.t.Errorf("while the dates of 10:15 are on their way the preview shows %s", got)
	}
	b.fill("time", "11:15")
	held := preview.waits(2)
	for _, id := range slices.Backward(held) { // the second answer first; the page may have given up the first
		_, _ = chromedp.Call(b.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: id})
	}
	b.previews(first, 4, "11:15")
	preview.open()
	b.previews(first, 4, "11:15")
}

// hearsOfFailure has no answer come, and then another one.
func (b *browser) hearsOfFailure(first time.Time) {
	b.t.Helper()
	b.open("/cohorts/new")
	b.choose(first)
	b.previews(first, 4, "09:15")
	preview := b.stop("/cohorts/preview")
	b.fill("time", "12:15")
	preview.fails(preview.waits(1)[0])
	b.see("could not be loaded")
	b.shows(nil)
	preview.open()
	b.click("Try again")
	b.previews(first, 4, "12:15")
	if text := b.text(); strings.Contains(text, "could not be loaded") {
		b.t.Errorf("the page still says that it could not:\n%s", text)
	}
	if said := fmt.Sprint(b.said); !strings.Contains(said, "500") {
		b.t.Errorf("no answer failed; the console says %s", said)
	}
}
