package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// The JSON API uses the same desk, policies and error table as the pages. huma validates requests
// and generates the OpenAPI document. The operations are in the files api_*.go.

// apiPrefix is the prefix of every address of the API.
const apiPrefix = "/api/v1"

const (
	maxAPIBody     = 1 << 20 // octets
	apiReadTimeout = 10 * time.Second
)

// program returns the policy of an operation: a token whose scopes allow the action.
func program(may access.Action) policy { return policy{auth: authAPIToken, action: may} }

// call is one request to an operation.
type call struct {
	echo echo.Context
	who  visitor
}

// callKey is the context key of the call. huma's handlers receive only a context, so operation
// takes the visitor from there.
type callKey struct{}

// newAPI creates the API without operations. It leaves out huma's own pages because they load a
// third-party script.
func (s *Server) newAPI() huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		return strings.TrimPrefix(huma.DefaultSchemaNamer(t, hint), "Api")
	})
	return humaecho.NewWithGroup(s.echo, s.echo.Group(apiPrefix), huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Almanac", Version: "1", Description: apiIntroduction},
			Servers: []*huma.Server{{URL: apiPrefix}},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer",
						Description: "An API token of one clinic. Create one with `almanac token add`."},
				},
			},
		},
		Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat,
			"json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{s.replaceRefusal},
	})
}

// operation is the only way to register an operation of the API. Its middleware authorizes the
// program before the body is read. Errors of the handler become problem documents by the common
// table.
func operation[I, O any](s *Server, p policy, op huma.Operation,
	h func(ctx context.Context, who visitor, in *I) (*O, error)) {
	op.Middlewares = huma.Middlewares{s.apiMiddleware(p)}
	op.Security = []map[string][]string{{"token": {}}}
	op.MaxBodyBytes, op.BodyReadTimeout = maxAPIBody, apiReadTimeout
	op.Description = strings.TrimSpace(op.Description + "\n\nA token needs one of the scopes: " +
		scopesFor(p.action) + ".")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = s.problemResponse()
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		c, _ := ctx.Value(callKey{}).(*call)
		if c == nil {
			// not registered through apiMiddleware
			return nil, &apiProblem{Status: http.StatusUnauthorized, Detail: apiSentences[http.StatusUnauthorized]}
		}
		// Lift the deadline of the body, which has been read. Otherwise it would end the request as
		// if the client had gone away.
		if err := huma.SetReadDeadline(c.echo.Response(), time.Time{}); err != nil &&
			!errors.Is(err, http.ErrNotSupported) {
			return nil, s.problem(c.echo, fmt.Errorf("lifting the deadline of a body: %w", err))
		}
		out, err := h(ctx, c.who, in)
		if err != nil {
			return nil, s.problem(c.echo, err)
		}
		return out, nil
	})
	s.routes = append(s.routes, Route{Method: op.Method, Path: apiPrefix + echoPath(op.Path), Policy: p.String()})
}

// echoPath converts {parameters} of a path to echo's syntax.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// scopesFor lists the scopes that allow an action.
func scopesFor(action access.Action) string {
	var names []string
	for _, scope := range access.Scopes() {
		if access.Can(access.Token("any", "any", scope), action) {
			names = append(names, string(scope))
		}
	}
	return strings.Join(names, ", ")
}

// apiMiddleware authorizes and logs each request to an operation.
func (s *Server) apiMiddleware(p policy) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		began, c := s.Now(), &call{echo: humaecho.Unwrap(ctx)}
		c.echo.Response().Header().Set(requestIDHeader, newRequestID())
		r := c.echo.Request()
		r.Body = &bomSkipper{Closer: r.Body, text: bufio.NewReader(r.Body)}
		err := s.authorizeProgram(p, c)
		end := func() {}
		if err == nil {
			var seen context.Context
			seen, end = s.viewing(c.echo, c.who)
			err = s.recovered(func(echo.Context, visitor) error {
				next(huma.WithContext(ctx, context.WithValue(seen, callKey{}, c)))
				return nil
			}, c.echo, c.who)
		}
		if err != nil {
			c.echo.Error(err)
		}
		end()
		s.noteRefusal(c.echo, c.who, err)
		s.logAnswer(c.echo, began, c.who)
	}
}

// bomSkipper is a body without its byte order mark, which RFC 8259 §8.1 allows a reader to ignore.
type bomSkipper struct {
	io.Closer
	text  *bufio.Reader
	begun bool
}

func (u *bomSkipper) Read(p []byte) (int, error) {
	if !u.begun {
		u.begun = true
		if begin, _ := u.text.Peek(len("\ufeff")); string(begin) == "\ufeff" {
			_, _ = u.text.Discard(len(begin))
		}
	}
	return u.text.Read(p)
}

// errNoToken means that a request has no valid token.
var errNoToken = errors.New("no token, or none that is good")

// rateError means that a token sends too many requests. wait is the time until the next one is
// allowed.
type rateError struct{ wait time.Duration }

func (*rateError) Error() string { return "this token asks too often" }

// authorizeProgram identifies the program by its token, counts the request against its rate and
// checks the policy.
func (s *Server) authorizeProgram(p policy, c *call) error {
	if p.auth != authAPIToken {
		return fault.New(fault.NotFound, "There is nothing at this address.")
	}
	r := c.echo.Request()
	actor, err := s.tokenActor(r)
	if err != nil {
		return err
	}
	c.who = visitor{actor: actor, clinic: scheduler.ID(actor.Clinic)}
	if actor.Outside() {
		c.echo.Response().Header().Set(redisclosureHeader, scheduler.Redisclosure)
	}
	if wait := s.apiLimiter.wait(scheduler.ID(actor.ID), s.Now()); wait > 0 {
		return &rateError{wait: wait}
	}
	return access.Check(actor, p.action)
}

// tokenActor returns the actor of the request's token. It fails with errNoToken if there is no
// valid one.
func (s *Server) tokenActor(r *http.Request) (access.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" { // RFC 6750 §2.1; schemes have no case, RFC 9110 §11.1
		return access.Actor{}, errNoToken
	}
	from, _ := s.callerOf(r) // without an address, it is in no network
	actor, err := s.Programs.TokenActor(r.Context(), s.system, strings.TrimSpace(token), from)
	if fault.Is(err, fault.NotFound) {
		return access.Actor{}, errNoToken
	}
	return actor, err
}

// authorizeReader checks access to the API's description: a program with a token, or signed-in
// staff. It fails with errLocked while their screen is locked.
func (s *Server) authorizeReader(c echo.Context) error {
	if _, err := s.tokenActor(c.Request()); !errors.Is(err, errNoToken) {
		return err
	}
	who, err := s.signedIn(c)
	switch {
	case errors.Is(err, errNoSignIn):
		return errNoToken
	case err == nil && who.screen.Locked:
		return errLocked
	}
	return err
}

// logAnswer logs one line per request. Feeds are not logged.
func (s *Server) logAnswer(c echo.Context, began time.Time, who visitor) {
	r := c.Request()
	s.Log.LogAttrs(r.Context(), slog.LevelInfo, "answered",
		slog.String("method", r.Method), slog.String("route", c.Path()), slog.Int("status", c.Response().Status),
		slog.Duration("duration", s.Now().Sub(began)), slog.String("actor", who.actor.String()),
		slog.String("request_id", c.Response().Header().Get(requestIDHeader)))
}

// registerAPI registers every operation with its policy.
func (s *Server) registerAPI() {
	if s.Programs == nil {
		return
	}
	s.api = s.newAPI()
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete

	operation(s, program(access.ClinicView),
		describe(get, "/protocols", "list-protocols", "Protocols", "The library of protocols."), s.apiProtocols)
	operation(s, program(access.ClinicView), describe(get, "/protocols/{id}", "get-protocol", "Protocols",
		"One protocol, by id or id@version. Without a version: the newest."), s.apiProtocol)

	operation(s, program(access.CohortView),
		describe(get, "/cohorts", "list-cohorts", "Cohorts", "The clinic's cohorts, ordered by id."), s.apiCohorts)
	operation(s, program(access.CohortOpen),
		s.withResponse(created(describe(post, "/cohorts", "open-cohort", "Cohorts",
			"Open a cohort and plan its sessions.")),
			http.StatusOK, "With dry_run: the cohort as it would be, without an id", reflect.TypeFor[apiCohort](),
			"Cohort"), s.apiOpenCohort)
	operation(s, program(access.CohortView),
		describe(get, "/cohorts/{id}", "get-cohort", "Cohorts", "One cohort."), s.apiCohort)
	operation(s, program(access.CohortView),
		describe(get, "/cohorts/{id}/sessions", "list-sessions", "Cohorts", "A cohort's sessions, ordered by start."),
		s.apiSessions)
	operation(s, program(access.CohortView), describe(get, "/cohorts/{id}/entry-points", "list-entry-points", "Cohorts",
		"The sessions at which a new person could start now, soonest first."), s.apiEntryPoints)
	operation(s, program(access.CohortChange), describe(post, "/cohorts/{id}/end", "end-cohort", "Cohorts",
		"End a cohort after a date. Later sessions are cancelled, no one new can enroll, and everyone affected is "+
			"notified."), s.apiEnd)

	s.registerCohortChanges()
	s.registerCohortEnrollments()
	s.registerMessages()
	operation(s, program(access.CohortView),
		describe(get, "/sessions/{id}", "get-session", "Sessions", "One session."), s.apiSession)
	operation(s, program(access.SessionChange), describe(post, "/sessions/{id}/cancel", "cancel-session", "Sessions",
		"Cancel a session. Everyone affected is notified."), s.apiCancel)
	operation(s, program(access.SessionChange), describe(post, "/sessions/{id}/move", "move-session", "Sessions",
		"Move a session to another time. Everyone affected is notified."), s.apiMove)

	const done = "Done. With dry_run: 200 and what it would do"
	operation(s, program(access.AttendanceTake),
		s.withResponse(describe(http.MethodPut, "/sessions/{id}/attendance", "take-attendance", "Sessions",
			"Take attendance for a session that has started. A later call corrects an earlier one, and both stay in "+
				"the history."),
			http.StatusNoContent, done, nil, ""), s.apiAttendance)

	operation(s, program(access.Enroll), s.enrollOperation(), s.apiEnroll)
	operation(s, program(access.PersonView),
		describe(get, "/enrollments/{id}", "get-enrollment", "Enrollments", "One enrollment with its itinerary."),
		s.apiEnrollment)
	operation(s, program(access.Withdraw), s.withResponse(describe(del, "/enrollments/{id}", "withdraw", "Enrollments",
		"End an enrollment. Seats in sessions that have not started become free. Past attendance stays."),
		http.StatusNoContent, done, nil, ""), s.apiWithdraw)

	s.registerDesk()

	s.route(reader(s.APIDocs), get, apiPrefix+"/openapi.json", s.apiDescription)
	s.route(reader(s.APIDocs), get, apiPrefix+"/docs", s.apiDocs)
	s.finishDescription()
}

// registerDesk registers the operations that have files of their own.
func (s *Server) registerDesk() {
	s.registerPeople()
	s.registerPerson()
	s.registerConsentOperations()
	s.registerDisclosureOperations()
	s.registerLegalAnswerOperation()
	s.registerPersonMerge()
	s.registerRightsOperations()
	s.registerPersonChanges()
	s.registerPersonSettings()
	s.registerPeopleImport()
	s.registerTasks()
	s.registerReferralOperations()
	s.registerAssessmentOperations()
	s.registerNotices()
	s.registerAudit()
	s.registerReportOperations()
	s.registerExportOperations()
	s.registerOpenings()
	s.registerSteps()
	s.registerProgress()
	s.registerSet()
	s.registerClinicSettings()
	s.registerClosedDays()
	s.registerStaffOperations()
	s.registerStaffChanges()
	s.registerStaffFeeds()
	s.registerUndo(program(access.ChangeUndo))
}

func describe(method, path, id, tag, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag}}
}

// created makes an operation respond with 201.
func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}
