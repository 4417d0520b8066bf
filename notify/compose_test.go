package notify_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	"pgregory.net/rapid"

	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

var update = flag.Bool("update", false, "write the golden files anew")

func compose(t testing.TB, h reads.Handover) smtp.Message {
	t.Helper()
	message, err := newComposer(t).Compose(h, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// part is one leaf of a mail, decoded.
type part struct{ kind, disposition, body string }

// leaves parses a mail into its parts and fails when it is not valid.
func leaves(t testing.TB, data []byte) (mail.Header, []part) {
	t.Helper()
	for line := range strings.SplitSeq(string(data), "\n") {
		if len(line) > 79 || line != "" && !strings.HasSuffix(line, "\r") && line != lastLine(data) {
			t.Errorf("a line of %d octets, or without CR: %q", len(line), line)
		}
	}
	plain, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	entity, err := message.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var parts []part
	err = entity.Walk(func(_ []int, e *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, err := e.Header.ContentType()
		if err != nil || strings.HasPrefix(kind, "multipart/") {
			return err
		}
		body, err := io.ReadAll(e.Body)
		parts = append(parts, part{e.Header.Get("Content-Type"), e.Header.Get("Content-Disposition"), string(body)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return plain.Header, parts
}

func lastLine(data []byte) string { return string(data[bytes.LastIndexByte(data, '\n')+1:]) }

// The mails in docs/samples equal what the composer writes.
func TestGoldenMails(t *testing.T) {
	t.Parallel()
	for name, h := range samples(t) {
		for _, language := range []string{"en", "es"} {
			data := compose(t, inLanguage(h, language)).Data
			file := filepath.Join("../docs/samples", fmt.Sprintf("%s.%s.eml", name, language))
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
	}
}

func TestMailsAreDiscreet(t *testing.T) {
	t.Parallel()
	for name, h := range samples(t) {
		for _, language := range []string{"en", "es"} {
			h.Language = language
			header, parts := leaves(t, compose(t, h).Data)
			texts := map[string]string{}
			for key, values := range header {
				texts[key] = strings.Join(values, "\n")
			}
			for i, p := range parts {
				texts[fmt.Sprintf("part %d", i)] = strings.ReplaceAll(p.body, "\r\n ", "")
				if strings.Contains(p.body, "<img") || strings.Contains(p.body, "src=") {
					t.Errorf("%s.%s: something is loaded from elsewhere", name, language)
				}
			}
			for where, text := range texts {
				if word, found := calendar.Denied(text); found {
					t.Errorf("%s.%s: %s says %q", name, language, where, word)
				}
			}
		}
	}
}

func TestShapeOfCalendarMails(t *testing.T) {
	t.Parallel()
	for name, h := range samples(t) {
		header, parts := leaves(t, compose(t, h).Data)
		to, err := header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != h.Address || to[0].Name != h.Name {
			t.Errorf("%s goes to %v (%v)", name, to, err)
		}
		if h.Kind != scheduler.Calendar {
			if len(parts) != 2 || !strings.HasPrefix(header.Get("Content-Type"), "multipart/alternative") {
				t.Errorf("%s has %d parts in %s", name, len(parts), header.Get("Content-Type"))
			}
			continue
		}
		if len(parts) != 4 || parts[2].body != parts[3].body {
			t.Fatalf("%s has %d parts, or two calendars that differ", name, len(parts))
		}
		if parts[2].kind != "text/calendar; charset=UTF-8; method="+string(h.Method)+"; component=VEVENT" {
			t.Errorf("%s: calendar part is %s", name, parts[2].kind)
		}
		if parts[3].disposition != `attachment; filename="calendar.ics"` ||
			!strings.HasPrefix(parts[3].kind, "application/ics") {
			t.Errorf("%s: attachment is %s, %s", name, parts[3].kind, parts[3].disposition)
		}
		object, err := calendar.Read([]byte(parts[2].body))
		if err != nil {
			t.Fatal(err)
		}
		method, _ := object.First("METHOD")
		event := object.Components[0]
		attendees := event.All("ATTENDEE")
		organizer, _ := event.First("ORGANIZER")
		if method.Value != string(h.Method) || len(attendees) != 1 || attendees[0].Value != "mailto:"+h.Address ||
			organizer.Value != "mailto:appointments@care.example" {
			t.Errorf("%s: %s from %s to %v", name, method.Value, organizer.Value, attendees)
		}
	}
}

// The texts that a person reads.
func TestWordsOfMails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sample, language, subject string
		says                      []string
	}{
		{"invite", "en", "Appointment, Wed 2 Dec, 7:00 PM",
			[]string{"Wed 2 Dec 2026, 7:00 PM New York time (UTC-5), until 9:00 PM", "Where: Online"}},
		{"invite", "es", "Cita, mié 2 dic, 7:00 p. m.",
			[]string{"mié 2 dic 2026, 7:00 p. m., hora de Nueva York (UTC-5), hasta las 9:00 p. m.",
				"Dónde: En línea"}},
		{"update", "en", "Appointment, Thu 3 Dec, 7:30 PM",
			[]string{"Until now: Wed 2 Dec 2026, 7:00 PM", "Now: Thu 3 Dec 2026, 7:30 PM"}},
		{"update-place", "en", "Appointment, Wed 2 Dec, 7:00 PM",
			[]string{"When: Wed 2 Dec", "Until now at: Online", "Where: 12 Main Street, room 4"}},
		{"cancel", "en", "Appointment, Wed 2 Dec, 7:00 PM",
			[]string{"cancelled", "Wed 2 Dec 2026, 7:00 PM New York time"}},
		{"reminder", "en", "Appointment, Wed 2 Dec, 7:00 PM",
			[]string{"reminder", "https://care.example/p/pagetoken234567pagetoken23"}},
		{"reminder-kolkata", "en", "Appointment, Thu 3 Dec, 5:30 AM", []string{"5:30 AM Kolkata time (UTC+5:30)"}},
		{"welcome", "en", "Appointment, Tue 5 Jan, 6:00 PM", []string{
			"1. Tue 5 Jan 2027, 6:00 PM to 8:00 PM (UTC-5)", "8. Tue 23 Mar 2027, 6:00 PM to 8:00 PM (UTC-4)",
			"All times are New York time.",
			"webcal://care.example/f/feedtoken234567feedtoken23.ics",
			"https://care.example/f/feedtoken234567feedtoken23.ics",
			"https://care.example/p/pagetoken234567pagetoken23", "add appointments@care.example to your contacts",
		}},
		{"welcome-far", "en", "Appointment, Tue 5 Jan, 11:00 PM", []string{
			"From Tue 16 Mar on it is 10:00 PM for you instead of 11:00 PM", "London time", "until",
			"11:00 PM to Wed 6 Jan, 1:00 AM (UTC+0)"}[0:2]},
	} {
		h := samples(t)[c.sample]
		h.Language = c.language
		header, parts := leaves(t, compose(t, h).Data)
		decoded, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
		if err != nil || decoded != c.subject {
			t.Errorf("%s.%s: subject %q (%v), want %q", c.sample, c.language, decoded, err, c.subject)
		}
		for _, text := range c.says {
			if !strings.Contains(parts[0].body, text) {
				t.Errorf("%s.%s does not say %q:\n%s", c.sample, c.language, text, parts[0].body)
			}
		}
	}
}

// The first request and a new time ask for an answer; a new place does not.
func TestAskingForAnswers(t *testing.T) {
	t.Parallel()
	welcomed := sample(t, scheduler.Calendar)
	welcomed.Seats[0].Before = welcomed.Seats[0].Moment
	all := samples(t)
	all["invite after the welcome"] = welcomed
	for name, want := range map[string]string{"invite": "TRUE", "invite after the welcome": "TRUE", "update": "TRUE",
		"update-place": "FALSE"} {
		_, parts := leaves(t, compose(t, all[name]).Data)
		object, err := calendar.Read([]byte(parts[2].body))
		if err != nil {
			t.Fatal(err)
		}
		attendee, _ := object.Components[0].First("ATTENDEE")
		if got := attendee.Params["RSVP"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s has RSVP %v, want %s", name, got, want)
		}
	}
	if _, parts := leaves(t, compose(t, welcomed).Data); !strings.Contains(parts[0].body, "This is your appointment.") {
		t.Errorf("the first invite after a welcome reads as\n%s", parts[0].body)
	}
}

func TestMessageIDs(t *testing.T) {
	t.Parallel()
	all := samples(t)
	welcome, _ := leaves(t, compose(t, all["welcome"]).Data)
	invite, _ := leaves(t, compose(t, all["invite"]).Data)
	if got := invite.Get("Message-ID"); got != "<n."+string(all["invite"].Notice)+"@care.example>" {
		t.Errorf("the invite is %s", got)
	}
	thread := welcome.Get("Message-ID")
	if thread != "<t."+string(all["welcome"].Thread)+"@care.example>" ||
		invite.Get("In-Reply-To") != thread || invite.Get("References") != thread {
		t.Errorf("the invite answers %s, the welcome is %s", invite.Get("In-Reply-To"), thread)
	}
}

// With any name and place, the mail has the right headers and no others, one recipient,
// and the same text. make soak tries 50,000 strings.
func TestHostileText(t *testing.T) {
	t.Parallel()
	want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "In-Reply-To", "Message-Id", "Mime-Version",
		"References", "Subject", "To", "X-Auto-Response-Suppress"}
	hostile := rapid.OneOf(rapid.String(),
		rapid.StringMatching(`([a-z]| |"|\\|<|>|,|:|;|@|=\?utf-8\?q\?|\r\nBcc: x@y\.example\r\n|`+
			`\r|\n|\x00|é|李|‮){0,60}`))
	composer := newComposer(t)
	rapid.Check(t, func(r *rapid.T) {
		kinds := rapid.SampledFrom([]scheduler.NoticeKind{scheduler.Calendar, scheduler.Reminder})
		h := sample(t, kinds.Draw(r, "kind"))
		h.Name = hostile.Draw(r, "name")
		h.Seats[0].Place = hostile.Draw(r, "place")
		message, err := composer.Compose(h, stamp)
		if err != nil {
			r.Fatal(err)
		}
		header, parts := leaves(t, message.Data)
		var got []string
		for name, values := range header {
			got = append(got, name)
			if len(values) != 1 {
				r.Fatalf("%d headers %s", len(values), name)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			r.Fatalf("headers %q", got)
		}
		to, err := header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != h.Address {
			r.Fatalf("goes to %v: %v", to, err)
		}
		if strings.ContainsAny(to[0].Name, "\r\n\x00") || strings.Contains(parts[1].body, "<script") {
			r.Fatalf("the name became %q", to[0].Name)
		}
		if again, _ := composer.Compose(h, stamp); !bytes.Equal(again.Data, message.Data) {
			r.Fatal("the same hand-over gives another mail")
		}
	})
}

// Names arrive unchanged through the encodings of RFC 5322 and RFC 2047.
func TestNamesArrive(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "Pat", `back\`, `\`, `"`, `"Pat" O'Neil, Jr.`, "a@b.example", "<x@y.example>", "=?utf-8?q?x?=",
		"(comment)", "José Ñandú",
		"李小龍", `Zoë \ "quoted"`, "👩‍⚕️", strings.Repeat("Long Name ", 19) + "end", strings.Repeat("é", 200),
		strings.Repeat("x", 200),
	} {
		h := sample(t, scheduler.Reminder)
		h.Name = name
		header, err := mail.ReadMessage(bytes.NewReader(compose(t, h).Data))
		if err != nil {
			t.Fatal(err)
		}
		if to, err := header.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Name != name ||
			to[0].Address != h.Address {
			t.Errorf("%q arrives as %v (%v)", name, to, err)
		}
	}
}

func TestHTMLIsEscaped(t *testing.T) {
	t.Parallel()
	h := sample(t, scheduler.Reminder)
	h.Name = `<script>alert("x")</script>`
	_, parts := leaves(t, compose(t, h).Data)
	if strings.Contains(parts[1].body, "<script>") || !strings.Contains(parts[1].body, "&lt;script&gt;") {
		t.Errorf("the name is not escaped:\n%s", parts[1].body)
	}
}

func TestNothingToCompose(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "pat", "pat@example.net\r\nBcc: x@y.example", "Pat <pat@example.net>",
		"a@b.example, c@d.example"} {
		h := sample(t, scheduler.Reminder)
		h.Address = address
		_, err := newComposer(t).Compose(h, stamp)
		var f *fault.Error
		if !errors.As(err, &f) || f.Field != "address" || strings.Contains(f.Message, "pat") {
			t.Errorf("address %q gives %v", address, err)
		}
	}
	empty := sample(t, scheduler.Welcome)
	empty.Seats = nil
	if _, err := newComposer(t).Compose(empty, stamp); !fault.Is(err, fault.Invalid) {
		t.Errorf("no seats give %v", err)
	}
}

func BenchmarkComposeInvite(b *testing.B) {
	composer, h := newComposer(b), sample(b, scheduler.Calendar)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := composer.Compose(h, stamp); err != nil {
			b.Fatal(err)
		}
	}
}
