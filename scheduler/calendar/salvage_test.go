package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
)

// A bad line or parameter does not affect the others.
func TestSalvage(t *testing.T) {
	t.Parallel()
	const tail = ":mailto:pat@example.net"
	for line, want := range map[string][2]string{ // PARTSTAT, words
		`ATTENDEE;PARTSTAT=DECLINED;X-RESPONSE-COMMENT="I said "no" to: all; really"` +
			tail: {"DECLINED", `I said "no" to: all; really`},
		`ATTENDEE;X-RESPONSE-COMMENT="I said "no"";PARTSTAT=DECLINED` +
			tail: {"DECLINED", `I said "no"`},
		`ATTENDEE;X-RESPONSE-COMMENT=say "no";PARTSTAT=DECLINED` +
			tail: {"DECLINED", `say "no"`},
		`ATTENDEE;X-RESPONSE-COMMENT="never closed;PARTSTAT=DECLINED` +
			tail: {"DECLINED", "never closed"},
		`ATTENDEE;X-RESPONSE-COMMENT=fine; see you: then;PARTSTAT=ACCEPTED` +
			tail: {"ACCEPTED", "fine; see you: then"},
		`ATTENDEE;PARTSTAT=ACCEPTED;X-RESPONSE-COMMENT=^'maybe^'^nnot` +
			tail: {"ACCEPTED", "\"maybe\"\nnot"},
		`ATTENDEE;NONSENSE;;=;PARTSTAT=ACCEPTED;X-RESPONSE-COMMENT=` +
			tail: {"ACCEPTED", ""},
		"ATTENDEE;PARTSTAT=ACCEPTED;X-RESPONSE-COMMENT=\"one\r\ntwo\"" +
			tail: {"ACCEPTED", "one two"},
		"ATTENDEE;PARTSTAT=ACCEPTED;CN=\"\"Pat\"\";X-RESPONSE-COMMENT=\"\"" +
			tail: {"ACCEPTED", ""},
		"this is no line\r\n;nor this\r\n:nor this\r\nATTENDEE;PARTSTAT=TENTATIVE" +
			tail: {"TENTATIVE", ""},
		"BEGIN:VALARM\r\nATTENDEE;PARTSTAT=TENTATIVE:x\r\nEND:VALARM\r\nATTENDEE;PARTSTAT=ACCEPTED" +
			tail: {"ACCEPTED", ""},
		"BEGIN:VALARM\r\nEND:VTODO\r\nEND:VALARM\r\nATTENDEE;PARTSTAT=ACCEPTED" +
			tail: {"ACCEPTED", ""},
	} {
		for _, end := range []string{"\r\nUID:u\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "\r\nUID:u"} {
			root, err := calendar.Salvage([]byte("junk\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n" + line +
				end))
			if err != nil || len(root.Components) != 1 {
				t.Errorf("%s: %v, %+v", line, err, root)
				continue
			}
			event := root.Components[0]
			attendee, _ := event.First("ATTENDEE")
			uid, _ := event.First("UID")
			said := fmt.Sprint(attendee.Params["PARTSTAT"], attendee.Params["X-RESPONSE-COMMENT"])
			words := "[" + want[1] + "]"
			if attendee.Params["X-RESPONSE-COMMENT"] == nil {
				words = "[]"
			}
			if said != "["+want[0]+"]"+words && said != "["+want[0]+"] "+words ||
				attendee.Value != "mailto:pat@example.net" || uid.Value != "u" {
				t.Errorf("%s: %q %q %q", line, said, attendee.Value, uid.Value)
			}
		}
	}
}

func TestSalvageHasBounds(t *testing.T) {
	t.Parallel()
	for name, object := range map[string]string{
		"nothing":     "",
		"no calendar": "BEGIN:VEVENT\r\nUID:u\r\nEND:VEVENT",
		"too large":   "BEGIN:VCALENDAR\r\n" + strings.Repeat("x", 256<<10),
		"many lines":  "BEGIN:VCALENDAR\r\n" + strings.Repeat("A:\r\n", 10_000),
	} {
		if _, err := calendar.Salvage([]byte(object)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	deep, err := calendar.Salvage([]byte("BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:A\r\n", 2000) +
		strings.Repeat("END:A\r\n", 2000) + "UID:u\r\n"))
	if err != nil || len(deep.All("UID")) != 1 {
		t.Errorf("%+v, %v", deep, err)
	}
}

// Salvage parses what Read accepts to the same result.
func FuzzSalvage(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE;CN=\"a;b\";X=^n,c:mailto:a@b.c\r\nUID:u\r\n" +
		"END:VEVENT\r\nEND:VCALENDAR\r\n")
	f.Add("BEGIN:VCALENDAR\nA;B=\"\"x\":mailto:\"\n;\nEND:VCALENDAR")
	f.Fuzz(func(t *testing.T, object string) {
		loose, err := calendar.Salvage([]byte(object))
		strict, refused := calendar.Read([]byte(object))
		if refused == nil && err != nil {
			t.Fatalf("Read takes what Salvage does not: %v", err)
		}
		if refused == nil &&
			(len(strict.Components) != len(loose.Components) || len(strict.Properties) != len(loose.Properties)) {
			t.Fatalf("%d of %d components, %d of %d properties", len(loose.Components), len(strict.Components),
				len(loose.Properties), len(strict.Properties))
		}
	})
}
