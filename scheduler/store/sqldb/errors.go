package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"almanac/scheduler/fault"
)

// trouble sorts what a database can say.
type trouble int

const (
	otherTrouble  trouble = iota
	notUnique             // a row of that key stands already
	checkFailed           // a CHECK of the schema
	serialization         // try the whole transaction again
	busy                  // somebody else has the lock for too long
	full                  // no room
	gone                  // nobody answers
)

// IsUnique tells whether a row was refused because one of its key stands already.
func (db *DB) IsUnique(err error) bool { return db.dialect.trouble(err) == notUnique }

// IsConstraint tells whether a row was refused because it does not fit the others or its table: its key stands
// already, what it refers to does not, or a value is not allowed.
func (db *DB) IsConstraint(err error) bool {
	var lite *sqlite.Error
	var server *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return lite.Code()&0xff == sqlite3.SQLITE_CONSTRAINT || lite.Code()&0xff == sqlite3.SQLITE_MISMATCH
	case errors.As(err, &server):
		// integrity constraint violation, data exception
		return strings.HasPrefix(server.Code, "23") || strings.HasPrefix(server.Code, "22")
	}
	return false
}

// IsNoRows tells whether a query for one row found none.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Fault makes a fault of an error of the database that passes by itself;
// everything else, a fault included, stays what it is.
func (db *DB) Fault(err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.Unavailable, err, "The database took too long. Try again in a moment.")
	}
	switch db.dialect.trouble(err) {
	case busy, serialization:
		return fault.Wrap(fault.Unavailable, err,
			"The database is busy and nothing was changed. Try again in a moment.")
	case full:
		return fault.Wrap(fault.Unavailable, err,
			"The database has no room left and nothing was changed. Ask the person who runs this server to free some.")
	case gone:
		return fault.Wrap(fault.Unavailable, err, "The database does not answer. Try again in a minute.")
	default:
		return err
	}
}

// sqliteTrouble reads SQLite's result codes (sqlite.org/rescode.html).
func sqliteTrouble(err error) trouble {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		if errors.Is(err, driver.ErrBadConn) || errors.Is(err, os.ErrPermission) {
			return gone
		}
		return otherTrouble
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return notUnique
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return checkFailed
	case sqlite3.SQLITE_BUSY_SNAPSHOT:
		return serialization
	}
	switch e.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return busy
	case sqlite3.SQLITE_FULL:
		return full
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR:
		return gone
	default:
		return otherTrouble
	}
}

// postgresTrouble reads SQLSTATE codes (postgresql.org/docs/current/errcodes-appendix.html)
// and failures of the connection.
func postgresTrouble(err error) trouble {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return stateTrouble(e.Code)
	}
	var network net.Error
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		pgconn.SafeToRetry(err) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return gone
	}
	return otherTrouble
}

func stateTrouble(code string) trouble {
	switch code {
	case "23505":
		return notUnique
	case "23514":
		return checkFailed
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return serialization
	case "55P03", "57014": // lock_not_available, query_canceled by statement_timeout
		return busy
	case "53100": // disk_full
		return full
	case "25006": // read_only_sql_transaction: a standby
		return gone
	}
	switch code[:min(2, len(code))] {
	case "08", "53", "57": // connection exception, insufficient resources, operator intervention
		return gone
	}
	return otherTrouble
}
