//go:build axe

package web_test

import (
	"bytes"
	"context"
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

// axeRun runs the rules of WCAG 2.0 to 2.2, A and AA, and the best practices. It returns what is wrong, and how many
// pixels the page is wider than the window.
const axeRun = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
	resultTypes: ['violations']}).then(r => ({
	wider: document.documentElement.scrollWidth - window.innerWidth,
	wrong: r.violations.flatMap(v => v.nodes.map(n => v.id + ' ' + n.target.join(' ') + ': ' + n.html.slice(0, 160))),
}))`

// axeResult is what axeRun returns.
type axeResult struct {
	Wider int
	Wrong []string
}

// TestAccessibility checks every page of the gallery with axe-core: on a wide screen and on the narrowest phone, in
// the light and in the dark. No page may be wider than its window.
func TestAccessibility(t *testing.T) {
	rules, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v; make install brings axe-core", err)
	}
	bodies := galleryBodies(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, ok := bodies[strings.TrimPrefix(r.URL.Path, "/page/")]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(body)
			return
		}
		http.ServeFile(w, r, filepath.Join("assets", path.Base(r.URL.Path)))
	}))
	t.Cleanup(server.Close)
	tab := openTab(t)
	for _, screen := range []struct {
		name          string
		width, height int64
		scheme        string
	}{
		{"wide", 1280, 900, "light"}, {"wide, dark", 1280, 900, "dark"},
		{"phone", 320, 640, "light"}, {"phone, dark", 320, 640, "dark"},
	} {
		if err := chromedp.Do(tab, chromedp.EmulateViewport(screen.width, screen.height)); err != nil {
			t.Fatal(err)
		}
		_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: screen.scheme}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for name := range bodies {
			if err := chromedp.Do(tab, chromedp.Navigate(server.URL+"/page/"+name)); err != nil {
				t.Fatalf("%s, %s: %v", screen.name, name, err)
			}
			if _, err := chromedp.Run(tab, chromedp.Evaluate[int](string(rules)+";0")); err != nil {
				t.Fatalf("%s, %s: %v", screen.name, name, err)
			}
			found, err := chromedp.Run(tab, chromedp.Evaluate[axeResult](axeRun, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatalf("%s, %s: %v", screen.name, name, err)
			}
			if found.Wider > 0 {
				t.Errorf("%s, %s: %d pixels wider than the window", screen.name, name, found.Wider)
			}
			for _, wrong := range found.Wrong {
				t.Errorf("%s, %s: %s", screen.name, name, wrong)
			}
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
