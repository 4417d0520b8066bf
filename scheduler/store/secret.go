package store

import (
	"context"
	"database/sql"
	"errors"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// CheckSecret opens the key of every clinic and keeps it, so that a change of the secret key troubles no one later.
// It is Invalid when the secret key is not the one of this database, by its check value or because the key of a clinic
// does not open. A database that nobody has migrated passes; Unavailable when it cannot be asked.
func (db *DB) CheckSecret(ctx context.Context) error {
	if version, err := db.SchemaVersion(ctx); err != nil || version == 0 {
		return err
	}
	return db.view(ctx, func(t *tx) error {
		keys, err := t.secretKeys(ctx, "")
		if err != nil {
			return err
		}
		if keys.are(db.root.CheckValue()) {
			err = t.openKeys(ctx)
		} else {
			err = seal.ErrSealed
		}
		if errors.Is(err, seal.ErrSealed) {
			return fault.Wrap(fault.Invalid, err,
				"The secret key is not the one that this database was made with, so nothing in it can be read. "+
					"Restore that key: the file secret.key in the data folder, or the options secret-key and "+
					"secret-key-command.").In("secret-key")
		}
		return err
	})
}

// sealedColumns are what of a person's or staff's can be shown, by their queries, which give the person's key, too.
var sealedColumns = []struct{ table, column, query string }{
	{"people", "name", "SELECT id, name, data_key FROM people WHERE clinic = ?"},
	{"people", "email", "SELECT id, email, data_key FROM people WHERE clinic = ?"},
	{"people", "phone", "SELECT id, phone, data_key FROM people WHERE clinic = ?"},
	{"staff", "name", "SELECT id, name, NULL FROM staff WHERE clinic = ?"},
	{"staff", "email", "SELECT id, email, NULL FROM staff WHERE clinic = ?"},
	{"tasks", "note", "SELECT id, note, NULL FROM tasks WHERE clinic = ?"},
}

// Unreadable counts the rows of a clinic with a sealed text that does not open, by table.
func (db *DB) Unreadable(ctx context.Context, a access.Actor, clinic scheduler.ID) (reads.Unreadable, error) {
	if err := access.CheckIn(a, access.ClinicView, string(clinic)); err != nil {
		return nil, err
	}
	broken := map[string]map[scheduler.ID]bool{}
	err := db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		for _, c := range sealedColumns {
			rows, err := t.Query(ctx, c.query, clinic)
			if err != nil {
				return err
			}
			_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
				var id scheduler.ID
				var kept, own []byte
				if err := rows.Scan(&id, &kept, &own); err != nil {
					return none, err
				}
				var by opener = key
				if c.table == "people" {
					by = key.person(clinic, id, own)
				}
				_, err = openedExactly(by, place(clinic, c.table, c.column, id), kept)
				if !errors.Is(err, seal.ErrSealed) {
					return none, err
				}
				if broken[c.table] == nil {
					broken[c.table] = map[scheduler.ID]bool{}
				}
				broken[c.table][id] = true
				return none, nil
			})
			if err != nil {
				return err
			}
		}
		return t.alteredRows(ctx, clinic, key, func(table string, id scheduler.ID) {
			if broken[table] == nil {
				broken[table] = map[scheduler.ID]bool{}
			}
			broken[table][id] = true
		})
	})
	counts := reads.Unreadable{}
	for table, rows := range broken {
		counts[table] = len(rows)
	}
	return counts, err
}
