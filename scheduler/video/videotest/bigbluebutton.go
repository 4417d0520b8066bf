package videotest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Secret is what the doubles share with us.
const Secret = "a-shared-secret-of-sufficient-length-0123"

// BigBlueButton is a double of a BigBlueButton server.
type BigBlueButton struct {
	server *httptest.Server

	mu    sync.Mutex
	rooms map[string]*room // by meetingID
	down  bool
	asked []string // the addresses of all requests
}

type room struct {
	made   string // the query that made it, without its checksum
	inside map[string]url.Values
}

// NewBigBlueButton starts a double, which ends with the test.
func NewBigBlueButton(t testing.TB) *BigBlueButton {
	t.Helper()
	b := &BigBlueButton{rooms: map[string]*room{}}
	b.server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.server.Close)
	return b
}

// URL is its address with the secret, as an option names it.
func (b *BigBlueButton) URL() string {
	return strings.Replace(b.server.URL, "://", "://:"+Secret+"@", 1) + "/bigbluebutton/"
}

// Fail lets every request fail from now on.
func (b *BigBlueButton) Fail() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = true
}

// Leave takes a participant out of all rooms.
func (b *BigBlueButton) Leave(participant string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.rooms {
		delete(r.inside, participant)
	}
}

// Asked gives the addresses of all requests so far.
func (b *BigBlueButton) Asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.asked...)
}

// Inside gives what those in a room came in with, by participant.
func (b *BigBlueButton) Inside(meeting string) map[string]url.Values {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string]url.Values{}
	if r := b.rooms[meeting]; r != nil {
		for id, q := range r.inside {
			all[id] = q
		}
	}
	return all
}

// Checksum is what a call with a query must be signed with: a hash over call, query and secret.
func Checksum(h hash.Hash, call, query, secret string) string {
	_, _ = h.Write([]byte(call + query + secret)) // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}

func (b *BigBlueButton) serve(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.URL.String())
	call, is := strings.CutPrefix(r.URL.Path, "/bigbluebutton/api/")
	if b.down || !is {
		http.Error(w, "<html>down</html>", http.StatusBadGateway)
		return
	}
	query, sum, _ := strings.Cut(strings.Replace(r.URL.RawQuery, "checksum=", "\x00", 1), "\x00")
	query = strings.TrimSuffix(query, "&")
	if sum != Checksum(sha256.New(), call, query, Secret) {
		refuse(w, "checksumError")
		return
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		refuse(w, "paramError")
		return
	}
	id := values.Get("meetingID")
	found := b.rooms[id]
	switch {
	case call == "getMeetings":
		succeed(w, "")
	case call == "create" && len(id) < 2, call == "create" && values.Get("name") == "":
		refuse(w, "missingParamMeetingID")
	case call == "create" && found != nil && found.made != query:
		refuse(w, "idNotUnique")
	case call == "create":
		if found == nil {
			b.rooms[id] = &room{made: query, inside: map[string]url.Values{}}
		}
		succeed(w, "")
	case found == nil:
		refuse(w, "notFound")
	case call == "join" && (values.Get("fullName") == "" || values.Get("userID") == ""):
		refuse(w, "missingParamFullName")
	case call == "join":
		found.inside[values.Get("userID")] = values
		fmt.Fprint(w, "joined")
	case call == "getMeetingInfo":
		var list strings.Builder
		for user := range found.inside {
			list.WriteString("<attendee><userID>")
			_ = xml.EscapeText(&list, []byte(user)) // a builder never fails
			list.WriteString("</userID></attendee>")
		}
		succeed(w, "<attendees>"+list.String()+"</attendees>")
	default:
		refuse(w, "unsupportedRequest")
	}
}

func succeed(w http.ResponseWriter, inner string) {
	fmt.Fprintf(w, "<response><returncode>SUCCESS</returncode>%s</response>", inner)
}

func refuse(w http.ResponseWriter, key string) {
	fmt.Fprintf(w, "<response><returncode>FAILED</returncode><messageKey>%s</messageKey></response>", key)
}
