// Package oidctest is an OpenID provider for tests, as honest or as dishonest as a test wants it.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// The client that the provider knows.
const (
	ClientID = "appointments"
	Secret   = "a secret:with a colon" // percent-encoded in the header of basic authentication
)

// Provider is an OpenID provider on this machine. Its fields are set between requests.
type Provider struct {
	*httptest.Server
	// Person says what an ID token contains beside the usual.
	Person map[string]any
	// Info is what the userinfo endpoint says beside sub. nil: there is none.
	Info map[string]any
	// Change changes the claims of the next ID tokens. nil: they are right.
	Change func(claims map[string]any)
	// Sign makes an ID token of claims. nil: a right one.
	Sign func(claims string) string
	// Metadata changes the discovery document. nil: it is right.
	Metadata func(document map[string]any)
	// Answer changes what the browser brings back. nil: it is right.
	Answer func(query url.Values)
	// Status answers a path with a status and nothing else.
	Status map[string]int
	// Now is the provider's clock.
	Now func() time.Time

	t     *testing.T
	key   *rsa.PrivateKey
	mu    sync.Mutex
	codes map[string]url.Values // what was asked for, by code
	Asked []url.Values          // all that was asked of the authorization endpoint
}

// New starts a provider, which stops with the test.
func New(t *testing.T, now func() time.Time) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{t: t, key: key, Now: now, codes: map[string]url.Values{}, Status: map[string]int{},
		Person: map[string]any{"sub": "sub-1"}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("/jwks", p.keys)
	mux.HandleFunc("/auth", p.authorize)
	mux.HandleFunc("/token", p.token)
	mux.HandleFunc("/me", p.userinfo)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if status := p.Status[r.URL.Path]; status != 0 {
			w.WriteHeader(status)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// Key is the provider's key, for tokens that a test makes itself.
func (p *Provider) Key() *rsa.PrivateKey { return p.key }

// Visit is a browser that goes to an address of Begin. It returns what the browser brings back.
func (p *Provider) Visit(address string) url.Values {
	p.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		p.t.Fatalf("the provider answered %s: %v", answer.Status, err)
	}
	return back.Query()
}

func writeJSON(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth",
		"token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
		"id_token_signing_alg_values_supported":          []string{"RS256", "HS256", "none"},
		"authorization_response_iss_parameter_supported": true}
	if p.Info != nil {
		document["userinfo_endpoint"] = p.URL + "/me"
	}
	if p.Metadata != nil {
		p.Metadata(document)
	}
	writeJSON(w, document)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	encode := base64.RawURLEncoding.EncodeToString
	writeJSON(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k",
		"n": encode(p.key.N.Bytes()), "e": encode(big.NewInt(int64(p.key.E)).Bytes())}}})
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	p.Asked = append(p.Asked, asked)
	code := rand.Text()
	p.codes[code] = asked
	back := url.Values{"code": {code}, "state": {asked.Get("state")}, "iss": {p.URL}}
	if p.Answer != nil {
		p.Answer(back)
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token exchanges a code once, for the client that it was made for and who knows the verifier.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if id, _ = url.QueryUnescape(id); ok {
		secret, _ = url.QueryUnescape(secret)
	}
	if id != ClientID || secret != Secret {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprint(w, `{"error":"invalid_client"}`)
		return
	}
	asked := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if asked == nil || asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != challenge ||
		asked.Get("redirect_uri") != r.FormValue("redirect_uri") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	writeJSON(w, map[string]any{"access_token": "at-canary", "token_type": "Bearer", "id_token": p.idToken(asked)})
}

func (p *Provider) idToken(asked url.Values) string {
	now := p.Now()
	said := map[string]any{"iss": p.URL, "aud": ClientID, "nonce": asked.Get("nonce"), "iat": now.Unix(),
		"exp": now.Add(5 * time.Minute).Unix()}
	if asked.Get("max_age") != "" {
		said["auth_time"] = now.Unix()
	}
	maps.Copy(said, p.Person)
	if p.Change != nil {
		p.Change(said)
	}
	text, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	if p.Sign != nil {
		return p.Sign(string(text))
	}
	return oidctest.SignIDToken(p.key, "k", "RS256", string(text))
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer at-canary" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	said := map[string]any{"sub": p.Person["sub"]}
	maps.Copy(said, p.Info)
	writeJSON(w, said)
}
