package agenda_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"almanac/scheduler/agenda"
)

// ledger is Claims in memory, shared by several nodes.
type ledger struct {
	mu   sync.Mutex
	next map[string]time.Time
	asks int
	err  error
}

func (l *ledger) Claim(_ context.Context, name string, now, next time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asks++
	if l.err != nil {
		return false, l.err
	}
	if l.next[name].After(now) {
		return false, nil
	}
	if l.next == nil {
		l.next = map[string]time.Time{}
	}
	l.next[name] = next
	return true, nil
}

func (l *ledger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func start(t *testing.T, log *slog.Logger, claims agenda.Claims, duties ...agenda.Duty) *agenda.Agenda {
	t.Helper()
	a, err := agenda.New(log, claims, time.Now, duties...)
	if err != nil {
		t.Fatal(err)
	}
	a.Start(t.Context())
	return a
}

func stop(t *testing.T, a *agenda.Agenda) {
	t.Helper()
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// later advances the time of a synctest bubble and waits until the duties are idle.
func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestNodesShareADutyAndEachRunsItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		runs := map[string]int{}
		count := func(what string) func(context.Context) error {
			return func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				runs[what]++
				return nil
			}
		}
		claims := &ledger{}
		for range 3 {
			a := start(t, silent(), claims,
				agenda.Duty{Name: "sweep", Every: time.Minute, Run: count("sweep")},
				agenda.Duty{Name: "dispatch", Every: time.Second, EachNode: true, Run: count("dispatch")})
			defer stop(t, a)
		}
		later(10*time.Minute + time.Second/2)
		mu.Lock()
		defer mu.Unlock()
		if runs["sweep"] != 11 { // at once, then at ten full minutes
			t.Errorf("three nodes ran sweep %d times in ten minutes, want 11", runs["sweep"])
		}
		if runs["dispatch"] != 3*600 {
			t.Errorf("three nodes ran dispatch %d times in 600 seconds, want 1800", runs["dispatch"])
		}
		if claims.asks > 3*70 {
			t.Errorf("%d claims in ten minutes are too many", claims.asks)
		}
	})
}

// A duty with After does not run at whole minutes.
func TestADutyKeepsOutOfTheWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seconds := map[int]int{}
		a := start(t, silent(), &ledger{},
			agenda.Duty{Name: "sweep", Every: time.Minute, After: 45 * time.Second, Run: func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				seconds[time.Now().Second()]++
				return nil
			}})
		defer stop(t, a)
		later(10*time.Minute + 50*time.Second)
		mu.Lock()
		defer mu.Unlock()
		if len(seconds) != 2 || seconds[45] != 11 { // once at the start
			t.Errorf("the duty ran at these seconds of its minutes: %v", seconds)
		}
	})
}

func TestAnotherNodeTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		claims := &ledger{}
		ran := make(chan string, 100)
		node := func(name string) *agenda.Agenda {
			return start(t, silent(), claims, agenda.Duty{Name: "sweep", Every: time.Minute,
				Run: func(context.Context) error { ran <- name; return nil }})
		}
		first := node("first")
		later(2 * time.Second)
		second := node("second")
		defer stop(t, second)
		later(2 * time.Second)
		stop(t, first)
		later(time.Minute + 10*time.Second)
		close(ran)
		var order []string
		for name := range ran {
			order = append(order, name)
		}
		if strings.Join(order, " ") != "first second" {
			t.Errorf("ran on %v", order)
		}
	})
}

func TestPanicEndsNeitherProcessNorDuty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var runs int
		a := start(t, slog.New(slog.NewTextHandler(&log, nil)), nil,
			agenda.Duty{Name: "shaky", Every: time.Second, EachNode: true, Run: func(context.Context) error {
				runs++
				switch runs {
				case 1:
					panic("Pat Example")
				case 2:
					var none []int
					_ = none[runs]
				}
				return nil
			}})
		later(4*time.Second + time.Second/2)
		stop(t, a)
		if runs != 4 {
			t.Errorf("%d runs in four seconds, want 4", runs)
		}
		text := log.String()
		if strings.Contains(text, "Pat") {
			t.Errorf("the panic's text reached the log: %s", text)
		}
		if strings.Count(text, "duty fails") != 1 || !strings.Contains(text, "duty=shaky incident=1") {
			t.Errorf("the trouble is not logged once: %s", text)
		}
		if strings.Count(text, "duty works again") != 1 || !strings.Contains(text, "failures=2") {
			t.Errorf("the trouble's end is not logged once: %s", text)
		}
		if s := a.Status()[0]; s.Err != nil || s.Failures != 0 || !s.Since.IsZero() {
			t.Errorf("status after the trouble: %+v", s)
		}
	})
}

func TestTroubleIsLoggedOnceAndShownInStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		claims := &ledger{}
		trouble := errors.New("database is locked")
		a := start(t, slog.New(slog.NewTextHandler(&log, nil)), claims,
			agenda.Duty{Name: "sweep", Every: 5 * time.Second, Run: func(context.Context) error { return nil }})
		defer stop(t, a)
		for incident := 1; incident <= 2; incident++ {
			claims.fail(trouble)
			later(time.Minute)
			if s := a.Status()[0]; !errors.Is(s.Err, trouble) || s.Failures < 50 || s.Since.IsZero() {
				t.Errorf("status in the trouble: %+v", s)
			}
			claims.fail(nil)
			later(time.Minute)
			if s := a.Status()[0]; s.Err != nil || s.LastRun.IsZero() {
				t.Errorf("status after the trouble: %+v", s)
			}
		}
		if n := strings.Count(log.String(), "duty fails"); n != 2 {
			t.Errorf("two troubles logged %d times: %s", n, log.String())
		}
		if !strings.Contains(log.String(), "incident=2") {
			t.Errorf("the second trouble has no number: %s", log.String())
		}
	})
}

func TestSlowDutyIsSkippedNotDoubled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var now, most, runs int
		a := start(t, silent(), nil, agenda.Duty{Name: "slow", Every: time.Second, EachNode: true,
			Run: func(context.Context) error {
				mu.Lock()
				now++
				runs++
				most = max(most, now)
				mu.Unlock()
				<-time.After(3500 * time.Millisecond)
				mu.Lock()
				now--
				mu.Unlock()
				return nil
			}})
		later(20 * time.Second)
		stop(t, a)
		if most != 1 || runs < 4 || runs > 6 {
			t.Errorf("%d runs, up to %d at once", runs, most)
		}
	})
}

func TestStopWaitsAndGivesUpInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended bool
		patient := start(t, silent(), nil, agenda.Duty{Name: "patient", Every: time.Second, EachNode: true,
			Run: func(context.Context) error { <-time.After(30 * time.Second); ended = true; return nil }})
		later(1500 * time.Millisecond)
		stop(t, patient)
		if !ended {
			t.Error("Stop did not wait for the duty")
		}
		stop(t, patient) // a second time changes nothing

		cancelled := make(chan error, 1)
		stubborn := start(t, silent(), nil, agenda.Duty{Name: "stubborn", Every: time.Second, EachNode: true,
			Run: func(ctx context.Context) error { <-ctx.Done(); cancelled <- ctx.Err(); return ctx.Err() }})
		later(1500 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := stubborn.Stop(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stubborn") {
			t.Errorf("Stop = %v", err)
		}
		if err := <-cancelled; !errors.Is(err, context.Canceled) {
			t.Errorf("the duty's context ended with %v", err)
		}
	})
}

func TestClockPutBackDoesNotSilenceADuty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var back time.Duration
		var runs int
		clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(-back) }
		a, err := agenda.New(silent(), nil, clock, agenda.Duty{Name: "dispatch", Every: time.Second, EachNode: true,
			Run: func(context.Context) error { runs++; return nil }})
		if err != nil {
			t.Fatal(err)
		}
		a.Start(t.Context())
		later(5*time.Second + time.Second/2)
		mu.Lock()
		back = 24 * time.Hour
		mu.Unlock()
		later(5 * time.Second)
		stop(t, a)
		if runs != 10 {
			t.Errorf("%d runs, want 10", runs)
		}
	})
}

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	run := func(context.Context) error { return nil }
	_, err := agenda.New(silent(), nil, func() time.Time { return time.Time{} },
		agenda.Duty{Every: time.Second, EachNode: true, Run: run},
		agenda.Duty{Name: "twice", Every: time.Second, EachNode: true, Run: run},
		agenda.Duty{Name: "twice", Every: time.Second, EachNode: true, Run: run},
		agenda.Duty{Name: "hasty", Every: time.Millisecond, EachNode: true, Run: run},
		agenda.Duty{Name: "crooked", Every: 1500 * time.Millisecond, EachNode: true, Run: run},
		agenda.Duty{Name: "tardy", Every: time.Second, After: time.Second, EachNode: true, Run: run},
		agenda.Duty{Name: "idle", Every: time.Second, EachNode: true},
		agenda.Duty{Name: "shared", Every: time.Second, Run: run},
	)
	if err == nil {
		t.Fatal("seven mistakes passed")
	}
	for _, word := range []string{"name", "twice", "hasty", "crooked", "idle", "shared"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is missing in: %s", word, err)
		}
	}
}
