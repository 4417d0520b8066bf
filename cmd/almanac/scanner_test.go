package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"almanac/web"
)

var mailedLink = regexp.MustCompile(`https://dates\.example(/[^\s"<]+)`)

// Mail scanners open every link before the person does, in every way that is
// called safe (RFC 9110 §9.2.1). Nothing in the database may change by that, but
// for the count of feed fetches; and the person's own button works afterwards.
func TestScannersChangeNothing(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	cohort, _, _ := strings.Cut(w.command("", "cohort", "open", "--protocol", "more-telehealth", "--start",
		"2026-01-20", "--time", "18:00", "--zone", storyZone), "\n")
	w.until(w.story.asked)
	w.command(requestFor(cohort, w.story.guests[0]), "enroll", "-")
	w.until(instant("2026-01-18 00:00"))
	answer := strings.ReplaceAll(answerMail("mx.elsewhere.example", w.invited().uid, "DECLINED", "20260118T000000Z"),
		"pat@example.net", w.story.guests[0].email)
	w.options = append(w.options, "--log-level", "warn")
	w.command(answer, "inbound", "--inbound-auth", "mx.clinic.example")
	w.until(instant("2026-01-18 01:00"))
	server, err := web.New(w.webOptions())
	if err != nil {
		t.Fatal(err)
	}
	links := w.mailedLinks()
	for _, prefix := range []string{"/f/", "/p/", "/c/"} {
		if !slices.ContainsFunc(links, func(path string) bool { return strings.HasPrefix(path, prefix) }) {
			t.Errorf("no mail has a link that begins with %s: %q", prefix, links)
		}
	}
	before := w.everything()
	for _, path := range links {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodGet} {
			seen := httptest.NewRecorder()
			server.Handler().ServeHTTP(seen, httptest.NewRequest(method, path, nil))
			if method != http.MethodOptions && seen.Code != 200 {
				t.Errorf("%s of a mailed link answers %d", method, seen.Code)
			}
		}
	}
	for table, rows := range w.everything() {
		if table != "feed_fetches" && rows != before[table] {
			t.Errorf("looking at the links changed %s:\n%s\n%s", table, before[table], rows)
		}
	}
	for _, path := range links {
		if strings.HasPrefix(path, "/c/") {
			click := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"come": {"no"}}.Encode()))
			click.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			server.Handler().ServeHTTP(httptest.NewRecorder(), click)
		}
	}
	if w.everything()["seats"] == before["seats"] {
		t.Error("the person's own click changed nothing")
	}
}

// invited gives the invite that came first.
func (w *world) invited() letter {
	w.t.Helper()
	for _, l := range w.arrived() {
		if l.kind == "REQUEST" {
			return l
		}
	}
	w.t.Fatal("nobody was invited")
	return letter{}
}

// mailedLinks gives the path of every link in every mail, each once.
func (w *world) mailedLinks() []string {
	var all []string
	for _, l := range w.arrived() {
		for _, found := range mailedLink.FindAllStringSubmatch(l.text+" "+l.html, -1) {
			all = append(all, found[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// everything gives all rows of all tables as text.
func (w *world) everything() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, table := range w.column("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
		rows, err := w.sql.QueryContext(w.t.Context(), fmt.Sprintf("SELECT * FROM %q", table))
		if err != nil {
			w.t.Fatal(err)
		}
		all[table] = rowsAsText(w.t, rows)
	}
	return all
}

func (w *world) column(query string) []string {
	w.t.Helper()
	rows, err := w.sql.QueryContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Fields(rowsAsText(w.t, rows))
}

// rowsAsText writes rows line by line, whatever they hold, and closes them.
func rowsAsText(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for rows.Next() {
		cells, into := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, cell := range cells {
			fmt.Fprintf(&text, "%v ", cell)
		}
		text.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
