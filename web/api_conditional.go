package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// errPreconditionFailed means that If-Match names a version that is no longer current.
var errPreconditionFailed = errors.New("If-Match does not match")

// ConditionalRead is the header of a conditional GET.
type ConditionalRead struct {
	IfNoneMatch string `header:"If-None-Match" doc:"An ETag from an earlier response. 304 if nothing has changed since."`
}

// ConditionalChange is the header of a change that applies only to the version that was read.
type ConditionalChange struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the version you read. 412 if it has changed since. Without it, the change applies to any version."`
}

// Repeatable is the header of a request that is safe to repeat.
type Repeatable struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"Any text, new for each new request. For a day, repeating the same request with the same key has no further effect and returns the same result. A different request with the key is 422."`
}

// Paging holds the query parameters of a paged list.
type Paging struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The maximum number of results."`
	After string `query:"after" doc:"Continue after this position, as given in the Link header of the previous page."`
}

// errPosition refuses a position that is none.
func errPosition() error {
	return fault.In("query.after",
		"This is not a position in the list. Take it from the Link header of the previous page.")
}

// cursor reads a position made by nextByCursor.
func (p Paging) cursor() (reads.Cursor, error) {
	text, err := base64.RawURLEncoding.DecodeString(p.After)
	if err != nil {
		return reads.Cursor{}, errPosition()
	}
	c, ok := reads.ParseCursor(string(text))
	if !ok {
		return reads.Cursor{}, errPosition()
	}
	return c, nil
}

// nextByCursor returns the Link header (RFC 8288) of the page after a cursor; none for the zero value. filters are the
// query parameters of this page.
func (s *Server) nextByCursor(path string, filters url.Values, limit int, next reads.Cursor) string {
	if next == (reads.Cursor{}) {
		return ""
	}
	return s.nextLink(path, filters, limit, next.String())
}

// nextLink returns the Link header of the page after a position.
func (s *Server) nextLink(path string, filters url.Values, limit int, position string) string {
	next := url.Values{}
	maps.Copy(next, filters)
	next.Set("limit", strconv.Itoa(limit))
	next.Set("after", base64.RawURLEncoding.EncodeToString([]byte(position)))
	return "<" + s.link(apiPrefix+path+"?"+next.Encode()) + `>; rel="next"`
}

// etag computes the strong entity tag (RFC 9110 §8.8.3) of a response body.
func etag(body any) (string, error) {
	written, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("writing what an ETag stands for: %w", err)
	}
	sum := sha256.Sum256(written)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, nil
}

// matches reports whether tag is in the list of an If-Match or If-None-Match header. weak ignores
// the W/ that a proxy may have added.
func matches(list, tag string, weak bool) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if weak {
			one = strings.TrimPrefix(one, "W/")
		}
		if one == tag || one == "*" {
			return true
		}
	}
	return false
}

// neverMatches is a change number that no clinic has.
const neverMatches = -1

// maxTries bounds the retries of a conditional change when unrelated changes of the clinic
// intervene.
const maxTries = 20

// ifMatching calls do only if the tag that read returns is in list, or if list is empty. It passes
// the clinic's change number to do, so that nothing can change in between. A repeated request finds
// its stored result even if the tag no longer matches. It fails with errPreconditionFailed if the
// tag differs.
func ifMatching(ctx context.Context, list string, read func(context.Context) (tag string, changeNo int64, err error),
	do func(expect int64) error) error {
	if list == "" {
		return do(0)
	}
	for range maxTries {
		tag, number, err := read(ctx)
		if err != nil {
			return err
		}
		if !matches(list, tag, false) {
			if err := do(neverMatches); !fault.Is(err, fault.Stale) {
				return err
			}
			return errPreconditionFailed
		}
		if err := do(number); !fault.Is(err, fault.Stale) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "Too much is changing at this clinic right now. Try again in a moment.")
}

// onceOf makes the idempotency key of a request. The hash covers everything the request asks for.
func onceOf(key, what string, id string, body any) (desk.Once, error) {
	if key == "" {
		return desk.Once{}, nil
	}
	written, err := json.Marshal([]any{what, id, body})
	if err != nil {
		return desk.Once{}, fmt.Errorf("writing what a key stands for: %w", err)
	}
	sum := sha256.Sum256(written)
	return desk.Once{Key: key, Hash: hex.EncodeToString(sum[:])}, nil
}

// paginate returns one page of a list that is ordered by key. next is the Link header (RFC 8288) of
// the next page, empty on the last one.
func paginate[T any](s *Server, all []T, p Paging, path string, filters url.Values,
	key func(T) string) (cut []T, next string, err error) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	if p.After != "" {
		after, err := base64.RawURLEncoding.DecodeString(p.After)
		if err != nil {
			return nil, "", errPosition()
		}
		first, found := slices.BinarySearchFunc(all, string(after),
			func(one T, after string) int { return cmp.Compare(key(one), after) })
		if found {
			first++
		}
		all = all[first:]
	}
	if len(all) <= p.Limit {
		return all, "", nil
	}
	all = all[:p.Limit]
	return all, s.nextLink(path, filters, p.Limit, key(all[p.Limit-1])), nil
}
