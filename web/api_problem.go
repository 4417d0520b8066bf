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

// apiProblem is what the API answers to a request that it does not fulfil: a
// problem document (RFC 9457) of type about:blank, with the kind of trouble, an
// incident to ask about, and what is wrong where. It never repeats what was sent.
type apiProblem struct {
	Title    string          `json:"title" doc:"The status in words."`
	Status   int             `json:"status" doc:"The HTTP status."`
	Detail   string          `json:"detail" doc:"What is wrong and what to do, in full sentences."`
	Kind     string          `json:"kind,omitempty" enum:"invalid,not-found,forbidden,stale,full,closed,conflict,unavailable,internal" doc:"The kind of problem. Several kinds may share a status."`
	Incident string          `json:"incident,omitempty" doc:"A number to give to the operator, who can find it in the log."`
	Errors   []apiFieldError `json:"errors,omitempty" doc:"Each thing to correct."`
	// Candidates and Enrollment go with two conflicts of enrolling.
	Candidates []apiCandidate `json:"candidates,omitempty" doc:"Known people this might be."`
	Enrollment string         `json:"enrollment,omitempty" doc:"The person's existing enrollment in this cohort."`
}

// apiCandidate is a known person who may be meant: no name, because the asker has one.
type apiCandidate struct {
	ID string   `json:"id" doc:"For participant.id."`
	By []string `json:"by" enum:"email,phone,external_id" doc:"What they share with the request. The name is similar."`
}

type apiFieldError struct {
	Message  string `json:"message" doc:"What is wrong."`
	Location string `json:"location,omitempty" doc:"Where, such as body.participant.phone, query.limit or header.If-Match."`
}

// Error, GetStatus and ContentType make a problem an error that huma writes as it is.
func (p *apiProblem) Error() string             { return p.Detail }
func (p *apiProblem) GetStatus() int            { return p.Status }
func (p *apiProblem) ContentType(string) string { return "application/problem+json" }

// apiSentences are for trouble without a sentence of its own.
var apiSentences = map[int]string{
	http.StatusBadRequest:            "The body is not valid JSON. Send one JSON object.",
	http.StatusUnauthorized:          "A valid API token is required, sent as Authorization: Bearer TOKEN.",
	http.StatusNotFound:              "There is nothing at this address. GET /api/v1/docs lists all operations.",
	http.StatusMethodNotAllowed:      "This address does not accept that method. The Allow header lists those it accepts.",
	http.StatusRequestTimeout:        "The body came too slowly. Send it again.",
	http.StatusPreconditionFailed:    "This has changed since you read it. Read it again, then decide whether you still want the change.",
	http.StatusRequestEntityTooLarge: "The body is longer than 1 MiB. Send less at once.",
	http.StatusUnsupportedMediaType:  "The body must be application/json.",
	http.StatusUnprocessableEntity:   "Something in the request is missing or wrong. See errors for what and where.",
	http.StatusTooManyRequests:       "This token sends too many requests. Wait as long as Retry-After says.",
	http.StatusInternalServerError:   "This is our fault, not yours, and nothing was changed. Try again. If it keeps happening, give the incident number to the person who runs this site.",
	http.StatusServiceUnavailable:    "The database cannot be reached right now. Nothing was changed. Try again in a moment.",
}

// problem makes the document of an error, by the one table of statuses, and
// sets the headers that belong to it. What nobody can mend is logged here, once.
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

// addConflict says whom or what a conflict is about.
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

// setRetryHeaders says in headers what a program needs to try again.
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

// fieldLocation gives where a field stands: in the body, unless it says otherwise.
// Names of headers begin with a capital.
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

// answerProblem answers what went wrong before or around an operation.
func (s *Server) answerProblem(c echo.Context, err error) error {
	p := s.problem(c, err)
	c.Response().Header().Set(echo.HeaderContentType, p.ContentType(""))
	return c.JSON(p.Status, p)
}

// replaceRefusal makes a problem document of ours out of huma's own, which
// would repeat what was sent: a name, an address.
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

// refusalSentence makes a sentence of huma's words. What a decoder says in quotes is
// left out, because it may be what was sent.
func refusalSentence(words string) string {
	words, _, _ = strings.Cut(words, `"`)
	words = strings.TrimRight(strings.TrimSpace(words), ":;,.")
	if words == "" {
		return "This cannot be read."
	}
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// problemResponse describes every answer that is none of the others.
func (s *Server) problemResponse() *huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[apiProblem](), true, "Problem")
	return &huma.Response{
		Description: "A problem document (RFC 9457): 401 no valid token, 403 the scopes do not allow it, 404 unknown or another clinic's, " +
			"409 not possible right now, 412 it has changed, 422 something to correct, 429 too many requests, 503 try again.",
		Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
}
