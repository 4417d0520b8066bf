package storetest_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"almanac/scheduler/store/storetest"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func TestEachDatabaseIsFreshAndItsOwn(t *testing.T) {
	t.Parallel()
	first, second := connect(t, storetest.EmptyPostgres(t)), connect(t, storetest.EmptyPostgres(t))
	for _, conn := range []*pgx.Conn{first, second} {
		if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (word TEXT)"); err != nil {
			t.Fatal(err)
		}
	}
	var encoding string
	if err := first.QueryRow(t.Context(), "SHOW server_encoding").Scan(&encoding); err != nil || encoding != "UTF8" {
		t.Errorf("encoding %q, %v", encoding, err)
	}
}

func TestStoppedServerKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	server := storetest.NewPostgres(t)
	address := server.Database()
	conn := connect(t, address)
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 7 AS n"); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a connection outlived its server")
	}
	if _, err := pgx.Connect(t.Context(), address); err == nil {
		t.Error("a stopped server takes connections")
	}
	server.Start()
	var n int
	if err := connect(t, address).QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n); err != nil || n != 7 {
		t.Errorf("after the start: %d, %v", n, err)
	}
}

// TestServerDiesWithTheTest kills a test process that holds a server, as hard
// as can be, and watches the server's directory go.
func TestServerDiesWithTheTest(t *testing.T) {
	t.Parallel()
	const marker = "STORETEST_HOLD_A_SERVER"
	if os.Getenv(marker) != "" {
		holdServer(t)
		return
	}
	storetest.EmptyPostgres(t) // skips or fails where there is no PostgreSQL
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServerDiesWithTheTest$")
	child.Env = append(os.Environ(), marker+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	address := make([]byte, 512)
	n, err := out.Read(address)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(string(address[:n]))
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the held server has no directory: %s", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	awaitRemoval(t, dir)
}

// holdServer runs in the child: it prints the URL and waits to be killed.
func holdServer(t *testing.T) {
	if _, err := os.Stdout.WriteString(storetest.EmptyPostgres(t)); err != nil {
		t.Fatal(err)
	}
	<-t.Context().Done()
}

func awaitRemoval(t *testing.T, dir string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-deadline:
			t.Fatalf("%s is still there", dir)
		case <-tick.C:
			if _, err := os.Stat(dir); os.IsNotExist(err) {
				return
			}
		}
	}
}
