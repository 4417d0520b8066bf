package web

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// apiProblem is the error response of the API: a problem document (RFC 9457) of type about:blank.
// It never repeats what the client sent.
type apiProblem struct {
	Title    string          `json:"title" doc:"The status in words."`
	Status   int             `json:"status" doc:"The HTTP status."`
	Detail   string          `json:"detail" doc:"What is wrong and what to do, in full sentences."`
	Kind     string          `json:"kind,omitempty" enum:"invalid,not-found,forbidden,stale,full,closed,conflict,unavailable,internal" doc:"The kind of problem. Several kinds may share a status."`
	Incident string          `json:"incident,omitempty" doc:"A number to give to the operator, who can find it in the log."`
	Errors   []apiFieldError `json:"errors,omitempty" doc:"Each thing to correct."`
	// Candidates and Enrollment belong to the two conflicts of enrolling.
	Candidates []apiCandidate `json:"candidates,omitempty" doc:"Known people this might be."`
	Enrollment string         `json:"enrollment,omitempty" doc:"The person's existing enrollment in this cohort."`
}

// apiCandidate is a known person who might be meant. It has no name because the client already has
// one.
type apiCandidate struct {
	ID string   `json:"id" doc:"For participant.id."`
	By []string `json:"by" enum:"email,phone,external_id" doc:"What they share with the request. The name is similar."`
}

type apiFieldError struct {
	Message  string `json:"message" doc:"What is wrong."`
	Location string `json:"location,omitempty" doc:"Where, such as body.participant.phone, query.limit or header.If-Match."`
}

// Error, GetStatus and ContentType let huma write a problem as it is.
func (p *apiProblem) Error() string             { return p.Detail }
func (p *apiProblem) GetStatus() int            { return p.Status }
func (p *apiProblem) ContentType(string) string { return "application/problem+json" }

// apiSentences are the details of errors without a message of their own.
var apiSentences = map[int]string{
	http.StatusBadRequest:   "The body is not valid JSON. Send one JSON object.",
	http.StatusUnauthorized: "A valid API token is required, sent as Authorization: Bearer TOKEN.",
	http.StatusNotFound:     "There is nothing at this address. GET /api/v1/docs lists all operations.",
	http.StatusMethodNotAllowed: "This address does not accept that method. The Allow header lists those it " +
		"accepts.",
	http.StatusRequestTimeout: "The body came too slowly. Send it again.",
	http.StatusPreconditionFailed: "This has changed since you read it. Read it again, then decide whether you " +
		"still want the change.",
	http.StatusRequestEntityTooLarge: "The body is longer than 1 MiB. Send less at once.",
	http.StatusUnsupportedMediaType:  "The body must be application/json.",
	http.StatusUnprocessableEntity:   "Something in the request is missing or wrong. See errors for what and where.",
	http.StatusTooManyRequests:       "This token sends too many requests. Wait as long as Retry-After says.",
	http.StatusInternalServerError: "This is our fault, not yours, and nothing was changed. Try again. If it " +
		"keeps happening, give the incident number to the person who runs this site.",
	http.StatusServiceUnavailable: "The database cannot be reached right now. Nothing was changed. Try again in " +
		"a moment.",
}

// problem converts an error to a problem document and sets its headers. It logs errors that a
// client cannot correct.
func (s *Server) problem(c echo.Context, err error) *apiProblem {
	status := statusOf(err)
	if status >= http.StatusInternalServerError {
		s.logError(c, err)
	}
	s.setRetryHeaders(c, status, err)
	p := newProblem(c, status)
	p.addConflict(err)
	faults := fault.All(err)
	if len(faults) == 0 || status == http.StatusInternalServerError {
		return p
	}
	sentences := make([]string, len(faults))
	for i, f := range faults {
		sentences[i] = f.Message
		if f.Field != "" {
			p.Errors = append(p.Errors, apiFieldError{Message: f.Message, Location: fieldLocation(f.Field)})
		}
	}
	p.Kind, p.Detail = faults[0].Kind.String(), strings.Join(slices.Compact(sentences), " ")
	return p
}

// addConflict adds the people or the enrollment that a conflict is about.
func (p *apiProblem) addConflict(err error) {
	var known *scheduler.KnownPeople
	if errors.As(err, &known) {
		for _, c := range known.Candidates {
			p.Candidates = append(p.Candidates, apiCandidate{ID: string(c.Person), By: c.By})
		}
	}
	var enrolled *scheduler.AlreadyEnrolled
	if errors.As(err, &enrolled) {
		p.Enrollment = string(enrolled.Enrollment)
	}
}

func newProblem(c echo.Context, status int) *apiProblem {
	p := &apiProblem{Title: http.StatusText(status), Status: status, Detail: apiSentences[status]}
	if p.Detail == "" {
		p.Detail = p.Title + "."
	}
	if status == http.StatusInternalServerError {
		p.Kind, p.Incident = fault.Internal.String(), c.Response().Header().Get(requestIDHeader)
	}
	return p
}

// setRetryHeaders sets the headers that a program needs to try again.
func (s *Server) setRetryHeaders(c echo.Context, status int, err error) {
	var often *rateError
	h := c.Response().Header()
	switch {
	case errors.As(err, &often):
		h.Set(echo.HeaderRetryAfter, strconv.Itoa(int((often.wait+time.Second-1)/time.Second)))
	case status == http.StatusServiceUnavailable:
		h.Set(echo.HeaderRetryAfter, retryAfter)
	case status == http.StatusUnauthorized:
		h.Set(echo.HeaderWWWAuthenticate, `Bearer realm="api"`) // RFC 6750 §3
	}
}

// fieldLocation returns the location of a field: the body by default. Names of headers start with a
// capital letter.
func fieldLocation(field string) string {
	for _, part := range []string{"path.", "query.", "body."} {
		if strings.HasPrefix(field, part) {
			return field
		}
	}
	if field[0] >= 'A' && field[0] <= 'Z' {
		return "header." + field
	}
	return "body." + field
}

// answerProblem responds to errors outside an operation's handler.
func (s *Server) answerProblem(c echo.Context, err error) error {
	p := s.problem(c, err)
	c.Response().Header().Set(echo.HeaderContentType, p.ContentType(""))
	return c.JSON(p.Status, p)
}

// replaceRefusal replaces huma's error document, which would repeat names and addresses that were
// sent.
func (s *Server) replaceRefusal(ctx huma.Context, _ string, body any) (any, error) {
	refusal, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := newProblem(humaecho.Unwrap(ctx), refusal.Status)
	if refusal.Status == http.StatusUnprocessableEntity {
		p.Kind = fault.Invalid.String()
	}
	for _, e := range refusal.Errors {
		if e != nil {
			p.Errors = append(p.Errors, apiFieldError{Message: refusalSentence(e.Message), Location: e.Location})
		}
	}
	return p, nil
}

// refusalSentence turns huma's message into a sentence. It drops quoted text, which may contain
// what was sent.
func refusalSentence(words string) string {
	words, _, _ = strings.Cut(words, `"`)
	words = strings.TrimRight(strings.TrimSpace(words), ":;,.")
	if words == "" {
		return "This cannot be read."
	}
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// problemResponse documents the error response.
func (s *Server) problemResponse() *huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[apiProblem](), true, "Problem")
	return &huma.Response{
		Description: "A problem document (RFC 9457): 401 no valid token, 403 the scopes do not allow it, 404 " +
			"unknown or another clinic's, " +
			"409 not possible right now, 412 it has changed, 422 something to correct, 429 too many requests, 503 " +
			"try again.",
		Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
}
