package notify_test

import (
	"strings"
	"testing"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// The mail with the newest head says nothing of a clinic but its id, and has the head as it stands.
func TestHeadMailGivesTheHead(t *testing.T) {
	t.Parallel()
	signed := "almanac/y5xtftqcs12cc\n700\n" + strings.Repeat("A", 43) + "=\n2026-12-01T12:00:00Z\n\n" +
		"— almanac/y5xtftqcs12cc " + strings.Repeat("b", 92) + "\n"
	mail := reads.HeadMail{Clinic: noticeID(1), Email: "proof@elsewhere.example", Zone: "America/New_York",
		Head: reads.AuditHead{Size: 700, At: stamp, Signed: signed}}
	message, err := newComposer(t).ComposeHeadMail(mail)
	if err != nil {
		t.Fatal(err)
	}
	_, parts := leaves(t, message.Data)
	if text := strings.ReplaceAll(parts[0].body, "\r\n", "\n"); !strings.Contains(text, "\n\n"+signed+"\n") {
		t.Errorf("the text does not have the head as it is:\n%s", text)
	}
	golden(t, "staff-head.en.eml", message.Data)
	mail.Email = ""
	if _, err := newComposer(t).ComposeHeadMail(mail); !fault.Is(err, fault.Invalid) {
		t.Errorf("without an address: %v", err)
	}
}
