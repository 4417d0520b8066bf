package notify_test

import (
	"strings"
	"testing"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// The mail about an access in an emergency says who and when, and leads to the reason.
func TestGlassMail(t *testing.T) {
	t.Parallel()
	news := reads.GlassMail{Staff: noticeID(1), ClinicName: "Riverbend", ClinicZone: "America/New_York",
		Name: "Robin Ferro", Email: "robin@example.org", By: "Kim Ode", At: stamp}
	message, err := newComposer(t).ComposeGlassMail(news, stamp)
	if err != nil {
		t.Fatal(err)
	}
	text := string(message.Data)
	for _, want := range []string{"Kim Ode", "Riverbend", "/glass"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	news.Email = ""
	if _, err := newComposer(t).ComposeGlassMail(news, stamp); !fault.Is(err, fault.Invalid) {
		t.Errorf("without an address: %v", err)
	}
}
