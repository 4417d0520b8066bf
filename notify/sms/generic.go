package sms

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// file is the YAML of a generic gateway; see docs/sms.md.
type file struct {
	Method  string            `yaml:"method"`  // of the request that hands a text over; empty: POST
	URL     string            `yaml:"url"`     // template
	Headers map[string]string `yaml:"headers"` // templates
	Body    string            `yaml:"body"`    // template
	Rate    float64           `yaml:"rate"`    // texts a second at most; 0: any number
	Price   float64           `yaml:"price"`   // of one part; 0: not known
	Answer  struct {
		ID    string            `yaml:"id"`    // where the gateway's id stands; empty: nowhere
		Fate  string            `yaml:"fate"`  // where its word about the text stands; empty: the status counts alone
		Fates map[string]string `yaml:"fates"` // what these words mean: sent, later, refused, bad-number, opted-out
	} `yaml:"answer"`
	Hook struct {
		Secret string `yaml:"secret"` // that the gateway knows
		Signed string `yaml:"signed"` // where its proof stands: the secret itself
		HMAC   string `yaml:"hmac"`   // where its proof stands: the HMAC-SHA256 of the body under the secret
		Report struct {
			When  string            `yaml:"when"` // a place that has a value in reports only
			Ref   string            `yaml:"ref"`  // where our reference stands
			ID    string            `yaml:"id"`   // where the gateway's id stands
			Fate  string            `yaml:"fate"`
			Fates map[string]string `yaml:"fates"` // delivered, failed, bad-number, opted-out; others say nothing
		} `yaml:"report"`
		Text struct {
			ID   string `yaml:"id"`
			From string `yaml:"from"`
			Text string `yaml:"text"`
		} `yaml:"text"`
	} `yaml:"hook"`
}

// The words of fates in the file.
const (
	fateSent, fateLater, fateRefused     = "sent", "later", "refused"
	fateDelivered, fateFailed            = "delivered", "failed"
	fateBadNumber, fateOptedOut          = "bad-number", "opted-out"
	kindQuery, kindForm, kindJSON        = "query", "form", "json"
	kindHeader, kindText                 = "header", "text"
	shortestSecret                   int = 16
)

// Generic is the driver of any gateway that takes a text by one HTTP request. Use NewGeneric.
type Generic struct {
	file    file
	url     *template.Template
	body    *template.Template
	headers map[string]*template.Template
	places  map[string]place
	client  *http.Client
	hook    func() string
	pace    *pace
}

// NewGeneric reads the YAML of a gateway. Invalid, in field "sms-url", names what is wrong in it.
func NewGeneric(text []byte, o Options) (*Generic, error) {
	g := &Generic{client: newClient(), hook: o.Hook, headers: map[string]*template.Template{},
		places: map[string]place{}}
	if err := yaml.UnmarshalWithOptions(text, &g.file, yaml.Strict()); err != nil {
		return nil, wrong("it is not as docs/sms.md shows: %s", firstLine(err))
	}
	if g.file.Rate < 0 || g.file.Price < 0 {
		return nil, wrong("rate and price must be positive")
	}
	g.pace = perSecond(g.file.Rate)
	g.file.Method = strings.ToUpper(cmp.Or(g.file.Method, http.MethodPost))
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut}, g.file.Method) {
		return nil, wrong("method must be GET, POST or PUT")
	}
	var err error
	if g.url, err = parse("url", g.file.URL); err != nil {
		return nil, err
	}
	if g.body, err = parse("body", g.file.Body); err != nil {
		return nil, err
	}
	for name, value := range g.file.Headers {
		if g.headers[name], err = parse("headers", value); err != nil {
			return nil, err
		}
	}
	if _, err := g.write(Message{Notice: "n", Attempt: 1, To: "+12025550100", Text: "x"}); err != nil {
		return nil, err
	}
	return g, g.checkFile()
}

// checkFile checks places and fates.
func (g *Generic) checkFile() error {
	f := &g.file
	for name, where := range map[string]string{
		"answer.id": f.Answer.ID, "answer.fate": f.Answer.Fate, "hook.signed": f.Hook.Signed, "hook.hmac": f.Hook.HMAC,
		"hook.report.when": f.Hook.Report.When, "hook.report.ref": f.Hook.Report.Ref,
		"hook.report.id":   f.Hook.Report.ID,
		"hook.report.fate": f.Hook.Report.Fate, "hook.text.id": f.Hook.Text.ID, "hook.text.from": f.Hook.Text.From,
		"hook.text.text": f.Hook.Text.Text,
	} {
		p, err := parsePlace(where)
		if err != nil {
			return wrong("%s must be empty or one of query:NAME, form:NAME, json:NAME.NAME, header:NAME, "+
				"text:PATTERN", name)
		}
		g.places[name] = p
	}
	for _, fate := range f.Answer.Fates {
		if !slices.Contains([]string{fateSent, fateLater, fateRefused, fateBadNumber, fateOptedOut}, fate) {
			return wrong("answer.fates knows sent, later, refused, bad-number and opted-out")
		}
	}
	for _, fate := range f.Hook.Report.Fates {
		if !slices.Contains([]string{fateDelivered, fateFailed, fateBadNumber, fateOptedOut}, fate) {
			return wrong("hook.report.fates knows delivered, failed, bad-number and opted-out")
		}
	}
	if f.Hook.Secret == "" {
		return nil
	}
	if len(f.Hook.Secret) < shortestSecret || (f.Hook.Signed == "") == (f.Hook.HMAC == "") {
		return wrong("hook needs a secret of %d characters or more, and either signed or hmac", shortestSecret)
	}
	return nil
}

func wrong(format string, args ...any) error {
	return fault.In("sms-url", "The file of sms-url cannot be used: "+format+".", args...)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func parse(name, text string) (*template.Template, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
		"query": url.QueryEscape, "path": url.PathEscape,
		"json": func(v string) (string, error) {
			text, err := json.Marshal(v)
			return string(text), err
		},
		"digits": func(v string) string { return strings.TrimPrefix(v, "+") },
	}).Parse(text)
	if err != nil {
		return nil, wrong("%s is no template: %s", name, firstLine(err))
	}
	return t, nil
}

// Price is what the file says.
func (g *Generic) Price() float64 { return g.file.Price }

// Name is generic.
func (g *Generic) Name() string { return "generic" }

// Check connects to the gateway.
func (g *Generic) Check(ctx context.Context) error {
	r, err := g.request(ctx, Message{Notice: "n", Attempt: 1, To: "+12025550100", Text: "x"})
	if err != nil {
		return err
	}
	return reach(ctx, r.URL)
}

// Close closes idle connections.
func (g *Generic) Close() error {
	g.client.CloseIdleConnections()
	return nil
}

// fields are what templates may use.
type fields struct{ To, Text, Ref, Hook string }

// written is a request as the templates wrote it.
type written struct {
	url     *url.URL
	body    string
	headers map[string]string
}

// request makes the request that hands a text over.
func (g *Generic) request(ctx context.Context, m Message) (*http.Request, error) {
	w, err := g.write(m)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, g.file.Method, w.url.String(), strings.NewReader(w.body))
	if err != nil {
		return nil, wrong("url must be an http or https address")
	}
	for name, value := range w.headers {
		r.Header.Set(name, value)
	}
	return r, nil
}

// write fills in the templates. It fails with Invalid when one cannot be.
func (g *Generic) write(m Message) (w written, err error) {
	f := fields{To: m.To, Text: m.Text, Ref: reference(m), Hook: g.hook()}
	write := func(t *template.Template) (string, error) {
		var b strings.Builder
		if err := t.Execute(&b, f); err != nil {
			return "", wrong("%s cannot be filled in: %s", t.Name(), firstLine(err))
		}
		return b.String(), nil
	}
	address, err := write(g.url)
	if err != nil {
		return w, err
	}
	w.url, err = url.Parse(address)
	if err != nil || w.url.Scheme != "https" && w.url.Scheme != "http" || w.url.Host == "" {
		return w, wrong("url must be an http or https address")
	}
	if w.url.Scheme == "http" && !loopback(w.url.Hostname()) {
		return w, wrong("url must begin with https, unless the gateway runs on this machine")
	}
	if w.body, err = write(g.body); err != nil {
		return w, err
	}
	w.headers = map[string]string{}
	for name, t := range g.headers {
		if w.headers[name], err = write(t); err != nil {
			return w, err
		}
	}
	return w, nil
}

// Send hands one text over.
func (g *Generic) Send(ctx context.Context, m Message) Delivery {
	r, err := g.request(ctx, m)
	if err != nil {
		return unreachable("the file of sms-url cannot be used")
	}
	if m.Notice != "" && r.Header.Get("Idempotency-Key") == "" {
		r.Header.Set("Idempotency-Key", string(m.Notice))
	}
	if !g.pace.wait(ctx) || !m.MaySend() {
		return late()
	}
	answer, body, trouble := exchange(g.client, r)
	if trouble != "" {
		return unreachable(trouble)
	}
	return g.fate(answer, body)
}

// fate says how an attempt ended: by the word of the answer where the file knows it, else by its status.
func (g *Generic) fate(answer *http.Response, body []byte) Delivery {
	s := said{header: answer.Header, body: body}
	status := answer.StatusCode
	word := s.at(g.places["answer.fate"])
	d := Delivery{ID: s.at(g.places["answer.id"]), Reply: fmt.Sprintf("%d %s", status, body)}
	fate := g.file.Answer.Fates[word]
	if fate == "" {
		switch {
		case status/100 == 2 && g.file.Answer.Fate == "":
			fate = fateSent
		case status == http.StatusTooManyRequests, status/100 != 4:
			fate = fateLater // also what the file does not know
		case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
			fate = fateLater
		default:
			fate = fateRefused
		}
	}
	switch fate {
	case fateSent:
		d.Outcome = reads.Sent
	case fateLater:
		d.Outcome, d.Trouble = reads.Retry, fmt.Sprintf("gateway: code %d", status)
	default:
		d.Outcome, d.NumberBad, d.OptedOut = reads.Refused, fate == fateBadNumber, fate == fateOptedOut
	}
	return d
}

// Read checks the proof and reads a report or a text.
func (g *Generic) Read(r *http.Request, body []byte, _ string) (Incoming, error) {
	s := said{query: r.URL.Query(), header: r.Header, body: body}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		s.form, _ = url.ParseQuery(string(body)) // what cannot be read has no fields
	}
	if !g.signed(s) {
		return Incoming{}, unsigned()
	}
	f := g.file.Hook
	if s.at(g.places["hook.report.when"]) != "" {
		report := reads.TextReport{Message: s.at(g.places["hook.report.id"])}
		report.Notice, report.Attempt = referenced(s.at(g.places["hook.report.ref"]))
		fate := f.Report.Fates[s.at(g.places["hook.report.fate"])]
		switch fate {
		case fateDelivered:
			report.Fate = reads.TextDelivered
		case fateFailed, fateBadNumber, fateOptedOut:
			report.Fate = reads.TextFailed
		}
		report.NumberBad, report.OptedOut = fate == fateBadNumber, fate == fateOptedOut
		if report.Notice == "" && report.Message == "" && s.at(g.places["hook.report.ref"]) == "" {
			return Incoming{}, fault.New(fault.Invalid, "This report names no text.")
		}
		return Incoming{Reports: []reads.TextReport{report}}, nil
	}
	text := reads.TextIn{From: number(s.at(g.places["hook.text.from"])),
		Text: utf8Text(s.at(g.places["hook.text.text"]))}
	id := s.at(g.places["hook.text.id"])
	if text.From == "" || id == "" {
		return Incoming{}, fault.New(fault.Invalid, "This request is neither a report nor a text with number and id.")
	}
	text.ID = digest("generic", id, text.From)
	return Incoming{Texts: []reads.TextIn{text}}, nil
}

// signed checks the proof of a request; without a secret nothing is believed.
func (g *Generic) signed(s said) bool {
	f := g.file.Hook
	if f.Secret == "" {
		return false
	}
	if f.Signed != "" {
		return hmac.Equal([]byte(s.at(g.places["hook.signed"])), []byte(f.Secret))
	}
	mac := hmac.New(sha256.New, []byte(f.Secret))
	_, _ = mac.Write(s.body) // never fails
	given := strings.TrimPrefix(s.at(g.places["hook.hmac"]), "sha256=")
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString} {
		if proof, err := decode(given); err == nil && hmac.Equal(proof, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// number gives a number in E.164: gateways leave the plus out.
func number(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "+") || len(text) < 8 {
		return text
	}
	return "+" + strings.TrimPrefix(text, "00")
}

// utf8Text reads a text that is not UTF-8 as Latin-1, which has a letter for each octet.
func utf8Text(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b bytes.Buffer
	for _, octet := range []byte(text) {
		b.WriteRune(rune(octet))
	}
	return b.String()
}

// digest names what a gateway names.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
