package notify_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// staffSamples are the kinds of mail to staff, by name.
func staffSamples(t testing.TB) map[string]reads.Handover {
	t.Helper()
	to := func(kind scheduler.NoticeKind, method gate.Method, seats ...reads.HandoverSeat) reads.Handover {
		h := sample(t, kind, seats...)
		h.Person, h.Links, h.Staff, h.Name, h.Address, h.Method = "", reads.Links{}, "staff", "Dana Whitfield",
			"dana@care.example", method
		for i := range h.Seats {
			h.Seats[i].Seat, h.Seats[i].Cohort, h.Seats[i].Title = "", "Tuesday evening", "4. Reappraisal"
		}
		return h
	}
	off, moved := seat(t, 1, "2026-12-03T00:00:00Z"), seat(t, 2, "2026-12-11T00:00:00Z")
	off.Before, off.Expected, off.Off, off.Sequence, off.Invited = off.Moment, false, scheduler.OffReleased, 1, true
	moved.Before, moved.Sequence = moment(t, "2026-12-10T00:00:00Z", "Online"), 1
	cancelled := off
	cancelled.Off = scheduler.OffCancelled
	return map[string]reads.Handover{
		"staff-session":   to(scheduler.AssignedOne, gate.MethodRequest, seat(t, 1, "2026-12-03T00:00:00Z")),
		"staff-changed":   to(scheduler.AssignedOne, gate.MethodRequest, moved),
		"staff-off":       to(scheduler.AssignedOne, gate.MethodCancel, off),
		"staff-cancelled": to(scheduler.AssignedOne, gate.MethodCancel, cancelled),
		"staff-dates": to(scheduler.AssignedDates, "", seat(t, 3, "2027-01-05T23:00:00Z"),
			seat(t, 4, "2027-01-12T23:00:00Z"), seat(t, 5, "2027-01-19T23:00:00Z")),
		"staff-changes": to(scheduler.AssignedDates, "", cancelled, moved, seat(t, 6, "2027-01-26T23:00:00Z")),
	}
}

// The mails to staff in docs/samples equal what the composer writes. A calendar mail
// has one object with a title, which asks for no answer.
func TestMailsToStaff(t *testing.T) {
	t.Parallel()
	opens := map[string]string{
		"staff-session": "You lead this session.", "staff-changed": "A session that you lead has changed.",
		"staff-off":       "You no longer lead this session.",
		"staff-cancelled": "A session that you were to lead does not take place.",
		"staff-dates":     "These are the sessions that you lead.",
		"staff-changes":   "The sessions that you lead have changed.",
	}
	for name, h := range staffSamples(t) {
		message := compose(t, h)
		_, parts := leaves(t, message.Data)
		if text := parts[0].body; !strings.Contains(text, opens[name]) || !strings.Contains(text, "Tuesday evening") ||
			!strings.Contains(text, "Your desk: https://care.example/") {
			t.Errorf("%s says\n%s", name, text)
		}
		if h.Kind == scheduler.AssignedOne {
			object := strings.ReplaceAll(parts[len(parts)-1].body, "\r\n ", "")
			for _, want := range []string{"Tuesday evening: 4. Reappraisal", "PARTSTAT=ACCEPTED;RSVP=FALSE",
				"METHOD:" + string(h.Method)} {
				if !strings.Contains(object, want) {
					t.Errorf("%s has no %q:\n%s", name, want, object)
				}
			}
		} else if len(parts) != 2 {
			t.Errorf("%s has %d parts, want text and HTML", name, len(parts))
		}
		file := filepath.Join("../docs/samples", name+".en.eml")
		if *update {
			if err := os.WriteFile(file, message.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(message.Data, want) {
			t.Errorf("%s is another mail now; look at it and run the test with -update", file)
		}
	}
}
