package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
)

// Root is the root key of every house. It is the same for all, so that each may
// begin as a copy of one migrated database, whose clinic has its key under it.
func Root() (*seal.Root, error) { return seal.NewRoot(bytes.Repeat([]byte{7}, seal.SecretSize)) }

// The migrated databases that others are copied from: the bytes of a file, and
// the name of a database on the shared server.
var (
	sqliteTemplate   = sync.OnceValues(newSQLiteTemplate)
	postgresTemplate = sync.OnceValues(newPostgresTemplate)
)

// SQLite gives the URL of a migrated database file of the test's own; it goes
// when the test ends.
func SQLite(t testing.TB) string {
	t.Helper()
	content, err := sqliteTemplate()
	must(t, err)
	url := EmptySQLite(t)
	must(t, os.WriteFile(strings.TrimPrefix(url, "sqlite:"), content, 0o600))
	return url
}

// EmptySQLite gives the URL of a database file that does not exist yet; it goes
// when the test ends.
func EmptySQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "almanac.db")
}

func newSQLiteTemplate() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "almanac-template-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the template: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "template.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	if content, err = os.ReadFile(path); err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	return content, nil
}

func newPostgresTemplate() (name string, err error) {
	c, err := shared()
	if err != nil {
		return "", err
	}
	const template = "migrated"
	if err := c.exec(context.Background(), "CREATE DATABASE "+template); err != nil {
		return "", fmt.Errorf("creating the template: %w", err)
	}
	return template, migrate(c.url(template))
}

// migrate makes the tables of a house in a fresh database, and its clinic.
func migrate(url string) (err error) {
	root, err := Root()
	if err != nil {
		return err
	}
	zones, err := civil.BuiltinZones()
	if err != nil {
		return err
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: url, Root: root, Zones: zones, Now: NewYear})
	if err != nil {
		return err
	}
	_, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}
