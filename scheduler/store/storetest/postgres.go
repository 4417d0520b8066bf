// Package storetest gives tests of the store, and of whatever stands on it, a
// database of their own.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// shared is the server that Postgres gives databases of: one for each test
// process, made at first use. Its supervisor ends it with the process.
var shared = sync.OnceValues(newCluster)

// Postgres gives the URL of a migrated database of the test's own, as
// EmptyPostgres gives an empty one.
func Postgres(t testing.TB) string {
	t.Helper()
	return sharedDatabase(t, func() (string, error) {
		template, err := postgresTemplate()
		return " TEMPLATE " + template, err
	})
}

// EmptyPostgres gives the URL of a fresh, empty database, which goes when the test
// ends. All databases of a test process live on one private PostgreSQL server,
// started at first use on a Unix socket in a temporary directory and ended with
// the process, however that ends. Without PostgreSQL on the machine the test is
// skipped, or fails where REQUIRE_SERVICES=1 is set.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	return sharedDatabase(t, func() (string, error) { return "", nil })
}

// sharedDatabase makes a database on the shared server. How says what follows
// its name in the statement.
func sharedDatabase(t testing.TB, how func() (string, error)) string {
	t.Helper()
	if testing.Short() {
		t.Skip("make quick starts no services")
	}
	c, err := shared()
	if err != nil {
		unavailable(t, err)
	}
	options, err := how()
	must(t, err)
	name := createDatabase(t, c, options)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := c.exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping database %s: %s", name, err)
		}
	})
	return c.url(name)
}

// Server is a PostgreSQL server of one test's own, which may stop and start it.
type Server struct {
	t testing.TB
	c *cluster
}

// NewPostgres starts a server for this test alone and removes it when the test
// ends. Use Postgres unless the test needs to stop it: this one takes a second.
func NewPostgres(t testing.TB) *Server {
	t.Helper()
	c, err := newCluster()
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(c.remove)
	return &Server{t: t, c: c}
}

// Database gives the URL of a fresh, empty database on this server.
func (s *Server) Database() string {
	s.t.Helper()
	return s.c.url(createDatabase(s.t, s.c, ""))
}

// Stop ends the server at once, as a crash would: connections break in the
// middle of what they do, and nothing is tidied up. What was committed is there
// after the next Start. It returns when the server is gone.
func (s *Server) Stop() {
	s.t.Helper()
	s.c.stop()
}

// Start starts the stopped server again, at the same URL, and returns when it
// takes connections. It fails the test when the server runs already.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.c.start(); err != nil {
		s.t.Fatal(err)
	}
}

// unavailable skips or fails the test for want of a server.
func unavailable(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNoPostgres) && os.Getenv("REQUIRE_SERVICES") != "1" {
		t.Skip(err)
	}
	t.Fatal(err)
}

func createDatabase(t testing.TB, c *cluster, options string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", c.databases.Add(1))
	if err := c.exec(t.Context(), "CREATE DATABASE "+name+options); err != nil {
		t.Fatalf("creating database %s: %s", name, err)
	}
	return name
}

// exec runs one statement on a connection of its own to the server's own database.
func (c *cluster) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// url names a database on the server's Unix socket.
func (c *cluster) url(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.dir}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}
