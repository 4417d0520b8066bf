package sms

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Elapsed times of one text.
const (
	attemptTimeout = 30 * time.Second
	checkTimeout   = 10 * time.Second
)

// maxAnswer is how many octets of an answer are read.
const maxAnswer = 64 << 10

// Open makes the driver that address names: generic:FILE or twilio://SID:TOKEN@HOST?from=…. It does not connect yet.
// Invalid, in field "sms-url", when the address or its file cannot be read; the message repeats no secret.
func Open(address string, o Options) (Driver, error) {
	if file, ok := strings.CutPrefix(address, "generic:"); ok {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fault.In("sms-url", "The file of sms-url cannot be read; correct its path or its permissions.")
		}
		return NewGeneric(text, o)
	}
	if u, err := url.Parse(address); err == nil && u.Scheme == "twilio" {
		return NewTwilio(u, o)
	}
	return nil, fault.In("sms-url", "sms-url must be generic:FILE or twilio://SID:TOKEN@HOST?from=NUMBER.")
}

// newClient is an HTTP client that follows no redirect: a text is for one gateway.
func newClient() *http.Client {
	return &http.Client{
		Timeout: attemptTimeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 50,
			ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// exchange sends a request and reads the answer; trouble, safe to log, says why there is none.
func exchange(client *http.Client, r *http.Request) (answer *http.Response, body []byte, trouble string) {
	answer, err := client.Do(r)
	if err != nil {
		return nil, nil, describe(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, nil, describe(err)
	}
	return answer, body, ""
}

// reach tells whether the host of an address takes connections.
func reach(ctx context.Context, u *url.URL) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80"}[u.Scheme]
	}
	if port == "" {
		port = "443"
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return errors.New("connecting: " + describe(err))
	}
	return conn.Close()
}

// describe names the kind of an error in words that hold no address.
func describe(err error) string {
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name):
		return "the name of the gateway is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "stopped"
	}
	return "the connection broke"
}

// late is the delivery of a text that waited too long to leave.
func late() Delivery { return Delivery{Outcome: reads.Abandoned, Reply: "too long since the gate"} }

func unreachable(trouble string) Delivery {
	return Delivery{Outcome: reads.Retry, Reply: trouble, Trouble: "gateway: " + trouble}
}

// unsigned answers a request that the gateway did not sign.
func unsigned() error {
	return fault.New(fault.Forbidden, "This request is not signed as the gateway's are.")
}
