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
	"net/url"
	"slices"
	"strconv"
	"strings"

	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// errPreconditionFailed is a change whose If-Match names what is there no longer.
var errPreconditionFailed = errors.New("If-Match does not match")

// ConditionalRead is the header of a conditional GET.
type ConditionalRead struct {
	IfNoneMatch string `header:"If-None-Match" doc:"An ETag from an earlier response. 304 if nothing has changed since."`
}

// ConditionalChange is the header of a change that shall happen only to what was read.
type ConditionalChange struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the version you read. 412 if it has changed since. Without it, the change applies to any version."`
}

// Repeatable is the header of a request that may be sent again.
type Repeatable struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"Any text, new for each new request. For a day, repeating the same request with the same key has no further effect and returns the same result. A different request with the key is 422."`
}

// Paging is how a list is asked for.
type Paging struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The maximum number of results."`
	After string `query:"after" doc:"Continue after this position, as given in the Link header of the previous page."`
}

// etag gives the strong entity tag (RFC 9110 §8.8.3) of what is sent.
func etag(body any) (string, error) {
	written, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("writing what an ETag stands for: %w", err)
	}
	sum := sha256.Sum256(written)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, nil
}

// matches tells whether a list of entity tags, as If-Match and If-None-Match
// have it, names one; * names any. weak takes tags that a proxy has weakened.
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

// maxTries is how often a conditional change is tried again because somebody
// else changed something else at the clinic in between.
const maxTries = 20

// ifMatching does a change only while what read gives has an entity tag of the
// list, or always when the list is empty. read gives the tag and the clinic's
// change number, which the change carries: so nothing can come between the two.
// A change that was done before under its key is found even when the tag has
// changed since, by that very change.
func ifMatching(ctx context.Context, list string, read func(context.Context) (tag string, changeNo int64, err error), do func(expect int64) error) error {
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

// onceOf names a request that may be sent again. The hash is over all that it asks for.
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

// paginate cuts one page out of a list whose places are given by key; next is the
// Link header (RFC 8288) to the page behind, empty when there is none.
func paginate[T any](s *Server, all []T, p Paging, path string, key func(T) string) (cut []T, next string, err error) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	if p.After != "" {
		after, err := base64.RawURLEncoding.DecodeString(p.After)
		if err != nil {
			return nil, "", fault.In("query.after", "This is not a position in the list. Take it from the Link header of the previous page.")
		}
		first, found := slices.BinarySearchFunc(all, string(after), func(one T, after string) int { return cmp.Compare(key(one), after) })
		if found {
			first++
		}
		all = all[first:]
	}
	if len(all) <= p.Limit {
		return all, "", nil
	}
	all = all[:p.Limit]
	query := url.Values{"limit": {strconv.Itoa(p.Limit)}, "after": {base64.RawURLEncoding.EncodeToString([]byte(key(all[p.Limit-1])))}}
	return all, "<" + s.link(apiPrefix+path+"?"+query.Encode()) + `>; rel="next"`, nil
}
