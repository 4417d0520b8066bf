package notify

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

// smtpStep is where in a mail transaction the server answered.
type smtpStep string

const (
	stepMail smtpStep = "MAIL"
	stepRcpt smtpStep = "RCPT"
	stepData smtpStep = "DATA"
	stepEnd  smtpStep = "end of data"
)

// judgeReply turns the error of one step into what became of the message and
// tells whether the connection is of no more use.
//
//	no reply (timeout, drop), 421      Retry    the way is down
//	neither 4xx nor 5xx                Retry    nonsense: the way is down
//	4xx                                Retry    try this message later
//	530, 534, 535, 538                 Retry    we must log in otherwise: the way is down
//	5xx to MAIL                        Retry    it is our sender that is refused, nobody's address
//	5xx to RCPT                        Refused  and the address is bad when the reply says so
//	5xx to DATA or after it            Refused
func judgeReply(step smtpStep, err error) (d Delivery, broken bool) {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return Delivery{Outcome: reads.Retry, Reply: clip(err.Error()), Trouble: string(step) + ": " + plainly(err)}, true
	}
	d = Delivery{Outcome: reads.Retry, Reply: clip(fmt.Sprintf("%d %s", reply.Code, reply.Msg))}
	switch code := reply.Code; {
	case code == 421, code < 400, code > 599: // RFC 5321 §4.2.1 knows no others that refuse
		d.Trouble = fmt.Sprintf("%s: code %d", step, code)
		return d, true
	case code < 500:
	case code == 530 || code == 534 || code == 535 || code == 538, step == stepMail:
		d.Trouble = fmt.Sprintf("%s: code %d", step, code)
	default:
		d.Outcome = reads.Refused
		d.AddressBad = step == stepRcpt && addressBad(code, reply.Msg)
	}
	return d, false
}

// enhanced is an enhanced status code at the start of a reply (RFC 2034 §4).
var enhanced = regexp.MustCompile(`^5\.(\d{1,3})\.(\d{1,3})\b`)

// addressBad tells whether a refusal of the recipient says that there is no such
// address: status 5.1.0 to 5.1.6 and 5.1.10 (RFC 3463 §3.2, RFC 7505 §4.2), and
// without a status the codes 550, 551 and 553 (RFC 5321 §4.2.3).
func addressBad(code int, text string) bool {
	if status := enhanced.FindStringSubmatch(text); status != nil {
		return status[1] == "1" && status[2] != "7" && status[2] != "8" && status[2] != "9"
	}
	return code == 550 || code == 551 || code == 553
}

// wayDown is a delivery that did not come as far as the message.
func wayDown(err error) Delivery {
	step := "connecting"
	var at *stepError
	if errors.As(err, &at) {
		step = at.step
	}
	return Delivery{Outcome: reads.Retry, Reply: clip(err.Error()), Trouble: step + ": " + plainly(err)}
}

// plainly says what kind of error this is, in words that can hold no address.
func plainly(err error) string {
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
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, net.ErrClosed):
		return "no answer in time, or stopped"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke"
	case errors.Is(err, errChatter):
		return errChatter.Error()
	}
	var at *stepError
	if errors.As(err, &at) && at.step != "greeting" {
		return at.cause.Error() // TLS and login speak of the server only
	}
	return "the server could not be understood"
}
