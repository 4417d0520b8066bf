package store_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

var webDoor = access.System("web")

// forge is an answer that surely is not the registered address's.
func forge(h *storetest.House, seat reads.HandoverSeat, partstat string) gate.Reply {
	r := replyTo(h, seat, partstat)
	r.From = "eve@example.net"
	return r
}

// questioned is a house in which a forged answer made us ask, with what was handed over.
func questioned(t *testing.T, h *storetest.House) reads.Handover {
	t.Helper()
	_, seat := invited(t, h)
	take(t, h, forge(h, seat, "DECLINED"))
	asked := drain(t, h)
	if len(asked) != 1 || asked[0].Kind != scheduler.Confirm || asked[0].Confirm == "" {
		t.Fatalf("handed over are %q", say(asked))
	}
	return asked[0]
}

func ask(t *testing.T, h *storetest.House, token string) reads.Question {
	t.Helper()
	q, err := h.DB.Question(t.Context(), webDoor, token)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// stands gives all that answers may change.
func stands(t *testing.T, h *storetest.House) string {
	t.Helper()
	return fmt.Sprint(h.Ask(t,
		"SELECT id, state, intent, claimed, sequence, answered_sequence, told_sequence, invited FROM seats ORDER BY "+
			"id"),
		h.Ask(t, "SELECT count(*) FROM tokens WHERE revoked_at <> ''"), h.Ask(t, "SELECT count(*) FROM audit"))
}

// The question goes to the address on file, looking at it changes nothing, and
// the answer is that of exactly one seat, once.
func TestConfirmLink(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		asked := questioned(t, h)
		wantTasks(t, h)
		if asked.Address != "pat0@example.net" {
			t.Errorf("the question went to %s", asked.Address)
		}
		before := stands(t, h)
		for range 3 {
			if q := ask(t, h, asked.Confirm); q.Answered || q.Seat != asked.Seats[0].Seat ||
				!q.Start.Equal(firstStart()) || q.Language != "en" {
				t.Errorf("the page shows %+v", q)
			}
		}
		for _, wrong := range []gate.Intent{"", "maybe", "later"} {
			if err := h.DB.Answer(t.Context(), webDoor, asked.Confirm, wrong); !fault.Is(err, fault.Invalid) {
				t.Errorf("the answer %q: %v", wrong, err)
			}
		}
		if after := stands(t, h); after != before {
			t.Errorf("looking changed\n%s to\n%s", before, after)
		}
		if err := h.DB.Answer(t.Context(), webDoor, asked.Confirm, gate.IntentYes); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(h.Ask(t,
			"SELECT id, intent, claimed FROM seats WHERE intent <> '' OR claimed <> ''")); got != fmt.Sprintf("[[%s "+
			"yes ]]", asked.Seats[0].Seat) {
			t.Errorf("the answers are %s", got)
		}
		if q := ask(t, h, asked.Confirm); !q.Answered {
			t.Error("the page asks again")
		}
		if err := h.DB.Answer(t.Context(), webDoor, asked.Confirm, gate.IntentNo); !fault.Is(err, fault.Closed) {
			t.Errorf("the second answer: %v", err)
		}
		if got := intent(t, h); got != "[yes planned]" {
			t.Errorf("the seat has %s", got)
		}
		if by := h.Ask(t, "SELECT actor FROM audit WHERE action = 'reply.confirm'"); len(by) != 2 ||
			by[0][0] != aliasOf(t, h, asked.Person) {
			t.Errorf("audited are %v", by)
		}
	})
}

// A link leads nowhere once the session begins, when it is cancelled, and for
// every other token; and it is nobody's but the door's to look up.
func TestConfirmLinkEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *storetest.House, reads.Handover){
		"the session begins": func(_ *testing.T, h *storetest.House, _ reads.Handover) { h.Set(firstStart()) },
		"it is cancelled": func(t *testing.T, h *storetest.House, _ reads.Handover) {
			t.Helper()
			h.Do(t, "UPDATE sessions SET state = 'cancelled'")
		},
		"the person left": func(t *testing.T, h *storetest.House, _ reads.Handover) {
			t.Helper()
			h.Do(t, "UPDATE enrollments SET state = 'withdrawn'")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := storetest.NewHouse(t, storetest.SQLite(t))
			asked := questioned(t, h)
			ask(t, h, asked.Confirm)
			end(t, h, asked)
			_, err := h.DB.Question(t.Context(), webDoor, asked.Confirm)
			wantMissing(t, err)
			wantMissing(t, h.DB.Answer(t.Context(), webDoor, asked.Confirm, gate.IntentNo))
		})
	}
	h := storetest.NewHouse(t, storetest.SQLite(t))
	asked := questioned(t, h)
	for _, token := range []string{"", "x", asked.Links.Page, asked.Links.Feed} {
		_, err := h.DB.Question(t.Context(), webDoor, token)
		wantMissing(t, err)
	}
	for _, a := range []access.Actor{{}, h.Actor, access.Person(string(asked.Person), string(h.Clinic))} {
		_, err := h.DB.Question(t.Context(), a, asked.Confirm)
		wantForbidden(t, err)
		wantForbidden(t, h.DB.Answer(t.Context(), a, asked.Confirm, gate.IntentNo))
	}
}

// However many forged answers come, one question an hour leaves; each link works
// until one of them is used.
func TestOneQuestionAnHour(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, seat := invited(t, h)
		for range 30 {
			take(t, h, forge(h, seat, "DECLINED"))
			take(t, h, forge(h, seat, "ACCEPTED"))
		}
		first := drain(t, h)
		if len(first) != 1 {
			t.Fatalf("within the hour %q left", say(first))
		}
		h.Set(h.Now().Add(gate.LinkPause))
		take(t, h, forge(h, seat, "TENTATIVE"))
		second := drain(t, h)
		if len(second) != 1 || second[0].Confirm == first[0].Confirm {
			t.Fatalf("an hour later %q left", say(second))
		}
		if got := h.Ask(t, "SELECT claimed FROM seats WHERE claimed <> ''"); len(got) != 1 || got[0][0] != "maybe" {
			t.Errorf("staff see %v", got)
		}
		wantTasks(t, h)
		ask(t, h, first[0].Confirm)
		if err := h.DB.Answer(t.Context(), webDoor, first[0].Confirm, gate.IntentNo); err != nil {
			t.Fatal(err)
		}
		if q := ask(t, h, second[0].Confirm); !q.Answered {
			t.Error("the other link of the seat still asks")
		}
	})
}

// Where the person may not be asked, staff are; and what was answered, or may
// not be sent any more, is not asked.
func TestWhenNobodyMayBeAsked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, seat := invited(t, h)
		machine := forge(h, seat, "ACCEPTED")
		machine.Automatic = true
		take(t, h, machine)
		wantTasks(t, h, "mail answer")
		take(t, h, forge(h, seat, "DECLINED"))
		h.Set(h.Now().Add(time.Second))
		take(t, h, replyTo(h, seat, "ACCEPTED")) // before the question left
		if sent := drain(t, h); len(sent) != 0 {
			t.Errorf("still handed over: %q", say(sent))
		}
		got := fmt.Sprint(h.Ask(t, "SELECT state, reason FROM notices WHERE kind = 'confirm'"))
		if got != "[[dropped answered]]" {
			t.Errorf("the question is %v", got)
		}
		h.Set(h.Now().Add(gate.LinkPause))
		take(t, h, forge(h, seat, "TENTATIVE"))
		if err := h.DB.SetConsents(t.Context(), h.Actor, h.Clinic,
			scheduler.ID(h.Ask(t, "SELECT id FROM people")[0][0]), nil); err != nil {
			t.Fatal(err)
		}
		tasks := h.Ask(t, "SELECT kind, about FROM tasks WHERE key LIKE 'mail:confirm%'")
		if fmt.Sprint(tasks) != "[[mail answer]]" {
			t.Errorf("without consent staff have %v", tasks)
		}
	})
}
