package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

func scrape(t *testing.T, m *noticeMetrics) string {
	t.Helper()
	m.ctx = t.Context()
	handler, err := metricsHandler(m)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Errorf("status %d", w.Code)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := describeNotices()
	m.depth = func(context.Context) (int, error) { return 7, nil }
	m.backlog = func(context.Context) (reads.Backlog, error) {
		return reads.Backlog{Due: 5, Late: 2, OldestDue: 90 * time.Second, Open: 3, Strays: 21,
			Notices: []reads.NoticeCount{
				{State: scheduler.NoticeDropped, Reason: "moved", Count: 4},
				{State: scheduler.NoticeFailed, Reason: "refused", Count: 1},
				{State: scheduler.NoticeExpired, Count: 6}, {State: scheduler.NoticePlanned, Count: 11},
				{State: scheduler.NoticeSent, Count: 40},
				{State: scheduler.NoticeDelivered, Count: 60}, {State: scheduler.NoticeSent, Reason: "sent back",
					Count: 1},
			}}, nil
	}
	m.alive = func(context.Context) (reads.Liveness, error) {
		return reads.Liveness{Processes: 3, Alive: map[string]int{"web": 2, "worker": 1}, Overdue: 4}, nil
	}
	m.price = 0.5
	m.texted = func(context.Context) (reads.TextCounts, error) { return reads.TextCounts{Texts: 8, Segments: 12}, nil }
	said := scrape(t, m)
	for _, want := range []string{
		"almanac_texts_total 8", "almanac_text_segments_total 12", "almanac_text_cost_total 6",
		"almanac_database_up 1", "almanac_queue_up 1", "almanac_queue_depth 7", "almanac_notices_due 5",
		"almanac_notices_late 2",
		"almanac_notices_oldest_due_seconds 90", "almanac_attempts_open 3", `almanac_notices_dropped{reason="moved"} 4`,
		`almanac_notices_failed{reason="refused"} 1`, "almanac_notices_expired 6", "almanac_notices_planned 11",
		"almanac_notices_sent 101", "almanac_stray_answers_total 21",
		`almanac_processes_alive{role="web"} 2`, `almanac_processes_alive{role="agenda"} 0`,
		"almanac_notices_overdue 4",
		"go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(said, "\n"+want) {
			t.Errorf("no %s", want)
		}
	}
	m.depth = func(context.Context) (int, error) { return 0, errors.New("away") }
	m.backlog = func(context.Context) (reads.Backlog, error) { return reads.Backlog{}, errors.New("away") }
	said = scrape(t, m)
	if !strings.Contains(said, "\nalmanac_database_up 0") || !strings.Contains(said, "\nalmanac_queue_up 0") ||
		strings.Contains(said, "almanac_notices_due ") {
		t.Errorf("with everything away it says\n%s", said)
	}
}

// Metrics stand on an address of their own, never on the public one, and name nobody.
func TestMetricsAreServedApart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := []string{"--data-dir", folder, "--log-level", "info"}
	p := startProcess(t, folder,
		append([]string{"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"}, data...)...)
	base := p.tells("web")
	address := regexp.MustCompile(`msg="metrics listen" address=(\S+)`).FindStringSubmatch(p.trouble.String())
	if address == nil {
		t.Fatalf("the address of metrics is not logged:\n%s", p.trouble)
	}
	someone := newStory().guests[0]
	enrolled := must(t, requestFor(openAhead(t, must, data...), someone), append([]string{"enroll", "-"}, data...)...)
	metrics := get(t, "http://"+address[1]+"/metrics")
	if metrics.status != 200 || !strings.Contains(metrics.body, "\nalmanac_database_up 1") ||
		!strings.Contains(metrics.body, "\nalmanac_queue_depth ") {
		t.Errorf("metrics answer %d:\n%s", metrics.status, metrics.body)
	}
	for _, secret := range newStory().secrets(enrolled) {
		if strings.Contains(metrics.body, secret) {
			t.Errorf("metrics hold %q", secret)
		}
	}
	if public := get(t, base+"/metrics"); public.status != 404 {
		t.Errorf("on the public address /metrics answers %d", public.status)
	}
	if other := get(t, "http://"+address[1]+"/"); other.status != 404 {
		t.Errorf("beside /metrics something answers %d", other.status)
	}
	if code := p.signal(syscall.SIGTERM); code != exitDone {
		t.Errorf("it exits with %d and says %s", code, p.trouble)
	}
}
