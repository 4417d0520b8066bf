package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/web"
)

// twilioDouble is a gateway of Twilio's shape: it checks basic auth, takes a text of one Idempotency-Key once, and
// signs what it calls back.
type twilioDouble struct {
	*httptest.Server
	mu    sync.Mutex
	texts []url.Values // taken
	keys  map[string]bool
	code  int // of an error, with which it answers; 0: none
}

const (
	doubleAccount, doubleToken = "AC0123456789", "the-token-of-the-account"
	textedNumber               = "+12025550153"
)

func newTwilioDouble(t *testing.T) *twilioDouble {
	t.Helper()
	d := &twilioDouble{keys: map[string]bool{}}
	d.Server = httptest.NewServer(http.HandlerFunc(d.take))
	t.Cleanup(d.Close)
	return d
}

func (d *twilioDouble) url() string {
	return "twilio://" + doubleAccount + ":" + doubleToken + "@" + strings.TrimPrefix(d.URL, "http://") +
		"?from=%2B12025550199&price=0.01"
}

func (d *twilioDouble) take(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	user, password, _ := r.BasicAuth()
	if user != doubleAccount || password != doubleToken {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"code": 20003}`)
		return
	}
	if d.code != 0 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"code": %d}`, d.code)
		return
	}
	_ = r.ParseForm()
	if key := r.Header.Get("Idempotency-Key"); key == "" || !d.keys[key] {
		d.keys[key] = true
		d.texts = append(d.texts, r.PostForm)
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"sid": "SM%d", "status": "queued"}`, len(d.texts))
}

// taken empties what was taken.
func (d *twilioDouble) taken() []url.Values {
	d.mu.Lock()
	defer d.mu.Unlock()
	texts := d.texts
	d.texts = nil
	return texts
}

// call posts a signed request to the hook at an address, and gives the status.
func (d *twilioDouble) call(s *web.Server, address string, form url.Values, token string) int {
	signed := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = mac.Write([]byte(signed))
	r := httptest.NewRequest(http.MethodPost, strings.TrimPrefix(address, "https://dates.example"),
		strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	seen := httptest.NewRecorder()
	s.Handler().ServeHTTP(seen, r)
	return seen.Code
}

// gatewayWorld is a world whose texts go to a double of a gateway, with the web server that the double calls back.
func gatewayWorld(t *testing.T) (*twilioDouble, *world, *web.Server) {
	t.Helper()
	d, folder := newTwilioDouble(t), t.TempDir()
	clock := &handClock{at: newStory().asked.Add(-time.Hour)}
	w := newWorld(t, clock, nil, "sqlite", "file:"+filepath.Join(folder, "almanac.db")+"?_pragma=busy_timeout(5000)",
		"--data-dir", folder, "--sms-url", d.url())
	server, err := web.New(w.webOptions())
	if err != nil {
		t.Fatal(err)
	}
	return d, w, server
}

// textedWorld is gatewayWorld a day after the person with a telephone was enrolled.
func textedWorld(t *testing.T) (d *twilioDouble, w *world, server *web.Server, g guest) {
	t.Helper()
	d, w, server = gatewayWorld(t)
	cohort, _, _ := strings.Cut(w.command("", "cohort", "open", "--protocol", "more-telehealth", "--start",
		"2026-01-20", "--time", "18:00", "--zone", storyZone), "\n")
	w.until(w.story.asked)
	g = w.story.guests[slices.IndexFunc(w.story.guests, func(g guest) bool { return g.phone == textedNumber })]
	w.command(requestFor(cohort, g), "enroll", "-")
	w.until(w.story.asked.Add(24 * time.Hour))
	return d, w, server, g
}

// From the page that records a consent to the telephone and back: the number is asked, confirms, gets its dates, the
// report arrives, STOP is obeyed and answered, and no number or word of a person reaches the log.
func TestTextsFromTheDeskToThePhone(t *testing.T) {
	t.Parallel()
	d, w, server, guest := textedWorld(t)
	asked := d.taken()
	if len(asked) != 1 || asked[0].Get("To") != textedNumber || !strings.Contains(asked[0].Get("Body"), "Reply Y") {
		t.Fatalf("asked: %v", asked)
	}
	const hook = "https://dates.example/hooks/sms/twilio"
	text := func(id, body, token string) int {
		return d.call(server, hook, url.Values{"MessageSid": {id}, "From": {textedNumber}, "Body": {body}}, token)
	}
	if code := text("SMx", "STOP", "another token"); code != http.StatusForbidden {
		t.Errorf("unsigned: %d", code)
	}
	if code := text("SMy", strings.Repeat("Y", 10<<20), doubleToken); code != http.StatusUnprocessableEntity &&
		code != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB: %d", code)
	}
	if code := text("SMa", "Y", doubleToken); code != http.StatusNoContent {
		t.Fatalf("confirmed: %d", code)
	}
	w.until(w.now().Add(2 * time.Minute))
	told := d.taken()
	if len(told) != 2 || !strings.HasPrefix(told[0].Get("Body"), "Thank you") ||
		!strings.Contains(told[1].Get("Body"), "https://dates.example/p/") {
		t.Fatalf("told: %v", told)
	}
	back, err := url.Parse(told[1].Get("StatusCallback"))
	if err != nil {
		t.Fatal(err)
	}
	report := url.Values{"MessageSid": {"SM2"}, "MessageStatus": {"delivered"}}
	for range 2 {
		if code := d.call(server, back.String(), report, doubleToken); code != http.StatusNoContent {
			t.Errorf("a report: %d", code)
		}
	}
	if states := w.column("SELECT state FROM notices WHERE kind = 'welcome' AND channel = 'sms'"); !slices.Equal(states,
		[]string{"delivered"}) {
		t.Errorf("the welcome is %v", states)
	}
	for range 2 { // the gateway repeats what it is not sure of
		if code := text("SMb", "stop", doubleToken); code != http.StatusNoContent {
			t.Errorf("STOP: %d", code)
		}
	}
	answers := d.taken()
	if len(answers) != 1 || !strings.Contains(answers[0].Get("Body"), "no more texts") {
		t.Errorf("answers to STOP: %v", answers)
	}
	w.until(instant("2026-01-21 00:00"))
	if late := d.taken(); len(late) > 0 {
		t.Errorf("after STOP: %v", late)
	}
	for _, secret := range []string{textedNumber, "2025550153", guest.name, doubleToken, "Reply Y"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// A person answers by text: C gives back the date of the last reminder and no other, however often it is said, and an
// answer that may mean another date changes nothing.
func TestAnswersByText(t *testing.T) {
	t.Parallel()
	d, w, server, _ := textedWorld(t)
	n := 0
	says := func(body, want string) {
		t.Helper()
		d.taken()
		n++
		form := url.Values{"MessageSid": {fmt.Sprint("SM-in-", n)}, "From": {textedNumber}, "Body": {body}}
		for range 2 { // the gateway says it twice
			if code := d.call(server, "https://dates.example/hooks/sms/twilio", form,
				doubleToken); code != http.StatusNoContent {
				t.Fatalf("%q: %d", body, code)
			}
		}
		answers := d.taken()
		if len(answers) != 1 || !strings.Contains(answers[0].Get("Body"), want) {
			t.Errorf("%q is answered with %v, want %q", body, answers, want)
		}
	}
	released := func(want int) {
		t.Helper()
		if got := w.column("SELECT id FROM seats WHERE state = 'released'"); len(got) != want {
			t.Errorf("%d dates are given back, want %d", len(got), want)
		}
	}
	says("Y", "Thank you")
	says("N", "Nobody reads texts around the clock")
	w.until(instant("2026-01-19 23:30")) // a reminder has come, for the 20th
	if texts := d.taken(); len(texts) == 0 || !strings.Contains(texts[len(texts)-1].Get("Body"), "Reply C") {
		t.Fatalf("no reminder: %v", texts)
	}
	says("c", "You have given back your date (Tue 20 Jan, 6:00 PM)")
	released(1)
	says("can't come", "You have given back your date")
	released(1)
	w.until(instant("2026-01-27 02:00")) // the reminder of the 27th has come
	d.taken()
	w.until(instant("2026-01-28 02:00")) // and that date is over
	says("C", "We cannot tell which date you mean")
	released(1)
	says("CANCEL", "you get no more texts")
	released(1)
}

// Y takes the offer that a text told, once; a later answer changes nothing.
func TestOfferIsAnsweredByText(t *testing.T) {
	t.Parallel()
	d, w, server := gatewayWorld(t)
	cohort, _, _ := strings.Cut(w.command("", "cohort", "open", "--protocol", "more-telehealth", "--start",
		"2026-01-20", "--time", "18:00", "--zone", storyZone, "--capacity", "1", "--reason", "a test"), "\n")
	w.until(w.story.asked)
	guest := w.story.guests[slices.IndexFunc(w.story.guests, func(g guest) bool { return g.phone == textedNumber })]
	seated := w.command(requestFor(cohort, w.story.guests[0]), "enroll", "-")
	w.command(requestFor(cohort, guest), "enroll", "-")
	w.until(w.story.asked.Add(24 * time.Hour))
	text := func(id, body string) string {
		t.Helper()
		d.taken()
		code := d.call(server, "https://dates.example/hooks/sms/twilio",
			url.Values{"MessageSid": {id}, "From": {textedNumber}, "Body": {body}}, doubleToken)
		answers := d.taken()
		if code != http.StatusNoContent || len(answers) != 1 {
			t.Fatalf("%q: %d, answers %v", body, code, answers)
		}
		return answers[0].Get("Body")
	}
	text("SM1", "Y")
	_, rest, _ := strings.Cut(seated, "enrollment: ")
	enrollment, _, _ := strings.Cut(rest, "\n")
	w.command("", "enrollment", "withdraw", enrollment, "--confirm")
	w.until(w.now().Add(2 * time.Hour))
	told := d.taken()
	if len(told) != 1 || !strings.Contains(told[0].Get("Body"), "Reply Y or N") {
		t.Fatalf("the offer: %v", told)
	}
	if said := text("SM2", "yes"); !strings.Contains(said, "The date is yours: Tue 20 Jan, 6:00 PM.") {
		t.Errorf("accepted: %s", said)
	}
	if states := w.column("SELECT state FROM enrollments ORDER BY state"); !slices.Equal(states,
		[]string{"active", "withdrawn"}) {
		t.Errorf("enrollments %v", states)
	}
	if said := text("SM3", "N"); !strings.Contains(said, "no longer free") {
		t.Errorf("afterwards: %s", said)
	}
}
