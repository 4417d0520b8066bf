package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// ledger gives what a query finds, as kind, name and state.
func ledger(t *testing.T, h *storetest.House, q reads.LedgerQuery) (found []string, next reads.Cursor) {
	t.Helper()
	page, err := h.DB.Ledger(t.Context(), h.Actor, h.Clinic, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Rows {
		found = append(found, fmt.Sprintf("%s %s %s", r.Kind, r.Name, r.State))
	}
	return found, page.Next
}

func TestLedgerIsSearchedAndPaged(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		for i := range 3 {
			join(t, h, cohort, storetest.Contact(i))
		}
		drain(t, h)
		all, next := ledger(t, h, reads.LedgerQuery{})
		if len(all) != 9 || next.ID != "" {
			t.Fatalf("the ledger has %q, next %v", all, next)
		}
		var paged []string
		for q := (reads.LedgerQuery{Limit: 2}); len(paged) < 20; {
			found, next := ledger(t, h, q)
			paged = append(paged, found...)
			if q.After = next; next.ID == "" {
				break
			}
		}
		if !slices.Equal(paged, all) {
			t.Errorf("page after page stand %q, at once %q", paged, all)
		}
		first := civil.Date{Year: 2026, Month: 1, Day: 6}
		for name, tt := range map[string]struct {
			q    reads.LedgerQuery
			want int
		}{
			"a person":           {reads.LedgerQuery{Name: "  EXAMPLE 1 "}, 3},
			"nobody":             {reads.LedgerQuery{Name: "Nobody"}, 0},
			"a session":          {reads.LedgerQuery{Day: first}, 3},
			"no session":         {reads.LedgerQuery{Day: first.AddDays(1)}, 0},
			"person and session": {reads.LedgerQuery{Name: "example 1", Day: first}, 1},
			"what was sent":      {reads.LedgerQuery{State: []scheduler.NoticeState{scheduler.NoticeSent}}, 9},
			"what went wrong": {reads.LedgerQuery{State: []scheduler.NoticeState{scheduler.NoticeFailed,
				scheduler.NoticeExpired}}, 0},
		} {
			if found, _ := ledger(t, h, tt.q); len(found) != tt.want {
				t.Errorf("%s: %q, want %d", name, found, tt.want)
			}
		}
		if _, err := h.DB.Ledger(t.Context(), access.Staff("s", string(h.Clinic), access.Facilitator), h.Clinic,
			reads.LedgerQuery{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a facilitator: %v", err)
		}
		elsewhere, err := h.DB.AddClinic(t.Context(), access.Operator(""), "Elsewhere", "Europe/London")
		if err != nil {
			t.Fatal(err)
		}
		page, err := h.DB.Ledger(t.Context(), access.Operator(string(elsewhere)), elsewhere,
			reads.LedgerQuery{Name: "example"})
		if err != nil || len(page.Rows) != 0 {
			t.Errorf("another clinic sees %v, %v", page.Rows, err)
		}
	})
}

func TestLedgerDays(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		for i := range 2 {
			join(t, h, cohort, storetest.Contact(i))
		}
		h.Set(h.Now().Add(10 * time.Second))
		// both welcomes: the later one is ten seconds late, the other as it rested three minutes before
		for _, handover := range passGate(t, h, due(t, h)) {
			record(t, h, handover, reads.Sent)
		}
		days, err := h.DB.LedgerDays(t.Context(), h.Actor, h.Clinic, 3)
		if err != nil || len(days) != 3 {
			t.Fatalf("%v, %v", days, err)
		}
		today := days[2]
		if want := (reads.LedgerDay{Date: civil.Date{Year: 2026, Month: 1, Day: 1}, Sent: 2, Waiting: 4,
			P50: 10 * time.Second, P99: 190 * time.Second, Max: 190 * time.Second}); today != want {
			t.Errorf("today is %+v, want %+v", today, want)
		}
		if days[0].Date != today.Date.AddDays(-2) || days[0].Sent+days[1].Sent != 0 {
			t.Errorf("before were %+v", days[:2])
		}
		h.Set(firstStart().Add(26 * time.Hour)) // both invites of the first session are past their deadline
		days, err = h.DB.LedgerDays(t.Context(), h.Actor, h.Clinic, 8)
		if err != nil || days[0].Missed != 2 || days[0].Waiting != 2 {
			t.Errorf("later it was %+v, %v", days, err)
		}
	})
}

func TestTryAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		welcome := passGate(t, h, due(t, h))[0]
		again := func() error { return h.DB.TryAgain(t.Context(), h.Actor, h.Clinic, welcome.Notice, reads.Do) }
		if err := again(); !fault.Is(err, fault.Conflict) {
			t.Errorf("one that is under way: %v", err)
		}
		record(t, h, welcome, reads.Refused)
		if err := again(); err != nil {
			t.Fatal(err)
		}
		if sent := drain(t, h); len(sent) == 0 || sent[0].Notice != welcome.Notice || sent[0].Attempt != 2 {
			t.Errorf("then left %+v", sent)
		}
		if audited := h.Ask(t, "SELECT subject FROM audit WHERE action = 'notice.again'"); len(audited) != 1 ||
			audited[0][0] != string(welcome.Notice) {
			t.Errorf("audited are %v", audited)
		}
		h.Do(t, "UPDATE notices SET state = 'failed'")
		h.Set(h.Now().AddDate(1, 0, 0))
		if err := again(); !fault.Is(err, fault.Closed) {
			t.Errorf("a year later: %v", err)
		}
		wantMissing(t, h.DB.TryAgain(t.Context(), h.Actor, h.Clinic, "nothing", reads.Do))
	})
}

// A notice on which three attempts were lost starts with none against it.
func TestTryAgainAfterLostAttempts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		var welcome scheduler.ID
		for range 3 {
			welcome = passGate(t, h, due(t, h))[0].Notice
			h.Set(h.Now().Add(time.Minute)) // longer than the lease
		}
		passGate(t, h, due(t, h))
		if err := h.DB.TryAgain(t.Context(), h.Actor, h.Clinic, welcome, reads.Do); err != nil {
			t.Fatal(err)
		}
		if sent := passGate(t, h, []scheduler.ID{welcome}); len(sent) != 1 {
			t.Errorf("then left %+v", sent)
		}
	})
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		backlog := func() reads.Backlog {
			t.Helper()
			b, err := h.DB.Backlog(t.Context(), access.System("metrics"))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		nextDue := func() time.Time {
			t.Helper()
			at, err := h.DB.NextDue(t.Context(), access.System("demo"))
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		if b := backlog(); b.Due != 0 || b.OldestDue != 0 || len(b.Notices) != 0 || !nextDue().IsZero() {
			t.Errorf("at first %+v, the next is due %s", b, nextDue())
		}
		join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		if at := nextDue(); at.Before(h.Now()) || at.After(h.Now().Add(scheduler.ChangeDelay)) {
			t.Errorf("at %s somebody enrolled; the next is due %s", h.Now(), at)
		}
		h.Set(h.Now().Add(3 * time.Minute))
		tickets := due(t, h)
		if at := nextDue(); !at.Equal(h.Now().Add(20 * time.Second)) {
			t.Errorf("everything is queued at %s; the next is due %s", h.Now(), at)
		}
		passGate(t, h, tickets)
		b := backlog()
		if b.Due != 3 || b.Late != 3 || b.Open != 1 || b.OldestDue != 3*time.Minute || len(b.Notices) != 1 ||
			b.Notices[0].Count != 3 {
			t.Errorf("with a welcome under way %+v", b)
		}
		if _, err := h.DB.Backlog(t.Context(), h.Actor); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an operator: %v", err)
		}
		if _, err := h.DB.NextDue(t.Context(), h.Actor); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an operator: %v", err)
		}
	})
}
