package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/url"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// onceLength is the length of a one-time value.
const onceLength = 32

// newOneTimeValue generates the one-time value of a page's forms.
func newOneTimeValue() string {
	var b [onceLength / 2]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	return hex.EncodeToString(b[:])
}

// once returns the idempotency key of a form, so that a double click or a reload has no further
// effect. It is zero if the form has no one-time value.
func (f *form) once(c echo.Context) desk.Once {
	value := f.trimmed("once")
	if len(value) != onceLength {
		return desk.Once{}
	}
	// The hash includes the value, so that the content cannot be guessed from it.
	sum := sha256.Sum256([]byte(c.Request().URL.Path + "?" + url.Values(f.values).Encode()))
	return desk.Once{Key: "form " + value, Hash: hex.EncodeToString(sum[:])}
}

// requestOnce is request with the idempotency key of a form.
func (v visitor) requestOnce(expect int64, once desk.Once) desk.Request {
	q := v.request(expect)
	q.Once = once
	return q
}

// formSentError explains that a form was sent before with other content, for example after going
// back. The page that shows it has a new one-time value.
func formSentError(err error) error {
	for _, f := range fault.All(err) {
		if f.Field == desk.OnceField {
			return fault.New(fault.Conflict,
				"This form was already sent with different content, and that was saved. If you want this as well, "+
					"check it and send it again.")
		}
	}
	return err
}

// cohortOfSession returns the cohort of the session in the address. A repeated request needs it
// because the desk loads nothing then.
func (s *Server) cohortOfSession(ctx context.Context, c echo.Context, who visitor) ([]scheduler.ID, error) {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	head, err := s.Heads.SessionHead(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	return []scheduler.ID{head.Cohort.ID}, nil
}
