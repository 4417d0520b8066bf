package notifytest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
)

// The limits of the sink: a command line may have 512 octets (RFC 5321
// §4.5.3.1.4; more with AUTH, RFC 4954 §4.1), a text line 1000 (§4.5.3.1.6).
const (
	maxCommand = 12288
	maxLine    = 1000
	maxMessage = 16 << 20
)

var (
	errTooLong = errors.New("line too long")
	errTooBig  = errors.New("message too big")
)

// conversation is the state of one connection.
type conversation struct {
	sink   *Sink
	conn   net.Conn
	in     *bufio.Reader
	secure bool
	hello  bool // EHLO or HELO came
	mail   bool // MAIL came
	now    Message
}

func newConversation(s *Sink, conn net.Conn) *conversation {
	_, secure := conn.(*tls.Conn)
	return &conversation{sink: s, conn: conn, in: bufio.NewReaderSize(conn, maxCommand), secure: secure}
}

// run answers commands until QUIT or until the connection ends.
func (c *conversation) run() {
	reply, goOn := c.sink.apply(c.conn, AtConnect, "")
	if !goOn {
		return
	}
	if reply != "" {
		c.write(reply)
		return
	}
	c.say(220, "sink.test ESMTP")
	for {
		line, err := c.line(maxCommand)
		if errors.Is(err, errTooLong) {
			c.say(500, "line too long")
			return
		}
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !c.obey(strings.ToUpper(verb), strings.TrimSpace(rest)) {
			return
		}
	}
}

// obey answers one command and tells whether the conversation continues.
func (c *conversation) obey(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		return c.stage(AtHello, "", func() bool { return c.greet(verb) })
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.stage(AtAuth, "", func() bool { return c.auth(rest) })
	case "MAIL":
		return c.stage(AtMail, "", func() bool { return c.from(rest) })
	case "RCPT":
		path, ok := pathOf(rest, "TO:")
		if !ok {
			return c.say(501, "RCPT TO:<address>")
		}
		return c.stage(AtRcpt, path, func() bool { return c.to(path) })
	case "DATA":
		return c.stage(AtData, "", c.data)
	case "RSET":
		c.reset()
		return c.say(250, "forgotten")
	case "NOOP":
		return c.say(250, "nothing done")
	case "QUIT":
		c.say(221, "bye")
		return false
	}
	return c.say(502, "not understood")
}

// stage applies a trouble, if there is one, and then runs the command unless the
// trouble prevents it.
func (c *conversation) stage(at Stage, recipient string, do func() bool) bool {
	reply, goOn := c.sink.apply(c.conn, at, recipient)
	if !goOn {
		return false
	}
	if reply != "" {
		return c.write(reply)
	}
	return do()
}

func (c *conversation) greet(verb string) bool {
	c.hello = true
	c.reset()
	if verb == "HELO" {
		return c.say(250, "sink.test")
	}
	lines := []string{"sink.test", "8BITMIME", fmt.Sprintf("SIZE %d", maxMessage)}
	if c.sink.options.TLS == TLSStart && !c.secure {
		lines = append(lines, "STARTTLS")
	} else if c.sink.options.User != "" {
		lines = append(lines, "AUTH PLAIN")
	}
	return c.say(250, lines...)
}

// startTLS implements RFC 3207: earlier state in the clear is discarded.
func (c *conversation) startTLS() bool {
	if c.sink.options.TLS != TLSStart || c.secure {
		return c.say(502, "not offered")
	}
	if c.in.Buffered() > 0 {
		return c.say(501, "nothing may follow STARTTLS in the same packet") // command injection
	}
	if !c.say(220, "go ahead") {
		return false
	}
	encrypted := tls.Server(c.conn, c.sink.cert.config)
	if err := encrypted.Handshake(); err != nil {
		return false
	}
	*c = *newConversation(c.sink, encrypted)
	return true
}

// auth implements AUTH PLAIN (RFC 4616), with or without an initial response.
func (c *conversation) auth(rest string) bool {
	mechanism, response, _ := strings.Cut(rest, " ")
	if c.sink.options.User == "" || !strings.EqualFold(mechanism, "PLAIN") {
		return c.say(504, "not offered")
	}
	if response == "" {
		c.say(334, "")
		line, err := c.line(maxCommand)
		if err != nil {
			return false
		}
		response = line
	}
	plain, err := base64.StdEncoding.DecodeString(response)
	parts := strings.Split(string(plain), "\x00")
	if err != nil || len(parts) != 3 || parts[1] != c.sink.options.User || parts[2] != c.sink.options.Password {
		return c.say(535, "wrong user or password")
	}
	c.now.User = parts[1]
	return c.say(235, "welcome")
}

func (c *conversation) from(rest string) bool {
	path, ok := pathOf(rest, "FROM:")
	switch {
	case !c.hello:
		return c.say(503, "EHLO first")
	case !ok:
		return c.say(501, "MAIL FROM:<address>")
	case c.sink.options.TLS == TLSStart && !c.secure:
		return c.say(530, "STARTTLS first")
	case c.sink.options.User != "" && c.now.User == "":
		return c.say(530, "AUTH first")
	case c.mail:
		return c.say(503, "one MAIL at a time")
	}
	c.mail, c.now.From = true, path
	return c.say(250, "sender noted")
}

func (c *conversation) to(path string) bool {
	if !c.mail {
		return c.say(503, "MAIL first")
	}
	c.now.To = append(c.now.To, path)
	return c.say(250, "recipient noted")
}

func (c *conversation) data() bool {
	if len(c.now.To) == 0 {
		return c.say(503, "RCPT first")
	}
	if !c.say(354, "end with a dot on a line of its own") {
		return false
	}
	body, err := c.body()
	if errors.Is(err, errTooLong) || errors.Is(err, errTooBig) {
		c.say(552, err.Error())
		return false
	}
	if err != nil {
		return false
	}
	return c.stage(AtEnd, "", func() bool {
		m := c.now
		m.Data, m.TLS, m.To = body, c.secure, slices.Clone(m.To)
		c.sink.keep(m)
		c.reset()
		return c.stage(AtReply, "", func() bool { return c.say(250, "taken") })
	})
}

// body reads up to the line with a single dot and removes stuffed dots (RFC 5321
// §4.5.2).
func (c *conversation) body() ([]byte, error) {
	var body bytes.Buffer
	for {
		line, err := c.line(maxLine)
		if err != nil {
			return nil, err
		}
		if line == "." {
			return body.Bytes(), nil
		}
		if body.Len()+len(line) > maxMessage {
			return nil, errTooBig
		}
		body.WriteString(strings.TrimPrefix(line, "."))
		body.WriteString("\r\n")
	}
}

// line reads a line without its CRLF. A bare LF is an error of the client and closes
// the connection, so that no test passes with it (RFC 5321 §2.3.8).
func (c *conversation) line(most int) (string, error) {
	raw, err := c.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || len(raw) > most {
		return "", errTooLong
	}
	if err != nil {
		return "", fmt.Errorf("reading a line: %w", err)
	}
	text, found := strings.CutSuffix(string(raw), "\r\n")
	if !found {
		c.say(500, "lines end with CRLF")
		return "", io.ErrUnexpectedEOF
	}
	return text, nil
}

// say sends a reply with one line per text, and tells whether that succeeded.
func (c *conversation) say(code int, texts ...string) bool {
	var reply strings.Builder
	for i, text := range texts {
		mark := "-"
		if i == len(texts)-1 {
			mark = " "
		}
		fmt.Fprintf(&reply, "%d%s%s\r\n", code, mark, text)
	}
	return c.write(reply.String())
}

// write sends text unchanged and tells whether that succeeded.
func (c *conversation) write(text string) bool {
	_, err := io.WriteString(c.conn, text)
	return err == nil
}

// reset ends the transaction and keeps the login.
func (c *conversation) reset() {
	c.mail, c.now = false, Message{User: c.now.User}
}

// pathOf parses the address in "FROM:<a@b> SIZE=9"; the empty reverse path is legal.
func pathOf(rest, keyword string) (string, bool) {
	if len(rest) < len(keyword) || !strings.EqualFold(rest[:len(keyword)], keyword) {
		return "", false
	}
	path, found := strings.CutPrefix(strings.TrimSpace(rest[len(keyword):]), "<")
	if !found {
		return "", false
	}
	path, _, found = strings.Cut(path, ">")
	return path, found
}
