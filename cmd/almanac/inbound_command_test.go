package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// ask gives the first column of what a query finds on the counter's database.
func (c counter) ask(query string) []string {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.folder, "almanac.db"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(c.t.Context(), query)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			c.t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return all
}

// answerMail is what a calendar program sends: PARTSTAT of pat@example.net.
func answerMail(server, uid, partstat, stamp string) string {
	return strings.Join([]string{
		"Authentication-Results: " + server + "; dmarc=pass header.from=example.net",
		"From: Pat Canary <pat@example.net>", "To: appointments@example.org", "Subject: Accepted", "MIME-Version: 1.0",
		`Content-Type: text/calendar; charset=utf-8; method=REPLY`, "",
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//X//Y//EN", "METHOD:REPLY", "BEGIN:VEVENT",
		"UID:" + uid, "SEQUENCE:0",
		"DTSTAMP:" + stamp, "ATTENDEE;PARTSTAT=" + partstat + ":mailto:pat@example.net", "END:VEVENT",
		"END:VCALENDAR", "",
	}, "\r\n")
}

// nestedMail has multiparts so deep inside each other.
func nestedMail(deep int) string {
	body := "\r\nCanary"
	for i := range deep {
		body = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", i, i, body,
			i)
	}
	return "From: stranger@example.com\r\n" + body
}

// bounceOf is a delivery report about the mail with this Message-ID.
func bounceOf(id string) string {
	return strings.Join([]string{
		"Return-Path: <>", "From: MAILER-DAEMON@mx.example.net", "MIME-Version: 1.0",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "",
		"--b", "Content-Type: message/delivery-status", "",
		"Reporting-MTA: dns; mx.example.net", "", "Final-Recipient: rfc822; canary@example.net", "Action: failed",
		"Status: 5.1.1", "",
		"--b", "Content-Type: text/rfc822-headers", "", "Message-ID: <" + id + "@clinic.example>", "--b--", "",
	}, "\r\n")
}

func TestInboundCommand(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "enroll", "--cohort", c.open(), "--name", "Pat Canary", "--email", "pat@example.net",
		"--consent", "email")
	uid := c.ask("SELECT s.uid FROM seats s JOIN sessions x ON x.id = s.session ORDER BY x.start_at LIMIT 1")[0]
	const ours = "mx.clinic.example"
	stamp := func(second int) string { return fmt.Sprintf("20261201T1201%02dZ", second) }
	human := "From: stranger@example.com\r\nSubject: canary\r\n\r\nCanary words that nobody keeps.\r\n"
	for i, step := range []struct {
		mail   string
		code   int
		says   string // printed, or told as trouble
		intent string
		tasks  string
	}{
		{answerMail(ours, uid, "ACCEPTED", stamp(1)), 0, "The answer stands with appointment", "yes", "[]"},
		{answerMail(ours, uid, "ACCEPTED", stamp(1)), 0,
			"Nothing to do with this reply: it was taken before.", "yes", "[]"},
		{answerMail("mx.elsewhere.example", uid, "DECLINED", stamp(2)), 0, "they are asked, or staff are", "yes", "[]"},
		{answerMail(ours, "00000000-0000-4000-8000-000000000000", "ACCEPTED", stamp(3)), 0,
			"unknown appointment", "yes", "[]"},
		{strings.Replace(answerMail(ours, uid, "DECLINED", stamp(4)), "METHOD:REPLY", "METHOD:CANCEL", 1), 0,
			"Staff have a task about this reply", "yes", "[mail:unclear]"},
		{"Auto-Submitted: auto-replied\r\n" + human, 0, "Nothing to do with this automatic", "yes", "[mail:unclear]"},
		{human, 0, "Staff have a task about this other.", "yes", "[mail:unclear mail:written]"},
		{strings.Repeat("a", 2<<20), 0, "The message is larger than 1 MiB", "yes",
			"[mail:unclear mail:unreadable mail:written]"},
		{"Content-Type: multipart/mixed; boundary=b\r\n" + human + strings.Repeat("--b\r\n\r\nCanary\r\n", 10_000), 0,
			"more than 20 parts", "yes", "[mail:unclear mail:unreadable mail:written]"},
		{nestedMail(10), 0, "more than 8 deep", "yes", "[mail:unclear mail:unreadable mail:written]"},
		{bounceOf("n.00000000-0000-8000-8000-000000000000"), 0, "Nothing to do with this bounce: unknown mail.", "yes",
			"[mail:unclear mail:unreadable mail:written]"},
		{"", 0, "There is no message", "yes", "[mail:unclear mail:unreadable mail:written]"},
	} {
		code, out, trouble := c.run(step.mail, "inbound", "--inbound-auth", ours, "--log-level", "debug")
		if code != step.code || !strings.Contains(out+trouble, step.says) {
			t.Errorf("mail %d: exit %d, printed %q, trouble %q", i, code, out, trouble)
		}
		if strings.Contains(strings.ToLower(out+trouble), "canary") || strings.Contains(out+trouble, "example.net") {
			t.Errorf("mail %d: %q holds what is private", i, out+trouble)
		}
		if got := c.ask("SELECT intent FROM seats WHERE uid = '" + uid + "'")[0]; got != step.intent {
			t.Errorf("mail %d: the seat has %q, want %q", i, got, step.intent)
		}
		got := fmt.Sprint(c.ask("SELECT kind || ':' || about FROM tasks WHERE kind = 'mail' ORDER BY about"))
		if got != step.tasks {
			t.Errorf("mail %d: tasks are %s, want %s", i, got, step.tasks)
		}
	}
}

// A small oddity never costs the answer of a person whom we know, nor the words
// beside it; silence is for strangers.
func TestInboundTakesOddAnswers(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "enroll", "--cohort", c.open(), "--name", "Pat Canary", "--email", "Pat.Upper@example.net",
		"--consent", "email")
	uid := c.ask("SELECT s.uid FROM seats s JOIN sessions x ON x.id = s.session ORDER BY x.start_at LIMIT 1")[0]
	const ours = "mx.clinic.example"
	attendee := func(answer string) string { return "ATTENDEE;PARTSTAT=" + answer + ":mailto:pat@example.net" }
	odd := func(old, new string) func(string) string {
		return func(mail string) string { return strings.Replace(mail, old, new, 1) }
	}
	for i, change := range []func(string) string{
		odd("SEQUENCE:0", "SEQUENCE:1"),
		odd("SEQUENCE:0\r\n", ""),
		odd("SEQUENCE:0", "SEQUENCE:0.5"),
		odd("Z\r\nATTENDEE", "\r\nATTENDEE"),
		odd("DTSTAMP:", "X-STAMP:"),
		odd("DTSTAMP:", "DTSTAMP;VALUE=DATE-TIME:"),
		func(mail string) string {
			for _, answer := range []string{"ACCEPTED", "DECLINED"} {
				mail = strings.Replace(mail, attendee(answer), attendee(answer)+"\r\n"+attendee(answer), 1)
			}
			return mail
		},
		odd(":mailto:", `;X-RESPONSE-COMMENT="I am "ten" minutes: late":mailto:`),
		odd("END:VEVENT", "no line at all\r\nEND:VEVENT"),
		odd("From:", "List-Id: <appointments.example.org>\r\nPrecedence: list\r\nFrom:"),
		odd("METHOD:REPLY\r\n", ""),
		odd("UID:"+uid, "UID:"+strings.ToUpper(uid)),
	} {
		answer, want := "ACCEPTED", "yes"
		if i%2 == 1 {
			answer, want = "DECLINED", "no"
		}
		mail := change(answerMail(ours, uid, answer, fmt.Sprintf("20261201T1201%02dZ", min(i, 59))))
		mail = strings.ReplaceAll(mail, "pat@example.net", "pat.upper@example.net")
		code, out, trouble := c.run(mail, "inbound", "--inbound-auth", ours)
		if got := c.ask("SELECT intent FROM seats WHERE uid = '" + uid + "'")[0]; code != 0 || got != want {
			t.Errorf("answer %d: exit %d, %q, %q; the seat has %q, want %q", i, code, out, trouble, got, want)
		}
	}
	tasks := fmt.Sprint(c.ask("SELECT kind || ':' || about FROM tasks WHERE kind = 'mail'"))
	if tasks != "[mail:comment]" {
		t.Errorf("tasks are %s", tasks)
	}
}

// A mail that cannot be handled now comes again: EX_TEMPFAIL.
func TestInboundAsksForTheMailAgain(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.open()
	for _, mail := range []string{answerMail("mx.clinic.example", "none", "DECLINED", "20261201T120100Z"),
		strings.Repeat("a", 2<<20)} {
		code, out, trouble := c.run(mail, "inbound", "--database-url",
			"postgres://nobody@127.0.0.1:1/none?connect_timeout=1")
		if code != exitAgain || out != "" {
			t.Errorf("exit %d, printed %q, trouble %q", code, out, trouble)
		}
	}
	if code, _, _ := c.run("x", "inbound", "--inbound-auth", "two words"); code != exitBadConfig {
		t.Errorf("bad configuration: exit %d", code)
	}
}

// Without the name of our mail server nobody's word counts.
func TestInboundBelievesNobodyAtFirst(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.prints("", "enroll", "--cohort", c.open(), "--name", "Pat Canary", "--email", "pat@example.net",
		"--consent", "email")
	uid := c.ask("SELECT uid FROM seats LIMIT 1")[0]
	if out := c.prints(answerMail("mx.clinic.example", uid, "DECLINED", "20261201T120100Z"),
		"inbound"); !strings.Contains(out, "they are asked, or staff are") {
		t.Errorf("printed %q", out)
	}
	code, _, trouble := c.run("", "inbound", "--inbound-auth", "two words")
	if code != exitBadConfig || !strings.Contains(trouble, "inbound-auth must be the bare name") {
		t.Errorf("exit %d, %q", code, trouble)
	}
}

// A storm of answers about appointments that do not exist shows in the log and as
// one task; nothing of them is kept.
func TestInboundCountsStrays(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.open()
	for i := range 22 {
		uid := fmt.Sprintf("6f1c2b0e-8d7a-4c55-9b1e-%012d", i)
		code, out, trouble := c.run(answerMail("mx.clinic.example", uid, "DECLINED", "20261201T120100Z"), "inbound")
		if code != 0 || !strings.Contains(out, "unknown appointment") ||
			strings.Contains(trouble, "many answers about unknown appointments") != (i == 20) {
			t.Errorf("answer %d: exit %d, printed %q, trouble %q", i+1, code, out, trouble)
		}
	}
	tasks := fmt.Sprint(c.ask("SELECT kind || ':' || about FROM tasks WHERE about <> 'role'"))
	if tasks != "[mail:strays]" {
		t.Errorf("tasks are %s", tasks)
	}
	if kept := fmt.Sprint(c.ask("SELECT day || ' ' || answers FROM strays")); kept != "[2026-12-01 22]" {
		t.Errorf("kept are %s", kept)
	}
	if code, _, trouble := c.run(answerMail("mx.clinic.example", "none", "DECLINED", "20261201T120100Z"), "inbound",
		"--clinic", "Elsewhere"); code != exitFailed {
		t.Errorf("for an unknown clinic: exit %d, %q", code, trouble)
	}
}
