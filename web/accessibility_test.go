//go:build axe

package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeRun runs the rules of WCAG 2.0 to 2.2, A and AA, and the best practices. Its options are axeAll or axeAgain. It
// returns what is wrong, and how many pixels the page is wider than the window.
const axeRun = `axe.run(document, Object.assign({resultTypes: ['violations']}, %s)).then(r => ({
	wider: document.documentElement.scrollWidth - window.innerWidth,
	wrong: r.violations.flatMap(v => v.nodes.map(n => v.id + ' ' + n.target.join(' ') + ': ' + n.html.slice(0, 160))),
}))`

const (
	axeAll = `{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}`
	// axeAgain has the rules whose outcome may differ between light and dark at the same width.
	axeAgain = `{runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block', 'target-size',
		'scrollable-region-focusable']}}`
)

// axeResult is what axeRun returns.
type axeResult struct {
	Wider int
	Wrong []string
}

// axeScreens are the ways in which a page is looked at. Each width gets all rules once.
var axeScreens = []struct {
	name          string
	width, height int64
	scheme, rules string
}{
	{"wide", 1280, 900, "light", axeAll}, {"wide, dark", 1280, 900, "dark", axeAgain},
	{"phone, dark", 320, 640, "dark", axeAll}, {"phone", 320, 640, "light", axeAgain},
}

// TestAccessibility checks every page of the gallery with axe-core: on a wide screen and on the narrowest phone, in
// the light and in the dark. No page may be wider than its window. Two tabs share the pages.
func TestAccessibility(t *testing.T) {
	rules, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v; make install brings axe-core", err)
	}
	bodies := galleryBodies(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[strings.TrimPrefix(r.URL.Path, "/page/")]
		switch {
		case ok:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(body)
		case strings.HasPrefix(r.URL.Path, "/assets/"):
			http.ServeFile(w, r, filepath.Join("assets", path.Base(r.URL.Path)))
		default: // a script asks whether the screen is locked
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(server.Close)
	tabs := make(chan context.Context, 2)
	first := openTab(t)
	second, closeTab := chromedp.NewContext(first)
	t.Cleanup(closeTab)
	tabs <- first
	tabs <- second
	for name := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := <-tabs
			defer func() { tabs <- tab }()
			checkScreens(t, tab, server.URL+"/page/"+name, string(rules))
		})
	}
}

// checkScreens loads a page once and runs the rules on each screen.
func checkScreens(t *testing.T, tab context.Context, address, rules string) {
	t.Helper()
	for i, screen := range axeScreens {
		if err := chromedp.Do(tab, chromedp.EmulateViewport(screen.width, screen.height)); err != nil {
			t.Fatalf("%s: %v", screen.name, err)
		}
		_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: screen.scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"}}, // no color is on its way to another
		})
		if err != nil {
			t.Fatalf("%s: %v", screen.name, err)
		}
		if i == 0 {
			if err := chromedp.Do(tab, chromedp.Navigate(address)); err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Run(tab, chromedp.Evaluate[int](rules+";0")); err != nil {
				t.Fatal(err)
			}
		}
		found, err := chromedp.Run(tab, chromedp.Evaluate[axeResult](fmt.Sprintf(axeRun, screen.rules),
			chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", screen.name, err)
		}
		if found.Wider > 0 {
			t.Errorf("%s: %d pixels wider than the window", screen.name, found.Wider)
		}
		for _, wrong := range found.Wrong {
			t.Errorf("%s: %s", screen.name, wrong)
		}
	}
}

// galleryBodies renders every page of the gallery, by name.
func galleryBodies(t *testing.T) map[string][]byte {
	t.Helper()
	bodies := map[string][]byte{}
	for _, p := range gallery(t) {
		if _, body := p.render(t); bytes.Contains(body, []byte("<main")) { // not a fragment
			bodies[p.name] = body
		}
	}
	return bodies
}

// openTab opens a tab of Chromium.
func openTab(t *testing.T) context.Context {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if chromium, err = exec.LookPath("chromium-browser"); err != nil {
			t.Fatal("there is no Chromium; make install brings it")
		}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.WSURLReadTimeout(time.Minute))
	allocated, release := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(release)
	tab, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	return tab
}
