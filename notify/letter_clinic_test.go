package notify_test

import (
	"strings"
	"testing"

	"almanac/scheduler"
)

// A message says how to reach the clinic, in the person's language, as far as the clinic shows that.
func TestHowToReachTheClinic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		contact  scheduler.ClinicContact
		language string
		says     string
	}{
		"nothing":  {scheduler.ClinicContact{}, "en", ""},
		"a number": {scheduler.ClinicContact{Phone: "+12025550100"}, "en", "Questions? Call +1 202-555-0100."},
		"a name": {scheduler.ClinicContact{Name: "Riverside", Phone: "+12025550100"}, "es",
			"Llame a Riverside al +1 202-555-0100."},
		"a crisis line": {scheduler.ClinicContact{Crisis: "Call or text 988."}, "en", "Call or text 988."},
	} {
		h := sample(t, scheduler.Reminder)
		h.Contact, h.Language = c.contact, c.language
		_, parts := leaves(t, compose(t, h).Data)
		for _, p := range parts {
			if p.kind != "text/plain" {
				continue
			}
			if !strings.Contains(p.body, c.says) || c.says == "" && strings.Contains(p.body, "Questions") {
				t.Errorf("%s: the text is\n%s", name, p.body)
			}
		}
	}
}
