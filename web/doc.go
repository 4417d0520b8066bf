// Package web serves everything that a browser, a calendar program or another
// system sees of Almanac: staff pages, a participant's own page, private calendar
// feeds, a JSON API, and health checks.
//
// # From a request to a response
//
// Every address is registered in routes.go with a policy: anyone, a calendar program
// with a feed token, a participant with a page token, or staff who may take an action.
// The policy (route_policy.go) authorizes the visitor, bounds the body and rejects
// cross-site requests. It logs the pattern of the address, because addresses contain
// tokens.
//
// A handler decodes the form, asks the desk, and redirects or renders one typed page.
// It returns its errors. handleError (errors.go) is the only place that turns them into
// a status and a page. Pages are structs beside their handlers, bound to their templates
// in page_render.go. All of them are rendered once at startup.
//
// A change has a form and a preview. Both are described by a changeForm
// (staff_proposal.go), which needs only a page and a proposal.
//
// # Files
//
//   - server.go, route*.go, errors.go, security.go: what all requests share
//   - page_*.go, form*.go: what all pages and forms share
//   - staff_*.go: pages of staff
//   - person_*.go: pages of participants
//   - feed*.go: calendar feeds
//   - api_*.go: the JSON API
//
// # The API
//
// Every operation is registered with a policy, too. huma validates requests by the types
// in api_*.go and generates the OpenAPI document. Handlers ask the same desk as pages,
// and the same table turns errors into problem documents.
//
// # Feeds
//
// Feeds are by far the most frequent requests, and most of them find nothing new. They
// have no log line, no middleware and few allocations. One indexed read yields the entity
// tag. The response is a 304, or bytes from a bounded cache.
//
// Everything works without JavaScript. The only script updates previews while typing and
// copies addresses.
package web
