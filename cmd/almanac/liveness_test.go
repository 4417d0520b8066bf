package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/web"
)

// livenessHouse opens a house on a fresh folder, with a clock that the test holds.
func livenessHouse(t *testing.T, options ...string) (*house, *handClock, counter) {
	t.Helper()
	c := newCounter(t)
	clock := &handClock{at: time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)}
	config, _, err := parseConfig(append([]string{"--data-dir", c.folder}, options...), noEnvironment, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), config, newLogger(io.Discard, config.LogLevel, config.LogFormat), clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	return h, clock, c
}

// unwell gives the parts that are not well, by name.
func unwell(parts []reads.Part) string {
	var names []string
	for _, p := range parts {
		if p.State != reads.OK && p.State != reads.Advice {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

// A process that dies is missed after a while, one that stops in order is not.
func TestDeadProcessesAreMissed(t *testing.T) {
	t.Parallel()
	h, clock, _ := livenessHouse(t)
	ctx, system := t.Context(), access.System("heartbeat")
	page, worker := randomID(), randomID()
	says := func(when, want string) {
		t.Helper()
		if got := unwell(h.livenessParts(ctx)); got != want {
			t.Errorf("%s: not well are %q, want %q", when, got, want)
		}
	}
	says("before anything ran", "")
	beat := func(id string, roles string) {
		t.Helper()
		if err := h.store.Heartbeat(ctx, system, page, "web"); err != nil {
			t.Fatal(err)
		}
		if id == "worker" {
			if err := h.store.Heartbeat(ctx, system, worker, roles); err != nil {
				t.Fatal(err)
			}
		}
	}
	beat("web", "web")
	says("with a web process alone", "agenda process, worker process")
	beat("worker", "agenda,worker")
	says("with both", "")
	clock.set(clock.now().Add(reads.DeadAfter + time.Second))
	beat("web", "web")
	says("after the worker fell silent", "agenda process, worker process")
	beat("worker", "agenda,worker")
	if err := h.store.EndHeartbeat(ctx, system, page); err != nil {
		t.Fatal(err)
	}
	if err := h.store.EndHeartbeat(ctx, system, worker); err != nil {
		t.Fatal(err)
	}
	says("after all stopped in order", "")
}

// With everything dead and a welcome overdue, doctor and readyz say so.
func TestOverdueMessagesAreSeen(t *testing.T) {
	t.Parallel()
	h, clock, c := livenessHouse(t)
	cohort := c.open()
	c.prints(requestFor(cohort, newStory().guests[0]), "enroll", "-")
	if got := unwell(h.livenessParts(t.Context())); got != "" {
		t.Errorf("right after enrolling, not well are %q", got)
	}
	clock.set(clock.now().Add(10 * time.Minute))
	parts := h.livenessParts(t.Context())
	if got := unwell(parts); got != "agenda process, worker process, messages" {
		t.Errorf("ten minutes later, not well are %q", got)
	}
	recorder := httptest.NewRecorder()
	web.HealthHandler(h.examine).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if body := recorder.Body.String(); recorder.Code != http.StatusOK || !strings.Contains(body, `"degraded"`) ||
		strings.Contains(body, "worker") {
		t.Errorf("readyz answers %d: %s", recorder.Code, body)
	}
	code, out, trouble := c.runAt(clock.now(), "", "doctor")
	if code != exitFailed || !strings.Contains(out, "overdue") ||
		!strings.Contains(trouble, "Not well: agenda process, worker process, messages.") {
		t.Errorf("doctor ended with %d, printed\n%sand said %s", code, out, trouble)
	}
}

// doctor fails where the queue or the mail server cannot be reached.
func TestDoctorFailsWithoutQueueOrMail(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for option, part := range map[string]string{"--redis-url=redis://127.0.0.1:1": "queue",
		"--smtp-url=smtp://127.0.0.1:1?tls=none": "mail"} {
		code, _, trouble := c.run("", "doctor", option)
		if code != exitFailed || trouble != "Not well: "+part+".\n" {
			t.Errorf("doctor %s ended with %d and said %s", option, code, trouble)
		}
	}
}

// A provider that is down is named by doctor, and keeps no server from starting.
func TestProvidersThatAreDownKeepNothing(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	provider := []string{"--oidc-issuer=http://127.0.0.1:1", "--oidc-client-id=appointments"}
	code, out, trouble := c.run("", append([]string{"doctor"}, provider...)...)
	if code != exitFailed || trouble != "Not well: provider.\n" || !strings.Contains(out, "it cannot be reached") {
		t.Errorf("doctor ended with %d, printed\n%sand said %s", code, out, trouble)
	}
	h, _, _ := livenessHouse(t, append(provider, "--listen", "127.0.0.1:0")...)
	p, err := h.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get("http://" + h.bound + "/signin")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(page), "Sign in with your organization") {
		t.Errorf("the sign-in page is\n%s (%v)", page, err)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// A server that ends by itself ends the process with an error.
func TestDeadServerEndsTheProcess(t *testing.T) {
	t.Parallel()
	h, _, _ := livenessHouse(t, "--listen", "127.0.0.1:0")
	p, err := h.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.listener.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.running.Done():
	case <-time.After(time.Minute):
		t.Error("the process lives on without its web server")
	}
	if err := p.stop(); !fault.Is(err, fault.Unavailable) ||
		!strings.Contains(explain(err), "web server ended by itself") {
		t.Errorf("the process ended with %v", err)
	}
}

// A process without pages says on its address that it is alive, and takes its
// heartbeat out when it stops.
func TestWorkerHasAHealthAddress(t *testing.T) {
	t.Parallel()
	h, _, c := livenessHouse(t, "--listen", "127.0.0.1:0", "--roles", "agenda,worker")
	p, err := h.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if code, out, trouble := c.run("", "health", "--listen", h.bound); code != exitDone || out != "alive\n" {
		t.Errorf("health ended with %d: %s%s", code, out, trouble)
	}
	for began := time.Now(); len(c.ask("SELECT id FROM processes")) == 0; {
		if time.Since(began) > time.Minute {
			t.Fatal("no heartbeat was written")
		}
		<-time.After(20 * time.Millisecond)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if left := c.ask("SELECT id FROM processes"); len(left) > 0 {
		t.Errorf("the heartbeat is still there: %q", left)
	}
	if code, _, trouble := c.run("", "health", "--listen", h.bound); code != exitFailed ||
		!strings.Contains(trouble, "Nothing answers at") {
		t.Errorf("of a stopped process health ended with %d and said %s", code, trouble)
	}
}

// A fresh serve says how the first person signs in, and a used one does not.
func TestFirstSignInIsAnnounced(t *testing.T) {
	t.Parallel()
	h, _, c := livenessHouse(t)
	said := func() string {
		var out strings.Builder
		if err := h.sayFirstSignIn(context.WithoutCancel(t.Context()), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := said(); !strings.Contains(got, "/signin/first/") {
		t.Errorf("it says %q", got)
	}
	c.prints("", "staff", "add", "--email", "robin@example.org", "--role", "admin")
	if got := said(); got != "" {
		t.Errorf("with staff it says %q", got)
	}
}
