package smtp

import (
	"context"
	"strings"

	"almanac/scheduler/crashpoint"
	"almanac/scheduler/reads"
)

// state is how a mail transaction leaves its connection.
type state int

const (
	ready  state = iota // for the next message
	stale               // broken before the server read anything of the message
	broken              // must be closed
)

// send runs one mail transaction (RFC 5321 §3.3). It asks m.Fresh last, right
// before DATA.
func (c *conn) send(ctx context.Context, m Message) (Delivery, state) {
	stop := c.closeAfter(ctx)
	defer stop()
	c.raw.left = maxReplies
	plain := isASCII(m.From) && isASCII(m.To)
	if able, _ := c.client.Extension("SMTPUTF8"); !plain && !able { // RFC 6531 §3.2
		return Delivery{
			Outcome: reads.Refused, Reply: "the mail server takes no addresses with letters beyond ASCII",
		}, ready
	}
	c.client.SkipSMTPUTF8(plain)
	if err := c.client.Mail("<" + m.From + ">"); err != nil {
		return c.failed(stepMail, err)
	}
	crashpoint.Pass("after-mail")
	if err := c.client.Rcpt("<" + m.To + ">"); err != nil {
		return c.failed(stepRcpt, err)
	}
	if !m.MaySend() {
		return c.reset(Delivery{Outcome: reads.Abandoned, Reply: "too long since the gate"})
	}
	if err := c.write("DATA\r\n"); err != nil {
		return c.failed(stepData, err)
	}
	if _, _, err := c.client.Text.ReadResponse(354); err != nil {
		return c.failed(stepData, err)
	}
	return c.sendData(m)
}

// sendData sends the message itself, after the server's 354.
func (c *conn) sendData(m Message) (Delivery, state) {
	c.sent++
	if err := c.write(dotStuffed(m.Data)); err != nil {
		return c.failed(stepEnd, err)
	}
	crashpoint.Pass("after-data")
	_, reply, err := c.client.Text.ReadResponse(250)
	if err != nil {
		return c.failed(stepEnd, err)
	}
	if c.raw.left <= 0 { // the reply was cut off
		return c.failed(stepEnd, errReplyTooLong)
	}
	crashpoint.Pass("after-250")
	return Delivery{Outcome: reads.Sent, Reply: "250 " + reply}, ready
}

// failed turns the error of a step into a delivery, and resets the connection when
// it can still be used.
func (c *conn) failed(step step, err error) (Delivery, state) {
	delivery, unusable := classify(step, err)
	switch {
	case unusable && step == stepMail:
		return delivery, stale
	case unusable || step == stepEnd && delivery.Trouble != "":
		return delivery, broken
	}
	return c.reset(delivery)
}

// reset ends the transaction with RSET, so that the next message can follow.
func (c *conn) reset(delivery Delivery) (Delivery, state) {
	c.sent++
	if err := c.client.Reset(); err != nil {
		return delivery, broken
	}
	return delivery, ready
}

// write sends text and flushes the buffer.
func (c *conn) write(text string) error {
	if _, err := c.client.Text.W.WriteString(text); err != nil {
		return err
	}
	return c.client.Text.W.Flush()
}

// dotStuffed encodes a message for DATA (RFC 5321 §4.5.2): a leading dot is
// doubled, and a line with a single dot ends the message.
func dotStuffed(data []byte) string {
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

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) < 0
}
