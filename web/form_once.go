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

// onceLength is how long a one-time value is.
const onceLength = 32

// newOneTimeValue draws the one-time value of a page's forms.
func newOneTimeValue() string {
	var b [onceLength / 2]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:])
}

// once names what a form asks for, so that a second click, a reload or a repeated
// sending shows what the first one did. Its zero value, without a one-time value:
// the request is one of its own.
func (f *form) once(c echo.Context) desk.Once {
	value := f.trimmed("once")
	if len(value) != onceLength {
		return desk.Once{}
	}
	// The value itself is in the hash, so that nobody can try out what was typed.
	sum := sha256.Sum256([]byte(c.Request().URL.Path + "?" + url.Values(f.values).Encode()))
	return desk.Once{Key: "form " + value, Hash: hex.EncodeToString(sum[:])}
}

// requestOnce is request for a change that a form may ask for twice.
func (v visitor) requestOnce(expect int64, once desk.Once) desk.Request {
	q := v.request(expect)
	q.Once = once
	return q
}

// formSentError says it of a form that comes again with something else in it, after
// Back for example. The page that shows this has a new one-time value.
func formSentError(err error) error {
	for _, f := range fault.All(err) {
		if f.Field == desk.OnceField {
			return fault.New(fault.Conflict, "This form was already sent with different content, and that was saved. If you want this as well, check it and send it again.")
		}
	}
	return err
}

// cohortOfSession gives the cohort of a session's address, for a request that came again:
// the desk has looked at nothing.
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
