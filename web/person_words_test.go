package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/web"
)

// Every text that participants read is said in each language in words of its own.
func TestEveryTextIsTranslated(t *testing.T) {
	t.Parallel()
	english, spanish := web.Texts("en"), web.Texts("es")
	if len(english) < 60 || len(english) > len(spanish) {
		t.Fatalf("%d English texts, %d Spanish ones", len(english), len(spanish))
	}
	grammar := map[string]bool{"words.ZoneBefore": true, "words.ZoneAfter": true, "words.of": true}
	for name, text := range english {
		if own, ok := spanish[name]; !ok || own == text || own == "" && text != "" && !grammar[name] {
			if text != "" || own != "" {
				t.Errorf("%s: %q in English, %q in Spanish", name, text, own)
			}
		}
	}
}

var (
	wordPattern = regexp.MustCompile(`[\p{L}]{2,}`)
	tagPattern  = regexp.MustCompile(`(?s)<!doctype[^>]*>|<(script|style)[^>]*>.*?</(?:script|style)>|<[^>]*>`)
	saidPattern = regexp.MustCompile(`(?:data-copied|title|placeholder|aria-label|alt)="([^"]*)"`)
	linkPattern = regexp.MustCompile(`(?:https?|webcal)://[^ <"]*`)
)

// visible is what a page says: its text and the attributes that are read out.
func visible(page string) string {
	var said []string
	for _, match := range saidPattern.FindAllStringSubmatch(page, -1) {
		said = append(said, match[1])
	}
	text := html.UnescapeString(tagPattern.ReplaceAllString(page, " ") + " " + strings.Join(said, " "))
	return linkPattern.ReplaceAllString(text, " ")
}

// foreign lists the words of a text that are English and not Spanish.
func foreign(text string) (found []string) {
	words := func(texts map[string]string, more string) map[string]bool {
		all := map[string]bool{}
		for _, text := range texts {
			more += " " + text
		}
		for _, word := range wordPattern.FindAllString(strings.ToLower(more), -1) {
			all[word] = true
		}
		return all
	}
	english := words(web.Texts("en"),
		"the this that please appointment appointments online cancelled calendar monday tuesday "+
			"jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat until from to at time "+
			"error not found trouble")
	spanish := words(web.Texts("es"), "ene feb mar abr may jun jul ago sep oct nov dic")
	for _, word := range wordPattern.FindAllString(strings.ToLower(text), -1) {
		if english[word] && !spanish[word] {
			found = append(found, word)
		}
	}
	return found
}

// Every byte that a Spanish-speaking person gets from the web is Spanish: feed, pages,
// confirm pages, and what is said when something is wrong.
func TestSpanishAllTheWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) { o.FeedRate = 3 })
	asked := access.Coordinator
	cohort := h.opened()
	enrolled := h.post(cohort+"/enroll", url.Values{
		"name": {"Lucía Canary"}, "zone": {"America/Bogota"}, "language": {"es"}, "email": {"lucia@canary.example"},
		"consents": {"email"},
	}, h.signIn(asked))
	page, feed := h.links(h.goesTo(enrolled, "/enrollments/"))
	spanish := func(what string, status int, answer reply) {
		t.Helper()
		if answer.StatusCode != status {
			t.Errorf("%s: %d, want %d", what, answer.StatusCode, status)
		}
		text := answer.body
		if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			if !strings.Contains(text, `<html lang="es">`) {
				t.Errorf("%s: not in Spanish: %.200s", what, text)
			}
			text = visible(text)
		} else if strings.HasPrefix(text, "BEGIN:VCALENDAR") {
			text = calendarText(text)
		}
		if found := foreign(text + " " +
			strings.NewReplacer("_", " ", ".", " ").Replace(answer.Header.Get("Content-Disposition"))); len(found) > 0 {
			t.Errorf("%s: %q in %s", what, found, text)
		}
	}
	calendar := h.fetch(http.MethodGet, feed)
	spanish("feed", 200, calendar)
	shows(t, calendar, 200, "SUMMARY:Cita\r\n", "X-WR-CALNAME:Citas\r\n", "LOCATION:En línea\r\n")
	if name := calendar.Header.Get("Content-Disposition"); name != `inline; filename="calendario.ics"` {
		t.Errorf("saved as %s", name)
	}
	question := h.questionFor()
	spanish("question", 200, h.get(question, ""))
	spanish("question, no choice", 422, h.post(question, url.Values{"come": {"perhaps"}}, ""))
	h.post(question, url.Values{"come": {"yes"}}, "")
	spanish("question, answered", 200, h.get(question, ""))
	spanish("page", 200, h.get(page, ""))
	spanish("page, no choice", 422, h.post(page, url.Values{"answer": {"perhaps"}}, ""))
	spanish("page, no offer", 409, h.post(page, url.Values{"answer": {"accept"}, "enrollment": {"x"}}, ""))
	spanish("settings", 200, h.get(page+"/settings", ""))
	for field, value := range map[string]string{"lead": "x", "from": "99:99", "until": "25:00",
		"max_per_week": "9999"} {
		spanish("settings, wrong "+field, 422, h.post(page+"/settings", url.Values{field: {value}}, ""))
	}
	for _, address := range []string{"/p/unknown", "/p/unknown/settings", "/c/unknown",
		"/p/" + strings.Repeat("x", 100)} {
		spanish(address, 404, h.fetch(http.MethodGet, address, "Accept-Language", "es-CO,es;q=0.9,en;q=0.8"))
		if both := h.fetch(http.MethodGet, address); !strings.Contains(both.body, "ninguna parte") ||
			!strings.Contains(both.body, "nothing at this address") {
			t.Errorf("%s is not said in both languages", address)
		}
	}
	h.fetch(http.MethodGet, feed)
	h.fetch(http.MethodGet, feed)
	spanish("feed, too often", 429, h.fetch(http.MethodGet, feed))
	if unknown := h.fetch(http.MethodGet, "/f/unknown.ics"); !strings.Contains(unknown.body, "ningún calendario") ||
		!strings.Contains(unknown.body, "no calendar") {
		t.Errorf("an unknown feed says %q", unknown.body)
	}
	h.at(moved.AddDate(0, 0, 1))
}

// calendarText is what a calendar says: the values that somebody reads.
func calendarText(object string) string {
	var said []string
	for _, line := range strings.Split(strings.ReplaceAll(object, "\r\n ", ""), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch name, _, _ = strings.Cut(name, ";"); name {
		case "SUMMARY", "NAME", "X-WR-CALNAME", "LOCATION", "DESCRIPTION", "PRODID":
			said = append(said, strings.ReplaceAll(value, "//", " "))
		}
	}
	return strings.Join(said, " ")
}
