package sms_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"almanac/notify/sms"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

const (
	hook   = "https://care.example/hooks/sms/"
	number = "+12025550100"
	secret = "a-secret-of-the-gateway"
)

func options(name string) sms.Options {
	return sms.Options{Hook: func() string { return hook + name }}
}

func message() sms.Message {
	return sms.Message{Notice: "notice1", Attempt: 2, To: number, Text: "Reminder: 7 PM & more"}
}

// gateway answers with what the test says, and keeps the last request.
type gateway struct {
	*httptest.Server
	status int
	answer string
	last   *http.Request
	body   string
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{status: 201}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.last, g.body = r, string(body)
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

func twilio(t *testing.T, g *gateway) sms.Driver {
	t.Helper()
	d, err := sms.Open("twilio://AC123:token@"+strings.TrimPrefix(g.URL, "http://")+"?from=%2B12025550199",
		options("twilio"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTwilioSends(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	d := twilio(t, g)
	for name, c := range map[string]struct {
		status  int
		answer  string
		outcome reads.Outcome
		bad     bool
		out     bool
		trouble bool
	}{
		"taken": {201, `{"sid": "SM1", "status": "queued", "error_code": null}`, reads.Sent, false, false,
			false},
		"opted out":      {400, `{"code": 21610, "message": "unsubscribed"}`, reads.Refused, false, true, false},
		"no number":      {400, `{"code": 21211}`, reads.Refused, true, false, false},
		"a landline":     {400, `{"code": 21614}`, reads.Refused, true, false, false},
		"refused":        {400, `{"code": 21617}`, reads.Refused, false, false, false},
		"too many":       {429, `{"code": 20429}`, reads.Retry, false, false, true},
		"down":           {503, `{"code": 20503}`, reads.Retry, false, false, true},
		"wrong account":  {401, `{"code": 20003}`, reads.Retry, false, false, true},
		"a page of HTML": {200, `<html>proxy</html>`, reads.Retry, false, false, true},
		"failed at once": {201, `{"sid": "SM1", "status": "failed", "error_code": 30006}`, reads.Refused, true,
			false, false},
	} {
		g.status, g.answer = c.status, c.answer
		got := d.Send(t.Context(), message())
		if got.Outcome != c.outcome || got.NumberBad != c.bad || got.OptedOut != c.out ||
			(got.Trouble != "") != c.trouble {
			t.Errorf("%s: %+v", name, got)
		}
		if strings.Contains(got.Trouble, number) {
			t.Errorf("%s: the trouble names the number", name)
		}
	}
	user, password, _ := g.last.BasicAuth()
	form, _ := url.ParseQuery(g.body)
	want := url.Values{"To": {number}, "From": {"+12025550199"}, "Body": {message().Text},
		"StatusCallback": {hook + "twilio?ref=notice1.2"}}
	if user != "AC123" || password != "token" || !maps.EqualFunc(form, want, slices.Equal) ||
		g.last.URL.Path != "/2010-04-01/Accounts/AC123/Messages.json" ||
		g.last.Header.Get("Idempotency-Key") != "notice1" {
		t.Errorf("request %s by %s: %v", g.last.URL, user, form)
	}
	stale := message()
	stale.Fresh = func() bool { return false }
	if got := d.Send(t.Context(), stale); got.Outcome != reads.Abandoned {
		t.Errorf("a stale text: %+v", got)
	}
	g.Close()
	if got := d.Send(t.Context(), message()); got.Outcome != reads.Retry || got.Trouble == "" {
		t.Errorf("a gateway that is gone: %+v", got)
	}
	if err := d.Check(t.Context()); err == nil {
		t.Error("a gateway that is gone passes the check")
	}
}

// sign is the signature that Twilio documents, written apart from the driver.
func sign(address, token string, form url.Values) string {
	text := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		text += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestTwilioReads(t *testing.T) {
	t.Parallel()
	d := twilio(t, newGateway(t))
	read := func(query string, form url.Values, signature string) (sms.Incoming, error) {
		r := httptest.NewRequest(http.MethodPost, "/hooks/sms/twilio"+query, nil)
		r.Header.Set("X-Twilio-Signature", signature)
		return d.Read(r, []byte(form.Encode()), hook+"twilio")
	}
	report := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"undelivered"}, "ErrorCode": {"30006"}}
	const query = "?ref=notice1.2"
	got, err := read(query, report, sign(hook+"twilio"+query, "token", report))
	if err != nil || len(got.Reports) != 1 || got.Reports[0] != (reads.TextReport{Notice: "notice1", Attempt: 2,
		Message: "SM1", Fate: reads.TextFailed, NumberBad: true}) {
		t.Errorf("a report: %+v, %v", got, err)
	}
	port := strings.Replace(hook, "care.example", "care.example:443", 1)
	if _, err := read(query, report, sign(port+"twilio"+query, "token", report)); err != nil {
		t.Errorf("signed with its port: %v", err)
	}
	text := url.Values{"MessageSid": {"SM2"}, "From": {number}, "Body": {"STOP"}}
	got, err = read("", text, sign(hook+"twilio", "token", text))
	if err != nil || len(got.Texts) != 1 || got.Texts[0].From != number || got.Texts[0].Text != "STOP" ||
		got.Texts[0].ID == "" {
		t.Errorf("a text: %d, %v", len(got.Texts), err)
	}
	for name, signature := range map[string]string{"unsigned": "", "no signature": "abc",
		"by another": sign(hook+"twilio", "other", text), "for another address": sign(hook+"other", "token", text)} {
		if _, err := read("", text, signature); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	changed := url.Values{"MessageSid": {"SM2"}, "From": {"+12025550101"}, "Body": {"STOP"}}
	if _, err := read("", changed, sign(hook+"twilio", "token", text)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("changed on its way: %v", err)
	}
}

// jsonGateway is a file for a gateway that speaks JSON and signs with an HMAC.
const jsonGateway = `
method: post
url: %s/send
headers:
  Authorization: Bearer key
  Content-Type: application/json
body: '{"to": {{json .To}}, "text": {{json .Text}}, "ref": {{json .Ref}}, "hook": {{json .Hook}}}'
price: 0.0079
answer:
  id: json:messages.0.id
  fate: json:messages.0.status
  fates: {accepted: sent, busy: later, invalid: bad-number, blocked: opted-out}
hook:
  secret: a-secret-of-the-gateway
  hmac: header:X-Signature
  report:
    when: json:status
    id: json:id
    ref: json:ref
    fate: json:status
    fates: {DELIVRD: delivered, UNDELIV: failed, UNKNOWN_NUMBER: bad-number}
  text: {id: json:id, from: json:from, text: json:text}
`

func TestGenericSends(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	d, err := sms.NewGeneric([]byte(fmt.Sprintf(jsonGateway, g.URL)), options("generic"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status  int
		answer  string
		outcome reads.Outcome
		bad     bool
		out     bool
	}{
		"taken":               {200, `{"messages": [{"id": 77, "status": "accepted"}]}`, reads.Sent, false, false},
		"busy":                {200, `{"messages": [{"status": "busy"}]}`, reads.Retry, false, false},
		"no number":           {422, `{"messages": [{"status": "invalid"}]}`, reads.Refused, true, false},
		"opted out":           {200, `{"messages": [{"status": "blocked"}]}`, reads.Refused, false, true},
		"an unknown word":     {200, `{"messages": [{"status": "what"}]}`, reads.Retry, false, false},
		"a page of HTML":      {200, `<html>maintenance</html>`, reads.Retry, false, false},
		"refused":             {400, `no`, reads.Refused, false, false},
		"too many":            {429, ``, reads.Retry, false, false},
		"the key is wrong":    {401, ``, reads.Retry, false, false},
		"sent somewhere else": {302, ``, reads.Retry, false, false},
	} {
		g.status, g.answer = c.status, c.answer
		got := d.Send(t.Context(), message())
		if got.Outcome != c.outcome || got.NumberBad != c.bad || got.OptedOut != c.out {
			t.Errorf("%s: %+v", name, got)
		}
		if name == "taken" && got.ID != "77" {
			t.Errorf("id %q", got.ID)
		}
	}
	want := `{"to": "+12025550100", "text": "Reminder: 7 PM \u0026 more", "ref": "notice1.2", "hook": "` + hook +
		`generic"}`
	if g.body != want || g.last.Header.Get("Authorization") != "Bearer key" || g.last.Method != http.MethodPost {
		t.Errorf("sent %s", g.body)
	}
	if d.Price() != 0.0079 {
		t.Errorf("price %v", d.Price())
	}
}

func TestGenericReads(t *testing.T) {
	t.Parallel()
	d, err := sms.NewGeneric([]byte(fmt.Sprintf(jsonGateway, "https://gateway.example")), options("generic"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(body, by string) (sms.Incoming, error) {
		mac := hmac.New(sha256.New, []byte(by))
		_, _ = mac.Write([]byte(body))
		r := httptest.NewRequest(http.MethodPost, "/hooks/sms/generic", nil)
		r.Header.Set("X-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		return d.Read(r, []byte(body), hook+"generic")
	}
	got, err := read(`{"id": "77", "ref": "notice1.2", "status": "DELIVRD"}`, secret)
	if err != nil || len(got.Reports) != 1 || got.Reports[0] != (reads.TextReport{Notice: "notice1", Attempt: 2,
		Message: "77", Fate: reads.TextDelivered}) {
		t.Errorf("a report: %+v, %v", got, err)
	}
	got, err = read(`{"id": "78", "status": "UNKNOWN_NUMBER"}`, secret)
	if err != nil || !got.Reports[0].NumberBad || got.Reports[0].Fate != reads.TextFailed ||
		got.Reports[0].Message != "78" {
		t.Errorf("a report by id alone: %+v, %v", got, err)
	}
	got, err = read("{\"id\": \"9\", \"from\": \"12025550100\", \"text\": \"S\xed\"}", secret)
	if err != nil || got.Texts[0].From != number || got.Texts[0].Text == "" {
		t.Errorf("a text of another encoding: %v", err)
	}
	if _, err := read(`{"id": "77", "status": "DELIVRD"}`, "another secret"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by another: %v", err)
	}
	if _, err := read(`{}`, secret); !fault.Is(err, fault.Invalid) {
		t.Errorf("neither report nor text: %v", err)
	}
	shut, err := sms.NewGeneric([]byte("url: https://gateway.example/"), options("generic"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shut.Read(httptest.NewRequest(http.MethodPost, "/", nil), nil, ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("without a secret: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for text, want := range map[string]string{
		"smpp://gateway": "sms-url must be generic:FILE or " +
			"twilio://",
		"twilio://AC1:top-secret@host": "must be " +
			"twilio://SID:TOKEN@HOST?from=NUMBER",
		"twilio://AC1:t@host?from=%2B1&rate=-1": "rate and price of sms-url must be " +
			"numbers",
		"generic:/nowhere/at/all":                                             "cannot be read",
		"url: http://gateway.example":                                         "url must begin with https",
		"url: https://g.example\nfoo: bar":                                    "it is not as docs/sms.md shows",
		"url: https://g.example/{{.What}}":                                    "cannot be filled in",
		"url: 'https://g.example/{{'":                                         "is no template",
		"url: https://g.example\nhook: {secret: short, signed: 'query:k'}":    "a secret of 16 characters or more",
		"url: https://g.example\nanswer: {id: 'xml:id'}":                      "must be empty or one of query:NAME",
		"url: https://g.example\nanswer: {fate: 'json:a', fates: {x: maybe}}": "answer.fates knows",
		"url: https://g.example\nmethod: DELETE":                              "method must be GET, POST or PUT",
	} {
		address := text
		if strings.HasPrefix(text, "url:") {
			address = filepath.Join(folder, fmt.Sprintf("%x.yaml", sha256.Sum256([]byte(text))))
			if err := os.WriteFile(address, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			address = "generic:" + address
		}
		_, err := sms.Open(address, options("generic"))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(),
			"top-secret") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzRead gives drivers what anybody may send: it is refused, and nothing panics.
func FuzzRead(f *testing.F) {
	generic, err := sms.NewGeneric([]byte(fmt.Sprintf(jsonGateway, "https://gateway.example")), options("generic"))
	if err != nil {
		f.Fatal(err)
	}
	u, _ := url.Parse("twilio://AC1:token@gateway.example?from=1")
	shaped, err := sms.NewTwilio(u, options("twilio"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("id=1&status=2", "ref=a.1", "YWJj")
	f.Add(`{"id": {"a": [1]}, "status": null}`, "", "sha256=00")
	f.Fuzz(func(t *testing.T, body, query, proof string) {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/", RawQuery: query}, Header: http.Header{}}
		r.Header.Set("X-Signature", proof)
		r.Header.Set("X-Twilio-Signature", proof)
		for _, d := range []sms.Driver{generic, shaped} {
			if in, err := d.Read(r, []byte(body), hook); err == nil {
				t.Errorf("%s took %d texts that nobody signed", d.Name(), len(in.Texts))
			}
		}
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = mac.Write([]byte(body))
		r.Header.Set("X-Signature", hex.EncodeToString(mac.Sum(nil)))
		_, _ = generic.Read(r, []byte(body), hook)
	})
}
