package store

import (
	"crypto/sha256"
	"sync"
	"time"

	"almanac/scheduler/reads"
)

// feedKeys remembers for a moment whose feed a token opens, because calendar
// programs come in crowds: all that asked at a full hour ask again at the next.
// What is remembered ends with the next change that this process commits, and
// after keyLife in any case, which is how long another process's change may
// take to show. Use newFeedKeys.
type feedKeys struct {
	mu      sync.RWMutex
	commits uint64 // of this process, so far
	kept    map[[sha256.Size]byte]keptKey
}

type keptKey struct {
	key     reads.FeedKey
	commits uint64    // when it was read
	until   time.Time // UTC instant
}

const (
	keyLife  = time.Second
	mostKeys = 4096
)

func newFeedKeys() *feedKeys { return &feedKeys{kept: map[[sha256.Size]byte]keptKey{}} }

// changed says that something was committed.
func (f *feedKeys) changed() {
	f.mu.Lock()
	f.commits++
	f.mu.Unlock()
}

// get gives a key that is still good, and the number of commits that a key read
// from now on must be kept with.
func (f *feedKeys) get(token string, now time.Time) (key reads.FeedKey, commits uint64, ok bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	k, found := f.kept[sha256.Sum256([]byte(token))]
	return k.key, f.commits, found && k.commits == f.commits && now.Before(k.until)
}

// put keeps a key that was read after commits.
func (f *feedKeys) put(token string, key reads.FeedKey, commits uint64, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) >= mostKeys {
		clear(f.kept)
	}
	f.kept[sha256.Sum256([]byte(token))] = keptKey{key: key, commits: commits, until: now.Add(keyLife)}
}
