package sms

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Twilio is the driver of gateways with the REST interface of Twilio: Messages.json, status callbacks, and their
// signature. Use NewTwilio.
type Twilio struct {
	account, token string
	from           url.Values // From, or MessagingServiceSid
	messages       *url.URL
	client         *http.Client
	hook           func() string
	pace           *pace
	price          float64
}

// NewTwilio makes a driver from twilio://SID:TOKEN@HOST?from=NUMBER. Without TLS it speaks to the loopback only.
// Invalid, in field "sms-url", when a part is missing.
func NewTwilio(u *url.URL, o Options) (*Twilio, error) {
	token, _ := u.User.Password()
	account, from := u.User.Username(), u.Query().Get("from")
	if account == "" || token == "" || u.Hostname() == "" || from == "" {
		return nil, fault.In("sms-url", "sms-url of a gateway of Twilio's kind must be "+
			"twilio://SID:TOKEN@HOST?from=NUMBER.")
	}
	sender := url.Values{"From": {from}}
	if strings.HasPrefix(from, "MG") {
		sender = url.Values{"MessagingServiceSid": {from}}
	}
	rate, err := positive(u.Query().Get("rate"))
	price, also := positive(u.Query().Get("price"))
	if err != nil || also != nil {
		return nil, fault.In("sms-url", "rate and price of sms-url must be numbers: texts a second, and what one "+
			"part costs.")
	}
	scheme := "https"
	if loopback(u.Hostname()) {
		scheme = "http"
	}
	return &Twilio{
		account: account, token: token, from: sender, client: newClient(), hook: o.Hook, pace: perSecond(rate),
		price: price,
		messages: &url.URL{Scheme: scheme, Host: u.Host,
			Path: strings.TrimSuffix(u.Path, "/") + "/2010-04-01/Accounts/" + account + "/Messages.json"},
	}, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func positive(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && !(n > 0 && n < 1e6) {
		err = strconv.ErrRange
	}
	return n, err
}

// Price is what sms-url says.
func (t *Twilio) Price() float64 { return t.price }

// Name is twilio.
func (t *Twilio) Name() string { return "twilio" }

// Check connects to the gateway.
func (t *Twilio) Check(ctx context.Context) error { return reach(ctx, t.messages) }

// Close closes idle connections.
func (t *Twilio) Close() error {
	t.client.CloseIdleConnections()
	return nil
}

// Send posts one text. Every attempt of a notice has the same Idempotency-Key.
func (t *Twilio) Send(ctx context.Context, m Message) Delivery {
	form := url.Values{"To": {m.To}, "Body": {m.Text}}
	maps.Copy(form, t.from)
	if m.Notice != "" {
		form.Set("StatusCallback", t.hook()+"?"+url.Values{"ref": {reference(m)}}.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.messages.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return unreachable("the address is not understood")
	}
	r.SetBasicAuth(t.account, t.token)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if m.Notice != "" {
		r.Header.Set("Idempotency-Key", string(m.Notice))
	}
	if !t.pace.wait(ctx) || !m.MaySend() {
		return late()
	}
	answer, body, trouble := exchange(t.client, r)
	if trouble != "" {
		return unreachable(trouble)
	}
	return t.fate(answer.StatusCode, body)
}

// twilioAnswer is what is read of an answer: of a message, or of a refusal.
type twilioAnswer struct {
	SID       string `json:"sid"`
	Status    string `json:"status"`
	ErrorCode int    `json:"error_code"`
	Code      int    `json:"code"`
	Message   string `json:"message"`
}

// fate says how an attempt ended.
func (t *Twilio) fate(status int, body []byte) Delivery {
	var a twilioAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return Delivery{Outcome: reads.Retry, Reply: fmt.Sprintf("%d %s", status, body),
			Trouble: fmt.Sprintf("gateway: code %d, and its answer is no JSON", status)}
	}
	code := cmp.Or(a.ErrorCode, a.Code)
	d := Delivery{Outcome: reads.Refused, ID: a.SID, Reply: fmt.Sprintf("%d %d %s %s", status, code, a.Status,
		a.Message)}
	switch {
	case status/100 == 2 && a.SID != "" && code == 0 && a.Status != "failed" && a.Status != "undelivered":
		d.Outcome = reads.Sent
	case status == http.StatusUnauthorized, status == http.StatusForbidden, code == 20003:
		d.Outcome, d.Trouble = reads.Retry, fmt.Sprintf("gateway: code %d, the account is refused", status)
	case status == http.StatusTooManyRequests, code == 20429, code == 14107, status >= 500, status/100 == 3:
		d.Outcome, d.Trouble = reads.Retry, fmt.Sprintf("gateway: code %d", status)
	default:
		d.NumberBad, d.OptedOut = twilioNumberBad(code), code == twilioOptedOut
	}
	return d
}

// twilioOptedOut is the error of a number that has told the gateway STOP.
const twilioOptedOut = 21610

// twilioNumberBad tells whether an error says that no text can arrive at the number: it is none, a landline, or no
// carrier knows it. 30003, unreachable, is a phone that is off.
func twilioNumberBad(code int) bool {
	return slices.Contains([]int{21211, 21214, 21217, 21265, 21614, 30005, 30006}, code)
}

// Read checks X-Twilio-Signature and reads a status callback or a text.
func (t *Twilio) Read(r *http.Request, body []byte, address string) (Incoming, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return Incoming{}, fault.New(fault.Invalid, "This request is no form.")
	}
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	if !t.signed(address, form, r.Header.Get("X-Twilio-Signature")) {
		return Incoming{}, unsigned()
	}
	id := form.Get("MessageSid")
	if id == "" {
		return Incoming{}, fault.New(fault.Invalid, "This request names no message.")
	}
	if status := form.Get("MessageStatus"); status != "" {
		return Incoming{Reports: []reads.TextReport{twilioReport(id, status, r.URL.Query().Get("ref"),
			form.Get("ErrorCode"))}}, nil
	}
	return Incoming{Texts: []reads.TextIn{{ID: digest("twilio", id), From: form.Get("From"),
		Text: utf8Text(form.Get("Body"))}}}, nil
}

func twilioReport(id, status, ref, code string) reads.TextReport {
	report := reads.TextReport{Message: id}
	report.Notice, report.Attempt = referenced(ref)
	switch status {
	case "delivered", "read":
		report.Fate = reads.TextDelivered
	case "undelivered", "failed", "canceled":
		report.Fate = reads.TextFailed
	}
	number, _ := strconv.Atoi(code) // without one it is 0
	report.NumberBad, report.OptedOut = twilioNumberBad(number), number == twilioOptedOut
	return report
}

// signed checks a signature: base64 of the HMAC-SHA1 over the address and the form, sorted by name. Gateways differ in
// whether the address has its standard port.
func (t *Twilio) signed(address string, form url.Values, given string) bool {
	signature, err := base64.StdEncoding.DecodeString(given)
	if err != nil || len(signature) == 0 {
		return false
	}
	ok := false
	for _, a := range []string{address, withPort(address), withoutPort(address)} {
		mac := hmac.New(sha1.New, []byte(t.token))
		_, _ = mac.Write([]byte(a)) // never fails
		for _, name := range slices.Sorted(maps.Keys(form)) {
			for _, value := range form[name] {
				_, _ = mac.Write([]byte(name + value))
			}
		}
		ok = ok || hmac.Equal(mac.Sum(nil), signature)
	}
	return ok
}

func withPort(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Port() != "" {
		return address
	}
	u.Host = net.JoinHostPort(u.Hostname(), map[string]string{"https": "443", "http": "80"}[u.Scheme])
	return u.String()
}

func withoutPort(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Host = u.Hostname()
	return u.String()
}

// reference names an attempt to the gateway: it holds ids of ours only.
func reference(m Message) string { return string(m.Notice) + "." + strconv.Itoa(m.Attempt) }

// referenced reads what reference writes; empty when it is not of ours.
func referenced(text string) (notice scheduler.ID, attempt int) {
	id, number, found := strings.Cut(text, ".")
	attempt, err := strconv.Atoi(number)
	if !found || err != nil || attempt < 1 {
		return "", 0
	}
	return scheduler.ID(id), attempt
}
