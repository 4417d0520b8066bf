package store

import (
	"crypto/sha256"
	"sync"
	"time"

	"almanac/scheduler/reads"
)

// feedKeys caches for a second whose feed a token opens: calendar programs come in
// crowds at full hours. A commit of this process empties it. One of another
// process, or one in the very moment of a read, shows within the second.
type feedKeys struct {
	mu   sync.RWMutex
	kept map[[sha256.Size]byte]keptKey
}

type keptKey struct {
	key   reads.FeedKey
	until time.Time // UTC instant
}

const (
	keyLife  = time.Second
	mostKeys = 4096
)

// get gives a key that is still good.
func (f *feedKeys) get(token string, now time.Time) (key reads.FeedKey, ok bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	k, found := f.kept[sha256.Sum256([]byte(token))]
	return k.key, found && now.Before(k.until)
}

func (f *feedKeys) put(token string, key reads.FeedKey, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil || len(f.kept) >= mostKeys {
		f.kept = map[[sha256.Size]byte]keptKey{}
	}
	f.kept[sha256.Sum256([]byte(token))] = keptKey{key: key, until: now.Add(keyLife)}
}

func (f *feedKeys) empty() {
	f.mu.Lock()
	f.kept = nil
	f.mu.Unlock()
}
