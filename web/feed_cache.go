package web

import (
	"bytes"
	"compress/gzip"
	"container/list"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/calendar"
)

// feedCacheBytes bounds the memory of the cached feeds.
const feedCacheBytes = 16 << 20

// encodedFeed is an encoded feed with its header values. It is immutable, so responses may share
// it.
type encodedFeed struct {
	etag, modified             []string
	plain, gzipped             []byte
	plainLength, gzippedLength []string
	at                         time.Time // when it was encoded, whole seconds
	// soleVersion: no other version was encoded in the same second, so Last-Modified is
	// unambiguous.
	soleVersion bool
}

// newEncodedFeed describes a feed encoded at now, which is also its Last-Modified. That holds even
// if the change was an event leaving the feed.
func newEncodedFeed(etag string, plain, packed []byte, now time.Time) *encodedFeed {
	at := now.UTC().Truncate(time.Second)
	return &encodedFeed{
		etag: []string{etag}, modified: []string{at.Format(http.TimeFormat)}, plain: plain, gzipped: packed,
		plainLength: []string{strconv.Itoa(len(plain))}, gzippedLength: []string{strconv.Itoa(len(packed))}, at: at,
		soleVersion: true,
	}
}

// unchangedSince evaluates If-Modified-Since. Unreadable dates and dates in the future are ignored.
func (e *encodedFeed) unchangedSince(field string, now time.Time) bool {
	since, err := http.ParseTime(field)
	return err == nil && e.soleVersion && !since.After(now) && !e.at.After(since)
}

// entryOverhead estimates the memory of a cache entry besides its bytes.
const entryOverhead = 512

func (e *encodedFeed) size() int { return len(e.plain) + len(e.gzipped) + entryOverhead }

// feedCache is an LRU cache of the newest version of each feed, bounded in bytes.
type feedCache struct {
	limit int
	today atomic.Pointer[dayText]
	// gzipWriters pools gzip writers, because each takes almost a megabyte.
	gzipWriters sync.Pool

	mu     sync.Mutex
	size   int
	recent *list.List // of *cachedFeed, most recent first
	of     map[scheduler.ID]*list.Element
}

type cachedFeed struct {
	person scheduler.ID
	*encodedFeed
}

func newFeedCache(limit int) *feedCache {
	return &feedCache{limit: limit, recent: list.New(), of: map[scheduler.ID]*list.Element{}}
}

// get returns a person's feed if the cached version has this tag, else nil.
func (c *feedCache) get(person scheduler.ID, etag string) *encodedFeed {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.of[person]
	if element == nil {
		return nil
	}
	kept := element.Value.(*cachedFeed).encodedFeed
	if kept.etag[0] != etag {
		return nil
	}
	c.recent.MoveToFront(element)
	return kept
}

// put replaces the cached version of a person's feed and returns it.
func (c *feedCache) put(person scheduler.ID, e *encodedFeed) *encodedFeed {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element := c.of[person]; element != nil {
		former := element.Value.(*cachedFeed).encodedFeed
		if former.etag[0] != e.etag[0] && former.at.Equal(e.at) {
			e.soleVersion = false
		}
		c.drop(element)
	}
	c.of[person] = c.recent.PushFront(&cachedFeed{person, e})
	c.size += e.size()
	for c.size > c.limit && c.recent.Len() > 0 {
		c.drop(c.recent.Back())
	}
	return e
}

func (c *feedCache) drop(element *list.Element) {
	kept := c.recent.Remove(element).(*cachedFeed)
	delete(c.of, kept.person)
	c.size -= kept.size()
}

// gzip compresses a feed.
func (c *feedCache) gzip(plain []byte) ([]byte, error) {
	packer, ok := c.gzipWriters.Get().(*gzip.Writer)
	if !ok {
		packer = gzip.NewWriter(nil)
	}
	defer c.gzipWriters.Put(packer)
	var packed bytes.Buffer
	packer.Reset(&packed)
	_, err := packer.Write(plain)
	err = errors.Join(err, packer.Close())
	return packed.Bytes(), err
}

// dayText caches the UTC date as the entity tag contains it.
type dayText struct {
	day  int64
	text string
}

func (c *feedCache) day(now time.Time) string {
	day := now.Unix() / (24 * 60 * 60)
	if d := c.today.Load(); d != nil && d.day == day {
		return d.text
	}
	d := &dayText{day: day, text: calendar.Day(now)}
	c.today.Store(d)
	return d.text
}
