package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/video"
)

// VideoHosts are the video hosts of the installation, by the kind of their meetings.
type VideoHosts map[scheduler.MeetingKind]video.Host

// Kinds lists the kinds of meeting that there are hosts for.
func (h VideoHosts) Kinds() []scheduler.MeetingKind {
	return slices.DeleteFunc(scheduler.MeetingKinds(), func(kind scheduler.MeetingKind) bool { return h[kind] == nil })
}

// How people may choose to be shown to the others of a meeting.
const (
	shownNumber   = ""         // as a participant with a number
	shownFirst    = "first"    // by their first name
	shownInitials = "initials" // by their initials
)

// shownAs is a person's name as the others of a meeting see it, as the person has chosen; anything else is a number.
func shownAs(choice string, room reads.Room, w *words) string {
	names := strings.Fields(room.Person)
	switch {
	case len(names) == 0:
	case choice == shownFirst:
		return names[0]
	case choice == shownInitials:
		initials := ""
		for _, name := range names {
			letter, _ := utf8.DecodeRuneInString(name)
			initials += string(letter) + "."
		}
		return initials
	}
	return w.Participant + " " + strconv.Itoa(room.Number)
}

// errHostDown is that a video host does not answer.
var errHostDown = fault.New(fault.Unavailable,
	"The meeting cannot be reached at the moment. Try again in a minute, or call in.")

// enterRoom makes the address through which one participant comes into a meeting. It fails with errHostDown.
func (s *Server) enterRoom(ctx context.Context, m scheduler.Meeting, room reads.Room, shown string) (string, error) {
	if !m.Kind.Hosted() {
		return m.Link, nil
	}
	host := s.Video[m.Kind]
	err := errors.New("it is not set up")
	if host != nil {
		var address string
		address, err = host.Enter(ctx, video.Entry{Room: room.Name, Participant: room.Participant, Name: shown,
			Moderator: room.Number == 0, Opens: room.Opens, Closes: room.Closes})
		if err == nil {
			return address, nil
		}
	}
	s.Log.LogAttrs(ctx, slog.LevelError, "a video host lets nobody in", slog.String("host", m.Kind.Name()),
		slog.String("error", err.Error()))
	return "", errHostDown
}

// seenText says what is known of somebody's way into a session: a suggestion for who takes attendance, with its source.
func (s *Server) seenText(joins reads.Joins, seat scheduler.ID, session *scheduler.Session, zone string) string {
	stay := joins.StayOf(seat, session.Start, session.End, s.Now())
	clock := func(at time.Time) string { return s.staffWhen(at, time.Time{}, zone).Time }
	switch {
	case joins.No[seat] && stay.Came.IsZero():
		return "Said that they cannot come"
	case stay.Came.IsZero():
		return ""
	case !stay.Reported:
		return "Pressed Join at " + clock(stay.Came)
	case stay.Left.IsZero():
		return "In the meeting since " + clock(stay.Came) + ", " + span(stay.Minutes) + " so far, says the video host"
	}
	return "In the meeting for " + span(stay.Minutes) + ", from " + clock(stay.Came) + " to " + clock(stay.Left) +
		", says the video host"
}

// leadTo redirects a browser to a meeting, which learns nothing of where it comes from.
func leadTo(c echo.Context, address string) error {
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	return c.Redirect(http.StatusSeeOther, address)
}

// mostReport is how large a report of a video host may be, in octets.
const mostReport = 64 << 10

// videoReport keeps what a video host reports about who came and left. It says alike of every report that it does not
// believe that it does not.
func (s *Server) videoReport(c echo.Context, _ visitor) error {
	reporter, ok := s.Video[scheduler.MeetingKind(c.Param("host"))].(interface {
		Report(authorization string, body []byte) (video.Presence, error)
	})
	if !ok {
		return fault.New(fault.NotFound, "There is nothing at this address.")
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The report could not be read.")
	}
	p, err := reporter.Report(c.Request().Header.Get("Authorization"), body)
	if err != nil {
		return fault.Wrap(fault.Forbidden, err, "This is no report of the video host that is set up here.")
	}
	if p.Room != "" {
		err := s.Joins.NotePresence(c.Request().Context(), s.system, p.Room, p.Participant, p.Came, p.Left)
		if err != nil {
			return err
		}
	}
	return c.NoContent(http.StatusNoContent)
}
