package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store/storetest"
	"almanac/web"
)

const raceSeats = 12

// databases are what a race runs on.
var databases = []struct {
	name string
	url  func(testing.TB) string
}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}}

// rounds is how often a race is run: twice, or as often as API_RACE_ROUNDS says.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("API_RACE_ROUNDS")
	if text == "" {
		return 2
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// street is a house with a real server before it and a token for programs.
type street struct {
	program
	server *httptest.Server
	client *http.Client
}

func newStreet(t testing.TB, url string) *street {
	t.Helper()
	h := newHouseAt(t, url, func(o *web.Options) { o.APIRate = 0 })
	server := httptest.NewServer(h.handler)
	t.Cleanup(server.Close)
	return &street{h.program(access.Scopes()...), server,
		&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: racers}}}
}

// told is what one request was told, and how long that took.
type told struct {
	status int
	answer struct {
		ID               string `json:"id"`
		State            string `json:"state"`
		WaitlistPosition int    `json:"waitlist_position"`
	}
	body string
	took time.Duration
	err  error
}

// enroll sends one request over the wire.
func (s *street) enroll(cohort, body string) (got told) {
	r, err := http.NewRequest(http.MethodPost, s.server.URL+"/api/v1/cohorts/"+cohort+"/enrollments",
		strings.NewReader(body))
	if err != nil {
		return told{err: err}
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	began := time.Now()
	answer, err := s.client.Do(r)
	if err != nil {
		return told{err: err}
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	got = told{status: answer.StatusCode, body: string(text), took: time.Since(began), err: err}
	if err == nil {
		got.err = json.Unmarshal(text, &got.answer)
	}
	return got
}

// evening opens a cohort of twelve seats.
func (s *street) evening() string {
	s.t.Helper()
	cohort, _ := s.must(http.StatusCreated, "POST", "/cohorts",
		strings.Replace(openingBody, `"capacity": 6`, fmt.Sprintf(`"capacity": %d`, raceSeats), 1))
	return cohort["id"].(string)
}

// Five hundred people ask at once, over HTTP, for a place in a cohort of twelve
// seats: twelve get one, the others wait in an unbroken order, and nobody is
// turned away.
func TestAPIRace(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			s := newStreet(t, d.url(t))
			var took []time.Duration
			for round := range rounds(t) {
				took = append(took, s.race(t, round)...)
			}
			slices.Sort(took)
			t.Logf("%d requests, %d in flight: p50 %s, p99 %s, longest %s", len(took), racers,
				took[len(took)/2].Round(time.Millisecond), took[len(took)*99/100].Round(time.Millisecond),
				took[len(took)-1].Round(time.Millisecond))
		})
	}
}

// race is one round; it gives how long each request took.
func (s *street) race(t *testing.T, round int) []time.Duration {
	t.Helper()
	cohort := s.evening()
	results := make([]told, racers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for i := range racers {
		done.Go(func() {
			ready.Done()
			<-start
			// A number that all share would ask of each who of the others is meant.
			results[i] = s.enroll(cohort,
				strings.Replace(patBody(fmt.Sprintf("%dr%d", round, i)), `"phone": "+15550100", `, "", 1))
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	statuses, positions, took := map[int]int{}, []int{}, make([]time.Duration, racers)
	for i, r := range results {
		if r.err != nil {
			t.Fatal(r.err)
		}
		if statuses[r.status]++; r.status != http.StatusCreated && r.status != http.StatusAccepted {
			t.Errorf("%d: %s", r.status, r.body)
		}
		if took[i] = r.took; r.answer.State == string(scheduler.Waiting) {
			positions = append(positions, r.answer.WaitlistPosition)
		}
	}
	if statuses[http.StatusCreated] != raceSeats || statuses[http.StatusAccepted] != racers-raceSeats ||
		len(positions) != racers-raceSeats {
		t.Errorf("round %d: the statuses are %v, %d wait", round, statuses, len(positions))
	}
	slices.Sort(positions)
	for i, position := range positions {
		if position != i+1 {
			t.Errorf("round %d: position %d of the waitlist follows %d", round, position, i)
			break
		}
	}
	s.checkOrder(t, scheduler.ID(cohort))
	return took
}

// checkOrder looks at what a race left in the database.
func (s *street) checkOrder(t *testing.T, cohort scheduler.ID) {
	t.Helper()
	left, err := s.db.Cohort(t.Context(), s.operator(), s.clinic, cohort)
	if err != nil {
		t.Fatal(err)
	}
	if len(left.Enrollments) != racers {
		t.Errorf("%d enrollments are kept", len(left.Enrollments))
	}
	for i, e := range left.Enrollments {
		seated := i < raceSeats
		if e.QueueNo != i+1 || seated != (e.State == scheduler.Active) ||
			!seated && e.WaitlistPosition != i+1-raceSeats {
			t.Errorf("place %d of the queue has number %d, is %s, at position %d", i+1, e.QueueNo, e.State,
				e.WaitlistPosition)
		}
	}
	for _, session := range left.Sessions {
		if session.Seated != raceSeats {
			t.Errorf("session %d has %d seats taken", session.Number, session.Seated)
		}
	}
}

// The same request, twenty times at once under one key, enrolls once.
func TestAPIKeyRace(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, d.url(t))
			cohort := s.evening()
			bodies := make([]string, 20)
			var done sync.WaitGroup
			for i := range bodies {
				done.Go(func() {
					answer := s.ask("POST", "/cohorts/"+cohort+"/enrollments", patBody("same"),
						"Idempotency-Key", "same")
					bodies[i] = fmt.Sprint(answer.StatusCode, answer.body)
				})
			}
			done.Wait()
			if bodies = slices.Compact(bodies); len(bodies) != 1 || !strings.HasPrefix(bodies[0], "201") {
				t.Errorf("the answers are %q", bodies)
			}
			left, err := s.db.Cohort(t.Context(), s.operator(), s.clinic, scheduler.ID(cohort))
			if err != nil || len(left.Enrollments) != 1 {
				t.Errorf("%d enrollments, %v", len(left.Enrollments), err)
			}
		})
	}
}

// BenchmarkAPIEnroll enrolls new people over HTTP with a hundred requests in
// flight: where everybody gets eight seats, and where nearly all only wait.
func BenchmarkAPIEnroll(b *testing.B) {
	for _, d := range databases {
		for _, mode := range []struct {
			name string
			each int // people of one cohort
		}{{"seated", raceSeats}, {"waiting", racers}} {
			b.Run(d.name+"/"+mode.name, func(b *testing.B) {
				s := newStreet(b, d.url(b))
				cohorts := make([]string, b.N/mode.each+1)
				for i := range cohorts {
					cohorts[i] = s.evening()
				}
				var n atomic.Int64
				var mu sync.Mutex
				var took []time.Duration
				b.SetParallelism(50) // of two processors: a hundred in flight
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						i := int(n.Add(1)) - 1
						// A number that all share would make each a known person; see race.
						body := strings.Replace(patBody(strconv.Itoa(i)), `"phone": "+15550100", `, "", 1)
						got := s.enroll(cohorts[i/mode.each], body)
						if got.err != nil || got.status >= 300 {
							b.Errorf("%d %v %s", got.status, got.err, got.body)
							return
						}
						mu.Lock()
						took = append(took, got.took)
						mu.Unlock()
					}
				})
				slices.Sort(took)
				b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "enrollments/s")
				b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
			})
		}
	}
}
