package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	lib "github.com/coreos/go-oidc/v3/oidc/oidctest"

	"almanac/scheduler/fault"
	"almanac/scheduler/oidc"
	"almanac/scheduler/oidc/oidctest"
)

const back = "https://appointments.example.org/signin/oidc"

// noon is when the tests take place.
var noon = time.Unix(1_800_000_000, 0)

// world is a provider and somebody who signs in through it.
type world struct {
	t        *testing.T
	there    *oidctest.Provider
	provider *oidc.Provider
	now      time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: noon}
	w.there = oidctest.New(t, func() time.Time { return noon })
	w.provider = w.open(oidctest.Secret)
	return w
}

func (w *world) open(secret string) *oidc.Provider {
	w.t.Helper()
	p, err := oidc.New(oidc.Config{Issuer: w.there.URL, ClientID: oidctest.ClientID, ClientSecret: secret,
		GroupsClaim: "groups", Now: func() time.Time { return w.now }})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) signIn(again oidc.Again) (oidc.Identity, error) {
	w.t.Helper()
	address, attempt, err := w.provider.Begin(w.t.Context(), back, again)
	if err != nil {
		return oidc.Identity{}, err
	}
	return w.provider.Finish(w.t.Context(), attempt, w.there.Visit(address))
}

// wants checks how a sign-in fails, and that the error repeats nothing of what the provider sent.
func (w *world) wants(err error, kind fault.Kind, says string) {
	w.t.Helper()
	if err == nil || !fault.Is(err, kind) || !strings.Contains(err.Error(), says) {
		w.t.Fatalf("got %v, want %s with %q", err, kind, says)
	}
	for _, secret := range []string{"canary", "eyJ", "sub-1", oidctest.Secret, "code="} {
		if strings.Contains(err.Error(), secret) {
			w.t.Errorf("the error repeats %q: %v", secret, err)
		}
	}
}

// Somebody signs in: with state, nonce and PKCE, and with the groups of the claim.
func TestSomebodySignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.there.Person = map[string]any{"sub": "sub-1", "email": "robin@canary.example", "email_verified": true,
		"name": "Robin", "groups": []string{"desk", "all"}}
	who, err := w.signIn(false)
	if err != nil || who.Subject != "sub-1" || who.Issuer != w.there.URL || who.Email != "robin@canary.example" ||
		!slices.Equal(who.Groups, []string{"desk", "all"}) {
		t.Fatal(who, err)
	}
	asked := w.there.Asked[0]
	if asked.Get("code_challenge_method") != "S256" || asked.Get("nonce") == "" || asked.Get("state") == "" ||
		asked.Get("response_type") != "code" || asked.Has("prompt") || asked.Get("redirect_uri") != back {
		t.Errorf("asked %v", asked)
	}
	w.there.Person["email_verified"], w.there.Person["groups"] = "true", "desk"
	if who, err = w.signIn(false); err != nil || who.Email == "" || !slices.Equal(who.Groups, []string{"desk"}) {
		t.Error("texts in place of values:", who, err)
	}
	delete(w.there.Person, "email_verified")
	if who, err = w.signIn(false); err != nil || who.Email != "" {
		t.Error("an address that nobody confirmed:", who, err)
	}
	if _, err := w.signIn(true); err != nil {
		t.Error("again:", err)
	}
	last := w.there.Asked[len(w.there.Asked)-1]
	if last.Get("prompt") != "login" || last.Get("max_age") != "0" {
		t.Errorf("asked again with %v", last)
	}
}

// What the ID token leaves out comes from the userinfo endpoint, if it is about the same person.
func TestUserinfoCompletes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.there.Info = map[string]any{"email": "robin@canary.example", "email_verified": true, "groups": []string{"desk"}}
	who, err := w.signIn(false)
	if err != nil || who.Email != "robin@canary.example" || !slices.Equal(who.Groups, []string{"desk"}) {
		t.Fatal(who, err)
	}
	w.there.Info["sub"] = "somebody else"
	_, err = w.signIn(false)
	w.wants(err, fault.Invalid, "userinfo")
	w.there.Status["/me"] = http.StatusInternalServerError
	_, err = w.signIn(false)
	w.wants(err, fault.Unavailable, "does not answer")
}

// Every ID token that is not the right one is refused.
func TestWrongTokensAreRefused(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, value any) func(map[string]any) {
		return func(claims map[string]any) { claims[name] = value }
	}
	del := func(name string) func(map[string]any) {
		return func(claims map[string]any) { delete(claims, name) }
	}
	theirs := func(claims string) string { return lib.SignIDToken(other, "k", "RS256", claims) }
	ago := func(seconds int) int64 { return noon.Add(-time.Duration(seconds) * time.Second).Unix() }
	none := func(claims string) string {
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "."
	}
	tests := map[string]struct {
		change func(map[string]any)
		sign   func(string) string
		again  oidc.Again
		says   string // empty: it is accepted
	}{
		"another issuer":              {change: set("iss", "https://evil.example"), says: "ID token"},
		"another audience":            {change: set("aud", "somebody"), says: "ID token"},
		"two audiences":               {change: set("aud", []string{oidctest.ClientID, "x"}), says: "authorized party"},
		"another party":               {change: set("azp", "x"), says: "authorized party"},
		"another nonce":               {change: set("nonce", "x"), says: "nonce"},
		"no nonce":                    {change: del("nonce"), says: "nonce"},
		"no subject":                  {change: set("sub", ""), says: "subject"},
		"expired":                     {change: set("exp", ago(61)), says: "too old"},
		"expired within a minute":     {change: set("exp", ago(59))},
		"of the future":               {change: set("iat", ago(-61)), says: "future"},
		"of the future by a minute":   {change: set("iat", ago(-59))},
		"signed by another key":       {sign: theirs, says: "ID token"},
		"not signed":                  {sign: none, says: "ID token"},
		"no token":                    {sign: func(string) string { return "" }, says: "ID token"},
		"again without auth_time":     {change: del("auth_time"), again: true, says: "again"},
		"again, signed in before":     {change: set("auth_time", ago(3600)), again: true, says: "again"},
		"again, signed in to come":    {change: set("auth_time", ago(-3600)), again: true, says: "again"},
		"again, half a minute before": {change: set("auth_time", ago(30)), again: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.there.Change, w.there.Sign = test.change, test.sign
			_, err := w.signIn(test.again)
			if test.says != "" {
				w.wants(err, fault.Invalid, test.says)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// What the browser brings back must be the answer to the attempt.
func TestWrongAnswersAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer func(url.Values)
		kind   fault.Kind
		says   string
	}{
		"another state":    {func(q url.Values) { q.Set("state", "x") }, fault.Invalid, "state"},
		"no state":         {func(q url.Values) { q.Del("state") }, fault.Invalid, "state"},
		"another issuer":   {func(q url.Values) { q.Set("iss", "https://evil.example") }, fault.Invalid, "issuer"},
		"no issuer":        {func(q url.Values) { q.Del("iss") }, fault.Invalid, "issuer"},
		"no code":          {func(q url.Values) { q.Del("code") }, fault.Invalid, "no code"},
		"a made-up code":   {func(q url.Values) { q.Set("code", "x") }, fault.Invalid, "code"},
		"cancelled":        {func(q url.Values) { q.Set("error", "access_denied") }, fault.Closed, "You cancelled"},
		"another error":    {func(q url.Values) { q.Set("error", "invalid_scope") }, fault.Invalid, "error"},
		"it does not work": {func(q url.Values) { q.Set("error", "server_error") }, fault.Unavailable, "does not"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.there.Answer = test.answer
			_, err := w.signIn(false)
			w.wants(err, test.kind, test.says)
		})
	}
}

// A code that was sent before, or that another attempt began, opens nothing.
func TestCodesAreForOneAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, attempt, err := w.provider.Begin(t.Context(), back, false)
	if err != nil {
		t.Fatal(err)
	}
	answer := w.there.Visit(address)
	if _, err := w.provider.Finish(t.Context(), attempt, answer); err != nil {
		t.Fatal(err)
	}
	_, err = w.provider.Finish(t.Context(), attempt, answer)
	w.wants(err, fault.Invalid, "code")
	_, mine, err := w.provider.Begin(t.Context(), back, false)
	if err != nil {
		t.Fatal(err)
	}
	stolen := w.there.Visit(address)
	stolen.Set("state", mine.State)
	_, err = w.provider.Finish(t.Context(), mine, stolen)
	w.wants(err, fault.Invalid, "code") // PKCE
	_, err = w.provider.Finish(t.Context(), oidc.Attempt{}, url.Values{})
	w.wants(err, fault.Invalid, "state")
}

// A provider that is down, or answers with nonsense, is Unavailable. It is asked again after a short rest.
func TestProvidersThatAreDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.there.Status["/.well-known/openid-configuration"] = http.StatusBadGateway
	_, err := w.signIn(false)
	w.wants(err, fault.Unavailable, "cannot be used")
	delete(w.there.Status, "/.well-known/openid-configuration")
	_, err = w.signIn(false)
	w.wants(err, fault.Unavailable, "cannot be used")
	w.now = noon.Add(6 * time.Second)
	if _, err := w.signIn(false); err != nil {
		t.Fatal("after the rest:", err)
	}
	w.there.Status["/token"] = http.StatusServiceUnavailable
	_, err = w.signIn(false)
	w.wants(err, fault.Unavailable, "failure")
	w.there.Status = map[string]int{"/jwks": http.StatusServiceUnavailable}
	w.provider = w.open(oidctest.Secret)
	_, err = w.signIn(false)
	w.wants(err, fault.Unavailable, "keys")
	w.there.Status = nil
	w.provider = w.open("wrong")
	_, err = w.signIn(false)
	w.wants(err, fault.Unavailable, "client id and secret")
	w.there.Close()
	w.provider = w.open(oidctest.Secret)
	_, err = w.signIn(false)
	w.wants(err, fault.Unavailable, "cannot be reached")
}

// late never answers, as a provider that is too slow.
type late struct{}

func (late) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, timeout{}
}

type timeout struct{}

func (timeout) Error() string   { return "too slow" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

// endless answers with more than anybody reads.
type endless struct{}

func (endless) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: zeros{}, Header: http.Header{}}, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
func (zeros) Close() error               { return nil }

// A slow provider and one that answers without end keep nobody waiting.
func TestProvidersAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for says, transport := range map[string]http.RoundTripper{"in time": late{}, "cannot be used": endless{}} {
		p, err := oidc.New(oidc.Config{Issuer: "https://login.example.org", ClientID: "x", Transport: transport,
			Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		w.wants(p.Check(t.Context()), fault.Unavailable, says)
	}
}

// Metadata that leads elsewhere than to https is not used, nor one of another issuer.
func TestMetadataIsChecked(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"token_endpoint": "http://login.example.org/token",
		"jwks_uri": "file:///etc/passwd", "authorization_endpoint": "javascript:alert(1)",
		"userinfo_endpoint": "http://169.254.169.254/", "issuer": "https://evil.example"} {
		w := newWorld(t)
		w.there.Metadata = func(document map[string]any) { document[name] = address }
		says := "its " + name
		if name == "issuer" {
			says = "another issuer"
		}
		w.wants(w.provider.Check(t.Context()), fault.Unavailable, says)
	}
	for issuer, good := range map[string]bool{"https://login.example.org": true, "https://login.example.org/r/1": true,
		"http://login.example.org": false, "http://localhost:9": true, "http://[::1]:9": true, "": false,
		"https://a:b@login.example.org": false, "https://login.example.org?x": false, "ftp://localhost": false} {
		if err := oidc.CheckIssuer(issuer); (err == nil) != good {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}
