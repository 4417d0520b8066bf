package store_test

import (
	"testing"
	"time"

	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// TestRememberedFeedKeys: a change of this process shows at once, one of another
// process within a second.
func TestRememberedFeedKeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 6)
		joined := join(t, h, cohort, storetest.Contact(0))
		token := links(t, h, joined.Person).Feed
		before := feedKey(t, h, token)
		h.Do(t, "UPDATE people SET rev = rev + 1") // as another process would
		if now := feedKey(t, h, token); now != before {
			t.Fatalf("nothing is remembered: %+v, then %+v", before, now)
		}
		h.Set(h.Now().Add(time.Second))
		if now := feedKey(t, h, token); now.PersonRev != before.PersonRev+1 {
			t.Errorf("a second later another process's change does not show: %+v", now)
		}
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(joined.Enrollment)); err != nil {
			t.Fatal(err)
		}
		if now := feedKey(t, h, token); !now.Ended {
			t.Errorf("our own change does not show at once: %+v", now)
		}
	})
}
