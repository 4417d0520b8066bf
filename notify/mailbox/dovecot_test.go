package mailbox_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"almanac/scheduler/reads"
)

// dovecotConf is an IMAP server of one account without root's rights, as far as dovecot can do without them.
const dovecotConf = `
base_dir = %[1]s/base
state_dir = %[1]s/base
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = %[3]s
default_internal_group = %[4]s
default_login_user = %[3]s
first_valid_uid = 1
mail_location = maildir:%[1]s/mail
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=%[5]d gid=%[6]d home=%[1]s
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = 0
  }
}
`

// dovecot starts Debian's IMAP server with these messages in the INBOX, and gives its address.
func dovecot(t *testing.T, messages int) string {
	t.Helper()
	program := installed(t, "Dovecot", "/usr/sbin/dovecot")
	// Its sockets have short names only, and under root it is nobody's.
	folder, err := os.MkdirTemp("/tmp", "dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	box := filepath.Join(folder, "mail", "new")
	for _, sub := range []string{"new", "cur", "tmp"} {
		if err := os.MkdirAll(filepath.Join(folder, "mail", sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for n := range messages {
		text := fmt.Sprintf("From: pat@example.net\r\nSubject: %d\r\n\r\nwords\r\n", n)
		name := filepath.Join(box, fmt.Sprintf("17960%07d.M1P1.host", n))
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	user, group, uid, gid := said(t, "id", "-un"), said(t, "id", "-gn"), os.Geteuid(), os.Getegid()
	if uid == 0 {
		user, group, uid, gid = "nobody", "nogroup", 65534, 65534
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := socket.Addr().String()
	port := socket.Addr().(*net.TCPAddr).Port
	conf := filepath.Join(folder, "dovecot.conf")
	text := fmt.Sprintf(dovecotConf, folder, port, user, group, uid, gid)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = socket.Close()
	server := exec.Command(program, "-F", "-c", conf)
	if os.Geteuid() == 0 {
		server.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if err := exec.CommandContext(t.Context(), "chown", "-R", "65534:65534", folder).Run(); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
		if log, err := os.ReadFile(filepath.Join(folder, "log")); t.Failed() && err == nil {
			t.Logf("%s", log)
		}
	})
	until(t, "dovecot listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return address
}

func said(t *testing.T, command ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// number reads a count from the environment, for the long run.
func number(name string, standard int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return standard
}

// TestDovecot: the folder of a real server, what lies there and what comes while it is watched; IDLE says so at once.
func TestDovecot(t *testing.T) {
	t.Parallel()
	many := number("ALMANAC_MAILBOX", 200)
	address, p := dovecot(t, many), &pile{}
	f := working(t, address, p, "")
	within(t, time.Duration(many/20+30)*time.Second, "all are taken", func() bool { return len(p.all()) >= many })
	c := accountOf(t, address)
	late := "Subject: late\r\n\r\nwords\r\n"
	command := c.Append("INBOX", int64(len(late)), nil)
	if _, err := command.Write([]byte(late)); err != nil || command.Close() != nil {
		t.Fatal(err)
	}
	if _, err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	until(t, "what came late is moved", func() bool {
		data, err := c.Status("Almanac", &imap.StatusOptions{NumMessages: true}).Wait()
		return err == nil && int(*data.NumMessages) == many+1
	})
	got := p.all()
	if !slices.Contains(got, late) || len(repeated(got)) > 0 || f.Status().State != reads.OK {
		t.Errorf("%d taken, twice: %d, %+v", len(got), len(repeated(got)), f.Status())
	}
}

// TestDovecotCutOff: the connection ends again and again, wherever it happens to; every message is taken, and none in
// part. One that was not moved before comes again, which a Take must know.
func TestDovecotCutOff(t *testing.T) {
	t.Parallel()
	address, p := dovecot(t, 60), &pile{}
	p.fail = func(got string) error {
		if !strings.HasSuffix(got, "words\r\n") {
			t.Errorf("half a message: %q", got)
		}
		return nil
	}
	working(t, (&cutting{to: address, after: []int{3000, 9000}}).serve(t), p, "")
	c := accountOf(t, address)
	until(t, "all are moved", func() bool {
		data, err := c.Status("Almanac", &imap.StatusOptions{NumMessages: true}).Wait()
		return err == nil && int(*data.NumMessages) == 60
	})
	if n := len(slices.Compact(slices.Sorted(slices.Values(p.all())))); n != 60 {
		t.Errorf("%d different ones were taken", n)
	}
}
