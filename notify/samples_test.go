package notify_test

import (
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"testing"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/notify/smtp"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// stamp is the date of all samples.
var stamp = time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// noticeID is the id of notice number n.
func noticeID(n int) scheduler.ID {
	return scheduler.DeriveID("clinic", "notice", fmt.Sprint(n))
}

func newComposer(t testing.TB) *notify.Composer {
	t.Helper()
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	composer, err := notify.NewComposer(notify.ComposerOptions{
		From:      mail.Address{Name: "Appointments", Address: "appointments@care.example"},
		PublicURL: func() string { return "https://care.example/" },
		Zones:     zones,
	})
	if err != nil {
		t.Fatal(err)
	}
	return composer
}

// moment is two hours at a place.
func moment(t testing.TB, start, place string) scheduler.Moment {
	t.Helper()
	at := instant(t, start)
	return scheduler.Moment{Expected: true, Start: at, End: at.Add(2 * time.Hour), Place: place}
}

func seat(t testing.TB, n int, start string) reads.HandoverSeat {
	t.Helper()
	var octets [16]byte
	copy(octets[:], fmt.Sprintf("seat %02d of sample", n))
	return reads.HandoverSeat{
		Seat: scheduler.DeriveID("enrollment", "seat", fmt.Sprint(n)), UID: scheduler.RandomUID(octets),
		Moment: moment(t, start, "Online"), Zone: "America/New_York",
		CreatedAt: stamp.Add(-time.Hour), ChangedAt: stamp.Add(-time.Hour),
	}
}

// sample is a hand-over to Pat, whose zone is New York.
func sample(t testing.TB, kind scheduler.NoticeKind, seats ...reads.HandoverSeat) reads.Handover {
	t.Helper()
	if len(seats) == 0 {
		seats = []reads.HandoverSeat{seat(t, 1, "2026-12-03T00:00:00Z")}
	}
	h := reads.Handover{
		Notice: scheduler.DeriveID("clinic", "notice", string(kind)), Clinic: clinicID, Attempt: 1, GatedAt: stamp,
		Kind: kind, Channel: scheduler.Email, Person: "person", Thread: scheduler.DeriveID("cohort", "enrollment", "1"),
		Name: "Pat Example", Address: "pat@example.net", Zone: "America/New_York", Language: "en",
		Links: reads.Links{Feed: "feedtoken234567feedtoken23", Page: "pagetoken234567pagetoken23"}, Seats: seats,
	}
	if kind == scheduler.Calendar {
		h.Method = gate.MethodRequest
	}
	return h
}

// samples are all kinds of message, by name.
func samples(t testing.TB) map[string]reads.Handover {
	t.Helper()
	var dates []reads.HandoverSeat
	for i, start := range []string{
		"2027-01-05T23:00:00Z", "2027-01-12T23:00:00Z", "2027-01-19T23:00:00Z", "2027-01-26T23:00:00Z",
		"2027-03-02T23:00:00Z", "2027-03-09T23:00:00Z", "2027-03-16T22:00:00Z", "2027-03-23T22:00:00Z",
	} {
		dates = append(dates, seat(t, i, start))
	}
	update := seat(t, 1, "2026-12-04T00:30:00Z")
	update.Sequence, update.Before = 1, moment(t, "2026-12-03T00:00:00Z", "Online")
	place := seat(t, 1, "2026-12-03T00:00:00Z")
	place.Sequence, place.Before, place.Place = 2, moment(t, "2026-12-03T00:00:00Z", "Online"), "12 Main Street, room 4"
	join := seat(t, 1, "2026-12-03T00:00:00Z")
	join.Sequence, join.Before, join.Meeting = 2, moment(t, "2026-12-03T00:00:00Z", "Online"), "another"
	gone := seat(t, 1, "2026-12-04T00:30:00Z")
	gone.Sequence, gone.Before, gone.Expected = 3, moment(t, "2026-12-03T00:00:00Z", "Online"), false
	cancel := sample(t, scheduler.Calendar, gone)
	cancel.Method = gate.MethodCancel
	far := sample(t, scheduler.Welcome, dates...)
	far.Zone = "Europe/London" // its clocks change two weeks after New York's
	elsewhere := sample(t, scheduler.Reminder)
	elsewhere.Zone, elsewhere.Name, elsewhere.Links.Page = "Asia/Kolkata", "Дмитрий Очень-Длинноеимя Example, Jr. 李", ""
	question := sample(t, scheduler.Confirm)
	question.Confirm = "confirm234567confirm234567"
	offs := seat(t, 2, "2026-12-22T00:00:00Z")
	offs.Before, offs.Expected, offs.Off, offs.Invited = offs.Moment, false, scheduler.OffCancelled, true
	offs.Sequence = 1
	leaving := append([]reads.HandoverSeat{}, dates...)
	for i := range leaving {
		leaving[i].Before, leaving[i].Expected, leaving[i].Off = leaving[i].Moment, false, scheduler.OffLeft
	}
	changes := sample(t, scheduler.Changes, offs, seat(t, 3, "2027-01-12T00:00:00Z"))
	follows := sample(t, scheduler.Calendar, offs)
	follows.Method, follows.Text = gate.MethodCancel, changes.Seats
	offer, earlier := sample(t, scheduler.OfferNotice),
		sample(t, scheduler.OfferNotice, seat(t, 4, "2026-12-10T00:00:00Z"))
	offer.AnswerBy, earlier.AnswerBy = instant(t, "2026-12-01T23:00:00Z"), instant(t, "2026-12-01T23:00:00Z")
	earlier.Seats[0].Before = moment(t, "2027-01-28T00:00:00Z", "")
	waitlist := sample(t, scheduler.OnWaitlist)
	waitlist.Seats = nil
	message := sample(t, scheduler.StaffMessage)
	message.Seats, message.Message = nil, "Please use the side door.\n\nIt is <open> until 8."
	code, changed := sample(t, scheduler.AddressCode), sample(t, scheduler.AddressChanged)
	code.Seats, code.Name, code.Links, code.Code = nil, "", reads.Links{}, "012345"
	changed.Seats, changed.Name, changed.Links, changed.Stop = nil, "", reads.Links{}, "stoptoken234567stoptoken23"
	return map[string]reads.Handover{
		"address-code":     code,
		"address-changed":  changed,
		"changes":          changes,
		"changes-calendar": follows,
		"left":             sample(t, scheduler.Changes, leaving...),
		"confirm":          question,
		"offer":            offer,
		"waitlist":         waitlist,
		"message":          message,
		"offer-earlier":    earlier,
		"welcome":          sample(t, scheduler.Welcome, dates...),
		"welcome-far":      far,
		"invite":           sample(t, scheduler.Calendar),
		"update":           sample(t, scheduler.Calendar, update),
		"update-place":     sample(t, scheduler.Calendar, place),
		"update-join":      sample(t, scheduler.Calendar, join),
		"cancel":           cancel,
		"reminder":         sample(t, scheduler.Reminder),
		"reminder-kolkata": elsewhere,
	}
}

// inLanguage is a hand-over to somebody with this language; what staff wrote is in it, too.
func inLanguage(h reads.Handover, language string) reads.Handover {
	if h.Language = language; h.Message != "" && language == "es" {
		h.Message = "Por favor, entre por la puerta lateral."
	}
	return h
}

// mailTo composes reminder number n.
func mailTo(t testing.TB, n int, address string) smtp.Message {
	t.Helper()
	h := sample(t, scheduler.Reminder)
	h.Notice, h.Address = noticeID(n), address
	return compose(t, h)
}

// channelTo opens a channel to a test server.
func channelTo(t testing.TB, sink *notifytest.Sink) *smtp.Channel {
	t.Helper()
	channel, err := smtp.New(sink.URL(), smtp.Options{Roots: sink.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = channel.Close() })
	return channel
}

func pop(t testing.TB, q queue.Queue, limit int) []scheduler.ID {
	t.Helper()
	popped, err := q.Pop(t.Context(), limit)
	if err != nil {
		t.Fatal(err)
	}
	return popped
}

func containsAny(text string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
