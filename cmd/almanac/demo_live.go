package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"almanac/notify"
	"almanac/notify/smtp"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

const (
	day = 24 * time.Hour

	// upkeepRhythm is how often the duties run while the story is told. It is
	// shorter than gate.Horizon, so that no reminder is written down late.
	upkeepRhythm = 20 * time.Hour

	attendRhythm = 7 * day

	// keptSince is how far back mail is kept; before, letters reach nobody.
	keptSince = -notify.KeepMailFor
	// openSince is how far back tasks stay open; staff have done the older ones.
	openSince = -3 * day
)

// chapter is one change of the story and when it happens, relative to its end.
type chapter struct {
	at time.Duration
	do func(context.Context) error
}

// play tells chapters in order and lets the time between them and the end pass. What is
// due before a change is written down and leaves before it, as it would every minute.
func (s *sample) play(ctx context.Context, chapters []chapter) error {
	s.clock.set(s.end.Add(chapters[0].at))
	for _, c := range chapters {
		if err := s.live(ctx, s.end.Add(c.at)); err != nil {
			return err
		}
		if err := errors.Join(s.foresee(ctx), s.deliver(ctx)); err != nil {
			return err
		}
		if err := c.do(ctx); err != nil {
			return fmt.Errorf("making the sample clinic %s ago: %w", -c.at, err)
		}
		if err := s.foresee(ctx); err != nil {
			return err
		}
	}
	return s.live(ctx, s.end)
}

// live lets time pass until a moment. It stops at every instant at which a message
// is due, so that each leaves at its time, and runs the duties in their rhythm.
func (s *sample) live(ctx context.Context, until time.Time) error {
	for {
		if err := s.deliver(ctx); err != nil {
			return err
		}
		now := s.clock.now()
		if !now.Before(until) {
			return nil
		}
		duties := now.Truncate(upkeepRhythm).Add(upkeepRhythm)
		due, err := s.h.store.NextDue(ctx, access.System("demo"))
		if err != nil {
			return err
		}
		next := earliest(until, duties)
		if due.After(now) {
			next = earliest(next, due)
		}
		s.clock.set(next)
		if next.Equal(duties) {
			if err := s.runDuties(ctx); err != nil {
				return fmt.Errorf("running the duties at %s: %w", next.Format(time.RFC3339), err)
			}
		}
	}
}

// deliver hands over what is due.
func (s *sample) deliver(ctx context.Context) error {
	if _, err := s.worker().Drain(ctx); err != nil {
		return fmt.Errorf("delivering the sample mail: %w", err)
	}
	return nil
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// runDuties writes down what will be due, does the upkeep and takes the attendance;
// the last two once a week for long ago.
func (s *sample) runDuties(ctx context.Context) error {
	if err := s.foresee(ctx); err != nil {
		return err
	}
	now, recent := s.clock.now(), s.end.Add(openSince)
	longAgo := now.Before(recent)
	last := !now.Add(upkeepRhythm).Before(recent) // of long ago
	if longAgo && !last && now.Before(s.attended.Add(attendRhythm)) {
		return nil
	}
	s.attended = now
	return s.attend(ctx, longAgo)
}

func (s *sample) foresee(ctx context.Context) error { return s.h.post.dispatcher.Foresee(ctx) }

// worker gives the worker of this time: of long ago nothing is kept.
func (s *sample) worker() *notify.Worker {
	if s.clock.now().Before(s.end.Add(keptSince)) {
		return s.past
	}
	return s.h.post.worker
}

// swallow is a mail server for the past: it takes everything and keeps nothing.
type swallow struct{}

func (swallow) Send(context.Context, smtp.Message) smtp.Delivery {
	return smtp.Delivery{Outcome: reads.Sent, Reply: "taken"}
}
func (swallow) Check(context.Context) error { return nil }
func (swallow) Close() error                { return nil }
