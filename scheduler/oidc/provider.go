package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"almanac/scheduler/fault"
)

const (
	// answerWithin bounds one request to the provider.
	answerWithin = 10 * time.Second
	// mostAnswer is how much of an answer is read, in octets.
	mostAnswer = 1 << 20
	// restAfterFailure is how long a provider that is down is not asked again.
	restAfterFailure = 5 * time.Second
	// skew is how far the provider's clock may be from ours.
	skew = time.Minute
)

// Config says which provider signs people in.
type Config struct {
	Issuer       string // https, or http on this machine
	ClientID     string
	ClientSecret string // empty: a public client
	GroupsClaim  string // names the claim with the groups of a person; empty: groups are not asked for
	// Now returns the current time.
	Now func() time.Time
	// Transport carries the requests to the provider. nil: the usual one.
	Transport http.RoundTripper
}

// Provider is an OpenID provider.
type Provider struct {
	config Config
	client *http.Client

	mu     sync.Mutex
	found  *oidc.Provider // nil until its metadata was read
	failed time.Time      // when reading it failed last
	cause  error
}

// New returns a provider without asking it for anything. It fails with Invalid if the issuer is no address that can
// be trusted.
func New(c Config) (*Provider, error) {
	if err := CheckIssuer(c.Issuer); err != nil {
		return nil, err
	}
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &Provider{config: c, client: &http.Client{
		Transport: bounded{transport}, Timeout: answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Issuer is the name of the provider.
func (p *Provider) Issuer() string { return p.config.Issuer }

// CheckIssuer fails with Invalid unless an address is https, or http on this machine.
func CheckIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return fault.New(fault.Invalid, "The issuer must be an https address without user or query.")
	}
	return nil
}

// Check asks the provider for its metadata, for doctor. It fails with Unavailable.
func (p *Provider) Check(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

// discover returns the provider's metadata, which it reads once.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if p.cause != nil && p.config.Now().Sub(p.failed) < restAfterFailure {
		return nil, unreachable(p.cause)
	}
	// A visitor who goes away does not make others wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err == nil {
		err = checkEndpoints(p.config.Issuer, found)
	} else {
		err = causeOf(err)
	}
	if err != nil {
		p.failed, p.cause = p.config.Now(), err
		return nil, unreachable(err)
	}
	p.found, p.cause = found, nil
	return found, nil
}

// metadata is what Almanac reads of a discovery document beside what the library does.
type metadata struct {
	JWKS        string   `json:"jwks_uri"`
	Methods     []string `json:"token_endpoint_auth_methods_supported"`
	NamesItself bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// checkEndpoints refuses metadata that would have this server, or a browser, send secrets in the clear or to this
// machine.
func checkEndpoints(issuer string, found *oidc.Provider) error {
	var m metadata
	if err := found.Claims(&m); err != nil {
		return errors.New("its metadata cannot be read")
	}
	at := found.Endpoint()
	for name, address := range map[string]string{"authorization_endpoint": at.AuthURL, "token_endpoint": at.TokenURL,
		"jwks_uri": m.JWKS, "userinfo_endpoint": found.UserInfoEndpoint()} {
		if address == "" && name == "userinfo_endpoint" {
			continue
		}
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || u.User != nil {
			return fmt.Errorf("its %s is no address", name)
		}
		home, err := url.Parse(issuer)
		if err != nil {
			return fmt.Errorf("its issuer is no address: %w", err)
		}
		local := loopback(home.Hostname())
		if loopback(u.Hostname()) != local && !(local && u.Scheme == "https") ||
			u.Scheme != "https" && !(local && u.Scheme == "http") {
			return fmt.Errorf("its %s is not https", name)
		}
	}
	return nil
}

// causeOf keeps of an error what is safe to log: no answer of the provider, which may carry tokens.
func causeOf(err error) error {
	var mismatch *oidc.IssuerMismatchError
	var network net.Error
	switch {
	case errors.As(err, &mismatch):
		return errors.New("its metadata names another issuer")
	case errors.As(err, &network) && network.Timeout():
		return errors.New("it did not answer in time")
	case errors.As(err, &network):
		return errors.New("it cannot be reached")
	default:
		return errors.New("its answer cannot be used")
	}
}

func unreachable(cause error) error {
	return fault.Wrap(fault.Unavailable, cause,
		"The sign-in of your organization does not answer right now. Try again in a minute, or sign in another way.")
}

// loopback reports whether a host can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// bounded reads no more than mostAnswer of each answer.
type bounded struct{ http.RoundTripper }

// RoundTrip sends a request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		body := answer.Body
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(body, mostAnswer), body}
	}
	return answer, err
}
