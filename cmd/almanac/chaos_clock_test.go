//go:build crashpoints

package main

import (
	"fmt"
	"sync"
	"time"

	"almanac/scheduler/access"
)

// fastClock tells a time that runs so many times as fast as the machine's. All
// processes that are given the same text tell the same time.
type fastClock struct {
	begins time.Time // simulated
	began  time.Time // real
	scale  int64
}

// String is what parseFastClock reads.
func (c fastClock) String() string {
	return fmt.Sprintf("%d:%d:%d", c.begins.UnixMilli(), c.began.UnixMicro(), c.scale)
}

func parseFastClock(text string) (fastClock, error) {
	var begins, began, scale int64
	if _, err := fmt.Sscanf(text, "%d:%d:%d", &begins, &began, &scale); err != nil {
		return fastClock{}, fmt.Errorf("reading the clock %q: %w", text, err)
	}
	return fastClock{time.UnixMilli(begins).UTC(), time.UnixMicro(began), scale}, nil
}

// at gives the simulated time of a real one.
func (c fastClock) at(real time.Time) time.Time {
	return c.begins.Add(real.Round(0).Sub(c.began) * time.Duration(c.scale))
}

func (c fastClock) now() time.Time { return c.at(time.Now()) }

// stageClock stands still until it is set, and runs once it is let go.
type stageClock struct {
	mu   sync.Mutex
	hand time.Time
	fast *fastClock
}

func (c *stageClock) now() time.Time { return c.at(time.Now()) }

// at gives the simulated time of a real one.
func (c *stageClock) at(real time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fast != nil {
		return c.fast.at(real)
	}
	return c.hand
}

// set stops the clock at an instant.
func (c *stageClock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hand, c.fast = at, nil
}

// run lets the clock go, so many times as fast as the machine's.
func (c *stageClock) run(scale int64) fastClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fast = &fastClock{c.hand, time.Now(), scale}
	return *c.fast
}

// follow lets the clock go as the machine's does, which tells an instant when
// the machine's tells another.
func (c *stageClock) follow(at, when time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fast = &fastClock{at, when.Round(0), 1}
}

// systemActor is who hands notices over.
func systemActor() access.Actor { return access.System("chaos") }
