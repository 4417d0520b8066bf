package smtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"syscall"

	"almanac/scheduler/reads"
)

// step is where in a mail transaction an error came.
type step string

const (
	stepMail step = "MAIL"
	stepRcpt step = "RCPT"
	stepData step = "DATA"
	stepEnd  step = "end of data"
)

// classify turns the error of one step into a delivery, and tells whether the
// connection can no longer be used.
//
//	no reply (timeout, drop), 421      Retry    the server is down
//	neither 4xx nor 5xx                Retry    not SMTP: the server is down
//	4xx                                Retry    this message, later
//	530, 534, 535, 538                 Retry    the login is wrong: the server is down for us
//	5xx to MAIL                        Retry    our sender is refused, not the recipient
//	5xx to RCPT                        Refused  and the address is bad when the reply says so
//	5xx to DATA or after it            Refused
func classify(at step, err error) (d Delivery, unusable bool) {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return Delivery{Outcome: reads.Retry, Reply: err.Error(), Trouble: string(at) + ": " + describe(err)}, true
	}
	d = Delivery{Outcome: reads.Retry, Reply: fmt.Sprintf("%d %s", reply.Code, reply.Msg)}
	switch code := reply.Code; {
	case code == 421, code < 400, code > 599: // RFC 5321 §4.2.1 has no other codes for errors
		d.Trouble = fmt.Sprintf("%s: code %d", at, code)
		return d, true
	case code < 500:
	case code == 530 || code == 534 || code == 535 || code == 538, at == stepMail:
		d.Trouble = fmt.Sprintf("%s: code %d", at, code)
	default:
		d.Outcome = reads.Refused
		d.AddressBad = at == stepRcpt && addressBad(code, reply.Msg)
	}
	return d, false
}

// enhanced is an enhanced status code at the start of a reply (RFC 2034 §4).
var enhanced = regexp.MustCompile(`^5\.(\d{1,3})\.(\d{1,3})\b`)

// addressBad tells whether a reply to RCPT means that the address does not exist:
// status 5.1.0 to 5.1.6 and 5.1.10 (RFC 3463 §3.2, RFC 7505 §4.2), and without a
// status the codes 550, 551 and 553 (RFC 5321 §4.2.3).
func addressBad(code int, text string) bool {
	if status := enhanced.FindStringSubmatch(text); status != nil {
		return status[1] == "1" && status[2] != "7" && status[2] != "8" && status[2] != "9"
	}
	return code == 550 || code == 551 || code == 553
}

// unreachable is the delivery of a message when connecting failed.
func unreachable(err error) Delivery {
	step := "connecting"
	var at *connectError
	if errors.As(err, &at) {
		step = at.step
	}
	return Delivery{Outcome: reads.Retry, Reply: err.Error(), Trouble: step + ": " + describe(err)}
}

// describe names the kind of an error in words that hold no address.
func describe(err error) string {
	var reply *textproto.Error
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &reply):
		return fmt.Sprintf("code %d", reply.Code)
	case errors.As(err, &name):
		return "the name of the server is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, net.ErrClosed):
		return "no answer in time, or stopped"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke"
	case errors.Is(err, errReplyTooLong):
		return errReplyTooLong.Error()
	}
	var at *connectError
	if errors.As(err, &at) && at.step != "greeting" {
		return at.cause.Error() // errors of TLS and login are about the server only
	}
	return "the server could not be understood"
}
