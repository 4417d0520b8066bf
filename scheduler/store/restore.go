package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Restore fills an empty database with the rows of a backup, all of them in one transaction or none. Until EndRestore
// the database is marked as unfinished and no message leaves it.
//
// Invalid (field "file") when the backup is damaged or does not fit together, Invalid (field "secret-key") when it was
// made with another secret key, Conflict when a newer program made it or the database holds anything.
func (db *DB) Restore(ctx context.Context, a access.Actor, from *backup.Reader) (reads.Restored, error) {
	about := from.About()
	if err := access.Check(a, access.BackupRun); err != nil {
		return reads.Restored{}, err
	}
	if err := db.fits(about); err != nil {
		return reads.Restored{}, err
	}
	all, err := db.sql.ReadMigrations(migrations)
	if err != nil {
		return reads.Restored{}, err
	}
	if err := db.checkEmpty(ctx); err != nil {
		return reads.Restored{}, err
	}
	if _, err := db.migrate(ctx, all[:about.Schema]); err != nil {
		return reads.Restored{}, err
	}
	done := reads.Restored{BackupAt: about.At}
	err = db.sql.WriteOnce(ctx, func(s *sqldb.Tx) (err error) {
		t := &tx{s, db}
		done.At = db.now()
		if err := t.checkEmpty(ctx); err != nil {
			return err
		}
		if _, err := t.Count(ctx, "DELETE FROM clinics"); err != nil { // the one that the first migration made
			return err
		}
		if done.Rows, err = t.restoreRows(ctx, from); err != nil {
			return err
		}
		_, err = t.Count(ctx, "INSERT INTO restores (at, backup_at) VALUES (?, ?)", sqldb.Stamp(done.At),
			sqldb.Stamp(about.At))
		return err
	})
	if err != nil {
		return done, err
	}
	_, err = db.migrate(ctx, all)
	return done, err
}

// Import adds the one clinic of a file to a database that may hold others, all of its rows or none. Until EndRestore
// the database is marked as unfinished and no message leaves it.
//
// Invalid (field "file") when the file holds several clinics, is damaged or does not fit together, Invalid (field
// "secret-key") when it was made with another secret key, Conflict when the clinic or its name is there already, a
// program runs on the database, or the file was made with another schema.
func (db *DB) Import(ctx context.Context, a access.Actor, from *backup.Reader) (reads.Restored, error) {
	about := from.About()
	done := reads.Restored{BackupAt: about.At}
	if err := access.Check(a, access.BackupRun); err != nil {
		return done, err
	}
	if len(about.Clinics) != 1 {
		return done, fault.In("file", "This file holds %d clinics. Make one of a single clinic with `almanac clinic "+
			"export`, or fill an empty database from it with `almanac restore`.", len(about.Clinics))
	}
	if err := db.fits(about); err != nil {
		return done, err
	}
	version, err := db.SchemaVersion(ctx)
	if err == nil && version != about.Schema {
		err = fault.New(fault.Conflict, "The file was made by an older Almanac, %s. Bring that one up to date, and "+
			"export the clinic again.", about.Program)
	}
	if err != nil {
		return done, err
	}
	err = db.sql.WriteOnce(ctx, func(s *sqldb.Tx) (err error) {
		t := &tx{s, db}
		done.At = db.now()
		if err := t.makeRoom(ctx, about.Clinics[0]); err != nil {
			return err
		}
		if done.Rows, err = t.restoreRows(ctx, from); err != nil {
			return err
		}
		_, err = t.Count(ctx, "INSERT INTO restores (at, backup_at, only_clinic) VALUES (?, ?, ?)",
			sqldb.Stamp(done.At), sqldb.Stamp(about.At), about.Clinics[0].ID)
		return err
	})
	return done, err
}

// makeRoom refuses a clinic that is there already, and takes out the one that the first migration made while nobody
// has used it.
func (t *tx) makeRoom(ctx context.Context, c backup.Clinic) error {
	if err := errors.Join(t.checkStopped(ctx), t.oneSecret(ctx)); err != nil {
		return err
	}
	unused, err := t.unusedClinic(ctx)
	if err != nil && !sqldb.IsNoRows(err) {
		return err
	}
	if _, err := t.Count(ctx, "DELETE FROM clinics WHERE id = ?", unused); err != nil {
		return err
	}
	var there int
	err = t.Row(ctx, "SELECT count(*) FROM clinics WHERE id = ? OR name = ?", c.ID, c.Name).Scan(&there)
	if err == nil && there > 0 {
		return fault.New(fault.Conflict, "The clinic, or another one of its name, is in this database already. An "+
			"import writes over nothing: rename that one with `almanac clinic set name`, or choose another database.")
	}
	return err
}

// fits refuses what this program, or its secret key, cannot read.
func (db *DB) fits(about backup.About) error {
	known, err := db.sql.ReadMigrations(migrations)
	switch {
	case err != nil:
		return err
	case about.Schema > len(known):
		return fault.New(fault.Conflict,
			"The backup was made by a newer Almanac, %s: its schema is version %d and this program knows %d. "+
				"Use that program or a newer one.", about.Program, about.Schema, len(known))
	case about.Schema < 1:
		return fault.In("file", "The backup names no schema, so it cannot be brought back.")
	case about.KeyCheck != db.root.CheckValue() && !db.shut:
		return fault.In("secret-key",
			"The secret key is not the one that this backup was made with, so nothing in it could be read. Put that "+
				"key into the file secret.key of the data folder, or give it with --secret-key.")
	}
	return nil
}

// checkEmpty is Conflict when a database holds anything that a restore would bring, or a program runs on it.
func (db *DB) checkEmpty(ctx context.Context) error {
	if version, err := db.SchemaVersion(ctx); err != nil || version == 0 {
		return err
	}
	return db.view(ctx, func(t *tx) error { return t.checkEmpty(ctx) })
}

func (t *tx) checkEmpty(ctx context.Context) error {
	holds := fault.New(fault.Conflict,
		"The database holds something already, and a restore writes over nothing. Choose an empty data folder with "+
			"--data-dir, or an empty database with --database-url.")
	for _, table := range savedTables {
		least := 1
		if table.name == "clinics" {
			least = 2 // the first migration makes one
		}
		var rows int
		err := t.Row(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+table.name+" LIMIT 2) AS found").Scan(&rows)
		switch {
		case err != nil:
			return fmt.Errorf("looking into %s: %w", table.name, err)
		case rows >= least:
			return holds
		}
	}
	var changed int
	if err := t.Row(ctx, "SELECT count(*) FROM clinics WHERE name <> ? OR change_no <> 0", defaultClinic).
		Scan(&changed); err != nil {
		return err
	}
	if changed > 0 {
		return holds
	}
	return t.checkStopped(ctx)
}

// checkStopped is Conflict while a program runs on the database.
func (t *tx) checkStopped(ctx context.Context) error {
	var alive int
	err := t.Row(ctx, "SELECT count(*) FROM processes WHERE seen_at > ?",
		sqldb.Stamp(t.db.now().Add(-reads.DeadAfter))).Scan(&alive)
	if err == nil && alive > 0 {
		return fault.New(fault.Conflict,
			"A program is running on this database. Stop it, wait a minute, and try again.")
	}
	return err
}

// restoring is what one restore has seen so far.
type restoring struct {
	*tx
	about  backup.About
	seated map[string]int64 // of each session, as the backup has it
	table  backup.Table
	into   string
	rows   [][]any
	count  int
}

// restoreRows writes every row of a backup, and compares what the database then has with what the backup said.
func (t *tx) restoreRows(ctx context.Context, from *backup.Reader) (int, error) {
	r := &restoring{tx: t, about: from.About(), seated: map[string]int64{}}
	if err := r.checkTables(ctx); err != nil {
		return 0, err
	}
	_, err := from.Each(func(table backup.Table, row []any) error { return r.row(ctx, table, row) })
	if err == nil {
		err = r.write(ctx)
	}
	if err != nil {
		return 0, err
	}
	if err := r.checkSeats(ctx); err != nil {
		return 0, err
	}
	return r.count, r.checkClinics(ctx)
}

// misfit says that a backup was read whole and does not fit together.
func misfit(format string, args ...any) error {
	return fault.Wrap(fault.Invalid, fmt.Errorf(format, args...),
		"The backup does not fit together, so nothing was taken from it. Use another copy or an older one.").In("file")
}

// checkTables compares the tables and columns of the backup with those of the database.
func (r *restoring) checkTables(ctx context.Context) error {
	for _, table := range savedTables {
		at := slices.IndexFunc(r.about.Tables, func(b backup.Table) bool { return b.Name == table.name })
		columns, err := r.columns(ctx, table.name)
		if err != nil {
			return err
		}
		if at < 0 || !sameColumns(columns, r.about.Tables[at].Columns) {
			return fault.Wrap(fault.Conflict, fmt.Errorf("table %s has other columns", table.name),
				"The backup was made by an Almanac with other tables, %s. Restore it with that program, and then "+
					"bring the database up to date with this one.", r.about.Program)
		}
	}
	if len(r.about.Tables) > len(savedTables) {
		return misfit("the backup has %d tables", len(r.about.Tables))
	}
	return nil
}

func sameColumns(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// row collects a row until there are enough for one statement.
func (r *restoring) row(ctx context.Context, table backup.Table, row []any) error {
	if table.Name != r.table.Name {
		if err := r.write(ctx); err != nil {
			return err
		}
		r.table = table
		r.into = "INSERT INTO " + table.Name + " (" + strings.Join(table.Columns, ", ") + ")"
	}
	if table.Name == "sessions" { // the triggers on seats count anew
		id, at := slices.Index(table.Columns, "id"), slices.Index(table.Columns, "seated")
		name, _ := row[id].(string)
		r.seated[name], _ = row[at].(int64)
		row[at] = int64(0)
	}
	r.rows, r.count = append(r.rows, row), r.count+1
	if len(r.rows) < sqldb.MostInserted {
		return nil
	}
	return r.write(ctx)
}

// write writes the collected rows. That one refers to a row that is not there, or stands twice, is the backup's fault.
func (r *restoring) write(ctx context.Context) error {
	for part := range sqldb.Chunks(r.rows) {
		text, args := sqldb.Values(part)
		behind := ""
		if r.table.Name == "definitions" { // other clinics may have them
			behind = " ON CONFLICT (hash) DO NOTHING"
		}
		if _, err := r.Count(ctx, r.into+" VALUES "+text+behind, args...); err != nil {
			if r.db.sql.IsConstraint(err) {
				return misfit("writing %s: %w", r.table.Name, err)
			}
			return fmt.Errorf("writing %s: %w", r.table.Name, err)
		}
	}
	r.rows = r.rows[:0]
	return nil
}

// checkSeats compares how many seats of each session the database has counted with what the backup says.
func (r *restoring) checkSeats(ctx context.Context) error {
	left := len(r.seated)
	for _, c := range r.about.Clinics {
		rows, err := r.Query(ctx, "SELECT id, seated FROM sessions WHERE clinic = ?", c.ID)
		if err != nil {
			return err
		}
		seen, err := sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
			var id string
			var seated int64
			if err := rows.Scan(&id, &seated); err != nil {
				return none, err
			}
			if r.seated[id] != seated {
				return none, misfit("session %s has %d seats that are taken and not %d", id, seated, r.seated[id])
			}
			return none, nil
		})
		if err != nil {
			return err
		}
		left -= len(seen)
	}
	if left != 0 {
		return misfit("%d sessions belong to no clinic", left)
	}
	return nil
}

// checkClinics compares the clinics with those that the backup said it holds, and opens the key of each. Of a backup
// that was made while the secret key was changed, only what this key opens is kept.
func (r *restoring) checkClinics(ctx context.Context) error {
	only := scheduler.ID("")
	if len(r.about.Clinics) == 1 {
		only = scheduler.ID(r.about.Clinics[0].ID)
	}
	found, err := r.savedClinics(ctx, only)
	if err != nil {
		return err
	}
	if !slices.Equal(found, r.about.Clinics) {
		return misfit("the clinics are not those that it says")
	}
	for _, c := range found {
		var wrapped, next []byte
		err := r.Row(ctx, "SELECT data_key, next_key FROM clinics WHERE id = ?", c.ID).Scan(&wrapped, &next)
		if err != nil {
			return err
		}
		if _, err := r.db.root.OpenClinicKey(c.ID, wrapped); err != nil && len(next) > 0 {
			wrapped = next
		}
		if _, err := r.db.root.OpenClinicKey(c.ID, wrapped); err != nil && !r.db.shut {
			return misfit("the key of clinic %s: %w", c.ID, err)
		}
		if len(next) == 0 {
			continue
		}
		err = r.Exec(ctx, "UPDATE clinics SET data_key = ?, next_key = NULL WHERE id = ?", wrapped, c.ID)
		if err != nil {
			return err
		}
	}
	return nil
}
