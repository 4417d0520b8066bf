package store_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

var door = access.System("web")

func links(t testing.TB, h *storetest.House, person scheduler.ID) reads.Links {
	t.Helper()
	found, err := h.DB.Links(t.Context(), h.Actor, h.Clinic, person)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func feedKey(t testing.TB, h *storetest.House, token string) reads.FeedKey {
	t.Helper()
	key, err := h.DB.FeedKey(t.Context(), door, token)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// feed reads a feed as its person.
func feed(t testing.TB, h *storetest.House, token string) reads.Page {
	t.Helper()
	key := feedKey(t, h, token)
	page, err := h.DB.Feed(t.Context(), access.Person(string(key.Person), string(key.Clinic)), key)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestFeedFollowsItsPerson(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 6)
		e := join(t, h, cohort, storetest.Contact(0))
		token := links(t, h, e.Person).Feed
		key := feedKey(t, h, token)
		if key.Clinic != h.Clinic || key.Person != e.Person || key.Ended {
			t.Errorf("the key is %+v", key)
		}
		page := feed(t, h, token)
		if len(page.Items) != 8 || page.Feed != token || page.Zone != "America/New_York" || page.Language != "en" {
			t.Errorf("the feed shows %d items, %+v", len(page.Items), page)
		}
		for _, i := range page.Items {
			if i.Title != "" || i.Cohort != "" {
				t.Errorf("the feed tells %q of %q", i.Title, i.Cohort)
			}
		}
		join(t, h, cohort, storetest.Contact(1))
		if same := feedKey(t, h, token); same != key {
			t.Errorf("somebody else's enrollment made %+v of %+v", same, key)
		}
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		moved := feedKey(t, h, token)
		if moved.PersonRev <= key.PersonRev {
			t.Errorf("a move left the key at %+v", moved)
		}
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Cancel(scheduler.CancelRequest{Session: firstSession(t, h, cohort)})); err != nil {
			t.Fatal(err)
		}
		if page = feed(t, h, token); len(page.Items) != 9 || !page.Items[0].Cancelled() ||
			feedKey(t, h, token).PersonRev <= moved.PersonRev {
			t.Errorf("after the cancellation the feed shows %+v", page.Items)
		}
	})
}

func TestFeedIsForItsPersonAlone(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	e := join(t, h, h.OpenCohort(t, 18, 6), storetest.Contact(0))
	key := feedKey(t, h, links(t, h, e.Person).Feed)
	_, err := h.DB.Feed(t.Context(), access.Person("somebody", string(h.Clinic)), key)
	wantMissing(t, err)
	_, err = h.DB.Feed(t.Context(), access.Person(string(e.Person), "elsewhere"), key)
	wantMissing(t, err)
	_, err = h.DB.Feed(t.Context(), h.Actor, key)
	wantForbidden(t, err)
	_, err = h.DB.FeedKey(t.Context(), h.Actor, "token")
	wantForbidden(t, err)
}

// TestEndedAddresses walks the 90 days after a rotation, a revocation and the
// end of the last enrollment: valid and empty, then as unknown as any other.
func TestEndedAddresses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 6)
		rotated, revoked, left := join(t, h, cohort, storetest.Contact(0)), join(t, h, cohort, storetest.Contact(1)),
			join(t, h, cohort, storetest.Contact(2))
		now := h.Now()
		old := links(t, h, rotated.Person)
		fresh, err := h.DB.RotateFeed(ctx, h.Actor, h.Clinic, rotated.Person)
		if err != nil || fresh.Feed == old.Feed || fresh.Page != old.Page || fresh != links(t, h, rotated.Person) {
			t.Fatalf("rotation made %v (%v)", fresh, err)
		}
		closed := links(t, h, revoked.Person).Feed
		if err := h.DB.RevokeFeed(ctx, h.Actor, h.Clinic, revoked.Person); err != nil {
			t.Fatal(err)
		}
		if now := links(t, h, revoked.Person); now.Feed != "" || now.Page == "" {
			t.Errorf("after the revocation the links are %v", now)
		}
		gone := links(t, h, left.Person)
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(left.Enrollment)); err != nil {
			t.Fatal(err)
		}
		ended := []string{old.Feed, closed, gone.Feed}
		for _, after := range []time.Duration{0, store.AfterEnd - time.Millisecond} {
			h.Set(now.Add(after))
			for _, token := range ended {
				if key := feedKey(t, h, token); !key.Ended || len(feed(t, h, token).Items) != 0 {
					t.Errorf("%s after its end a feed has the key %+v", after, key)
				}
			}
			if _, err := h.DB.Page(ctx, door, gone.Page); err != nil {
				t.Errorf("%s after the end the page fails: %v", after, err)
			}
		}
		h.Set(now.Add(store.AfterEnd))
		_, unknown := h.DB.FeedKey(ctx, door, "unknown")
		for _, token := range append(ended, "", old.Page) {
			_, err := h.DB.FeedKey(ctx, door, token)
			wantMissing(t, err)
			if err == nil || err.Error() != unknown.Error() {
				t.Errorf("addresses fail in different words: %v", err)
			}
		}
		_, err = h.DB.Page(ctx, door, gone.Page)
		wantMissing(t, err)
		if key := feedKey(t, h, fresh.Feed); key.Ended || len(feed(t, h, fresh.Feed).Items) != 8 {
			t.Errorf("the new address has the key %+v", key)
		}
		again, err := h.DB.RotateFeed(ctx, h.Actor, h.Clinic, revoked.Person)
		if err != nil || again.Feed == "" || again.Feed == closed {
			t.Errorf("after the revocation a rotation makes %v (%v)", again, err)
		}
	})
}

func TestPage(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 6)
		for n := range 6 {
			join(t, h, cohort, storetest.Contact(n))
		}
		waiting := join(t, h, cohort, storetest.Contact(6))
		own := links(t, h, waiting.Person)
		page, err := h.DB.Page(ctx, door, own.Page)
		if err != nil || page.Person != waiting.Person || len(page.Waits) != 1 || len(page.Items) != 0 ||
			page.Feed != own.Feed {
			t.Errorf("the page is %+v (%v)", page, err)
		}
		_, err = h.DB.Page(ctx, door, own.Feed)
		wantMissing(t, err)
		h.Do(t, "UPDATE tokens SET revoked_at = '2026-01-01T12:00:00.000Z' WHERE purpose = 'page'")
		_, err = h.DB.Page(ctx, door, own.Page)
		wantMissing(t, err)
	})
}

func TestCountFetch(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		e := join(t, h, h.OpenCohort(t, 18, 6), storetest.Contact(0))
		for _, n := range []int{3, 0, 4} {
			if err := h.DB.CountFetch(ctx, door, h.Clinic, e.Person, n); err != nil {
				t.Fatal(err)
			}
		}
		h.Set(h.Now().Add(time.Hour))
		if err := h.DB.CountFetch(ctx, door, h.Clinic, e.Person, 1); err != nil {
			t.Fatal(err)
		}
		if err := h.DB.CountFetch(ctx, door, "elsewhere", e.Person, 100); err != nil {
			t.Fatal(err)
		}
		counts := h.Ask(t, "SELECT hour, count FROM feed_fetches ORDER BY hour")
		if len(counts) != 2 || counts[0][0] != "2026-01-01T12" || counts[0][1] != "7" || counts[1][1] != "1" {
			t.Errorf("counts are %v", counts)
		}
	})
}

// Seats that are only kept, for an answer or until prerequisites are done, are
// nothing that their person's calendar, page or reminders know of.
func TestKeptSeatsAreNotShown(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 6), storetest.Contact(0))
		token := links(t, h, e.Person)
		h.Set(firstStart().Add(-24 * time.Hour)) // a reminder and invites are due
		for _, state := range []scheduler.EnrollmentState{scheduler.Pending, scheduler.Offered, scheduler.Active} {
			want := map[scheduler.EnrollmentState]int{scheduler.Active: 8}[state]
			h.Do(t, "UPDATE enrollments SET state = '"+string(state)+"'")
			page, err := h.DB.Page(t.Context(), door, token.Page)
			if err != nil || len(page.Items) != want {
				t.Errorf("%s: the page shows %d items (%v), not %d", state, len(page.Items), err, want)
			}
			if shown := feed(t, h, token.Feed).Items; len(shown) != want {
				t.Errorf("%s: the feed shows %d items, not %d", state, len(shown), want)
			}
			if all := drain(t, h); want == 0 && len(all) != 0 {
				t.Errorf("%s: handed over were %q", state, say(all))
			}
			h.Do(t, "UPDATE notices SET state = 'planned', reason = '', done_at = '' WHERE state = 'dropped'")
			if n := foresee(t, h); (n == 0) != (want == 0) {
				t.Errorf("%s: %d things were foreseen", state, n)
			}
			h.Do(t, "UPDATE notices SET state = 'dropped' WHERE kind <> 'welcome'")
		}
	})
}

// After the end of their last stay a person's page can only be read. Who is enrolled
// again gets new addresses: the old ones, which somebody else may hold by then, do not
// open what is new. Another enrolment, or a transfer, before the end changes no address.
func TestAddressesAfterTheEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		first, second := h.OpenCohort(t, 18, 6), h.OpenCohort(t, 20, 6)
		left := join(t, h, first, storetest.Contact(0))
		old := links(t, h, left.Person)
		both, err := h.Enroll(ctx, second, left.Person)
		if err != nil {
			t.Fatal(err)
		}
		confirm(t, h, desk.Withdraw(both.Enrollment))
		if now := links(t, h, left.Person); now != old {
			t.Errorf("a second enrolment changed the addresses %v to %v", old, now)
		}
		if page, err := h.DB.Page(ctx, door, old.Page); err != nil || page.Over {
			t.Errorf("before the end the page is over: %v (%v)", page.Over, err)
		}
		drain(t, h)
		confirm(t, h, desk.Withdraw(left.Enrollment))
		if page, err := h.DB.Page(ctx, door, old.Page); err != nil || !page.Over {
			t.Errorf("after the end the page is over: %v (%v)", page.Over, err)
		}
		wantMissing(t, h.DB.ChangeOwnSettings(ctx, door, old.Page, gate.Settings{MaxPerWeek: 1}))
		h.Set(h.Now().Add(time.Hour))
		if _, err := h.Enroll(ctx, second, left.Person); err != nil {
			t.Fatal(err)
		}
		fresh := links(t, h, left.Person)
		if fresh.Page == old.Page || fresh.Feed == old.Feed || fresh.Page == "" || fresh.Feed == "" {
			t.Fatalf("the addresses are %v, after %v", fresh, old)
		}
		_, err = h.DB.Page(ctx, door, old.Page)
		wantMissing(t, err)
		if key := feedKey(t, h, old.Feed); !key.Ended || len(feed(t, h, old.Feed).Items) != 0 {
			t.Errorf("the old feed has the key %+v", key)
		}
		if page, err := h.DB.Page(ctx, door, fresh.Page); err != nil || page.Over || len(page.Items) != 8 ||
			page.Feed != fresh.Feed {
			t.Errorf("the new page is %+v (%v)", page, err)
		}
		if err := h.DB.ChangeOwnSettings(ctx, door, fresh.Page, gate.Settings{MaxPerWeek: 1}); err != nil {
			t.Errorf("settings on the new page: %v", err)
		}
		for _, handover := range drain(t, h) {
			if handover.Kind == scheduler.Welcome &&
				(handover.Links.Page != fresh.Page || handover.Links.Feed != fresh.Feed) {
				t.Errorf("the welcome carries %v", handover.Links)
			}
		}
	})
}
