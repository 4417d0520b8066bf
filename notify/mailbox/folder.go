package mailbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Limits and times of a folder.
const (
	mostFetched    = 1<<20 + 1 // octets of a message: one more than a Take reads, so that it sees that there is more
	moveTogether   = 50
	connectTimeout = 30 * time.Second
	stallTimeout   = 2 * time.Minute  // for one answer of the server; longer, the connection is given up
	asideFor       = 10 * time.Minute // until a message that could not be taken for a reason of its own is tried again
	mostAside      = 5                // in a row: then the reason is not the message's own
	retryFirst     = 5 * time.Second
	retryLongest   = 5 * time.Minute
)

// FolderOptions are what a Folder needs.
type FolderOptions struct {
	Inbox
	Take Take
	Now  func() time.Time
	Log  *slog.Logger
	TLS  *tls.Config // nil: the authorities of this machine
}

// Folder takes the mail of one folder on an IMAP server and moves what it took to another one. It keeps nothing about
// the folder between two connections: what lies in it is to be taken, whatever its number (UIDVALIDITY, RFC 9051
// §2.3.1.1). Use NewFolder.
type Folder struct {
	o FolderOptions

	mu      sync.Mutex
	trouble string // empty: none
	since   time.Time
	aside   map[imap.UID]time.Time // when to try again
	valid   uint32                 // UIDVALIDITY of the numbers in aside
}

// NewFolder makes a folder; Run works on it.
func NewFolder(o FolderOptions) *Folder { return &Folder{o: o, aside: map[imap.UID]time.Time{}} }

// Run takes mail until the context ends; after a failure it connects again, a little later each time. Only one Run at a
// time; those of several processes may work on the same folder.
func (f *Folder) Run(ctx context.Context) {
	for pause := retryFirst; ctx.Err() == nil; pause = min(2*pause, retryLongest) {
		began := f.o.Now()
		err := f.connected(ctx, func(c *connection) error {
			pause = retryFirst
			for {
				if err := f.round(ctx, c); err != nil {
					return err
				}
				f.note(nil)
				if err := f.await(ctx, c); err != nil {
					return err
				}
			}
		})
		if ctx.Err() != nil {
			return
		}
		f.note(err)
		if f.o.Now().Sub(began) > retryLongest {
			pause = retryFirst
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Check signs in and opens the folder.
func (f *Folder) Check(ctx context.Context) error {
	return f.connected(ctx, func(*connection) error { return nil })
}

// Status returns the part "inbound-imap" for readiness.
func (f *Folder) Status() reads.Part {
	f.mu.Lock()
	defer f.mu.Unlock()
	part := reads.Part{Name: "inbound-imap", State: reads.OK}
	switch {
	case f.trouble != "":
		part.State, part.Message = reads.Degraded, fmt.Sprintf("Mail that comes in waits in its folder: %s. Since %s.",
			strings.TrimSuffix(f.trouble, "."), f.since.UTC().Format(time.RFC3339))
	case len(f.aside) > 0:
		part.State, part.Message = reads.Degraded,
			fmt.Sprintf("%d messages in the folder could not be taken; the log says why. They are tried again.",
				len(f.aside))
	}
	return part
}

// note remembers a failure, and logs when trouble begins and ends.
func (f *Folder) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil && f.trouble != "":
		f.o.Log.Info("part well again", slog.String("part", "inbound-imap"))
		f.trouble = ""
	case err != nil && f.trouble == "":
		f.trouble, f.since = said(err), f.o.Now()
		f.o.Log.Warn("part degraded", slog.String("part", "inbound-imap"), slog.String("trouble", f.trouble))
	case err != nil:
		f.trouble = said(err)
	}
}

// said is an error without words of the server, which may hold the address.
func said(err error) string {
	var refused *imap.Error
	if errors.As(err, &refused) {
		var at *stageError
		if errors.As(err, &at) {
			return fmt.Sprintf("%s: the server refused with %s %s", at.stage, refused.Type, refused.Code)
		}
		return "the server refused"
	}
	return err.Error()
}

// stageError says what was being done.
type stageError struct {
	stage string
	err   error
}

func (e *stageError) Error() string { return e.stage + ": " + e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

func at(stage string, err error) error {
	if err == nil {
		return nil
	}
	return &stageError{stage, err}
}

// connection is a signed-in client with the folder open.
type connection struct {
	*imapclient.Client
	news  chan struct{} // filled when the server says that the number of messages changed
	stall *time.Timer   // ends the connection
}

// connected connects and does over the connection what over says.
func (f *Folder) connected(ctx context.Context, do func(*connection) error) error {
	conn, err := f.dial(ctx)
	if err != nil {
		return at("connecting", err)
	}
	return f.over(ctx, conn, do)
}

// over signs in, opens the folder and calls do. The connection ends with it and with the context.
func (f *Folder) over(ctx context.Context, conn net.Conn, do func(*connection) error) (err error) {
	c := &connection{news: make(chan struct{}, 1)}
	options := &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				select {
				case c.news <- struct{}{}:
				default:
				}
			}
		}}}
	ended := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer ended()
	c.stall = time.AfterFunc(stallTimeout, func() { _ = conn.Close() })
	defer c.stall.Stop()
	if f.o.Inbox.TLS == "starttls" {
		options.TLSConfig = f.tls()
		c.Client, err = imapclient.NewStartTLS(conn, options)
	} else {
		c.Client = imapclient.New(conn, options)
	}
	if err != nil {
		return at("encrypting", err)
	}
	defer func() { _ = c.Close() }()
	if err := at("signing in", c.Login(f.o.User, f.o.Password).Wait()); err != nil {
		return err
	}
	opened, err := c.Select(f.o.Folder, nil).Wait()
	if err != nil {
		return at("opening the folder", err)
	}
	f.mu.Lock()
	if f.valid != opened.UIDValidity {
		clear(f.aside)
		f.valid = opened.UIDValidity
	}
	f.mu.Unlock()
	return do(c)
}

func (f *Folder) dial(ctx context.Context) (net.Conn, error) {
	ctx, done := context.WithTimeout(ctx, connectTimeout)
	defer done()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", f.o.Address)
	if err != nil || f.o.Inbox.TLS != "tls" {
		return conn, err
	}
	secure := tls.Client(conn, f.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

func (f *Folder) tls() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.o.TLS != nil {
		config = f.o.TLS.Clone()
	}
	config.ServerName, _, _ = net.SplitHostPort(f.o.Address)
	return config
}

// round takes everything that lies in the folder, oldest first. What was taken is moved some at a time, also when the
// next message fails: until it is moved, it may come again.
func (f *Folder) round(ctx context.Context, c *connection) error {
	select {
	case <-c.news: // what came up to here is found now
	default:
	}
	c.stall.Reset(stallTimeout)
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return at("looking into the folder", err)
	}
	var taken imap.UIDSet
	n, inRow := 0, 0
	for _, uid := range found.AllUIDs() {
		if f.isAside(uid) {
			continue
		}
		ok, failure := f.takeOne(ctx, c, uid)
		if ok {
			taken.AddNum(uid)
			n, inRow = n+1, 0
		} else if inRow++; failure == nil && inRow == mostAside {
			failure = errors.New("several messages in a row cannot be taken; the log says why")
		}
		if n > 0 && (n == moveTogether || failure != nil) {
			if err := f.move(c, taken); err != nil {
				return errors.Join(failure, err)
			}
			taken, n = nil, 0
		}
		if failure != nil {
			return failure
		}
	}
	if n > 0 {
		return f.move(c, taken)
	}
	return nil
}

// isAside tells whether a message waits, because it could not be taken for a reason of its own.
func (f *Folder) isAside(uid imap.UID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	until, aside := f.aside[uid]
	if aside && !f.o.Now().Before(until) {
		delete(f.aside, uid)
		return false
	}
	return aside
}

// takeOne takes one message; one that is gone counts as taken. An error means that no other can be taken now either.
func (f *Folder) takeOne(ctx context.Context, c *connection, uid imap.UID) (taken bool, err error) {
	c.stall.Reset(stallTimeout)
	message, err := fetch(c, uid)
	if err != nil || message == nil {
		return err == nil, err
	}
	err = f.o.Take(ctx, bytes.NewReader(message))
	switch {
	case err == nil:
		return true, nil
	case ctx.Err() != nil, fault.Is(err, fault.Unavailable), fault.Is(err, fault.Stale):
		return false, at("taking a message", err)
	}
	f.o.Log.Warn("mail that came in was not taken; it stays in its folder", slog.Any("error", err))
	f.mu.Lock()
	f.aside[uid] = f.o.Now().Add(asideFor)
	f.mu.Unlock()
	return false, nil
}

// fetch reads a message, without marking it as seen; nil when it is not there any more. It fails when not all of it
// came.
func fetch(c *connection, uid imap.UID) (message []byte, err error) {
	body := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: mostFetched}}
	command := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true,
		BodySection: []*imap.FetchItemBodySection{body}})
	for data := command.Next(); data != nil; data = command.Next() {
		for item := data.Next(); item != nil; item = data.Next() {
			section, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || section.Literal == nil {
				continue
			}
			if message, err = readAll(section.Literal); err != nil {
				// The connection ends with this. Close would read on, and so would the client by itself.
				return nil, at("reading a message", err)
			}
		}
	}
	return message, at("reading a message", command.Close())
}

// readAll reads what the server announced, and keeps as much as a Take looks at. It reads up to the first end or error
// and not again, because from there on the client reads by itself.
func readAll(from imap.LiteralReader) ([]byte, error) {
	var message beginning
	n, err := io.Copy(&message, from)
	if err == nil && n != from.Size() {
		err = io.ErrUnexpectedEOF
	}
	return message, err
}

// beginning keeps the first mostFetched octets that are written to it.
type beginning []byte

func (b *beginning) Write(octets []byte) (int, error) {
	*b = append(*b, octets[:min(len(octets), mostFetched-len(*b))]...)
	return len(octets), nil
}

// move moves messages to the other folder, which it makes when it is not there. A server without MOVE (RFC 6851) gets
// its steps one after another, so that nothing is deleted that was not copied; without UIDPLUS (RFC 4315) they
// stay marked as deleted, because an EXPUNGE would take other people's messages along.
func (f *Folder) move(c *connection, set imap.UIDSet) error {
	c.stall.Reset(stallTimeout)
	err := f.moveTo(c, set)
	var refused *imap.Error
	if errors.As(err, &refused) {
		_ = c.Create(f.o.Taken, nil).Wait() // one that exists refuses; then the move says what is wrong
		err = f.moveTo(c, set)
	}
	return at("moving what was taken to the folder "+f.o.Taken, err)
}

func (f *Folder) moveTo(c *connection, set imap.UIDSet) error {
	if c.Caps().Has(imap.CapMove) {
		_, err := c.Move(set, f.o.Taken).Wait()
		return err
	}
	if _, err := c.Copy(set, f.o.Taken).Wait(); err != nil {
		return err
	}
	deleted := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := c.Store(set, deleted, nil).Close(); err != nil {
		return err
	}
	if c.Caps().Has(imap.CapUIDPlus) {
		return c.UIDExpunge(set).Close()
	}
	return nil
}

// await waits until the server says that something came, or for the time of a poll.
func (f *Folder) await(ctx context.Context, c *connection) error {
	c.stall.Reset(f.o.Poll + stallTimeout)
	timer := time.NewTimer(f.o.Poll)
	defer timer.Stop()
	var idle *imapclient.IdleCommand
	var err error
	if c.Caps().Has(imap.CapIdle) {
		if idle, err = c.Idle(); err != nil {
			return at("waiting for mail", err)
		}
	}
	select {
	case <-c.news:
	case <-timer.C:
	case <-ctx.Done():
	case <-c.Closed():
	}
	if idle == nil {
		return at("waiting for mail", c.Noop().Wait())
	}
	return at("waiting for mail", errors.Join(idle.Close(), idle.Wait()))
}
