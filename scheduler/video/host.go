package video

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// answerWithin bounds one request to a host.
	answerWithin = 5 * time.Second
	// mostAnswer is how much of an answer is read, in octets.
	mostAnswer = 1 << 20
	// skew is how far a host's clock may be from ours.
	skew = 10 * time.Minute
	// shortestSecret is the least length of a shared secret, in octets (RFC 7518 §3.2).
	shortestSecret = 32
)

// Entry is one participant who comes into a room.
type Entry struct {
	Room        string // names the room: random, lower-case letters and digits
	Participant string // names the participant in the room: random
	Name        string // what the others see
	Moderator   bool   // leads the meeting
	// Opens and Closes are the UTC instants between which the way in is open.
	Opens, Closes time.Time
}

// Host is a server of video meetings.
type Host interface {
	// Site is its address without anything secret, as people read it.
	Site() string
	// Enter makes the address through which a browser comes into a room. It lets anybody in, so it goes to the browser
	// of the participant and nowhere else. It fails when the host has to be asked and does not answer.
	Enter(ctx context.Context, e Entry) (string, error)
	// Check fails when the host does not answer as it should.
	Check(ctx context.Context) error
}

// errHost is what the checks of addresses fail with.
var errHost = errors.New("the address must be https:// and have a host; http only on this machine")

// site checks the address of a host and takes its name and secret away.
func site(raw string) (bare *url.URL, name, secret string, err error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, "", "", errHost // a parser's message may repeat the secret
	}
	if u.User != nil {
		name = u.User.Username()
		secret, _ = u.User.Password()
	}
	u.User = nil
	return u, name, secret, nil
}

func loopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// client asks hosts. It follows no redirects, so that a secret address goes nowhere else.
func client() *http.Client {
	return &http.Client{
		Timeout:       answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
