package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
	"golang.org/x/time/rate"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// Take takes one message (RFC 5322). After an error the message comes again. Nothing may be kept of message after the
// return. It must be safe for concurrent use, and take a message that comes twice once.
type Take func(ctx context.Context, message io.Reader) error

// Limits of the listener. Only mail servers of our own connect, so they are wide.
const (
	mostOctets      = 64 << 20 // of a message; a Take reads less, but its senders must not wait for a report
	mostRecipients  = 20
	mostConnections = 20
	mostEachSecond  = 50 // messages
	mostAtOnce      = 500
	listenTimeout   = time.Minute      // for one line, and for the data to go on
	takeTimeout     = 30 * time.Second // for one message
)

// Listen says where a Listener listens, and to whom. See ParseListen.
type Listen struct {
	Protocol string         // lmtp or smtp
	Address  string         // host:port; port 0 picks a free one
	From     []netip.Prefix // networks that may connect; nil: this machine
	Clinic   string         // whose mailbox it is; empty: the only clinic's
}

// ParseListen reads lmtp://HOST:PORT or smtp://HOST:PORT, with from=NETWORK,NETWORK and clinic=NAME. It fails with
// Invalid. Nobody else's mail servers may connect: what they claim to have found out about a sender counts.
func ParseListen(value string) (Listen, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "lmtp" && u.Scheme != "smtp" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return Listen{}, fault.New(fault.Invalid, "must be lmtp://HOST:PORT or smtp://HOST:PORT")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || strings.ContainsAny(u.Hostname(), " @") {
		return Listen{}, fault.New(fault.Invalid, "must say HOST:PORT, such as lmtp://127.0.0.1:2424")
	}
	l := Listen{Protocol: u.Scheme, Address: net.JoinHostPort(u.Hostname(), strconv.FormatUint(port, 10))}
	for name, values := range u.Query() {
		switch name {
		case "clinic":
			l.Clinic = values[0]
		case "from":
			for word := range strings.SplitSeq(values[0], ",") {
				network, err := netip.ParsePrefix(word)
				if alone, also := netip.ParseAddr(word); err != nil && also == nil {
					network, err = netip.PrefixFrom(alone, alone.BitLen()), nil
				}
				if err != nil || network.Bits() == 0 {
					return Listen{}, fault.New(fault.Invalid,
						"must name the networks of your own mail servers in from, such as from=10.0.0.0/8")
				}
				l.From = append(l.From, network.Masked())
			}
		default:
			return Listen{}, fault.New(fault.Invalid, "knows from and clinic, and not %q", name)
		}
	}
	return l, nil
}

// allows tells whether this peer may connect.
func (l Listen) allows(peer net.Addr) bool {
	at, err := netip.ParseAddrPort(peer.String())
	if err != nil {
		return false
	}
	address := at.Addr().Unmap()
	if l.From == nil {
		return address.IsLoopback()
	}
	return slices.ContainsFunc(l.From, func(p netip.Prefix) bool { return p.Contains(address) })
}

// ListenerOptions are what a Listener needs. All are required.
type ListenerOptions struct {
	Listen
	Mailbox string // the bare address that mail comes to; b and b+ANYTHING at its domain count, too
	Take    Take
	Log     *slog.Logger
}

// Listener is a mail server for one mailbox. Use NewListener.
type Listener struct {
	o      ListenerOptions
	server *smtp.Server
	pace   *rate.Limiter
	stop   context.CancelFunc
	taking context.Context // ends when the listener is closed
}

// NewListener makes a listener; Serve starts it.
func NewListener(o ListenerOptions) *Listener {
	l := &Listener{o: o, pace: rate.NewLimiter(mostEachSecond, mostAtOnce)}
	l.server = smtp.NewServer(smtp.BackendFunc(l.session))
	l.server.LMTP, l.server.Domain = o.Protocol == "lmtp", scheduler.ASCIIDomain(scheduler.DomainOf(o.Mailbox))
	l.server.MaxMessageBytes, l.server.MaxRecipients = mostOctets, mostRecipients
	l.server.ReadTimeout, l.server.WriteTimeout = listenTimeout, listenTimeout
	l.server.EnableSMTPUTF8 = true
	l.server.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)
	return l
}

// Serve takes mail until Close. Messages that are being taken then end with the context.
func (l *Listener) Serve(ctx context.Context, on net.Listener) error {
	l.taking, l.stop = context.WithCancel(ctx)
	return l.server.Serve(netutil.LimitListener(on, mostConnections))
}

// Close ends all connections. A message that was not answered comes again.
func (l *Listener) Close() error {
	if l.stop != nil {
		l.stop()
	}
	if err := l.server.Close(); !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

func (l *Listener) session(c *smtp.Conn) (smtp.Session, error) {
	if !l.o.allows(c.Conn().RemoteAddr()) {
		return nil, &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Not for you"}
	}
	return &session{l: l}, nil
}

// session is one connection.
type session struct {
	l  *Listener
	to string // the recipient that says most: with the mail that a bounce is about, if there is one
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.l.pace.Allow() {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 0},
			Message: "Too many messages at once; try again later"}
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !ours(s.l.o.Mailbox, to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
	}
	if s.to == "" || strings.Contains(to, "+") {
		s.to = to
	}
	return nil
}

// Data takes the message with the field that a delivery adds (RFC 9228), by which a bounce without a copy is known.
func (s *session) Data(r io.Reader) error {
	ctx, done := context.WithTimeout(s.l.taking, takeTimeout)
	defer done()
	err := s.l.o.Take(ctx, io.MultiReader(strings.NewReader("Delivered-To: "+s.to+"\r\n"), r))
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if known := (*smtp.SMTPError)(nil); err == nil || errors.As(err, &known) {
		return err
	}
	s.l.o.Log.Warn("mail that came in was not taken; its server tries again", slog.Any("error", err))
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
}

func (s *session) Reset() { s.to = "" }

func (s *session) Logout() error { return nil }

// ours tells whether a recipient is the mailbox, or the address for what comes back at its domain.
func ours(mailbox, to string) bool {
	if scheduler.SameAddress(mailbox, to) {
		return true
	}
	local, domain, _ := strings.Cut(to, "@")
	local = strings.ToLower(local)
	return (local == "b" || strings.HasPrefix(local, "b+")) &&
		scheduler.ASCIIDomain(domain) == scheduler.ASCIIDomain(scheduler.DomainOf(mailbox)) &&
		!strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == 0x7F })
}

// String names the listener without what it was given.
func (l *Listener) String() string { return fmt.Sprintf("listener of %s", l.o.Protocol) }
