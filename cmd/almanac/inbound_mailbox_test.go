package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"
)

// folderServer is an IMAP server in memory with these messages in the INBOX of pat.
func folderServer(t *testing.T, messages []string) (address string, moved func() int) {
	t.Helper()
	user := imapmemserver.NewUser("pat", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for _, message := range messages {
		if _, err := user.Append("INBOX", sized{strings.NewReader(message), int64(len(message))},
			&imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	all := imapmemserver.New()
	all.AddUser(user)
	server := imapserver.New(&imapserver.Options{InsecureAuth: true,
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}, imap.CapIdle: {}},
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return all.NewSession(), nil, nil
		}})
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(func() { _ = server.Close() })
	return socket.Addr().String(), func() int {
		status, err := user.Status("Almanac", &imap.StatusOptions{NumMessages: true})
		if err != nil {
			return 0
		}
		return int(*status.NumMessages)
	}
}

type sized struct {
	io.Reader
	size int64
}

func (s sized) Size() int64 { return s.size }

// queueOf hands messages over by LMTP as a mail server does: one that was not answered comes again.
func queueOf(t *testing.T, address string, messages []string) *atomic.Int64 {
	var done atomic.Int64
	over := make(chan struct{})
	go func() {
		defer close(over)
		for _, message := range messages {
			for t.Context().Err() == nil && handOver(address, message) != nil {
				pause := time.NewTimer(20 * time.Millisecond)
				select {
				case <-pause.C:
				case <-t.Context().Done():
				}
			}
			done.Add(1)
		}
	}()
	t.Cleanup(func() { <-over })
	return &done
}

func handOver(address, message string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	c := smtp.NewClientLMTP(conn)
	defer func() { _ = c.Close() }()
	return c.SendMail("pat@example.net", []string{"appointments@localhost"}, strings.NewReader(message))
}

// strayMails are answers about appointments that nobody knows: each one that is taken is counted.
func strayMails(n, of int) (all []string) {
	for i := range n {
		uid := fmt.Sprintf("6f1c2b0e-8d7a-4c55-9b%02d-%012d", of, i)
		all = append(all, answerMail("mx.clinic.example", uid, "DECLINED", "20261201T120100Z"))
	}
	return all
}

// TestMailIsTakenOnceHoweverOftenWeDie: the program is killed again and again while mail comes in both ways; what was
// not answered or not moved comes again, and each message counts once.
func TestMailIsTakenOnceHoweverOftenWeDie(t *testing.T) {
	if testing.Short() {
		t.Skip("make quick starts no processes")
	}
	t.Parallel()
	each, kills := 30, 3
	if n, err := strconv.Atoi(os.Getenv("ALMANAC_MAILS")); err == nil {
		each, kills = n/2, max(n/50, 5)
	}
	c := newCounter(t)
	c.open()
	imapAt, moved := folderServer(t, strayMails(each, 1))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lmtpAt := free.Addr().String()
	_ = free.Close()
	handed := queueOf(t, lmtpAt, strayMails(each, 2))
	password := filepath.Join(c.folder, "imap-url")
	account := "imap://pat:secret@" + imapAt + "/INBOX?tls=none&poll=5s\n"
	if err := os.WriteFile(password, []byte(account), 0o600); err != nil {
		t.Fatal(err)
	}
	counted := func() int {
		n := 0
		for _, row := range c.ask("SELECT coalesce(sum(answers), 0) FROM strays") {
			n, _ = strconv.Atoi(row)
		}
		return n
	}
	start := func() *process {
		return startProcessIn(t, t.TempDir(), []string{"ALMANAC_INBOUND_IMAP_FILE=" + password}, "serve", "--data-dir",
			c.folder, "--listen", "127.0.0.1:0", "--inbound-listen", "lmtp://"+lmtpAt, "--log-level", "error")
	}
	p := start()
	for k := range kills {
		upTo := (k + 1) * 2 * each / (kills + 1)
		if !await(time.Minute, func() bool { return counted() >= upTo || p.over() }) || p.over() {
			t.Fatalf("%d of %d after %d kills; it said %q", counted(), 2*each, k, p.trouble)
		}
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-p.ended
		p = start()
	}
	if !await(2*time.Minute, func() bool { return handed.Load() == int64(each) && moved() >= each }) {
		t.Fatalf("%d handed over, %d moved of %d; it said %q", handed.Load(), moved(), each, p.trouble)
	}
	if n := counted(); n != 2*each {
		t.Errorf("%d messages count as %d", 2*each, n)
	}
}
