package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"time"

	"almanac/scheduler/crashpoint"
	"almanac/scheduler/reads"
)

// Times of the SMTP channel; they are elapsed time.
const (
	attemptTimeout = 30 * time.Second // for one Send, connecting included
	connectTimeout = 10 * time.Second // for connecting, TLS and login
	idleTimeout    = 30 * time.Second // an unused connection is closed then
)

// maxPerConnection is how many messages leave over one connection; some
// servers break it after a hundred.
const maxPerConnection = 100

// SMTPOptions says how to speak to a mail server.
type SMTPOptions struct {
	// Hello is the name given in EHLO; empty means localhost. It should say
	// nothing: the domain of the sender is fine, the machine's name is not.
	Hello string
	// Roots are the certificates to trust; nil means the system's.
	Roots *x509.CertPool
	// Idle is how many unused connections are kept; 0 means 20.
	Idle int
}

// SMTP is a channel to one mail server (RFC 5321). It keeps connections and uses
// them again. Use NewSMTP.
type SMTP struct {
	server  smtpServer
	options SMTPOptions

	mu     sync.Mutex
	idle   []*smtpLine // the last used one at the end
	closed bool
}

// NewSMTP makes a channel to the mail server that address names:
// smtp://USER:PASSWORD@HOST:PORT?tls=none|starttls|tls. Without tls it means
// starttls, on the loopback none. The port defaults to 587 with starttls, 465
// with tls, 25 with none. It does not connect yet. Invalid (field "smtp-url") when the address cannot be
// understood; the sentence does not repeat it, because it may hold a password.
func NewSMTP(address string, options SMTPOptions) (*SMTP, error) {
	server, err := parseSMTP(address)
	if err != nil {
		return nil, err
	}
	if options.Hello == "" {
		options.Hello = "localhost"
	}
	if options.Idle <= 0 {
		options.Idle = 20
	}
	return &SMTP{server: server, options: options}, nil
}

// Send hands one message over, over a kept connection when there is one. When a
// kept connection turns out to be broken before the server has seen anything of
// the message, a new one is made within the same attempt.
func (s *SMTP) Send(ctx context.Context, m Message) Delivery {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	for {
		line, err := s.line(ctx)
		if err != nil {
			return wayDown(err)
		}
		used := line.sent > 0
		delivery, state := line.deliver(ctx, m)
		if state == lineStale && used && ctx.Err() == nil {
			line.drop()
			continue
		}
		if state == lineGood {
			s.keep(line)
		} else {
			line.drop()
		}
		return delivery
	}
}

// Check connects, or asks a kept connection whether it lives.
func (s *SMTP) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	for {
		line, err := s.line(ctx)
		if err != nil {
			return errors.New(wayDown(err).Trouble)
		}
		stop := line.guard(ctx)
		err = line.client.Noop()
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err == nil {
			line.sent = max(line.sent, 1)
			s.keep(line)
			return nil
		}
		line.drop()
		if line.sent == 0 {
			return errors.New(wayDown(&stepError{step: "greeting", cause: err}).Trouble)
		}
	}
}

// Close ends the unused connections; those in use end after their message.
func (s *SMTP) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, line := range idle {
		line.timer.Stop()
		line.leave()
	}
	return nil
}

// line gives a kept connection, or a new one.
func (s *SMTP) line(ctx context.Context) (*smtpLine, error) {
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		line := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		line.timer.Stop()
		return line, nil
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	crashpoint.Pass("before-connect")
	return s.server.connect(ctx, s.options)
}

// keep puts a connection back, unless there are enough or it has served long.
func (s *SMTP) keep(line *smtpLine) {
	s.mu.Lock()
	if s.closed || len(s.idle) >= s.options.Idle || line.sent >= maxPerConnection {
		s.mu.Unlock()
		line.leave()
		return
	}
	line.timer = time.AfterFunc(idleTimeout, func() { s.expire(line) })
	s.idle = append(s.idle, line)
	s.mu.Unlock()
}

// expire ends a connection that nobody has used for long.
func (s *SMTP) expire(line *smtpLine) {
	s.mu.Lock()
	for i, kept := range s.idle {
		if kept == line {
			s.idle = append(s.idle[:i], s.idle[i+1:]...)
			s.mu.Unlock()
			line.leave()
			return
		}
	}
	s.mu.Unlock()
}

// deliver speaks one mail transaction (RFC 5321 §3.3) and says in which state
// the connection is left. Fresh is asked right before DATA.
func (l *smtpLine) deliver(ctx context.Context, m Message) (Delivery, lineState) {
	stop := l.guard(ctx)
	defer stop()
	l.conn.left = maxReplies
	plain := ascii(m.From) && ascii(m.To)
	if able, _ := l.client.Extension("SMTPUTF8"); !plain && !able { // RFC 6531 §3.2
		return Delivery{Outcome: reads.Refused, Reply: "the mail server takes no addresses with letters beyond ASCII"}, lineGood
	}
	l.client.SkipSMTPUTF8(plain)
	if err := l.client.Mail("<" + m.From + ">"); err != nil {
		return l.refused(stepMail, err)
	}
	crashpoint.Pass("after-mail")
	if err := l.client.Rcpt("<" + m.To + ">"); err != nil {
		return l.refused(stepRcpt, err)
	}
	if !m.fresh() {
		return l.after(Delivery{Outcome: reads.Abandoned, Reply: "too long since the gate"})
	}
	if err := l.ask("DATA\r\n"); err != nil {
		return l.refused(stepData, err)
	}
	if _, _, err := l.client.Text.ReadResponse(354); err != nil {
		return l.refused(stepData, err)
	}
	return l.content(m)
}

// content sends the message itself, once the server has asked for it.
func (l *smtpLine) content(m Message) (Delivery, lineState) {
	l.sent++
	if err := l.ask(stuffed(m.Data)); err != nil {
		return l.refused(stepEnd, err)
	}
	crashpoint.Pass("after-data")
	_, answer, err := l.client.Text.ReadResponse(250)
	if err != nil {
		return l.refused(stepEnd, err)
	}
	if l.conn.left <= 0 { // the reply was cut off
		return l.refused(stepEnd, errChatter)
	}
	crashpoint.Pass("after-250")
	return Delivery{Outcome: reads.Sent, Reply: clip("250 " + answer)}, lineGood
}

// refused turns an error into what became of the message.
func (l *smtpLine) refused(step smtpStep, err error) (Delivery, lineState) {
	delivery, broken := judgeReply(step, err)
	switch {
	case broken && step == stepMail:
		return delivery, lineStale
	case broken || step == stepEnd && delivery.Trouble != "":
		return delivery, lineBroken
	}
	return l.after(delivery)
}

// after clears the transaction, so that the next message can follow.
func (l *smtpLine) after(delivery Delivery) (Delivery, lineState) {
	l.sent++
	if err := l.client.Reset(); err != nil {
		return delivery, lineBroken
	}
	return delivery, lineGood
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

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

var _ Channel = (*SMTP)(nil)
