package notify_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
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
		golden(t, name+".en.eml", message.Data)
	}
}

// The mail with a sign-in link names no program and nobody but its reader; it is not kept for pages.
func TestMailWithASignInLink(t *testing.T) {
	t.Parallel()
	message, err := newComposer(t).ComposeSignIn(reads.SignInLink{
		Staff: noticeID(1), ClinicName: "Riverbend", ClinicZone: "America/New_York", Name: "Sam Staff",
		Email: "sam@example.net", Token: "onetimetoken234567onetime2", Expires: stamp.Add(30 * time.Minute),
	}, stamp)
	if err != nil {
		t.Fatal(err)
	}
	_, parts := leaves(t, message.Data)
	for _, want := range []string{
		"Hello Sam Staff", "https://care.example/signin/onetimetoken234567onetime2", "10:34 AM New York time",
	} {
		if !strings.Contains(parts[0].body, want) {
			t.Errorf("the mail has no %q:\n%s", want, parts[0].body)
		}
	}
	if message.To != "sam@example.net" || message.From != "appointments@care.example" || message.Clinic != "" {
		t.Errorf("its envelope is %+v", message)
	}
	golden(t, "staff-signin.en.eml", message.Data)
	kept, _ := newKept(t)
	if d := kept.Send(t.Context(), message); d.Outcome != reads.Sent {
		t.Fatalf("keeping it: %+v", d)
	}
	if all := listed(t, kept, noticeID(2)); len(all) != 0 {
		t.Errorf("a page lists it: %+v", all)
	}
	if _, err := kept.List(access.Operator(""), "", "", 5); !fault.Is(err, fault.NotFound) {
		t.Errorf("without a clinic mail is listed (%v)", err)
	}
}

// The mail about a passkey says what happened, when, and what to do if it was somebody else.
func TestMailAboutAPasskey(t *testing.T) {
	t.Parallel()
	news := reads.PasskeyMail{Staff: noticeID(1), ClinicName: "Riverbend", ClinicZone: "America/New_York",
		Name: "Sam Staff", Email: "sam@example.net", What: reads.PasskeyAdded, Passkey: "My\r\nphone", At: stamp}
	added, err := newComposer(t).ComposePasskeyMail(news, stamp)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "staff-passkey.en.eml", added.Data)
	news.What = reads.PasskeyRemoved
	removed, err := newComposer(t).ComposePasskeyMail(news, stamp)
	if err != nil {
		t.Fatal(err)
	}
	for want, message := range map[string]smtp.Message{"was added": added, "no longer signs you in": removed} {
		_, parts := leaves(t, message.Data)
		for _, want := range []string{want, "My phone", "10:04 AM", "https://care.example/account", "tell an admin"} {
			if !strings.Contains(parts[0].body, want) {
				t.Errorf("the mail has no %q:\n%s", want, parts[0].body)
			}
		}
	}
	news.What, news.Passkey = reads.AccountLinked, ""
	linked, err := newComposer(t).ComposePasskeyMail(news, stamp)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "staff-account.en.eml", linked.Data)
	news.Email = "sam"
	if _, err := newComposer(t).ComposePasskeyMail(news, stamp); !fault.Is(err, fault.Invalid) {
		t.Errorf("no address: %v", err)
	}
}

// golden compares a mail with a sample of docs.
func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	file := filepath.Join("../docs/samples", name)
	if *update {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("%s is another mail now; look at it and run the test with -update", file)
	}
}
