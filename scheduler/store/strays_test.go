package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// Answers that nobody can place are counted by clinic and day and for ever, and
// the twenty-first of a day makes one task.
func TestStrayAnswers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		stray := gate.Reply{Method: gate.MethodReply, UID: "6f1c2b0e-8d7a-4c55-9b1e-000000000000", Partstat: "DECLINED",
			From: "canary@example.net"}
		send := func(times int, in reads.Inbound, clinic scheduler.ID) (last reads.InboundResult) {
			t.Helper()
			for range times {
				var err error
				if last, err = h.DB.TakeReply(t.Context(), inbound, stray, in); err != nil {
					t.Fatal(err)
				}
			}
			if last.Act != "drop" || last.Reason != gate.ReplyUnknown || last.Clinic != clinic {
				t.Errorf("taken as %+v", last)
			}
			return last
		}
		wantTasks := func(want int) {
			t.Helper()
			if got := len(h.Ask(t,
				"SELECT id FROM tasks WHERE kind = 'mail' AND about = 'strays' AND clinic = '"+string(h.Clinic)+
					"'")); got != want {
				t.Errorf("there are %d tasks about stray answers, want %d", got, want)
			}
		}
		mailbox := reads.Inbound{Mailbox: h.Clinic}
		if last := send(20, mailbox, h.Clinic); last.Strays != 20 {
			t.Errorf("the twentieth is number %d", last.Strays)
		}
		wantTasks(0)
		send(20, mailbox, h.Clinic)
		wantTasks(1)
		h.Set(h.Now().Add(24 * time.Hour))
		if last := send(1, mailbox, h.Clinic); last.Strays != 1 {
			t.Errorf("the first of the next day is number %d", last.Strays)
		}
		send(20, mailbox, h.Clinic)
		wantTasks(2)
		send(21, reads.Inbound{}, "") // nobody knows whose mailbox it is
		wantTasks(2)
		if b, err := h.DB.Backlog(t.Context(), access.System("metrics")); err != nil || b.Strays != 82 {
			t.Errorf("counted are %d, want 82 (%v)", b.Strays, err)
		}
		if kept := fmt.Sprint(h.Ask(t, "SELECT answers FROM strays ORDER BY clinic, day")); kept != "[[21] [40] [21]]" {
			t.Errorf("kept are %s", kept)
		}
		elsewhere := access.System("inbound").In(string(secondClinic(t, h).Clinic))
		if _, err := h.DB.TakeReply(t.Context(), elsewhere, stray, mailbox); !fault.Is(err, fault.NotFound) {
			t.Errorf("a mailbox of another clinic: %v", err)
		}
	})
}

// A stray answer to a mail of ours counts at the clinic that sent it, whatever
// mailbox it came to.
func TestStrayAnswerNamesItsClinic(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, seat := invited(t, h)
		stray := replyTo(h, seat, "DECLINED")
		stray.UID = "6f1c2b0e-8d7a-4c55-9b1e-000000000000"
		notice := scheduler.ID(h.Ask(t,
			"SELECT id FROM notices WHERE kind = 'calendar' AND channel = 'email' LIMIT 1")[0][0])
		for _, in := range []reads.Inbound{{Notice: notice, Mailbox: secondClinic(t, h).Clinic}, {Notice: notice}} {
			if taken, err := h.DB.TakeReply(t.Context(), inbound, stray, in); err != nil || taken.Clinic != h.Clinic {
				t.Errorf("taken as %+v (%v)", taken, err)
			}
		}
	})
}

// A mail whose server gives it twice, at the same time or later, is taken once; thirty days after it came last, its
// digest is forgotten.
func TestMailIsTakenOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		stray := gate.Reply{Method: gate.MethodReply, UID: "6f1c2b0e-8d7a-4c55-9b1e-000000000000", Partstat: "DECLINED",
			From: "canary@example.net"}
		in := reads.Inbound{Mailbox: h.Clinic, Digest: "0a"}
		var together sync.WaitGroup
		for range 8 {
			together.Go(func() {
				if _, err := h.DB.TakeReply(t.Context(), inbound, stray, in); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		written := reads.Inbound{Digest: "0b", From: "canary@example.net"}
		for range 2 {
			if _, err := h.DB.TakeWritten(t.Context(), inbound, h.Clinic, scheduler.AboutWritten, written); err != nil {
				t.Fatal(err)
			}
			if _, err := h.DB.TakeBounce(t.Context(), inbound, reads.Inbound{Digest: "0c"}); err != nil {
				t.Fatal(err)
			}
		}
		if kept := fmt.Sprint(h.Ask(t, "SELECT answers FROM strays"),
			h.Ask(t, "SELECT count(*) FROM audit WHERE action = 'mail.written'"),
			h.Ask(t, "SELECT count(*) FROM mails_in")); kept != "[[1]] [[1]] [[3]]" {
			t.Errorf("kept are %s", kept)
		}
		forget := func(after time.Duration, want int64) {
			t.Helper()
			h.Set(h.Now().Add(after))
			if n, err := h.DB.ForgetMails(t.Context(), access.System("forget")); err != nil || n != want {
				t.Errorf("%d forgotten, want %d, %v", n, want, err)
			}
		}
		forget(29*24*time.Hour, 0)
		again, err := h.DB.TakeReply(t.Context(), inbound, stray, in)
		if err != nil || again.Reason != "it was taken before" {
			t.Errorf("%+v, %v", again, err)
		}
		forget(2*24*time.Hour, 2)
	})
}
