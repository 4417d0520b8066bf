package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/sqldb"
)

// CheckRows reads what a restore has brought as the program reads it: every cohort with its sessions, people and
// seats, every frozen protocol and, unless the store is shut, every sealed column. Invalid (field "file") when
// something cannot be read.
func (db *DB) CheckRows(ctx context.Context, a access.Actor) error {
	if err := access.Check(a, access.BackupRun); err != nil {
		return err
	}
	clinics, err := db.Clinics(ctx, a)
	if err != nil {
		return err
	}
	for _, c := range clinics {
		if err := db.checkCohorts(ctx, c.ID); err != nil {
			return err
		}
		if db.shut {
			continue
		}
		broken, err := db.Unreadable(ctx, access.Operator(string(c.ID)), c.ID)
		if err != nil {
			return err
		}
		if len(broken) > 0 {
			return misfit("at clinic %s rows of %v do not open", c.ID, slices.Sorted(maps.Keys(broken)))
		}
	}
	return nil
}

func (db *DB) checkCohorts(ctx context.Context, clinic scheduler.ID) error {
	var cohorts []scheduler.ID
	err := db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, "SELECT id FROM cohorts WHERE clinic = ? ORDER BY id", clinic)
		if err != nil {
			return err
		}
		cohorts, err = sqldb.Collect(rows, scanID)
		return err
	})
	if err != nil {
		return fmt.Errorf("listing cohorts: %w", err)
	}
	look := desk.Change{Clinic: clinic, Actor: access.Operator(string(clinic)), Action: access.CohortView}
	for _, id := range cohorts {
		if _, err := db.Look(ctx, look, desk.Load{Cohorts: []scheduler.ID{id}, Waitlist: true}); err != nil {
			return misfit("cohort %s cannot be read: %w", id, err)
		}
	}
	return nil
}
