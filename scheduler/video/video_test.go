package video_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"almanac/scheduler/video"
	"almanac/scheduler/video/videotest"
)

var evening = time.Date(2026, 3, 3, 23, 0, 0, 0, time.UTC)

func clock() time.Time { return evening }

// entry is somebody who comes into a room on that evening.
func entry(moderator string) video.Entry {
	return video.Entry{Room: "room234567", Participant: "seat234567", Name: "Participant 3", Moderator: moderator != "",
		Opens: evening.Add(-15 * time.Minute), Closes: evening.Add(150 * time.Minute)}
}

// claims reads the token of an address as Prosody does: signature, audience, issuer, times and room.
func claims(t *testing.T, address string, key any, now time.Time) (jwt.MapClaims, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	found := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(u.Query().Get("jwt"), found, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"HS256", "RS256"}), jwt.WithAudience("jitsi"), jwt.WithIssuer("almanac"),
		jwt.WithSubject("meet.example.org"), jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	if err == nil && u.Path != fmt.Sprint("/", found["room"]) {
		err = errors.New("the token is for another room")
	}
	return found, err
}

func TestJitsiTokens(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "jitsi.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for address, key := range map[string]any{
		"https://almanac:" + videotest.Secret + "@meet.example.org": []byte(videotest.Secret),
		"https://almanac@meet.example.org?key-id=k1&key=" + file:    &private.PublicKey,
	} {
		host, err := video.NewJitsi(address, clock)
		if err != nil {
			t.Fatal(err)
		}
		entered, err := host.Enter(t.Context(), entry(""))
		if err != nil {
			t.Fatal(err)
		}
		found, err := claims(t, entered, key, evening)
		if err != nil {
			t.Fatalf("%s: %v", entered, err)
		}
		user := found["context"].(map[string]any)["user"].(map[string]any)
		if user["name"] != "Participant 3" || user["id"] != "seat234567" || user["affiliation"] != "member" ||
			found["moderator"] != false || strings.Contains(entered, videotest.Secret) {
			t.Errorf("the token says %v", found)
		}
		for minutes, fits := range map[int]bool{-26: false, -24: true, 159: true, 161: false} {
			_, err := claims(t, entered, key, evening.Add(time.Duration(minutes)*time.Minute))
			if (err == nil) != fits {
				t.Errorf("%d minutes after the start the token is taken: %t (%v)", minutes, err == nil, err)
			}
		}
		if _, err := claims(t, strings.Replace(entered, "/room", "/other", 1), key, evening); err == nil {
			t.Error("a token opens another room")
		}
		leads, err := host.Enter(t.Context(), entry("moderator"))
		if err != nil {
			t.Fatal(err)
		}
		if found, err := claims(t, leads, key, evening); err != nil || found["moderator"] != true {
			t.Errorf("who leads is no moderator: %v %v", found, err)
		}
	}
}

func TestAddressesOfHosts(t *testing.T) {
	t.Parallel()
	for address, says := range map[string]string{
		"http://almanac:" + videotest.Secret + "@meet.example.org":             "https://",
		"https://almanac:abcd@meet.example.org":                                "32 characters",
		"https://meet.example.org":                                             "id of the application",
		"https://almanac:" + videotest.Secret + "@meet.example.org?key=/x.pem": "not both",
		"https://almanac@meet.example.org?key=/nowhere.pem":                    "cannot be read",
		"https://almanac:" + videotest.Secret + "@meet.example.org?events=ab":  "32 characters",
		"meet.example.org": "https://", "https://a:b%zz@meet.example.org": "https://",
	} {
		_, err := video.NewJitsi(address, clock)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), videotest.Secret) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for address, says := range map[string]string{
		"https://bbb.example.org/bigbluebutton/":                               "32 characters",
		"https://:short@bbb.example.org/bigbluebutton/":                        "32 characters",
		"http://:" + videotest.Secret + "@bbb.example.org/bigbluebutton/":      "https://",
		"https://:" + videotest.Secret + "@bbb.example.org/bigbluebutton/?a=b": "no query",
	} {
		_, err := video.NewBigBlueButton(address)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), videotest.Secret) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The vector is that of the API's documentation.
func TestChecksumOfTheDouble(t *testing.T) {
	t.Parallel()
	got := videotest.Checksum(sha1.New(), "create",
		"name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444",
		"639259d4-9dd8-4b25-bf01-95f9567eaf4b")
	if want := "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17"; got != want {
		t.Errorf("the double computes %s, the documentation says %s", got, want)
	}
}

func TestBigBlueButtonRooms(t *testing.T) {
	t.Parallel()
	double := videotest.NewBigBlueButton(t)
	host, err := video.NewBigBlueButton(double.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if present, err := host.Present(t.Context(), "room234567"); err != nil || present != nil {
		t.Errorf("in a room that is not there are %v (%v)", present, err)
	}
	for _, moderator := range []string{"", "moderator"} {
		e := entry(moderator)
		e.Participant += moderator
		address, err := host.Enter(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		get(t, address)
	}
	inside := double.Inside("room234567")
	if q := inside["seat234567"]; q.Get("role") != "VIEWER" || q.Get("guest") != "true" ||
		q.Get("fullName") != "Participant 3" {
		t.Errorf("a participant came in with %v", q)
	}
	if q := inside["seat234567moderator"]; q.Get("role") != "MODERATOR" || q.Get("guest") != "" {
		t.Errorf("who leads came in with %v", q)
	}
	double.Leave("seat234567moderator")
	if present, err := host.Present(t.Context(), "room234567"); err != nil || len(present) != 1 {
		t.Errorf("in the room are %v (%v)", present, err)
	}
	wrong, err := video.NewBigBlueButton(strings.Replace(double.URL(), videotest.Secret, "x"+videotest.Secret, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := wrong.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "checksumError") {
		t.Errorf("with another secret: %v", err)
	}
	double.Fail()
	for _, err := range []error{host.Check(t.Context()), second(host.Enter(t.Context(), entry("")))} {
		if err == nil || strings.Contains(err.Error(), "checksum=") {
			t.Errorf("a host that is down: %v", err)
		}
	}
}

func second(_ string, err error) error { return err }

func get(t *testing.T, address string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the host answers %d", answer.StatusCode)
	}
}

func TestReportsOfJitsi(t *testing.T) {
	t.Parallel()
	const token = "the-token-of-the-events-0123456789"
	host, err := video.NewJitsi("https://almanac:"+videotest.Secret+"@meet.example.org?events="+token, clock)
	if err != nil {
		t.Fatal(err)
	}
	report := func(event string, joined, left int64) string {
		return fmt.Sprintf(`{"event_name":%q,"room_name":"room","room_jid":"room@conference.meet.example.org",
			"occupant":{"id":"seat","occupant_jid":"x@y/z","joined_at":%d,"left_at":%d}}`, event, joined, left)
	}
	came, left := evening.Unix(), evening.Add(time.Hour).Unix()
	p, err := host.Report("Bearer "+token, []byte(report("muc-occupant-left", came, left)))
	if err != nil || p.Room != "room" || p.Participant != "seat" || !p.Came.Equal(evening) ||
		p.Left.Sub(p.Came) != time.Hour {
		t.Errorf("read is %+v (%v)", p, err)
	}
	if p, err := host.Report("Bearer "+token, []byte(report("muc-room-created", came, 0))); err != nil || p.Room != "" {
		t.Errorf("a room is %+v (%v)", p, err)
	}
	for name, c := range map[string][2]string{
		"no token":      {"", report("muc-occupant-joined", came, 0)},
		"another token": {"Bearer " + token + "x", report("muc-occupant-joined", came, 0)},
		"no JSON":       {"Bearer " + token, "<html>"},
		"of yesterday":  {"Bearer " + token, report("muc-occupant-joined", came-24*3600, 0)},
		"left before":   {"Bearer " + token, report("muc-occupant-left", came, came-1)},
	} {
		if p, err := host.Report(c[0], []byte(c[1])); !errors.Is(err, video.ErrReport) {
			t.Errorf("%s: %+v (%v)", name, p, err)
		}
	}
	silent, err := video.NewJitsi("https://almanac:"+videotest.Secret+"@meet.example.org", clock)
	if err != nil {
		t.Fatal(err)
	}
	_, err = silent.Report("Bearer ", []byte(report("muc-occupant-joined", came, 0)))
	if !errors.Is(err, video.ErrReport) {
		t.Errorf("without a token of events: %v", err)
	}
}
