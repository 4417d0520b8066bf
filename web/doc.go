// Package web is what a browser and a calendar program see of Almanac: the
// staff's pages, a participant's own page, private calendar feeds, a JSON API for
// programs, and health.
//
// # From a request to an answer
//
// Every address is registered by route with a policy that says who may come
// through: anybody, a calendar program with a feed's token, a participant with
// a page's token, or signed-in staff who may do an action. The policy's door
// (route_policy.go) admits the visitor, bounds the body, refuses requests that another
// site's page sends, and logs the pattern of the address, never the address
// itself, because addresses hold tokens.
//
// A handler decodes the form, asks the desk, and redirects or renders one typed
// page. It returns its errors; answer (errors.go) is the only place that turns
// them into a status and a page, by one table. Pages are structs (page.go and
// beside their handlers), bound to their templates in one table (page_render.go) and
// all executed once when the server is made.
//
// # The API
//
// Every operation of the API is registered by operation with a policy as well.
// huma reads and checks what comes in, by the types of api_*.go, and describes
// them in OpenAPI; the handler asks the same desk; errors become problem
// documents by the same table.
//
// # Feeds
//
// A feed is fetched far more often than anything else happens, mostly for
// nothing. Its path has no log line, no middleware and few allocations: one
// indexed read gives the entity tag; when the program has that version already
// the answer is 304, else the encoded bytes come from a bounded cache.
//
// Everything works without JavaScript; the one script shows previews while
// typing and copies addresses.
package web
