package web

import (
	"context"
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/reads"
)

// viewingWriter holds a response back until the audit has noted whose data the request has read. When that fails,
// nothing of the response goes out.
type viewingWriter struct {
	http.ResponseWriter
	seen   *reads.Viewing
	record func() error
	before http.Header // as the handler found it
	status int         // to be sent before the body; 0: none, or it was sent
	failed error
}

// WriteHeader keeps the status for the first octet of the body, or the end.
func (w *viewingWriter) WriteHeader(status int) { w.status = status }

// Write sends a part of the body. It fails when the audit cannot be written.
func (w *viewingWriter) Write(p []byte) (int, error) {
	if w.failed == nil && w.seen.Pending() {
		w.failed = w.record()
	}
	if w.failed != nil {
		return 0, w.failed
	}
	w.sendStatus()
	return w.ResponseWriter.Write(p)
}

func (w *viewingWriter) sendStatus() {
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
		w.status = 0
	}
}

// Unwrap is for http.ResponseController.
func (w *viewingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// viewing begins to note whose data a request reads, and gives the context to read them with. end must be called once
// the request is answered.
func (s *Server) viewing(c echo.Context, who visitor) (ctx context.Context, end func()) {
	r, response := c.Request(), c.Response()
	seen := &reads.Viewing{Source: s.sourceOf(c)}
	ctx = reads.WithViewing(r.Context(), seen)
	w := &viewingWriter{ResponseWriter: response.Writer, seen: seen, before: maps.Clone(response.Header()),
		record: func() error { return s.Audit.RecordViews(ctx, who.actor, who.clinic, seen) }}
	response.Writer = w
	c.SetRequest(r.WithContext(ctx))
	return ctx, func() {
		response.Writer = w.ResponseWriter
		if w.failed == nil {
			w.sendStatus()
			return
		}
		header := response.Header()
		clear(header)
		maps.Copy(header, w.before)
		response.Committed, response.Size = false, 0
		c.Error(w.failed)
	}
}

// sourceOf says where a request came from.
func (s *Server) sourceOf(c echo.Context) reads.Source {
	r := c.Request()
	return reads.Source{Network: string(s.networkOf(r)), Route: r.Method + " " + c.Path(),
		Request: c.Response().Header().Get(requestIDHeader)}
}
