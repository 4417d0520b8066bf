package video

import (
	"context"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Jitsi is a Jitsi Meet server that lets people in by signed tokens (RFC 7519).
type Jitsi struct {
	base   *url.URL
	app    string // the id by which the server knows us
	key    any    // a shared secret, or an RSA key
	method jwt.SigningMethod
	keyID  string
	events string // what the server proves its reports with; empty: none are taken
	client *http.Client
	now    func() time.Time
}

// NewJitsi reads an address: https://APP:SECRET@HOST for tokens with a shared secret (HS256), or
// https://APP@HOST?key=FILE for a private RSA key in PEM (RS256), whose id may follow as key-id=ID. With
// events=TOKEN the server's reports are taken. The error never repeats a secret.
func NewJitsi(raw string, now func() time.Time) (*Jitsi, error) {
	base, app, secret, err := site(raw)
	if err != nil {
		return nil, err
	}
	query := base.Query()
	base.RawQuery = ""
	j := &Jitsi{base: base, app: app, events: query.Get("events"), keyID: query.Get("key-id"), client: client(),
		now: now}
	switch file := query.Get("key"); {
	case app == "":
		return nil, errors.New("the id of the application is missing in front of the host: https://APP:SECRET@HOST")
	case file != "" && secret != "":
		return nil, errors.New("give a secret or a key file, and not both")
	case file != "":
		j.method = jwt.SigningMethodRS256
		if j.key, err = readKey(file); err != nil {
			return nil, err
		}
	case len(secret) < shortestSecret:
		return nil, fmt.Errorf("the secret must have at least %d characters; a shorter one can be guessed",
			shortestSecret)
	default:
		j.method, j.key = jwt.SigningMethodHS256, []byte(secret)
	}
	if j.events != "" && len(j.events) < shortestSecret {
		return nil, fmt.Errorf("the token of events must have at least %d characters", shortestSecret)
	}
	return j, nil
}

func readKey(file string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be read: %w", err)
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM(text)
	if err != nil {
		return nil, errors.New("the key file holds no private RSA key in PEM")
	}
	return key, nil
}

// Site is the address of the server.
func (j *Jitsi) Site() string { return j.base.Host }

// jitsiClaims are the claims that Prosody's token module and its plugins read.
type jitsiClaims struct {
	jwt.RegisteredClaims
	Room      string       `json:"room"`
	Moderator bool         `json:"moderator"`
	Context   jitsiContext `json:"context"`
}

type jitsiContext struct {
	User     jitsiUser         `json:"user"`
	Features map[string]string `json:"features"`
}

type jitsiUser struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Affiliation string `json:"affiliation"`
	Moderator   string `json:"moderator"`
}

// Enter signs a token for one room, from before it opens until after it closes, because the server's clock may be
// off. It asks the server for nothing.
func (j *Jitsi) Enter(_ context.Context, e Entry) (string, error) {
	affiliation, moderator := "member", "false"
	if e.Moderator {
		affiliation, moderator = "owner", "true"
	}
	token := jwt.NewWithClaims(j.method, jitsiClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: j.app, Subject: j.base.Hostname(), Audience: jwt.ClaimStrings{"jitsi"},
			NotBefore: jwt.NewNumericDate(e.Opens.Add(-skew)), ExpiresAt: jwt.NewNumericDate(e.Closes.Add(skew)),
		},
		Room: e.Room, Moderator: e.Moderator,
		Context: jitsiContext{
			User: jitsiUser{ID: e.Participant, Name: e.Name, Affiliation: affiliation, Moderator: moderator},
			Features: map[string]string{"recording": "false", "livestreaming": "false", "transcription": "false",
				"outbound-call": "false"},
		},
	})
	if j.keyID != "" {
		token.Header["kid"] = j.keyID
	}
	signed, err := token.SignedString(j.key)
	if err != nil {
		return "", fmt.Errorf("signing a token for Jitsi: %w", err)
	}
	address := *j.base
	address.Path = strings.TrimSuffix(address.Path, "/") + "/" + e.Room
	// The title of a room would be its name, and people come from a page that has asked them already.
	address.RawQuery = "jwt=" + signed
	address.Fragment = `config.subject="Appointment"&config.prejoinConfig.enabled=true`
	return address.String(), nil
}

// Check asks for the page of the server.
func (j *Jitsi) Check(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, j.base.String(), nil)
	if err != nil {
		return fmt.Errorf("asking Jitsi: %w", err)
	}
	answer, err := j.client.Do(request)
	if err != nil {
		return fmt.Errorf("Jitsi does not answer: %w", err)
	}
	answer.Body.Close()
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("Jitsi answers %d", answer.StatusCode)
	}
	return nil
}

// Presence is that somebody came into a room, or left it.
type Presence struct {
	Room, Participant string
	Came, Left        time.Time // UTC instants; zero: not known, or not yet
}

// ErrReport is what reports are refused with that the server has not sent.
var ErrReport = errors.New("this is no report of the video host")

// mostOff is how old a report may be, and how far in the future.
const mostOff = 12 * time.Hour

// Report reads what the server's event_sync component reports about one occupant
// (https://github.com/jitsi-contrib/prosody-plugins). ErrReport when the token of its Authorization header is not
// ours, and when it cannot be read. A report about anything else is the zero Presence.
func (j *Jitsi) Report(authorization string, body []byte) (Presence, error) {
	token, is := strings.CutPrefix(authorization, "Bearer ")
	if j.events == "" || !is || subtle.ConstantTimeCompare([]byte(token), []byte(j.events)) != 1 {
		return Presence{}, ErrReport
	}
	var report struct {
		Event    string `json:"event_name"`
		Room     string `json:"room_name"`
		Occupant struct {
			ID     string `json:"id"`
			Joined int64  `json:"joined_at"`
			Left   int64  `json:"left_at"`
		} `json:"occupant"`
	}
	if err := json.Unmarshal(body, &report); err != nil {
		return Presence{}, ErrReport
	}
	p := Presence{Room: report.Room, Participant: report.Occupant.ID}
	switch report.Event {
	case "muc-occupant-joined":
		p.Came = time.Unix(report.Occupant.Joined, 0).UTC()
	case "muc-occupant-left":
		p.Came, p.Left = time.Unix(report.Occupant.Joined, 0).UTC(), time.Unix(report.Occupant.Left, 0).UTC()
	default:
		return Presence{}, nil
	}
	now := j.now()
	if off := now.Sub(p.Came); off > mostOff || off < -mostOff || !p.Left.IsZero() && p.Left.Before(p.Came) {
		return Presence{}, ErrReport
	}
	return p, nil
}
