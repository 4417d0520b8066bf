package store_test

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

var inbound = access.System("inbound")

// invited is a house in which pat0@example.net was sent the invite of the first session.
func invited(t *testing.T, h *storetest.House) (cohort scheduler.ID, seat reads.HandoverSeat) {
	t.Helper()
	cohort = h.OpenCohort(t, 18, 12)
	join(t, h, cohort, storetest.Contact(0))
	for _, handover := range drain(t, h) {
		if handover.Kind == scheduler.Calendar && handover.Seats[0].Start.Equal(firstStart()) {
			return cohort, handover.Seats[0]
		}
	}
	t.Fatal("nobody was invited")
	return "", seat
}

// replyTo is what the registered address says about a seat.
func replyTo(h *storetest.House, seat reads.HandoverSeat, partstat string) gate.Reply {
	return gate.Reply{
		Method: gate.MethodReply, UID: seat.UID, Sequence: seat.Sequence, Stamp: h.Now(), Partstat: partstat,
		Attendee: "pat0@example.net", From: "pat0@example.net", Authentic: true,
	}
}

func take(t *testing.T, h *storetest.House, r gate.Reply) string {
	t.Helper()
	taken, err := h.DB.TakeReply(t.Context(), inbound, r, reads.Inbound{Digest: rand.Text()})
	if err != nil {
		t.Fatal(err)
	}
	return taken.Act + ": " + taken.Reason
}

// intent gives what the first session's seat remembers, and its state.
func intent(t *testing.T, h *storetest.House) string {
	t.Helper()
	row := h.Ask(t, "SELECT s.intent, s.state FROM seats s JOIN sessions x ON x.id = s.session WHERE x.start_at = "+
		"'2026-01-06T23:00:00.000Z'")[0]
	return fmt.Sprint(row)
}

func TestRepliesSetIntentAndNoMore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, seat := invited(t, h)
		yes := replyTo(h, seat, "ACCEPTED")
		h.Set(h.Now().Add(time.Minute))
		forged := replyTo(h, seat, "DECLINED")
		forged.From = "eve@example.net"
		for _, step := range []struct {
			what       string
			reply      gate.Reply
			does, left string
		}{
			{"the registered address accepts", yes, "apply: answered by mail", "[yes planned]"},
			{"the same again", yes, "drop: " + gate.ReplyAgain, "[yes planned]"},
			{"somebody else declines", forged, "unconfirmed: " + gate.ReplyNotSure, "[yes planned]"},
			{"and again", forged, "unconfirmed: " + gate.ReplyNotSure, "[yes planned]"},
			{"the registered address declines", replyTo(h, seat, "DECLINED"), "apply: answered by mail",
				"[no planned]"},
			{"an unknown appointment", gate.Reply{UID: "00000000-0000-4000-8000-000000000000"},
				"drop: " + gate.ReplyUnknown, "[no planned]"},
		} {
			if got := take(t, h, step.reply); got != step.does {
				t.Errorf("%s: %q, want %q", step.what, got, step.does)
			}
			if got := intent(t, h); got != step.left {
				t.Errorf("%s: the seat has %s, want %s", step.what, got, step.left)
			}
		}
		wantTasks(t, h) // the person is asked, not staff
		audited := h.Ask(t, "SELECT action, count(*) FROM audit WHERE actor = 'system:inbound' GROUP BY action "+
			"ORDER BY action")
		if fmt.Sprint(audited) != "[[reply.apply 6] [reply.unconfirmed 6]]" {
			t.Errorf("audited are %v", audited)
		}
	})
}

// Words of others reach staff sealed, and times asked for as text.
func TestRepliesThatStaffMustRead(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, seat := invited(t, h)
		late := replyTo(h, seat, "ACCEPTED")
		late.Comment = "I may be <b>ten</b> minutes late"
		counter := replyTo(h, seat, "TENTATIVE")
		counter.Method, counter.Proposed, counter.Stamp = gate.MethodCounter, "2026-01-07 23:00 UTC",
			h.Now().Add(time.Second)
		delegated := replyTo(h, seat, "DELEGATED")
		delegated.Stamp = h.Now().Add(2 * time.Second)
		for range 2 {
			take(t, h, late)
			take(t, h, counter)
			take(t, h, delegated)
		}
		wantTasks(t, h, "mail comment", "mail other-person", "mail other-time")
		tasks, err := h.DB.Tasks(t.Context(), h.Actor, h.Clinic)
		if err != nil {
			t.Fatal(err)
		}
		notes := map[string]string{}
		for _, task := range tasks {
			notes[task.About] = task.Note
		}
		if notes[scheduler.AboutComment] != late.Comment || notes[scheduler.AboutOtherTime] != "2026-01-07 23:00 UTC" {
			t.Errorf("notes are %q", notes)
		}
		for _, row := range h.Ask(t, "SELECT note FROM tasks WHERE note IS NOT NULL") {
			if row[0] == late.Comment {
				t.Error("a note stands open in the database")
			}
		}
	})
}

func TestRefreshSendsTheInviteOnceMore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, seat := invited(t, h)
		take(t, h, replyTo(h, seat, "ACCEPTED"))
		again := gate.Reply{Method: gate.MethodRefresh, UID: seat.UID, Attendee: "pat0@example.net",
			From: "pat0@example.net", Authentic: true}
		if got := take(t, h, again); got != "resend: asks for the appointment again" {
			t.Errorf("the first asking: %q", got)
		}
		if got := take(t, h, again); got != "drop: "+gate.ReplyTooSoon {
			t.Errorf("the second asking: %q", got)
		}
		sent := drain(t, h)
		if len(sent) != 1 || sent[0].Method != gate.MethodRequest || sent[0].Seats[0].UID != seat.UID ||
			sent[0].Seats[0].Intent != gate.IntentYes {
			t.Errorf("sent again: %+v", sent)
		}
		// To another time there is no answer yet.
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		if moved := drain(t, h); len(moved) != 1 || moved[0].Seats[0].Intent != "" {
			t.Errorf("moved: %+v", moved)
		}
		if got := shownIntent(t, h); got != "" {
			t.Errorf("the answer %q outlived the time that it was about", got)
		}
	})
}

// shownIntent is the answer that the first session's seat shows.
func shownIntent(t *testing.T, h *storetest.House) gate.Intent {
	t.Helper()
	person := scheduler.ID(h.Ask(t, "SELECT id FROM people")[0][0])
	shown, err := h.DB.Person(t.Context(), h.Actor, h.Clinic, person)
	if err != nil {
		t.Fatal(err)
	}
	return shown.Items[0].Intent
}

// An answer to an earlier time is asked again and is not shown beside the new one;
// moved away and back, what was answered of that time counts again.
func TestReplyToATimeThatWas(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, seat := invited(t, h)
		old := replyTo(h, seat, "DECLINED")
		old.Sequence = gate.NoSequence
		first := replyTo(h, seat, "ACCEPTED")
		if got := take(t, h, first); got != "apply: answered by mail" {
			t.Fatal(got)
		}
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		drain(t, h)
		h.Set(h.Now().Add(time.Minute))
		late := old
		late.Start, late.Stamp = seat.Start, h.Now()
		for _, r := range []gate.Reply{replyTo(h, seat, "DECLINED"), late} {
			if got := take(t, h, r); got != "unconfirmed: "+gate.ReplyOtherTime || shownIntent(t, h) != "" {
				t.Errorf("version %d: %s, shown is %q", r.Sequence, got, shownIntent(t, h))
			}
		}
		if asked := drain(t, h); len(asked) != 1 || asked[0].Kind != scheduler.Confirm || asked[0].Confirm == "" {
			t.Errorf("asked: %+v", asked)
		}
		wantTasks(t, h)
		moveFirst(t, h, cohort, "2026-01-06T18:00")
		drain(t, h)
		if got := shownIntent(t, h); got != gate.IntentYes {
			t.Errorf("moved back, the seat shows %q", got)
		}
		h.Set(h.Now().Add(time.Minute))
		late.Stamp = h.Now()
		if got := take(t, h, late); got != "apply: answered by mail" || shownIntent(t, h) != gate.IntentNo {
			t.Errorf("moved back: %s, shown is %q", got, shownIntent(t, h))
		}
	})
}

// Of two answers of one second the later to arrive counts; the same one twice is one.
func TestRepliesOfOneSecond(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, seat := invited(t, h)
		for i, partstat := range []string{"ACCEPTED", "DECLINED", "DECLINED", "TENTATIVE", "ACCEPTED"} {
			r := replyTo(h, seat, partstat)
			r.Comment = "the same words"
			want := map[string]gate.Intent{"ACCEPTED": "yes", "DECLINED": "no", "TENTATIVE": "maybe"}[partstat]
			if got := take(t, h, r); shownIntent(t, h) != want {
				t.Errorf("answer %d: %s, shown is %q, want %q", i, got, shownIntent(t, h), want)
			}
		}
		wantTasks(t, h, "mail comment")
	})
}

func TestWrittenMailBecomesATask(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		written := func(in reads.Inbound) reads.InboundResult {
			t.Helper()
			taken, err := h.DB.TakeWritten(t.Context(), inbound, h.Clinic, scheduler.AboutWritten, in)
			if err != nil {
				t.Fatal(err)
			}
			return taken
		}
		if taken := written(reads.Inbound{Digest: "a", From: "pat0@example.org"}); taken.Person != "" {
			t.Error("another mailbox counts as the registered one")
		}
		written(reads.Inbound{Digest: "b", From: "stranger@example.net"}) // within the hour: the same task
		for _, in := range []reads.Inbound{{Digest: "c", From: "Pat0@EXAMPLE.net"},
			{Digest: "d", Thread: scheduler.WelcomeID(e.Enrollment)}} {
			if taken := written(in); taken.Person != e.Person {
				t.Errorf("the writer of %s is not known", in.Digest)
			}
		}
		wantTasks(t, h, "mail written", "mail written", "mail written")
	})
}

func TestInboundIsOnlyForTheSystem(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	for _, a := range []access.Actor{{}, h.Actor, access.Staff("s", string(h.Clinic), access.Admin)} {
		_, replyErr := h.DB.TakeReply(t.Context(), a, gate.Reply{}, reads.Inbound{})
		_, bounceErr := h.DB.TakeBounce(t.Context(), a, reads.Inbound{})
		_, writtenErr := h.DB.TakeWritten(t.Context(), a, h.Clinic, scheduler.AboutWritten, reads.Inbound{})
		if replyErr == nil || bounceErr == nil || writtenErr == nil {
			t.Errorf("%s may take mail: %v, %v, %v", a, replyErr, bounceErr, writtenErr)
		}
	}
}
