package web_test

import (
	"bytes"
	"cmp"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"almanac/web"
)

var update = flag.Bool("update", false, "write the goldens anew")

// render returns the page as its server answers it.
func (p picture) render(t *testing.T) (*web.Server, []byte) {
	t.Helper()
	server := p.shelf.serve(t, beforeSpring, p.change)
	method, cookie := cmp.Or(p.method, http.MethodGet), cmp.Or(p.cookie, browser)
	if p.anyone {
		cookie = ""
	}
	var more []*http.Cookie
	if p.said != "" {
		more = append(more, server.Said(cmp.Or(cookie, pageKey), p.path, p.said, beforeSpring))
	}
	answer := ask(server.Handler(), method, p.path, p.form, cookie, more...)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := max(p.status, 200); answer.StatusCode != want {
		t.Errorf("status %d, want %d", answer.StatusCode, want)
	}
	return server, body
}

func TestGallery(t *testing.T) {
	t.Parallel()
	for _, p := range gallery(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			server, body := p.render(t)
			body = bytes.ReplaceAll(body, []byte(server.AssetsVersion()), []byte("VERSION"))
			body = oncePattern.ReplaceAll(body, []byte(`name="once" value="ONCE"`))
			body = menuPattern.ReplaceAllFunc(body, currentItem)
			if p.name != "preview" {
				checkPage(t, body)
			}
			compareGolden(t, filepath.Join("testdata", "gallery", p.name+".html"), body)
		})
	}
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as it was; look at the page, then run with -update", file)
	}
}

// checkPage holds what every page must have: a language, a title, one h1, a
// label for every field, no id twice, nothing from elsewhere and nothing inline.
func checkPage(t *testing.T, body []byte) {
	t.Helper()
	page, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(body, []byte("<bdi>{")) { // a field that hides one of the layout's
		t.Error("the page prints a Go value")
	}
	headings, ids, labelled, fields, links := 0, map[string]int{}, map[string]bool{}, []string{}, []string{}
	for n := range page.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		a := attributes(n)
		ids[a["id"]]++
		switch n.Data {
		case "html":
			if a["lang"] == "" {
				t.Error("no language")
			}
		case "h1":
			headings++
		case "label":
			labelled[a["for"]] = true
		case "input", "select", "textarea":
			if a["type"] != "hidden" && a["type"] != "checkbox" && a["type"] != "radio" {
				fields = append(fields, a["id"])
			}
		case "style":
			t.Error("a style element")
		case "script":
			if a["src"] == "" {
				t.Error("an inline script")
			}
		}
		for name, value := range a {
			if name == "style" || strings.HasPrefix(name, "on") {
				t.Errorf("inline %s=%q", name, value)
			}
			framed := n.Data == "iframe" && a["sandbox"] == "" && strings.HasPrefix(value, "/mail/")
			loads := (name == "src" || name == "href" && n.Data == "link") && !framed
			if loads && !strings.HasPrefix(value, "/assets/") {
				t.Errorf("%s from elsewhere: %s", name, value)
			}
			if name == "href" && strings.HasPrefix(value, "#") && len(value) > 1 {
				links = append(links, value[1:])
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d h1", headings)
	}
	for _, id := range fields {
		if !labelled[id] {
			t.Errorf("the field %q has no label", id)
		}
	}
	for _, id := range links {
		if ids[id] == 0 {
			t.Errorf("a link to #%s leads nowhere", id)
		}
	}
	for id, n := range ids {
		if id != "" && n > 1 {
			t.Errorf("the id %q stands %d times", id, n)
		}
	}
}

func attributes(n *html.Node) map[string]string {
	a := map[string]string{}
	for _, attr := range n.Attr {
		a[attr.Key] = attr.Val
	}
	return a
}
