package store_test

import (
	"crypto/rand"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

func TestBounces(t *testing.T) {
	t.Parallel()
	const address = "pat0@example.net"
	gone := []reads.Refusal{{Address: "other@example.net"}, {Address: address, Bad: true, Said: "5.1.1 no such user"}}
	for name, tt := range map[string]struct {
		change func(*reads.Inbound)
		want   string
		marked bool
	}{
		"no such mailbox":           {nil, "mark: sent back", true},
		"by the thread of welcomes": {func(in *reads.Inbound) { in.Notice = "" }, "mark: sent back", true},
		"to the mail's own address": {func(in *reads.Inbound) { in.Envelope, in.Thread = in.Notice, "" },
			"mark: sent back", true},
		"to another mail's address": {func(in *reads.Inbound) { in.Envelope = "elsewhere" },
			"drop: unknown mail", false},
		"mailbox full": {func(in *reads.Inbound) { in.Refusals = []reads.Refusal{{Address: address}} },
			"task: sent back", false},
		"somebody else": {func(in *reads.Inbound) {
			in.Refusals = []reads.Refusal{{Address: "other@example.net", Bad: true}}
		}, "task: sent back", false},
		"behind a forwarder": {func(in *reads.Inbound) {
			in.Refusals = []reads.Refusal{{Address: "other@example.net", Original: "PAT0@example.net", Bad: true}}
		}, "task: sent back", false},
		"nobody in particular": {func(in *reads.Inbound) { in.Refusals = []reads.Refusal{{Bad: true}} },
			"task: sent back", false},
		"unknown mail": {func(in *reads.Inbound) { in.Notice, in.Thread = "nothing", "" },
			"drop: unknown mail", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
				welcome := drain(t, h)[0]
				in := reads.Inbound{Notice: welcome.Notice, Refusals: gone}
				if tt.change != nil {
					in.Thread = scheduler.WelcomeID(e.Enrollment)
					tt.change(&in)
					if in.Thread != "" && in.Notice != "" {
						in.Thread = ""
					}
				}
				for range 2 { // two reports about one mail
					in.Digest = rand.Text()
					taken, err := h.DB.TakeBounce(t.Context(), inbound, in)
					if err != nil {
						t.Fatal(err)
					}
					if got := taken.Act + ": " + taken.Reason; got != tt.want {
						t.Errorf("%q, want %q", got, tt.want)
					}
				}
				marked := h.Ask(t, "SELECT count(*) FROM people WHERE email_bad_at <> ''")[0][0] == "1"
				if marked != tt.marked {
					t.Errorf("marked is %t, want %t", marked, tt.marked)
				}
				count := h.Ask(t, "SELECT count(*) FROM notices WHERE state = 'sent' AND reason = 'sent back'")[0][0]
				if tasks := tt.want[:4] != "drop"; tasks {
					wantTasks(t, h, "notice "+scheduler.AboutSentBack)
					if count != "1" {
						t.Errorf("%s notices came back, want 1", count)
					}
				} else {
					wantTasks(t, h)
				}
			})
		})
	}
}

// A report about a mail that has not left is a forgery.
func TestBounceOfWhatWasNeverSent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		id := scheduler.ID(h.Ask(t, "SELECT id FROM notices WHERE kind = 'welcome'")[0][0])
		taken, err := h.DB.TakeBounce(t.Context(), inbound,
			reads.Inbound{Notice: id, Refusals: []reads.Refusal{{Address: "pat0@example.net", Bad: true}}})
		if err != nil || taken.Act != "drop" {
			t.Errorf("%+v, %v", taken, err)
		}
	})
}
