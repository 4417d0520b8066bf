//go:build crashpoints

package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// entry is one line of the ledger that triggers keep beside the program: what
// the database was told, in the order in which it was committed.
//
//	session     id               state, start, end, place
//	seat        id               state, session, enrollment, uid
//	enrollment  id               state, person
//	offer       id               state, session, enrollment
//	consent     person:channel   given, revoked
//	person      id               when the address went bad
//	attempt     notice           number, started
//	finish      notice           number, outcome, finished
//	clock       -                the instant at which a clock stands from here on; empty: it runs
type entry struct {
	at       time.Time // by the database's clock
	what, id string
	v        [4]string
}

// ledgerTables says which writes make entries: of a table, when a column of
// those named changes (all for an insert), with these values.
var ledgerTables = []struct{ table, columns, what, id, values string }{
	{"sessions", "state, start_at, end_at, place", "session", "NEW.id",
		"NEW.state, NEW.start_at, NEW.end_at, NEW.place"},
	{"seats", "state", "seat", "NEW.id", "NEW.state, NEW.session, NEW.enrollment, NEW.uid"},
	{"enrollments", "state", "enrollment", "NEW.id", "NEW.state, NEW.person, '', ''"},
	{"offers", "state", "offer", "NEW.id", "NEW.state, NEW.entry, NEW.enrollment, ''"},
	{"consents", "revoked_at", "consent", "NEW.person || ':' || NEW.channel", "NEW.given_at, NEW.revoked_at, '', ''"},
	{"people", "email_bad_at", "person", "NEW.id", "NEW.email_bad_at, '', '', ''"},
	{"attempts", "", "attempt", "NEW.notice", "CAST(NEW.number AS TEXT), NEW.started_at, '', ''"},
	{"attempts", "outcome", "finish", "NEW.notice", "CAST(NEW.number AS TEXT), NEW.outcome, NEW.finished_at, ''"},
}

const ledgerColumns = "what, id, v1, v2, v3, v4"

// keepLedger begins a ledger in a migrated database.
func keepLedger(ctx context.Context, db *sql.DB, url string) error {
	statements := sqliteLedger()
	if strings.HasPrefix(url, "postgres") {
		statements = postgresLedger()
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("keeping a ledger: %w: %s", err, statement)
		}
	}
	return nil
}

// On SQLite one transaction writes at a time, so numbers are in order of commits.
func sqliteLedger() []string {
	statements := []string{`CREATE TABLE ledger (seq INTEGER PRIMARY KEY AUTOINCREMENT,
		at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), what TEXT, id TEXT, v1 TEXT, v2 TEXT,
v3 TEXT, v4 TEXT)`}
	for i, t := range ledgerTables {
		into := "BEGIN INSERT INTO ledger (" + ledgerColumns + ") VALUES ('" + t.what + "', " + t.id + ", " +
			t.values + "); END"
		if t.columns != "" {
			statements = append(statements,
				fmt.Sprintf("CREATE TRIGGER ledger_%d_changed AFTER UPDATE OF %s ON %s %s", i, t.columns,
					t.table, into))
		}
		if t.what != "finish" && t.what != "person" {
			statements = append(statements,
				fmt.Sprintf("CREATE TRIGGER ledger_%d_added AFTER INSERT ON %s %s", i, t.table, into))
		}
	}
	return statements
}

// On PostgreSQL each entry knows its transaction, and the server when that was
// committed (track_commit_timestamp).
func postgresLedger() []string {
	statements := []string{`CREATE TABLE ledger (seq BIGSERIAL PRIMARY KEY,
at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
		tx TEXT NOT NULL DEFAULT pg_current_xact_id()::text, what TEXT, id TEXT, v1 TEXT, v2 TEXT, v3 TEXT, v4 TEXT)`}
	for i, t := range ledgerTables {
		on := "INSERT"
		switch {
		case t.what == "finish" || t.what == "person":
			on = "UPDATE OF " + t.columns
		case t.columns != "":
			on = "INSERT OR UPDATE OF " + t.columns
		}
		statements = append(statements, fmt.Sprintf(`CREATE FUNCTION ledger_%d() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO ledger (%s) VALUES ('%s', %s,
%s); RETURN NULL; END $$`, i, ledgerColumns, t.what, t.id, t.values),
			fmt.Sprintf("CREATE TRIGGER ledger_%d AFTER %s ON %s FOR EACH ROW EXECUTE FUNCTION ledger_%d()", i,
				on, t.table, i))
	}
	return statements
}

// noteClock notes in the ledger what a clock does from here on.
func noteClock(ctx context.Context, db *sql.DB, stands string) error {
	_, err := db.ExecContext(ctx,
		"INSERT INTO ledger ("+ledgerColumns+") VALUES ('clock', '', '"+stands+"', '', '', '')")
	if err != nil {
		return fmt.Errorf("noting the clock: %w", err)
	}
	return nil
}

func ledgerStamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// readLedger gives all entries in the order of their commits.
func readLedger(ctx context.Context, db *sql.DB, url string) ([]entry, error) {
	query := "SELECT at, " + ledgerColumns + " FROM ledger ORDER BY seq"
	if strings.HasPrefix(url, "postgres") {
		query = `SELECT to_char(pg_xact_commit_timestamp(tx::xid) AT TIME ZONE 'UTC',
'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), ` + ledgerColumns +
			" FROM ledger ORDER BY pg_xact_commit_timestamp(tx::xid), seq"
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []entry
	for rows.Next() {
		var e entry
		var at string
		if err := rows.Scan(&at, &e.what, &e.id, &e.v[0], &e.v[1], &e.v[2], &e.v[3]); err != nil {
			return nil, fmt.Errorf("reading the ledger: %w", err)
		}
		e.at = ledgerTime(at)
		all = append(all, e)
	}
	return all, rows.Err()
}

// ledgerTime reads an instant as the database keeps it; zero for none.
func ledgerTime(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// promised is a notice's row in the end.
type promised struct {
	id, key, kind, channel, person, enrollment, session, seat, state, reason string
	start, due, notAfter                                                     time.Time
	lead                                                                     time.Duration
}

func readNotices(ctx context.Context, db *sql.DB) ([]promised, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, key, kind, channel, person, enrollment, session, seat, state, reason,
		start_at, due_at, not_after, lead_seconds FROM notices ORDER BY due_at, id`)
	if err != nil {
		return nil, fmt.Errorf("reading notices: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []promised
	for rows.Next() {
		var p promised
		var start, due, notAfter string
		var lead int64
		err := rows.Scan(&p.id, &p.key, &p.kind, &p.channel, &p.person, &p.enrollment, &p.session, &p.seat,
			&p.state, &p.reason,
			&start, &due, &notAfter, &lead)
		if err != nil {
			return nil, fmt.Errorf("reading a notice: %w", err)
		}
		p.start, p.due, p.notAfter, p.lead = ledgerTime(start), ledgerTime(due), ledgerTime(notAfter),
			time.Duration(lead)*time.Second
		all = append(all, p)
	}
	return all, rows.Err()
}

// readTasks gives the keys of all tasks.
func readTasks(ctx context.Context, db *sql.DB) (map[string]bool, error) {
	rows, err := db.QueryContext(ctx, "SELECT key FROM tasks")
	if err != nil {
		return nil, fmt.Errorf("reading tasks: %w", err)
	}
	defer func() { _ = rows.Close() }()
	keys := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("reading a task: %w", err)
		}
		keys[key] = true
	}
	return keys, rows.Err()
}
