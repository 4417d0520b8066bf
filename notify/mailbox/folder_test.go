package mailbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"almanac/notify/mailbox"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// office is an IMAP server in memory with one account.
type office struct {
	t       *testing.T
	user    *imapmemserver.User
	address string
}

// newOffice starts a server that knows these capabilities beside the first ones.
func newOffice(t *testing.T, caps ...imap.Cap) *office {
	t.Helper()
	user := imapmemserver.NewUser("pat", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	all := imapmemserver.New()
	all.AddUser(user)
	known := imap.CapSet{imap.CapIMAP4rev1: {}}
	for _, c := range caps {
		known[c] = struct{}{}
	}
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return all.NewSession(), nil, nil
		},
		Caps: known, InsecureAuth: true,
	})
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(func() { _ = server.Close() })
	return &office{t: t, user: user, address: socket.Addr().String()}
}

func (o *office) put(message string) {
	o.t.Helper()
	if _, err := o.user.Append("INBOX", literal{strings.NewReader(message), int64(len(message))},
		&imap.AppendOptions{}); err != nil {
		o.t.Fatal(err)
	}
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// count is how many messages a folder has.
func (o *office) count(folder string) int {
	o.t.Helper()
	status, err := o.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		return 0
	}
	return int(*status.NumMessages)
}

// working runs a folder of the account until the test ends.
func working(t *testing.T, address string, p *pile, more string) *mailbox.Folder {
	t.Helper()
	inbox, err := mailbox.ParseInbox("imap://pat:secret@" + address + "/INBOX?tls=none&poll=5s" + more)
	if err != nil {
		t.Fatal(err)
	}
	f := mailbox.NewFolder(mailbox.FolderOptions{Inbox: inbox, Take: p.take, Now: noon, Log: silent()})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); f.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	return f
}

func noon() time.Time { return time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC) }

// until waits for a condition.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	within(t, 30*time.Second, what, met)
}

func within(t *testing.T, long time.Duration, what string, met func() bool) {
	t.Helper()
	for deadline := time.After(long); !met(); {
		select {
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestFolderTakesAndMoves(t *testing.T) {
	t.Parallel()
	for _, caps := range [][]imap.Cap{nil, {imap.CapUIDPlus}, {imap.CapMove},
		{imap.CapMove, imap.CapIdle, imap.CapUIDPlus}} {
		o, p := newOffice(t, caps...), &pile{}
		for n := range 120 {
			o.put(fmt.Sprintf("Subject: %d\r\n\r\nwords\r\n", n))
		}
		f := working(t, o.address, p, "")
		until(t, fmt.Sprintf("120 moved with %v", caps), func() bool { return o.count("Almanac") == 120 })
		o.put("Subject: later\r\n\r\n")
		until(t, fmt.Sprintf("one more with %v", caps), func() bool { return o.count("Almanac") == 121 })
		if got := p.all(); len(got) != 121 || got[7] != "Subject: 7\r\n\r\nwords\r\n" ||
			got[120] != "Subject: later\r\n\r\n" {
			t.Errorf("%v: %d taken", caps, len(got))
		}
		if part := f.Status(); part.State != reads.OK {
			t.Error(part)
		}
	}
}

// A folder that begins anew with the same numbers is another one (UIDVALIDITY).
func TestFolderBeginsAnew(t *testing.T) {
	t.Parallel()
	o, p := newOffice(t, imap.CapMove), &pile{}
	stuck := fault.New(fault.Invalid, "Name a clinic.")
	p.fail = func(message string) error {
		if strings.Contains(message, "stuck") {
			return stuck
		}
		return nil
	}
	o.put("Subject: stuck\r\n\r\n")
	f := working(t, o.address, p, "")
	until(t, "the first is put aside", func() bool { return f.Status().State == reads.Degraded })
	if err := errors.Join(o.user.Delete("INBOX"), o.user.Create("INBOX", nil)); err != nil {
		t.Fatal(err)
	}
	o.put("Subject: first of the new\r\n\r\n") // it has the number of the one that is aside
	g := working(t, o.address, p, "")
	until(t, "the new folder is read", func() bool { return o.count("Almanac") == 1 && g.Status().State == reads.OK })
}

// One message that cannot be taken keeps no other from it; while none can, all wait and nothing is lost.
func TestFolderAndTrouble(t *testing.T) {
	t.Parallel()
	o, p := newOffice(t, imap.CapMove), &pile{}
	var down atomic.Bool
	down.Store(true)
	p.fail = func(message string) error {
		if down.Load() {
			return fault.New(fault.Unavailable, "The database does not answer.")
		}
		if strings.Contains(message, "stuck") {
			return fault.New(fault.Invalid, "Name a clinic.")
		}
		return nil
	}
	o.put("Subject: stuck\r\n\r\n")
	for range 10 {
		o.put("Subject: x\r\n\r\n")
	}
	f := working(t, o.address, p, "")
	until(t, "it says that mail waits", func() bool { return strings.Contains(f.Status().Message, "does not answer") })
	if n := o.count("INBOX"); n != 11 {
		t.Errorf("%d lie in the folder", n)
	}
	down.Store(false)
	until(t, "the others are taken", func() bool { return o.count("Almanac") == 10 })
	until(t, "it says that one cannot be taken", func() bool {
		return strings.Contains(f.Status().Message, "1 messages in the folder could not")
	})
	if n := o.count("INBOX"); n != 1 {
		t.Errorf("%d lie in the folder", n)
	}
}

// cutting is a proxy that ends each of the first connections after so many octets of the server.
type cutting struct {
	to    string
	after []int
	mu    sync.Mutex
}

func (c *cutting) serve(t *testing.T) string {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			theirs, err := socket.Accept()
			if err != nil {
				return
			}
			go c.carry(theirs)
		}
	}()
	return socket.Addr().String()
}

func (c *cutting) carry(theirs net.Conn) {
	defer func() { _ = theirs.Close() }()
	ours, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer func() { _ = ours.Close() }()
	go func() { _, _ = io.Copy(ours, theirs) }()
	c.mu.Lock()
	after := -1
	if len(c.after) > 0 {
		after, c.after = c.after[0], c.after[1:]
	}
	c.mu.Unlock()
	if after < 0 {
		_, _ = io.Copy(theirs, ours)
		return
	}
	_, _ = io.CopyN(theirs, ours, int64(after))
}

// A connection that ends in the middle of a message, of a search or of a move: no half message is ever taken.
func TestFolderThatIsCutOff(t *testing.T) {
	t.Parallel()
	o, p := newOffice(t, imap.CapMove), &pile{}
	message := "Subject: whole\r\n\r\n" + strings.Repeat("words and words\r\n", 4000) + "the end\r\n"
	p.fail = func(got string) error {
		if got != message {
			t.Errorf("half a message of %d octets", len(got))
		}
		return nil
	}
	o.put(message)
	working(t, (&cutting{to: o.address, after: []int{30_000}}).serve(t), p, "")
	until(t, "it is taken", func() bool { return o.count("Almanac") == 1 })
}

func TestFolderOfALargeMessage(t *testing.T) {
	t.Parallel()
	o, p := newOffice(t, imap.CapMove), &pile{}
	o.put("Subject: large\r\n\r\n" + strings.Repeat("x", 40<<20))
	o.put("Subject: small\r\n\r\n")
	working(t, o.address, p, "")
	until(t, "both are taken", func() bool { return o.count("Almanac") == 2 })
	if got := p.all(); len(got) != 2 || len(got[0]) != most || got[1] != "Subject: small\r\n\r\n" {
		t.Errorf("%d taken", len(got))
	}
}

func TestParseInbox(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"imap://", "imap://host/INBOX", "imaps://a:b@host", "%",
		"imap://a:hidden@host?tls=maybe", "imap://a:hidden@host?poll=1s", "imap://a:hidden@host/x?taken=X",
		"imap://a:hidden@host?folder=x"} {
		_, err := mailbox.ParseInbox(value)
		if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", value, err)
		}
	}
	in, err := mailbox.ParseInbox("imap://desk%40clinic.example:p%40ss@mail.example/Answers/New?tls=starttls&taken=Old")
	if err != nil || in.User != "desk@clinic.example" || in.Password != "p@ss" || in.Address != "mail.example:143" ||
		in.Folder != "Answers/New" || in.Taken != "Old" || in.Poll != time.Minute {
		t.Errorf("%+v, %v", in, err)
	}
}

// FuzzFolder gives a folder what any server may write: nothing breaks, and what is taken is what the server announced.
func FuzzFolder(f *testing.F) {
	const greeting = "* OK [CAPABILITY IMAP4rev1 MOVE] hello\r\nT1 OK in\r\n* 1 EXISTS\r\n" +
		"* OK [UIDVALIDITY 7] x\r\nT2 OK open\r\n"
	f.Add([]byte(greeting + "* SEARCH 4 5\r\nT3 OK\r\n* 1 FETCH (UID 4 BODY[]<0> {6}\r\nx: y\r\n)\r\n" +
		"T4 OK\r\nT5 NO\r\nT6 NO\r\nT7 NO\r\n"))
	f.Add([]byte(greeting + "* SEARCH 1:4000000000\r\nT3 OK\r\n* 1 FETCH (UID 4 BODY[]<0> {99999999999}\r\nx"))
	f.Add([]byte("* BYE\r\n"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if bytes.Contains(bytes.ToUpper(script), []byte("CAPABILITY")) && bytes.Count(script, []byte("(")) > 1 {
			t.Skip("a parenthesis among capabilities keeps this version of go-imap busy for ever (decision 54)")
		}
		conn := newWire(script)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		mailbox.WorkOnce(ctx, mailbox.FolderOptions{Now: noon, Log: silent(),
			Inbox: mailbox.Inbox{User: "u", Folder: "INBOX", Taken: "T", Poll: time.Microsecond},
			Take: func(_ context.Context, message io.Reader) error {
				text, err := io.ReadAll(message)
				if !bytes.Contains(script, text) {
					t.Errorf("taken was %q", text)
				}
				return err
			}}, conn)
	})
}

// accountOf signs in as a person would.
func accountOf(t *testing.T, address string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login("pat", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// repeated lists what stands in a list more than once.
func repeated(all []string) (twice []string) {
	slices.Sort(all)
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			twice = append(twice, all[i])
		}
	}
	return twice
}
