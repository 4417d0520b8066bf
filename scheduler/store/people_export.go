package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// ExportPeople returns everybody at the clinic with all contact data, by name, and writes to the audit who asked.
func (db *DB) ExportPeople(ctx context.Context, a access.Actor, clinic scheduler.ID) ([]reads.ExportedPerson, error) {
	if err := access.CheckIn(a, access.PersonExport, string(clinic)); err != nil {
		return nil, err
	}
	var all []reads.ExportedPerson
	err := db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		rows, err := t.Query(ctx, "SELECT id FROM people WHERE clinic = ? AND "+standing, clinic)
		if err != nil {
			return err
		}
		ids, err := sqldb.Collect(rows, func(r *sql.Rows) (id scheduler.ID, err error) { return id, r.Scan(&id) })
		if err != nil {
			return fmt.Errorf("listing people: %w", err)
		}
		contacts, err := t.contacts(ctx, clinic, ids)
		if err != nil {
			return err
		}
		all = make([]reads.ExportedPerson, len(contacts))
		for i, c := range contacts {
			all[i] = reads.ExportedPerson{ID: c.ID, Zone: c.Zone, Language: c.Language, Contact: c.Contact}
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: "people.export", Subjects: []scheduler.ID{clinic}})
	})
	slices.SortFunc(all, func(a, b reads.ExportedPerson) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}
