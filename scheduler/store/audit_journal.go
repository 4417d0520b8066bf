package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"almanac/scheduler/store/sqldb"
)

// SQLite's readers drop what they have in memory whenever somebody writes, so a row for each page would make every page
// slow. There the rows of views are saved in a file beside the database first, as lines of JSON, and go into the audit
// some seconds later, many at once. Reading the audit takes them in first.

// What makes the file be taken in.
const (
	journalRest = 10 * time.Second
	journalSize = 256 << 10 // octets
)

// journal is that file. Several processes may share it, one lock at a time.
type journal struct {
	path     string // empty: rows go to the database at once
	unsynced bool   // of data that may be lost

	mu    sync.Mutex
	file  *os.File
	taken time.Time // when it was taken in last
}

// journalOf says where the rows of views wait for a database.
func journalOf(url string, throwaway bool) *journal {
	path, is := strings.CutPrefix(url, "sqlite:")
	if !is {
		return &journal{}
	}
	return &journal{path: path + "-views", unsynced: throwaway}
}

// locked runs do while no other process has the file.
func (j *journal) locked(do func(*os.File) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		file, err := os.OpenFile(j.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return err // it names the path
		}
		j.file = file
	}
	if err := syscall.Flock(int(j.file.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking the rows of views: %w", err)
	}
	err := do(j.file)
	return errors.Join(err, syscall.Flock(int(j.file.Fd()), syscall.LOCK_UN))
}

// add saves rows. What was written of them is removed again when it fails. big tells that it is time to take them in.
func (j *journal) add(rows [][]any) (big bool, err error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, row := range rows {
		if err := encoder.Encode(row); err != nil {
			return false, fmt.Errorf("encoding a row of a view: %w", err)
		}
	}
	return big, j.locked(func(file *os.File) error {
		info, err := file.Stat()
		if err != nil {
			return err // it names the file
		}
		big = info.Size() > journalSize
		if _, err = file.Write(lines.Bytes()); err == nil && !j.unsynced {
			err = file.Sync()
		}
		if err != nil {
			return errors.Join(err, file.Truncate(info.Size()))
		}
		return nil
	})
}

// empty hands what is in the file to keep, and empties it when that succeeds. A row may be handed over twice, after a
// crash in between. A line without an end was never answered for.
func (j *journal) empty(now time.Time, keep func(rows [][]any) error) error {
	return j.locked(func(file *os.File) error {
		j.taken = now
		info, err := file.Stat()
		if err != nil || info.Size() == 0 {
			return err // it names the file
		}
		text := make([]byte, info.Size())
		if _, err := io.ReadFull(io.NewSectionReader(file, 0, info.Size()), text); err != nil {
			return fmt.Errorf("reading the rows of views: %w", err)
		}
		var rows [][]any
		for line := range bytes.Lines(text) {
			if !bytes.HasSuffix(line, []byte("\n")) {
				break
			}
			var row []any
			if err := json.Unmarshal(line, &row); err != nil {
				return fmt.Errorf("reading a row of a view: %w", err)
			}
			rows = append(rows, row)
		}
		if err := keep(rows); err != nil {
			return err
		}
		return file.Truncate(0)
	})
}

// due tells whether the file has waited long enough.
func (j *journal) due(now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return now.Sub(j.taken) >= journalRest
}

// close closes the file. What is in it is taken in by the next process.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err // it names the file
}

// keepViews saves rows of views for good, before anybody is shown what they saw.
func (db *DB) keepViews(ctx context.Context, rows [][]any) (big bool, err error) {
	if db.journal.path == "" {
		return false, db.insertViews(ctx, rows)
	}
	return db.journal.add(rows)
}

// insertViews puts rows of views into the audit. It may run again with the same rows. It is not db.write, which has
// feeds read their keys anew.
func (db *DB) insertViews(ctx context.Context, rows [][]any) error {
	return db.sql.Write(ctx, func(in *sqldb.Tx) error { return (&tx{in, db}).insertAudit(ctx, rows) })
}

// takeViews puts into the audit what waits in the file.
func (db *DB) takeViews(ctx context.Context) error {
	if db.journal.path == "" {
		return nil
	}
	if _, err := os.Stat(db.journal.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := db.journal.empty(db.now(), func(rows [][]any) error { return db.insertViews(ctx, rows) })
	if err != nil {
		return fmt.Errorf("taking the rows of views into the audit: %w", err)
	}
	return nil
}
