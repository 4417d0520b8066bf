package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// collectTimeout bounds what one look at the metrics may ask of database and queue.
const collectTimeout = 5 * time.Second

// startMetrics serves /metrics at the address of metrics-listen, and nothing
// else there; without one it does nothing.
func (p *program) startMetrics(ctx context.Context, h *house) error {
	if h.config.MetricsListen == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.config.MetricsListen)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err,
			"The address %s cannot be listened on. Another program may use it; choose another with metrics-listen.",
			h.config.MetricsListen)
	}
	handler, err := metricsHandler(newNoticeMetrics(context.WithoutCancel(ctx), h))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", handler)
	p.metrics = p.newServer(mux)
	p.parts.Go(func() error { return p.ended("metrics server", p.metrics.Serve(listener)) })
	h.log.Info("metrics listen", "address", listener.Addr().String())
	return nil
}

// metricsHandler serves these metrics beside those of Go and of the process,
// from a registry of its own: nothing else can slip in.
func metricsHandler(own prometheus.Collector) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{own, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("registering metrics: %w", err)
		}
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}), nil
}

// noticeMetrics asks database and queue when somebody looks. What it gives has
// labels of states and reasons of ours only; it names no clinic and no person.
type noticeMetrics struct {
	ctx     context.Context // prometheus hands none to Collect
	backlog func(context.Context) (reads.Backlog, error)
	alive   func(context.Context) (reads.Liveness, error)
	texted  func(context.Context) (reads.TextCounts, error)
	price   float64 // of one part of a text; 0: not known
	depth   func(context.Context) (int, error)

	up, queueUp, queueDepth, strays         *prometheus.Desc
	due, late, oldest, open                 *prometheus.Desc
	processes, overdue                      *prometheus.Desc
	texts, segments, cost                   *prometheus.Desc
	planned, sent, dropped, expired, failed *prometheus.Desc
}

func newNoticeMetrics(ctx context.Context, h *house) *noticeMetrics {
	m := describeNotices()
	m.ctx = ctx
	m.backlog = func(ctx context.Context) (reads.Backlog, error) {
		return h.store.Backlog(ctx, access.System("metrics"))
	}
	m.alive = h.store.Liveness
	m.texted = func(ctx context.Context) (reads.TextCounts, error) {
		return h.store.TextCounts(ctx, access.System("metrics"))
	}
	if h.post.gateway != nil {
		m.price = h.post.gateway.Price()
	}
	m.depth = h.post.queue.Depth
	return m
}

func describeNotices() *noticeMetrics {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("almanac_"+name, help, labels, nil)
	}
	return &noticeMetrics{
		up:         describe("database_up", "Whether the notices could be counted."),
		queueUp:    describe("queue_up", "Whether the queue could be asked."),
		queueDepth: describe("queue_depth", "Ids that wait in the queue."),
		due:        describe("notices_due", "Notices whose time has come and that have not left."),
		late:       describe("notices_late", "Notices that have been due for more than two minutes."),
		oldest:     describe("notices_oldest_due_seconds", "How long the oldest due notice has been due."),
		processes:  describe("processes_alive", "Living processes, by role.", "role"),
		overdue:    describe("notices_overdue", "Notices that have been due for more than a minute."),
		texts:      describe("texts_total", "Texts that were handed over."),
		segments:   describe("text_segments_total", "Parts of these texts, which is what gateways count."),
		cost:       describe("text_cost_total", "What these parts cost, by the price in sms-url; 0 without one."),
		open:       describe("attempts_open", "Hand-overs that are under way."),
		planned:    describe("notices_planned", "Notices that are owed, due or not."),
		sent:       describe("notices_sent", "Notices that were handed over."),
		dropped:    describe("notices_dropped", "Notices that were not needed any more, by reason.", "reason"),
		expired:    describe("notices_expired", "Notices whose deadline passed."),
		failed:     describe("notices_failed", "Notices that were given up, by reason.", "reason"),
		strays:     describe("stray_answers_total", "Answers about appointments that nobody knows, since the first."),
	}
}

// Describe is for prometheus.
func (m *noticeMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.up, m.queueUp, m.queueDepth, m.due, m.late, m.oldest, m.open, m.processes, m.overdue, m.planned, m.sent,
		m.dropped, m.expired, m.failed, m.strays, m.texts, m.segments, m.cost,
	} {
		to <- d
	}
}

// Collect is for prometheus. A part that does not answer shows as down and has
// no figures.
func (m *noticeMetrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(m.ctx, collectTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	depth, err := m.depth(ctx)
	gauge(m.queueUp, zeroOrOne(err == nil))
	if err == nil {
		gauge(m.queueDepth, float64(depth))
	}
	if l, err := m.alive(ctx); err == nil {
		for _, role := range []string{"web", "agenda", "worker"} {
			gauge(m.processes, float64(l.Alive[role]), role)
		}
		gauge(m.overdue, float64(l.Overdue))
	}
	b, err := m.backlog(ctx)
	gauge(m.up, zeroOrOne(err == nil))
	if err != nil {
		return
	}
	gauge(m.due, float64(b.Due))
	gauge(m.late, float64(b.Late))
	gauge(m.oldest, b.OldestDue.Seconds())
	gauge(m.open, float64(b.Open))
	to <- prometheus.MustNewConstMetric(m.strays, prometheus.CounterValue, float64(b.Strays))
	m.fates(b.Notices, gauge)
	if c, err := m.texted(ctx); err == nil {
		count := func(d *prometheus.Desc, value float64) {
			to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value)
		}
		count(m.texts, float64(c.Texts))
		count(m.segments, float64(c.Segments))
		count(m.cost, float64(c.Segments)*m.price)
	}
}

// fates sums up by state, and by reason where reasons matter.
func (m *noticeMetrics) fates(all []reads.NoticeCount, gauge func(*prometheus.Desc, float64, ...string)) {
	sums := map[scheduler.NoticeState]int{}
	for _, f := range all {
		sums[f.State] += f.Count
		switch f.State {
		case scheduler.NoticeDropped:
			gauge(m.dropped, float64(f.Count), f.Reason)
		case scheduler.NoticeFailed:
			gauge(m.failed, float64(f.Count), f.Reason)
		}
	}
	gauge(m.planned, float64(sums[scheduler.NoticePlanned]))
	gauge(m.sent, float64(sums[scheduler.NoticeSent]+sums[scheduler.NoticeDelivered]))
	gauge(m.expired, float64(sums[scheduler.NoticeExpired]))
}

func zeroOrOne(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
