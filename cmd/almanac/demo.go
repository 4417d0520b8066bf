package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"almanac/notify/mailbox"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// movingClock is a clock that can be set: it goes on from there as the real
// one does.
type movingClock struct {
	real   func() time.Time
	mu     sync.Mutex
	offset time.Duration
}

func (c *movingClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.real().Add(c.offset)
}

func (c *movingClock) set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = to.Sub(c.real())
}

// reset puts the clock back to the real time.
func (c *movingClock) reset() { c.set(c.real()) }

// demoCommand runs the whole program on throw-away data with a sample clinic. It
// needs no service and no configuration; the listen address is a free port
// unless one is given.
func demoCommand(t terminal) *cobra.Command {
	c := t.command("demo", "the whole program with a sample clinic on throw-away data", 0, 0)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error { return t.demo(ctx, config) })
	return c
}

func (t terminal) demo(ctx context.Context, config Config) (err error) {
	folder, err := os.MkdirTemp("", "almanac-demo-")
	if err != nil {
		return fmt.Errorf("making a throw-away folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	config = config.forDemo(folder)
	ctx = reads.WithViewing(ctx, nil) // each request has its own
	clock := &movingClock{real: t.now}
	h, err := openHouse(ctx, config, newLogger(t.trouble, config.LogLevel, config.LogFormat), clock.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	p, err := h.startDemo(ctx, clock)
	if err != nil {
		return err
	}
	if err := h.announce(ctx, t); err != nil {
		return errors.Join(err, p.stop())
	}
	<-p.running.Done()
	return p.stop()
}

// startDemo makes the sample clinic before any part runs, so that nothing acts
// in its past, and then starts the parts in the present.
func (h *house) startDemo(ctx context.Context, clock *movingClock) (*program, error) {
	if err := h.tellDemo(ctx, clock); err != nil {
		return nil, err
	}
	return h.start(ctx)
}

// tellDemo makes the sample clinic and puts the clock back to the real time.
func (h *house) tellDemo(ctx context.Context, clock *movingClock) (err error) {
	if err := h.listen(ctx); err != nil { // the letters of the story hold links
		return err
	}
	if h.post, err = h.openPost(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.post.close()) }()
	if h.sample, err = seedSample(ctx, h, clock); err != nil {
		return err
	}
	clock.reset()
	return nil
}

// announce prints the four addresses, each alone on a line.
func (h *house) announce(ctx context.Context, t terminal) error {
	clinic := h.sample.clinic
	operator := access.Operator(string(clinic.ID))
	staff, err := h.staffMember(ctx, clinic, "Robin Vance", "robin@example.org", string(access.Admin))
	if err != nil {
		return err
	}
	link, err := h.signInURL(ctx, clinic, staff)
	if err != nil {
		return err
	}
	patient, err := h.sample.patient(ctx)
	if err != nil {
		return err
	}
	links, err := h.store.Links(ctx, operator, clinic.ID, patient.Person)
	if err != nil {
		return err
	}
	base := h.publicURL()
	fmt.Fprintf(t.out, "web: %s\nstaff: %s\npatient: %s\nfeed: %s\n", base, link, pageURL(base, links),
		feedURL(base, links))
	fmt.Fprintln(t.out, "\nOpen the staff address in a browser. Ctrl-C stops the demo and removes its data.")
	return nil
}

// patient picks somebody with sessions ahead, a moved one among them.
func (s *sample) patient(ctx context.Context) (reads.Enrollment, error) {
	operator := access.Operator(string(s.clinic.ID))
	page, err := s.h.store.Cohort(ctx, operator, s.clinic.ID, s.shown)
	if err != nil {
		return reads.Enrollment{}, err
	}
	return page.Enrollments[0], nil
}

// forDemo replaces whatever would touch real data or real people.
func (c Config) forDemo(folder string) Config {
	c.DataDir, c.DatabaseURL, c.Throwaway = folder, "sqlite:"+folder+"/almanac.db", true
	c.AuditHeads, c.Erasures, c.Backups, c.Video = keptAuditHeads(c), keptErasures(c), Backups{}, Video{}
	c.RedisURL, c.SMTPURL, c.SMSURL, c.SecretKey, c.SecretKeyCommand, c.MetricsListen = "", "", "", "", "", ""
	c.InboundListen, c.InboundIMAP = mailbox.Listen{}, mailbox.Inbox{}
	c.Roles = Roles{Web: true, Agenda: true, Worker: true}
	if c.isDefault("listen") {
		c.Listen = "127.0.0.1:0"
	}
	if c.isDefault("log-level") {
		c.LogLevel = 4 // slog.LevelWarn
	}
	return c
}
