package inbound_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"almanac/notify/inbound"
	"almanac/scheduler/fault"
)

// bomb is a costly message with its expected result: an error with these words, or a
// kind.
type bomb struct {
	name, message string
	says          string
	kind          inbound.Kind
}

// fill repeats text up to a size in octets.
func fill(text string, size int) string { return strings.Repeat(text, size/len(text)) }

// typed is a message of one part.
func typed(fields, body string) string {
	return "From: pat@example.net\r\nMIME-Version: 1.0\r\n" + fields + "\r\n\r\n" + body
}

// nested wraps a body in multiparts.
func nested(deep int) string {
	body := "\r\nHello"
	for i := range deep {
		body = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", i, i, body,
			i)
	}
	return "From: pat@example.net\r\n" + body
}

// event is a calendar part around content lines.
func event(lines string) string {
	return typed("Content-Type: text/calendar; method=REPLY",
		"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"+lines+"END:VEVENT\r\nEND:VCALENDAR\r\n")
}

const big = 1<<20 - 4096

func bombs() []bomb {
	distinct := ""
	for i := range 62 {
		distinct += fmt.Sprintf(";%c%c=", 'A'+i%26, 'A'+i/26)
	}
	report := "Return-Path: <>\r\n" +
		typed("Content-Type: multipart/report; report-type=delivery-status; boundary=b",
			"--b\r\nContent-Type: message/delivery-status\r\n\r\n")
	return append(calendarBombs(distinct), []bomb{
		{"10,000 parts", typed("Content-Type: multipart/mixed; boundary=b", strings.Repeat("--b\r\n\r\nx\r\n", 10_000)),
			"more than 20 parts", ""},
		{"10,000 empty parts", typed("Content-Type: multipart/mixed; boundary=b", strings.Repeat("--b\n", 10_000)),
			"more than 20 parts", ""},
		{"20 parts", typed("Content-Type: multipart/mixed; boundary=b", strings.Repeat("--b\r\n\r\nx\r\n", 20)+"--b--"),
			"", inbound.KindOther},
		{"ten deep", nested(10), "more than 8 deep", ""},
		{"8 deep", nested(8), "", inbound.KindOther},
		{"a thousand deep", nested(1000), "more than 8 deep", ""},
		{"a header of 65 KiB", typed("X-Long: "+fill("x", 65<<10), ""), "larger than 64 KiB", ""},
		{"a header without end", fill("x", big), "larger than 64 KiB", ""},
		{"501 fields", typed(strings.Repeat("A:\r\n", 500)+"A:", ""), "more than 500 fields", ""},
		{"many lines that are no fields", typed(strings.Repeat("x\r\n", 20_000)+"A:", ""), "", inbound.KindOther},
		{"one field folded without end", typed("A: x"+strings.Repeat("\r\n x", 15_000), ""), "", inbound.KindOther},
		{"a part with a large header", typed("Content-Type: multipart/mixed; boundary=b", "--b\r\nA: "+fill("x", big)),
			"larger than 64 KiB", ""},
		{"nothing but line breaks", typed("Content-Type: multipart/mixed; boundary=b", fill("\n", big)), "",
			inbound.KindOther},
		{"nothing but almost delimiters", typed("Content-Type: multipart/mixed; boundary=b", fill("\n--bb", big)), "",
			inbound.KindOther},
		{"almost delimiters, eight deep", strings.Replace(nested(8), "Hello", fill("\n--b", big), 1), "",
			inbound.KindOther},
		{"a boundary of hyphens", typed(`Content-Type: multipart/mixed; boundary="--"`, fill("\n----x", big)), "",
			inbound.KindOther},
		{"a boundary without end",
			typed(`Content-Type: multipart/mixed; boundary="`+fill("b", 3<<10)+`"`,
				fill("\n--"+fill("b", 3<<10)+"x", big)), "", inbound.KindOther},
		{"a thousand parameters", typed("Content-Type: text/plain"+strings.Repeat(";\r\n a=b", 500), ""), "",
			inbound.KindOther},
		{"continued parameters", typed("Content-Type: text/plain"+strings.Repeat("; a*1*=b", 400), ""), "",
			inbound.KindOther},
		{"an address in comments", strings.Replace(typed("X: y", ""), "pat@", fill("(", 3<<10)+"pat@", 1), "",
			inbound.KindOther},
		{"an address of literals",
			strings.Replace(typed("X: y", ""), "pat@example.net", "a@["+fill(" x", 3<<10)+"]", 1), "",
			inbound.KindOther},
		{"addresses without end", strings.Replace(typed("X: y", ""), "pat@", fill("a@b.example,", 60<<10)+"pat@", 1),
			"", inbound.KindOther},
		{"results in white space",
			typed("Authentication-Results: mx.clinic.example;"+fill(" \t", 4000)+"dmarc=pass"+
				strings.Repeat("\r\nAuthentication-Results: mx.clinic.example;"+fill(" (", 3500), 15), ""), "",
			inbound.KindOther},
		{"references without end", typed("References: "+fill("<n.", 60<<10), ""), "", inbound.KindOther},
		{"a report of line breaks", report + fill("\n", 250<<10), "", inbound.KindAutomatic},
		{"a report of recipients",
			report + fill("Final-Recipient: rfc822;pat@example.net\nAction: failed\n\n", 250<<10), "",
			inbound.KindBounce},
		{"a report of fields", report + fill("A:\n", 250<<10), "", inbound.KindAutomatic},
		{"a report of 300 KiB", report + fill("A:\n", 300<<10), "larger than 256 KiB", ""},
		{"a plain bounce of addresses", "Return-Path: <>\r\n" + typed("X: y", fill("<pat@example.net>: 550 no\n", big)),
			"", inbound.KindAutomatic},
		{"a plain bounce of addresses, 256 KiB",
			"Return-Path: <>\r\n" + typed("X: y", fill("<pat@example.net>: 550 no\n", 255<<10)), "",
			inbound.KindBounce},
	}...)
}

// calendarBombs are messages whose calendar part is the bomb.
func calendarBombs(distinct string) []bomb {
	const lines = "more than 10000 lines"
	return []bomb{
		{"BEGIN nested", event(strings.Repeat("BEGIN:A\r\n", 2000)), "", inbound.KindDropped},
		{"BEGIN nested a little", event(strings.Repeat("BEGIN:A\r\n", 20)), "", inbound.KindDropped},
		{"a parameter of 100 kB", event("ATTENDEE;CN=" + fill("x", 100_000) + ":mailto:pat@example.net\r\n"), "",
			inbound.KindDropped},
		{"a parameter of 100 kB, folded",
			event("ATTENDEE;CN=" + fill("x\r\n ", 100_000) + ":mailto:pat@example.net\r\n"), "", inbound.KindDropped},
		{"parameters of 2 kB", event(fill("A;B="+fill("x", 2000)+":\r\n", 250<<10)), "", inbound.KindDropped},
		{"parameters of 2 kB between CRs", event(fill("A:\r\rA;B="+fill("x", 2000)+":\r", 250<<10)), "",
			inbound.KindDropped},
		{"parameters of 2 kB behind blank lines", event(fill("A:\r\n\r\n A;B="+fill("x", 2000)+":\r\n", 250<<10)), "",
			inbound.KindDropped},
		{"parameters in quotes", event(fill("A;B=\""+fill(":", 1900)+"\":\r\n", 250<<10)), "", inbound.KindDropped},
		{"commas", event(fill("A;B="+fill(",", 2000)+":\r\n", 250<<10)), "", inbound.KindDropped},
		{"62 parameters a line", event(fill("A"+distinct+":\r\n", 250<<10)), "", inbound.KindDropped},
		{"62 parameters a line, few lines", event(strings.Repeat("A"+distinct+":\r\n", 120)), "", inbound.KindDropped},
		{"10,000 lines", event(strings.Repeat("A:\r\n", 10_000)), lines, ""},
		{"1,900 lines with parameters",
			event(strings.Repeat("ATTENDEE;A=b;C=d;E=f;G=h:mailto:pat@example.net\r\n", 1900)), "",
			inbound.KindDropped},
		{"1,900 comments", event(strings.Repeat("COMMENT:"+fill("x", 120)+"\r\n", 1900)), "", inbound.KindDropped},
		{"values of 60 KiB", event(strings.Repeat("A:"+fill("x", 60<<10)+"\r\n", 4)), "", inbound.KindDropped},
		{"folds", event("A:" + fill("\r\n ", 250<<10) + "\r\n"), "", inbound.KindDropped},
		{"not closed", typed("Content-Type: text/calendar; method=REPLY", "BEGIN:VCALENDAR\r\n"), "",
			inbound.KindDropped},
		{"nonsense", typed("Content-Type: text/calendar; method=REPLY", fill("\xff\x00;:\"=", 200<<10)),
			"calendar", ""},
		{"300 KiB", event("A:" + fill("x", 300<<10) + "\r\n"), "larger than 256 KiB", ""},
		{"300 KiB in base64",
			typed("Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: base64",
				base64.StdEncoding.EncodeToString([]byte(fill("x", 300<<10)))), "larger than 256 KiB", ""},
		{"base64 of white space",
			typed("Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: base64",
				fill(" \n", 700<<10)), "empty", ""},
		{"base64 that is none",
			typed("Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: base64", fill("?", 700<<10)),
			"cannot be decoded", ""},
		{"quoted-printable of soft breaks",
			typed("Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: quoted-printable",
				fill("=\r\n", 700<<10)), "empty", ""},
		{"quoted-printable of 1 MiB",
			typed("Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: quoted-printable",
				fill("=\r\n", big)), "larger than 256 KiB", ""},
		{"quoted-printable in one line",
			typed("Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: quoted-printable",
				fill("=41", 700<<10)), "cannot be decoded", ""},
		{"unknown encoding", typed("Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: gzip", "x"),
			"not known", ""},
		{"unknown charset", strings.Replace(event("UID:x\r\n"), "method=REPLY", "charset=x-none; method=REPLY", 1), "",
			inbound.KindReply},
		{"UTF-16", typed("Content-Type: text/calendar; charset=utf-16le; method=REPLY", fill("\x80\x80", 250<<10)),
			"larger than 256 KiB", ""},
		{"many calendar parts",
			typed("Content-Type: multipart/mixed; boundary=b",
				strings.Repeat("--b\r\nContent-Type: text/calendar\r\n\r\n"+fill("A:\r\n", 50<<10)+"\r\n", 20)), lines,
			""},
	}
}

// Costly messages end quickly with an error or a kind. The test counts octets read,
// parts and memory. Not parallel, because it measures memory.
func TestInboundBombs(t *testing.T) {
	for _, b := range bombs() {
		if len(b.message) > 1<<20 {
			t.Fatalf("%s: has %d octets", b.name, len(b.message))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		in, err := inbound.Read(strings.NewReader(b.message), inbound.Options{AuthServID: ours})
		runtime.ReadMemStats(&after)
		switch {
		case b.says == "" && (err != nil || in.Kind != b.kind):
			t.Errorf("%s: %s (%s), %v", b.name, in.Kind, in.Reason, err)
		case b.says != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), b.says) || in.Kind != ""):
			t.Errorf("%s: %s, %v", b.name, in.Kind, err)
		}
		if in.Parts > 21 || len(in.Bounce.Recipients) > 20 {
			t.Errorf("%s: %d parts, %d recipients", b.name, in.Parts, len(in.Bounce.Recipients))
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > mostMemory {
			t.Errorf("%s: took %d MiB", b.name, took>>20)
		}
	}
}

// A mail of 20 MB is refused after its first MiB.
func TestInboundTooLarge(t *testing.T) {
	t.Parallel()
	source := &counted{Reader: strings.NewReader(answer{}.mail() + strings.Repeat("x", 20<<20))}
	_, err := inbound.Read(source, inbound.Options{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("%v", err)
	}
	if source.octets != 1<<20+1 {
		t.Errorf("%d octets were read", source.octets)
	}
}

// counted counts what is read.
type counted struct {
	io.Reader
	octets int
}

// Read reads and counts.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.octets += n
	return n, err
}
