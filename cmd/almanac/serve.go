package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"almanac/notify/mailbox"
	"almanac/scheduler/agenda"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/web"
)

func serveCommand(t terminal) *cobra.Command {
	c := t.command("serve", "run the web server, the agenda and the worker", 0, 0)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		ctx = reads.WithViewing(ctx, nil) // each request has its own
		log := newLogger(t.trouble, config.LogLevel, config.LogFormat)
		h, err := openHouse(ctx, config, log, t.now)
		if err != nil {
			return err
		}
		p, err := h.start(ctx)
		if err != nil {
			return errors.Join(err, h.close())
		}
		if config.Roles.Web {
			fmt.Fprintf(t.out, "web: %s\n", h.publicURL())
			// Told to stop already, it has nothing to say, and that is no failure.
			if err := h.sayFirstSignIn(ctx, t.out); err != nil && ctx.Err() == nil {
				return errors.Join(err, p.stop(), h.close())
			}
		}
		<-p.running.Done()
		return errors.Join(p.stop(), h.close())
	})
	return c
}

// program is the running parts of one process, in the order in which they
// start; they stop in the opposite one.
type program struct {
	log     *slog.Logger
	agenda  *agenda.Agenda
	server  *http.Server
	pages   *web.Server
	metrics *http.Server // nil: off
	post    *post
	mail    *mailbox.Listener  // nil: none comes this way
	parts   *errgroup.Group    // the servers, the worker and the tally of feeds
	running context.Context    // ends when the process is told to stop or a part fails
	finish  context.CancelFunc // tells the worker and the tally of feeds to finish
}

// Times of the web server and of stopping. A feed or a page is small: a client that
// needs longer is not reading.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeader         = 16 << 10
	stopTimeout       = 40 * time.Second
)

// start starts the roles of this process: mail and queue, worker, agenda, metrics, web.
func (h *house) start(ctx context.Context) (*program, error) {
	for _, warning := range h.config.Warnings() {
		h.log.Warn(warning)
	}
	post, err := h.openPost()
	if err != nil {
		return nil, err
	}
	working, finish := context.WithCancel(context.WithoutCancel(ctx))
	p := &program{log: h.log, post: post, finish: finish}
	p.parts, p.running = errgroup.WithContext(ctx)
	h.post = post
	if h.config.Roles.Worker {
		p.parts.Go(func() error { return p.ended("worker", post.worker.Run(working)) })
		if err := p.startMailbox(ctx, working, h); err != nil {
			return nil, errors.Join(err, p.stop())
		}
	}
	if h.config.Roles.Agenda {
		if p.agenda, err = agenda.New(h.log, h.store, h.now, h.duties()...); err != nil {
			return nil, errors.Join(fmt.Errorf("setting up the agenda: %w", err), p.stop())
		}
		p.agenda.Start(context.WithoutCancel(ctx))
		h.agenda = p.agenda
	}
	if err := p.startMetrics(ctx, h); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	if err := p.startListening(ctx, working, h); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	p.parts.Go(func() error { h.sayAlive(working); return nil })
	return p, nil
}

// listen binds the address of the web server, once. From then on publicURL
// knows the port.
func (h *house) listen(ctx context.Context) error {
	if h.listener != nil {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.config.Listen)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err,
			"The address %s cannot be listened on. Another program may use it; choose another with --listen.",
			h.config.Listen)
	}
	h.listener, h.bound = listener, listener.Addr().String()
	return nil
}

// startListening starts the web server or, in a process without pages, the health
// address on listen if that was set.
func (p *program) startListening(ctx, working context.Context, h *house) error {
	if h.config.Roles.Web {
		return p.startWeb(ctx, working, h)
	}
	if h.config.isDefault("listen") {
		return nil
	}
	if err := h.listen(ctx); err != nil {
		return err
	}
	p.server = p.newServer(web.HealthHandler(h.examine))
	p.parts.Go(func() error { return p.ended("health server", p.server.Serve(h.listener)) })
	h.log.Info("health address listens", "address", h.bound)
	return nil
}

// newServer makes a web server with the limits of this program.
func (p *program) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
}

// startWeb listens and serves; the tally of feeds runs until working ends.
func (p *program) startWeb(ctx, working context.Context, h *house) error {
	if err := h.listen(ctx); err != nil {
		return err
	}
	listener := h.listener
	var err error
	p.pages, err = web.New(h.webOptions())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p.server = p.newServer(p.pages.Handler())
	p.parts.Go(func() error { p.pages.Run(working); return nil })
	p.parts.Go(func() error { return p.ended("web server", p.server.Serve(listener)) })
	h.log.Info("web server listens", "address", h.bound)
	return nil
}

// ended gives the error of a part that ended by itself, and nil for one that was
// told to. One that fails ends the whole process, so that whatever supervises it
// starts it anew.
func (p *program) ended(part string, err error) error {
	if err == nil || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	p.log.Error("part ended", "part", part, "error", err)
	return fault.Wrap(fault.Unavailable, err,
		"The %s ended by itself; the log says why. The process stops with it, so that it can be started again.", part)
}

// stop ends the parts in order, each logged with its duration: readiness turns
// red, the web server finishes its requests, the agenda and the worker what
// they have begun.
func (p *program) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if p.pages != nil {
		p.pages.Drain()
	}
	var failed []error
	step := func(name string, do func() error) {
		began := time.Now()
		err := do()
		p.log.Info("stopped", "part", name, "duration", time.Since(began).Round(time.Millisecond))
		if err != nil {
			failed = append(failed, fmt.Errorf("stopping %s: %w", name, err))
		}
	}
	if p.server != nil {
		step("web", func() error { return p.server.Shutdown(ctx) })
	}
	if p.mail != nil {
		step("mailbox", p.mail.Close)
	}
	if p.agenda != nil {
		step("agenda", func() error { return p.agenda.Stop(ctx) })
	}
	if p.metrics != nil {
		step("metrics", func() error { return p.metrics.Shutdown(ctx) })
	}
	p.finish()
	step("worker", p.parts.Wait)
	step("post", p.post.close)
	return errors.Join(failed...)
}
