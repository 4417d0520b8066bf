package notify

import (
	"errors"
	"net/textproto"
	"strings"

	"almanac/scheduler/reads"
)

// pipelined asks for everything up to the message at once (RFC 2920), where the
// server offers that: two turns instead of four. Nothing of the message leaves
// before the server has taken sender and recipient, and nothing of it when that
// took so long that the gate's word is no longer fresh.
func (l *smtpLine) pipelined(m Message, plain bool) (Delivery, lineState) {
	if !m.fresh() {
		return Delivery{Outcome: reads.Abandoned, Reply: "too long since the gate"}, lineGood
	}
	var b strings.Builder
	b.WriteString("MAIL FROM:<" + m.From + ">")
	if able, _ := l.client.Extension("8BITMIME"); able {
		b.WriteString(" BODY=8BITMIME")
	}
	if !plain {
		b.WriteString(" SMTPUTF8")
	}
	b.WriteString("\r\nRCPT TO:<" + m.To + ">\r\nDATA\r\n")
	if err := l.ask(b.String()); err != nil {
		return l.refused(stepMail, err)
	}
	_, _, mail := l.client.Text.ReadResponse(250)
	if lost(mail) {
		return l.refused(stepMail, mail)
	}
	crashpoint("after-mail")
	_, _, rcpt := l.client.Text.ReadResponse(25)
	if mail == nil && lost(rcpt) {
		return l.refused(stepRcpt, rcpt)
	}
	_, _, data := l.client.Text.ReadResponse(354)
	switch {
	case mail != nil:
		return l.takenBack(stepMail, mail, data)
	case rcpt != nil:
		return l.takenBack(stepRcpt, rcpt, data)
	case data != nil:
		return l.refused(stepData, data)
	case !m.fresh(): // the connection ends without the final dot: no message (RFC 5321 §4.1.1.4)
		return Delivery{Outcome: reads.Abandoned, Reply: "too long since the gate"}, lineBroken
	}
	return l.content(m)
}

// takenBack ends a transaction whose sender or recipient was refused. A server
// that asks for the message all the same gets a lone dot (RFC 2920 §3.1).
func (l *smtpLine) takenBack(step smtpStep, refusal, data error) (Delivery, lineState) {
	delivery, broken := judgeReply(step, refusal)
	if broken || lost(data) {
		return delivery, lineBroken
	}
	if data == nil {
		if err := l.ask(".\r\n"); err != nil {
			return delivery, lineBroken
		}
		if _, _, err := l.client.Text.ReadResponse(0); err != nil {
			return delivery, lineBroken
		}
	}
	return l.after(delivery)
}

// lost tells whether a failure is none that the server answered with, or the
// answer that it leaves (RFC 5321 §3.8).
func lost(err error) bool {
	var reply *textproto.Error
	return err != nil && (!errors.As(err, &reply) || reply.Code == 421)
}

// ask sends what is ready to be sent.
func (l *smtpLine) ask(text string) error {
	if _, err := l.client.Text.W.WriteString(text); err != nil {
		return err
	}
	return l.client.Text.W.Flush()
}

// stuffed is a message as it stands behind DATA: a line that begins with a dot
// gets another, and a lone dot ends it (RFC 5321 §4.5.2).
func stuffed(data []byte) string {
	text := string(data)
	if strings.HasPrefix(text, ".") {
		text = "." + text
	}
	if strings.Contains(text, "\r\n.") {
		text = strings.ReplaceAll(text, "\r\n.", "\r\n..")
	}
	if !strings.HasSuffix(text, "\r\n") {
		text += "\r\n"
	}
	return text + ".\r\n"
}
