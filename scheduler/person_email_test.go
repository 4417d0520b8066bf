package scheduler_test

import (
	"net/mail"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

func TestPhoneNumbersAreReadWhereThePersonIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, clinic, phone, want string }{
		{"Europe/Paris", "America/New_York", "06 12 34 56 78", "+33612345678"},
		{"Australia/Melbourne", "America/New_York", "(03) 9555 0100", "+61395550100"},
		{"Australia/Melbourne", "America/New_York", "0491 570 006", "+61491570006"},
		{"Africa/Accra", "America/New_York", "024 412 3456", "+233244123456"},
		{"Europe/London", "America/New_York", "07700 900123", "+447700900123"},
		{"US/Central", "Europe/Paris", "(202) 555-0100", "+12025550100"},
		{"", "Europe/Paris", "(202) 555-0100", "+12025550100"}, // the cohort's
		{"Etc/UTC", "Europe/Paris", "06 12 34 56 78", "+33612345678"},
		{"Europe/Paris", "America/New_York", "+1 202 555 0100", "+12025550100"},
		{"Europe/Paris", "America/New_York", "(202) 555-0100", ""},
		{"Etc/UTC", "Etc/UTC", "06 12 34 56 78", ""},
		{"America/Chicago", "Europe/Paris", "06 12 34 56 78", ""},
	} {
		t.Run(tt.zone+" "+tt.phone, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			c.self.Zone = tt.clinic
			cohort := c.open(opening(define(t, closed)))
			got, err := c.desk().Enroll(t.Context(), c.request(), scheduler.EnrollRequest{
				Cohort: cohort, Zone: tt.zone, Contact: scheduler.Contact{Name: "Pat", Phone: tt.phone},
			})
			if tt.want == "" {
				if f := fault.All(err); len(f) != 1 || f[0].Field != "phone" || len(c.people) != 0 {
					t.Fatalf("taken, or refused with %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			same(t, "phone", c.last.Contacts[got.Person].Phone, tt.want)
		})
	}
}

func TestAddressesAreShownInTheirOwnLettersWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"pat@example.net":            "pat@example.net",
		"pat@xn--exmple-cua.de":      "pat@exämple.de",
		"pat@mail.xn--fa-hia.de":     "pat@mail.faß.de",
		"pat@xn--r8jz45g.jp":         "pat@例え.jp",
		"pat@xn--e1afmkfd.xn--p1ai":  "pat@пример.рф",
		"pat@xn--80ak6aa92e.com":     "pat@xn--80ak6aa92e.com", // Cyrillic that reads like a fruit
		"pat@xn--pple-43d.com":       "pat@xn--pple-43d.com",   // one Cyrillic letter among Latin ones
		"pat@xn--a.de":               "pat@xn--a.de",
		"pat":                        "pat",
		"xn--exmple-cua@example.net": "xn--exmple-cua@example.net",
	} {
		same(t, address, scheduler.ShownEmail(address), want)
	}
}

// Whatever comes in, what is kept can be handed to any mail server, and shows as it is.
func TestWhatIsKeptShowsAsItIs(t *testing.T) {
	t.Parallel()
	odd := []string{"a", "Z", " ", "é", "ل", "\u200b", "\u200d", "\u202e", "\u2066", "\u200f", "\u00ad", "\ufeff",
		"\u3164", "\U000e0041", "@", ".de", "ä", "x.org", "\n", "。"}
	rapid.Check(t, func(t *rapid.T) {
		raw := strings.Join(rapid.SliceOfN(rapid.SampledFrom(odd), 0, 12).Draw(t, "raw"), "")
		for _, text := range []string{raw, "pat@" + raw} {
			if line, err := scheduler.CheckLine("name", "The name", text); err == nil &&
				strings.ContainsFunc(line, turns) {
				t.Errorf("a line keeps what turns the direction: %+q", line)
			}
			address, err := scheduler.CheckEmail(text)
			if err != nil || address == "" {
				continue
			}
			domain := address[strings.LastIndexByte(address, '@')+1:]
			if strings.ContainsFunc(domain, func(r rune) bool { return r > unicode.MaxASCII }) ||
				strings.ContainsFunc(address, turns) {
				t.Errorf("an address is kept that cannot be sent to: %+q", address)
			}
			if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
				t.Errorf("no bare address: %+q", address)
			}
			if again, err := scheduler.CheckEmail(address); err != nil || again != address {
				t.Errorf("checked twice, %+q becomes %+q, %v", address, again, err)
			}
		}
	})
}

// turns tells whether a character turns the direction of writing or shows nothing.
func turns(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff' || r == '\u3164'
}

func TestReasonsShowAsTheyAre(t *testing.T) {
	t.Parallel()
	got, err := scheduler.CheckReason("reason", "The reason", " Asked\u200b twice.\r\n\tAgreed. \n")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "reason", got, "Asked twice.\n\tAgreed.")
	for _, bad := range []string{"a\u202eb", "a\x00", "a\u2028b"} {
		if _, err := scheduler.CheckReason("reason", "The reason", bad); err == nil {
			t.Errorf("%+q is taken", bad)
		}
	}
}
