package storetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	superuser = "almanac"
	// patience is how long a server may take to start on a busy machine.
	patience = 90 * time.Second
)

var (
	errNoPostgres = errors.New("PostgreSQL is not installed; on Debian and Ubuntu: apt-get install postgresql")
	errRunning    = errors.New("the PostgreSQL server runs already")
)

// supervise runs a server and sees it to its end. It waits for a line on its
// standard input that names a signal, hands that to the server and waits until
// the server is gone. When the input ends without a line, the test process is
// gone, in whatever way: then the server and the directory go too. So neither a
// panic nor SIGKILL of a test leaves a server behind, on any Unix.
//
// $1 is the directory, the rest is the server's command.
const supervise = `dir=$1; shift
"$@" </dev/null & server=$!
exec >/dev/null 2>&1
if read -r signal; then kill -s "$signal" "$server"; wait "$server"
else kill -s QUIT "$server"; wait "$server"; rm -rf "$dir"; fi`

// cluster is a directory with a PostgreSQL server in it, running or not.
type cluster struct {
	bin       string // where initdb and postgres are
	dir       string // holds the data and the socket
	databases atomic.Int64
	server    *server // nil while stopped
}

// server is one run of PostgreSQL under its supervisor.
type server struct {
	control io.WriteCloser // the supervisor's standard input
	gone    chan struct{}  // closed when the server has ended
}

// newCluster makes a cluster and starts it; errNoPostgres when there is none to start.
func newCluster() (*cluster, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(socketRoot(), "almanac-pg-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for PostgreSQL: %w", err)
	}
	c := &cluster{bin: bin, dir: dir}
	if err := c.init(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// init makes the data directory, as the unprivileged owner that PostgreSQL asks for.
func (c *cluster) init() error {
	who, err := unprivileged()
	if err != nil {
		return err
	}
	if who != nil {
		if err := os.Chown(c.dir, int(who.Uid), int(who.Gid)); err != nil {
			return fmt.Errorf("handing %s to PostgreSQL: %w", c.dir, err)
		}
	}
	cmd, err := c.command(filepath.Join(c.bin, "initdb"), "-D", c.data(), "-U", superuser,
		"-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync", "--no-instructions")
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return c.setImagesOff()
}

// setImagesOff lets the server write no page images, in the file that ALTER SYSTEM changes.
func (c *cluster) setImagesOff() error {
	settings, err := os.OpenFile(filepath.Join(c.data(), "postgresql.auto.conf"), os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the settings of PostgreSQL: %w", err)
	}
	_, err = settings.WriteString("full_page_writes = off\n")
	if err := errors.Join(err, settings.Close()); err != nil {
		return fmt.Errorf("writing the settings of PostgreSQL: %w", err)
	}
	return nil
}

// start starts the server and returns when it takes connections.
func (c *cluster) start() error {
	if c.server != nil {
		return errRunning
	}
	cmd, err := c.command("/bin/sh", "-c", supervise, "sh", c.dir,
		filepath.Join(c.bin, "postgres"), "-D", c.data(), "-k", c.dir,
		"-c", "listen_addresses=", "-c", "max_connections=300",
		"-c", "fsync=off", "-c", "logging_collector=off")
	if err != nil {
		return err
	}
	control, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	s := &server{control: control, gone: make(chan struct{})}
	ready, lines := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(s.gone)
		lines <- follow(log, ready)
		_ = cmd.Wait() // how a server ended that was told to end says nothing
	}()
	return c.await(s, ready, lines)
}

// await waits until the server is ready, has given up, or takes too long.
func (c *cluster) await(s *server, ready chan struct{}, lines chan string) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ready:
		c.server = s
		return nil
	case log := <-lines:
		_ = s.control.Close()
		return fmt.Errorf("PostgreSQL did not start: %s", log)
	case <-timer.C:
		_ = s.control.Close()
		return fmt.Errorf("PostgreSQL did not start within %s", patience)
	}
}

// follow reads the server's log to its end, closes ready at the line that says
// so, and gives the last lines.
func follow(log io.Reader, ready chan<- struct{}) string {
	var last []string
	for scan := bufio.NewScanner(log); scan.Scan(); {
		if ready != nil && strings.Contains(scan.Text(), "ready to accept connections") {
			close(ready)
			ready = nil
		}
		if last = append(last, scan.Text()); len(last) > 20 {
			last = last[1:]
		}
	}
	return strings.Join(last, "\n")
}

// stop ends the server at once (PostgreSQL's "immediate" shutdown).
func (c *cluster) stop() {
	if c.server == nil {
		return
	}
	_, _ = io.WriteString(c.server.control, "QUIT\n") // fails when it is gone already
	<-c.server.gone
	c.server = nil
}

// remove ends the server and removes the directory.
func (c *cluster) remove() {
	c.stop()
	_ = os.RemoveAll(c.dir)
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// command makes a command that runs in the cluster's directory as its owner, in
// a process group of its own, so that an interrupt at the terminal reaches the
// test alone.
func (c *cluster) command(name string, args ...string) (*exec.Cmd, error) {
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setpgid: true}
	return cmd, nil
}

// unprivileged gives whom PostgreSQL runs as: nobody when the test runs as
// root, which PostgreSQL refuses; otherwise nil, the tester.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("looking for an unprivileged user: %w", err)
	}
	uid, uidErr := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(nobody.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return nil, fmt.Errorf("reading the ids of nobody: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// socketRoot gives where to put the directory. A socket's path must stay under
// 108 bytes, and nobody must be able to enter every folder above it.
func socketRoot() string {
	if os.Geteuid() == 0 || len(os.TempDir()) > 50 {
		return "/tmp"
	}
	return os.TempDir()
}

// findPostgres gives the folder of initdb and postgres: from PATH, else the
// highest version in Debian's place.
func findPostgres() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			return filepath.Dir(real), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // no number: sorts first
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}
