// Package notifytest starts the services that tests of messages need: a private Redis,
// and an SMTP server that keeps its mails and can be told to fail. Outbox replaces the
// database in memory.
package notifytest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long redis-server may take to start or answer on a busy machine.
const patience = 30 * time.Second

// supervise runs a server. A line on its standard input names a signal: it sends that
// to the server and waits until the server has ended. When the input ends without a
// line, the test process has ended: then it kills the server and removes the directory.
//
// $1 is the directory, the rest is the server's command.
const supervise = `dir=$1; shift
"$@" </dev/null & server=$!
exec >/dev/null 2>&1
if read -r signal; then kill -s "$signal" "$server"; wait "$server"
else kill -s KILL "$server"; wait "$server"; rm -rf "$dir"; fi`

// RedisServer is the private Redis of one test, which can stop, start and flush it. It
// is empty after a restart.
type RedisServer struct {
	t       testing.TB
	bin     string
	dir     string
	control io.WriteCloser // the supervisor's standard input; nil while stopped
	gone    chan struct{}  // closed when the server has ended
}

// Redis starts a private redis-server on a Unix socket in a temporary directory. It
// ends with the test, also when the test process crashes. Without redis-server on the
// machine the test is skipped, or fails with REQUIRE_SERVICES=1.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	if testing.Short() {
		t.Skip("make quick starts no services")
	}
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		const missing = "Redis is not installed; on Debian and Ubuntu: apt-get install redis-server"
		if os.Getenv("REQUIRE_SERVICES") != "1" {
			t.Skip(missing)
		}
		t.Fatal(missing)
	}
	dir, err := os.MkdirTemp(socketRoot(), "almanac-redis-")
	if err != nil {
		t.Fatalf("making a directory for Redis: %s", err)
	}
	r := &RedisServer{t: t, bin: bin, dir: dir}
	t.Cleanup(func() {
		r.Stop()
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("removing the directory of Redis: %s", err)
		}
	})
	r.Start()
	return r
}

// URL returns the address for option redis-url.
func (r *RedisServer) URL() string { return "unix://" + r.socket() }

// Stop kills the server and waits until it has ended; its data is lost.
func (r *RedisServer) Stop() {
	r.t.Helper()
	if r.control == nil {
		return
	}
	_, _ = io.WriteString(r.control, "KILL\n") // fails when it is gone already
	<-r.gone
	r.control = nil
	if err := os.Remove(r.socket()); err != nil && !errors.Is(err, os.ErrNotExist) {
		r.t.Errorf("removing the socket of Redis: %s", err)
	}
}

// Start starts the stopped server again, empty and at the same URL, and waits until it
// accepts connections. It fails the test when the server runs already.
func (r *RedisServer) Start() {
	r.t.Helper()
	if r.control != nil {
		r.t.Fatal("the Redis server runs already")
	}
	cmd := exec.Command("/bin/sh", "-c", supervise, "sh", r.dir, r.bin, "--port", "0",
		"--unixsocket", r.socket(), "--dir", r.dir, "--save", "", "--appendonly", "no", "--daemonize", "no")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal reaches the test alone
	control, err := cmd.StdinPipe()
	if err != nil {
		r.t.Fatalf("starting Redis: %s", err)
	}
	log, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatalf("starting Redis: %s", err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatalf("starting Redis: %s", err)
	}
	r.control, r.gone = control, make(chan struct{})
	ready, last := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(r.gone)
		last <- follow(log, ready)
		_ = cmd.Wait() // the exit status of a killed server means nothing
	}()
	r.await(ready, last)
}

// FlushAll sends FLUSHALL.
func (r *RedisServer) FlushAll() {
	r.t.Helper()
	conn, err := net.DialTimeout("unix", r.socket(), patience)
	if err != nil {
		r.t.Fatalf("connecting to Redis: %s", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "FLUSHALL\r\n"); err != nil {
		r.t.Fatalf("emptying Redis: %s", err)
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || answer != "+OK\r\n" {
		r.t.Fatalf("emptying Redis: it answered %q (%v)", answer, err)
	}
}

// await waits until the server is ready, has ended, or takes too long.
func (r *RedisServer) await(ready chan struct{}, last chan string) {
	r.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ready:
	case log := <-last:
		r.t.Fatalf("Redis did not start: %s", log)
	case <-timer.C:
		r.t.Fatalf("Redis did not start within %s", patience)
	}
}

func (r *RedisServer) socket() string { return filepath.Join(r.dir, "redis.sock") }

// follow reads the log of the server to its end and returns the last lines. It closes
// ready when the server accepts connections.
func follow(log io.Reader, ready chan<- struct{}) string {
	var last []string
	for scan := bufio.NewScanner(log); scan.Scan(); {
		if ready != nil && strings.Contains(strings.ToLower(scan.Text()), "ready to accept connections") {
			close(ready)
			ready = nil
		}
		if last = append(last, scan.Text()); len(last) > 20 {
			last = last[1:]
		}
	}
	return strings.Join(last, "\n")
}

// socketRoot returns the parent of the directory: a socket's path must be shorter than
// 108 bytes.
func socketRoot() string {
	if len(os.TempDir()) > 60 {
		return "/tmp"
	}
	return os.TempDir()
}
