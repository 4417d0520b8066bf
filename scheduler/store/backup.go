package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// savedTable is a table of which backups hold the rows, and which rows are of one clinic.
type savedTable struct{ name, ofClinic string }

// savedTables are the tables that a backup holds, each behind those that its rows refer to.
var savedTables = []savedTable{
	{"clinics", "id = ?"},
	{"definitions", "hash IN (SELECT definition FROM cohorts WHERE clinic = ?)"},
	{"people", "clinic = ?"},
	{"legal_holds", "clinic = ?"},
	{"consents", ofPerson}, {"written_consents", "clinic = ?"}, {"disclosures", "clinic = ?"},
	{"external_ids", ofPerson}, {"settings", "clinic = ?"}, {"keep_apart", "clinic = ?"},
	{"address_changes", "clinic = ?"}, {"tokens", "clinic = ?"}, {"feed_fetches", ofPerson},
	{"staff", "clinic = ?"}, {"passkeys", "clinic = ?"}, {"identities", "clinic = ?"}, {"credentials", "clinic = ?"},
	{"cohorts", "clinic = ?"}, {"meetings", "clinic = ?"}, {"sessions", "clinic = ?"}, {"join_events", "clinic = ?"},
	{"openings", "clinic = ?"}, {"enrollments", "clinic = ?"},
	{"enrollment_facts", "clinic = ?"}, {"assessments", "clinic = ?"},
	{"leaves", "clinic = ?"}, {"offers", "clinic = ?"}, {"seats", "clinic = ?"},
	{"attendance", "clinic = ?"},
	{"seat_versions", "seat IN (SELECT id FROM seats WHERE clinic = ?)"},
	{"assignments", "clinic = ?"}, {"staff_feeds", "clinic = ?"}, {"referrals", "clinic = ?"},
	{"messages", "clinic = ?"}, {"notices", "clinic = ?"},
	{"attempts", "notice IN (SELECT id FROM notices WHERE clinic = ?)"},
	{"told_dates", "clinic = ?"}, {"tasks", "clinic = ?"}, {"audit", "clinic = ?"},
	{"audit_aliases", "clinic = ?"}, {"audit_people", "clinic = ?"}, {"audit_log", "clinic = ?"},
	{"audit_hashes", "clinic = ?"}, {"audit_heads", "clinic = ?"}, {"undos", "clinic = ?"},
	{"idempotency_keys", "clinic = ?"}, {"api_tokens", "clinic = ?"}, {"credential_overrides", "clinic = ?"},
	{"rule_overrides", "clinic = ?"}, {"strays", "clinic = ?"}, {"mails_in", "clinic = ?"},
	{"text_numbers", "clinic = ?"},
	{"texts_in", "clinic = ?"}, {"break_glass", "clinic = ?"},
}

const ofPerson = "person IN (SELECT id FROM people WHERE clinic = ?)"

// unsavedTables are of this moment or of this installation. Sign-ins are left out, so that a link that was used after
// the backup does not let anybody in again.
var unsavedTables = []string{"signins", "ceremonies", "duties", "processes", "backups", "restores", "secret_keys"}

// BackupOptions say what a backup holds beside the rows.
type BackupOptions struct {
	Program string       // the version of the program
	Clinic  scheduler.ID // the only one whose rows it holds; empty: everything
}

// Backup writes every row as it is at one moment, while others go on changing them. Conflict when a newer program has
// migrated the database or nobody has; Unavailable when it does not answer. What the writer says is given as it is.
func (db *DB) Backup(ctx context.Context, a access.Actor, o BackupOptions, to *backup.Writer) (backup.About, error) {
	about := backup.About{Program: o.Program, KeyCheck: db.root.CheckValue(), Of: backup.OfAll}
	if o.Clinic != "" {
		about.Of = backup.OfClinic
	}
	if err := access.Check(a, access.BackupRun); err != nil {
		return about, err
	}
	var err error
	if about.Schema, err = db.savedSchema(ctx); err != nil {
		return about, err
	}
	if err := db.takeViews(ctx); err != nil {
		return about, err
	}
	err = db.sql.Snapshot(ctx, func(s *sqldb.Tx) error {
		t := &tx{s, db}
		about.At = db.now()
		if about.Clinics, err = t.savedClinics(ctx, o.Clinic); err != nil {
			return err
		}
		for _, table := range savedTables {
			columns, err := t.columns(ctx, table.name)
			if err != nil {
				return err
			}
			about.Tables = append(about.Tables, backup.Table{Name: table.name, Columns: columns})
		}
		if err := to.Begin(about); err != nil {
			return err
		}
		for i, table := range savedTables {
			if err := t.saveRows(ctx, table, about.Tables[i].Columns, o.Clinic, to); err != nil {
				return fmt.Errorf("saving %s: %w", table.name, err)
			}
		}
		return nil
	})
	return about, err
}

// savedSchema gives the schema's version, which this program must know.
func (db *DB) savedSchema(ctx context.Context) (int, error) {
	known, err := db.sql.ReadMigrations(migrations)
	if err != nil {
		return 0, err
	}
	version, err := db.SchemaVersion(ctx)
	switch {
	case err != nil:
		return 0, err
	case version == 0:
		return 0, fault.New(fault.Conflict, "There is nothing to back up: the database is empty. Check --database-url.")
	case version > len(known):
		return 0, fault.New(fault.Conflict, "The database was made by a newer Almanac. Back it up with that program.")
	}
	return version, nil
}

// savedClinics counts what people recognize the clinics of a backup by.
func (t *tx) savedClinics(ctx context.Context, only scheduler.ID) ([]backup.Clinic, error) {
	rows, err := t.Query(ctx, "SELECT id, name FROM clinics ORDER BY id")
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows,
		func(rows *sql.Rows) (c backup.Clinic, err error) { return c, rows.Scan(&c.ID, &c.Name) })
	if err != nil {
		return nil, err
	}
	var found []backup.Clinic
	for _, c := range all {
		if only != "" && c.ID != string(only) {
			continue
		}
		err := t.Row(ctx, `SELECT (SELECT count(*) FROM cohorts WHERE clinic = ?),
  (SELECT count(*) FROM people WHERE clinic = ?), (SELECT count(*) FROM staff WHERE clinic = ?)`, c.ID, c.ID, c.ID).
			Scan(&c.Cohorts, &c.People, &c.Staff)
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, nil
}

// columns gives the columns of a table in the order of the database.
func (t *tx) columns(ctx context.Context, table string) ([]string, error) {
	rows, err := t.Query(ctx, "SELECT * FROM "+table+" WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // there are none
	columns, err := rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("reading the columns of %s: %w", table, err)
	}
	return columns, rows.Err()
}

func (t *tx) saveRows(ctx context.Context, table savedTable, columns []string, only scheduler.ID,
	to *backup.Writer) error {
	query, args := "SELECT "+strings.Join(columns, ", ")+" FROM "+table.name, []any(nil)
	if only != "" {
		query, args = query+" WHERE "+table.ofClinic, []any{only}
	}
	rows, err := t.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err below has what matters
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := to.Row(table.name, values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// KeepBackup notes that a backup of what was at an instant lies where it can be found again, and forgets all but the
// last hundred.
func (db *DB) KeepBackup(ctx context.Context, a access.Actor, b reads.Backup) error {
	if err := access.Check(a, access.BackupRun); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		err := t.Exec(ctx, `INSERT INTO backups (at, octets) VALUES (?, ?)
ON CONFLICT (at) DO UPDATE SET octets = excluded.octets`, sqldb.Stamp(b.At), b.Octets)
		if err != nil {
			return err
		}
		return t.Exec(ctx, "DELETE FROM backups WHERE at NOT IN (SELECT at FROM backups ORDER BY at DESC LIMIT 100)")
	})
	if err != nil {
		return fmt.Errorf("noting a backup: %w", err)
	}
	return nil
}

// LastBackup gives the newest backup that was noted; the zero one when there is none.
func (db *DB) LastBackup(ctx context.Context) (b reads.Backup, err error) {
	err = db.view(ctx, func(t *tx) error {
		return t.Row(ctx, "SELECT at, octets FROM backups ORDER BY at DESC LIMIT 1").Scan(sqldb.When(&b.At), &b.Octets)
	})
	if sqldb.IsNoRows(err) {
		return reads.Backup{}, nil
	}
	return b, err
}
