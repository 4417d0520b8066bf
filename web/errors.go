package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
)

// statuses is the only table from error kinds to HTTP statuses.
var statuses = map[fault.Kind]int{
	fault.Internal:    http.StatusInternalServerError,
	fault.Invalid:     http.StatusUnprocessableEntity,
	fault.NotFound:    http.StatusNotFound,
	fault.Forbidden:   http.StatusForbidden,
	fault.Stale:       http.StatusConflict,
	fault.Full:        http.StatusConflict,
	fault.Closed:      http.StatusConflict,
	fault.Conflict:    http.StatusConflict,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// formError is an error that is shown on the filled-in form. Errors that the user cannot correct
// get the error page.
type formError struct {
	view view
	err  error
}

func (a *formError) Error() string { return a.err.Error() }
func (a *formError) Unwrap() error { return a.err }

// correctable kinds are shown on the form.
var correctable = map[fault.Kind]bool{fault.Invalid: true, fault.Stale: true, fault.Full: true, fault.Closed: true,
	fault.Conflict: true}

// errNoSignIn means that no one is signed in. It is answered as if nothing existed.
var errNoSignIn = errors.New("nobody is signed in")

// statusOf maps an error to its status.
func statusOf(err error) int {
	var tooLarge *http.MaxBytesError
	var routed *echo.HTTPError
	var often *rateError
	switch {
	case errors.Is(err, errNoSignIn):
		return http.StatusNotFound
	case errors.Is(err, errNeedsProof):
		return http.StatusForbidden
	case errors.Is(err, errLocked):
		return http.StatusLocked
	case errors.Is(err, errNoToken):
		return http.StatusUnauthorized
	case errors.Is(err, errPreconditionFailed):
		return http.StatusPreconditionFailed
	case errors.As(err, &often):
		return http.StatusTooManyRequests
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &routed):
		return routed.Code
	default:
		return statuses[fault.KindOf(err)]
	}
}

// handleError is echo's HTTPErrorHandler and the only place that responds to errors. It logs errors
// that the user cannot correct, and shows only their request id.
func (s *Server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	program := strings.HasPrefix(c.Request().URL.Path, apiPrefix+"/") && !errors.Is(err, errLocked) // or a browser
	if program {
		if failed := s.answerProblem(c, err); failed != nil {
			s.logError(c, failed)
		}
		return
	}
	status := statusOf(err)
	if status >= http.StatusInternalServerError {
		s.logError(c, err)
	}
	if isFeed(c.Request().URL.Path) {
		writeFeedError(c, status)
		return
	}
	if shown := s.renderError(c, status, err); shown != nil {
		s.logError(c, shown)
		_ = c.NoContent(http.StatusInternalServerError)
	}
}

func (s *Server) renderError(c echo.Context, status int, err error) error {
	var form *formError
	switch {
	case errors.As(err, &form) && correctable[fault.KindOf(form.err)]:
		form.view.page().explain(form.err)
		return s.render(c, status, form.view)
	case discreet(c.Path()) || discreet(c.Request().URL.Path):
		c.Response().Header().Add("Vary", "Accept-Language")
		return s.render(c, status, s.personErrorPage(status, c.Request().Header.Get("Accept-Language")))
	}
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	who, gone := s.signedIn(c)
	if gone != nil {
		if status == http.StatusNotFound && s.signedInOnce(c.Request()) {
			return s.render(c, status, s.signInAgain(c))
		}
		return s.render(c, status, s.stranger(c, status))
	}
	if errors.Is(err, errLocked) {
		v, err := s.lockPage(c, who)
		if err != nil {
			return err
		}
		return s.render(c, status, v)
	}
	if who.screen.Locked { // an error of an address that needs no sign-in
		return s.render(c, status, s.stranger(c, status))
	}
	if errors.Is(err, errNeedsProof) {
		v, err := s.askProof(c, who)
		if err != nil {
			return err
		}
		return s.render(c, status, v)
	}
	p := s.staffErrorPage(c, status, err)
	p.guard(who)
	return s.render(c, status, p)
}

// stranger is the error page for visitors without a sign-in. It does not reveal what exists.
func (s *Server) stranger(c echo.Context, status int) *strangerPage {
	p := &strangerPage{Page: s.basePage("Nothing here"), Heading: "Nothing here",
		Sentence: "There is nothing at this address."}
	switch {
	case status == http.StatusServiceUnavailable:
		p.Heading, p.Sentence = "Back in a moment", "This is not working right now. Please try again in a few minutes."
	case status >= http.StatusInternalServerError:
		p.Heading, p.Sentence = "Something went wrong",
			"This is our fault, not yours. Please try again in a few minutes."
		p.Incident = c.Response().Header().Get(requestIDHeader)
	case strings.HasPrefix(c.Request().URL.Path, "/signin/"):
		p.Heading, p.Sentence = "This link does not work",
			"It was already used, has expired or is unknown. Ask the person who gave it to you for a new one."
	case status != http.StatusNotFound:
		p.Heading, p.Sentence = "This does not work", "This address does not accept that kind of request."
	}
	p.Title = p.Heading
	return p
}

// discreet reports whether an address is for participants.
func discreet(path string) bool {
	return strings.HasPrefix(path, "/p/") || strings.HasPrefix(path, questionPrefix) ||
		strings.HasPrefix(path, joinPrefix) || strings.HasPrefix(path, stopPrefix)
}

// retryAfter is the value of Retry-After in seconds.
const retryAfter = "30"

func (s *Server) logError(c echo.Context, err error) {
	s.Log.LogAttrs(c.Request().Context(), slog.LevelError, "failed",
		slog.String("method", c.Request().Method), slog.String("route", c.Path()),
		slog.String("kind", fault.KindOf(err).String()), slog.String("error", err.Error()),
		slog.String("request_id", c.Response().Header().Get(requestIDHeader)))
}

// headings are the titles of the error page.
var headings = map[int]string{
	http.StatusNotFound:              "Nothing here",
	http.StatusForbidden:             "You do not have access",
	http.StatusConflict:              "This cannot be done right now",
	http.StatusUnprocessableEntity:   "Something is missing or wrong",
	http.StatusMethodNotAllowed:      "Request not accepted",
	http.StatusRequestEntityTooLarge: "Too much text",
	http.StatusServiceUnavailable:    "Back in a moment",
}

// sentences are the texts for errors without a message of their own.
var sentences = map[int]string{
	http.StatusNotFound: "There is nothing at this address. Check it, or start again from the list of " +
		"cohorts.",
	http.StatusMethodNotAllowed: "This address does not accept that kind of request. Go back and use the " +
		"buttons on the page.",
	http.StatusRequestEntityTooLarge: "That is too much text for this form. Shorten it and try again.",
	http.StatusServiceUnavailable: "The database cannot be reached right now. Nothing was changed. Try again in " +
		"a moment.",
}

// staffErrorPage builds the error page for staff.
func (s *Server) staffErrorPage(c echo.Context, status int, err error) *errorPage {
	p := &errorPage{Page: s.basePage("Trouble"), Status: status, Heading: headings[status], Sentence: sentences[status]}
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Internal {
		p.Sentence = f.Message
	}
	if p.Heading == "" {
		p.Heading = "Something went wrong"
	}
	if p.Sentence == "" {
		p.Sentence = "This is our fault, not yours, and nothing was changed. Try again. If it keeps happening, give " +
			"the number below to the person who runs this site."
		p.Incident = c.Response().Header().Get(requestIDHeader)
	}
	p.Title = p.Heading
	return p
}

// personErrorPage builds the error page for participants, which names nothing. The person is
// unknown, so it is in Spanish if the browser prefers that, else in both languages.
func (s *Server) personErrorPage(status int, accepted string) *personErrorPage {
	v := &personErrorPage{Missing: status == http.StatusNotFound, English: true}
	english, spanish := wordsFor("en").Title, wordsFor("es").Title
	if v.Page = s.basePage(english + " · " +
		spanish); strings.HasPrefix(strings.ToLower(strings.TrimSpace(accepted)), "es") {
		v.Title, v.Language, v.English = spanish, "es", false
	}
	v.Exit = wordsFor(v.Language)
	return v
}

// errorPage shows staff what went wrong.
type errorPage struct {
	Page
	Status                      int
	Heading, Sentence, Incident string
}

// personErrorPage shows participants a neutral error, in one language or both.
type personErrorPage struct {
	Page
	Missing bool // false: a temporary problem
	English bool // false: only in Spanish
}
