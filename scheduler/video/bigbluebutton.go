package video

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// BigBlueButton is a BigBlueButton server, 2.4 or newer (https://docs.bigbluebutton.org/development/api).
type BigBlueButton struct {
	base   *url.URL // ends with /api/
	secret string
	client *http.Client
}

// NewBigBlueButton reads an address: https://:SECRET@HOST/bigbluebutton/, as bbb-conf --secret prints its parts. The
// error never repeats a secret.
func NewBigBlueButton(raw string) (*BigBlueButton, error) {
	base, _, secret, err := site(raw)
	switch {
	case err != nil:
		return nil, err
	case base.RawQuery != "":
		return nil, errors.New("the address must have no query")
	case len(secret) < shortestSecret:
		return nil, fmt.Errorf("the secret must stand in front of the host, as https://:SECRET@HOST/bigbluebutton/, "+
			"with at least %d characters", shortestSecret)
	}
	path := strings.TrimSuffix(strings.TrimSuffix(base.Path, "/"), "/api")
	base.Path = path + "/api/"
	return &BigBlueButton{base: base, secret: secret, client: client()}, nil
}

// Site is the address of the server.
func (b *BigBlueButton) Site() string { return b.base.Host }

// address makes the address of a call with its checksum: SHA-256 over call, query and secret.
func (b *BigBlueButton) address(call string, query url.Values) string {
	text := query.Encode()
	sum := sha256.Sum256([]byte(call + text + b.secret))
	address := *b.base
	address.Path += call
	if text != "" {
		text += "&"
	}
	address.RawQuery = text + "checksum=" + hex.EncodeToString(sum[:])
	return address.String()
}

// Enter makes the room, which is the same call each time for the same room, and the address of its participant. Who
// does not lead waits until somebody lets them in. A room whose people have gone is ended by the server.
func (b *BigBlueButton) Enter(ctx context.Context, e Entry) (string, error) {
	minutes := int(e.Closes.Sub(e.Opens).Minutes()) + 1
	create := url.Values{
		"name": {"Appointment"}, "meetingID": {e.Room}, "guestPolicy": {"ASK_MODERATOR"}, "record": {"false"},
		"autoStartRecording": {"false"}, "allowStartStopRecording": {"false"}, "duration": {strconv.Itoa(minutes)},
	}
	if err := b.call(ctx, "create", create, nil); err != nil {
		return "", err
	}
	join := url.Values{"fullName": {e.Name}, "meetingID": {e.Room}, "userID": {e.Participant}, "redirect": {"true"}}
	if e.Moderator {
		join.Set("role", "MODERATOR")
	} else {
		join.Set("role", "VIEWER")
		join.Set("guest", "true")
	}
	return b.address("join", join), nil
}

// Check asks the server whether it takes our secret.
func (b *BigBlueButton) Check(ctx context.Context) error {
	return b.call(ctx, "getMeetings", nil, nil)
}

// Present gives the participants who are in a room now, nobody when there is no such room.
func (b *BigBlueButton) Present(ctx context.Context, room string) ([]string, error) {
	var info struct {
		Attendees []struct {
			UserID string `xml:"userID"`
		} `xml:"attendees>attendee"`
	}
	err := b.call(ctx, "getMeetingInfo", url.Values{"meetingID": {room}}, &info)
	var refused refusal
	if errors.As(err, &refused) && refused.key == "notFound" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	present := make([]string, 0, len(info.Attendees))
	for _, a := range info.Attendees {
		present = append(present, a.UserID)
	}
	return present, nil
}

// refusal is that the server answered and did not do it.
type refusal struct{ key string }

func (r refusal) Error() string { return "BigBlueButton refuses: " + r.key }

// call asks the server, and reads the answer into into unless it is nil.
func (b *BigBlueButton) call(ctx context.Context, call string, query url.Values, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.address(call, query), nil)
	if err != nil {
		return fmt.Errorf("asking BigBlueButton for %s: %w", call, bare(err))
	}
	answer, err := b.client.Do(request)
	if err != nil {
		return fmt.Errorf("asking BigBlueButton for %s: %w", call, bare(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("reading BigBlueButton's answer to %s: %w", call, err)
	}
	var said struct {
		Code string `xml:"returncode"`
		Key  string `xml:"messageKey"`
	}
	switch err := xml.Unmarshal(body, &said); {
	case err != nil || said.Code == "":
		return fmt.Errorf("BigBlueButton answers %d to %s, and not as it should", answer.StatusCode, call)
	case said.Code != "SUCCESS":
		return fmt.Errorf("asking BigBlueButton for %s: %w", call, refusal{said.Key})
	case into == nil:
		return nil
	}
	if err := xml.Unmarshal(body, into); err != nil {
		return fmt.Errorf("reading BigBlueButton's answer to %s: %w", call, err)
	}
	return nil
}

// bare takes the address out of an error, because it holds a checksum.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
