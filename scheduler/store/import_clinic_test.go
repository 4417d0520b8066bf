package store_test

import (
	"reflect"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// TestClinicMovesToAnotherDatabase: every row of one clinic comes, none of another, and it comes once.
func TestClinicMovesToAnotherDatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		populate(t, h)
		if _, err := h.DB.AddClinic(t.Context(), access.Operator(""), "South", "America/New_York"); err != nil {
			t.Fatal(err)
		}
		err := h.DB.SetClinic(t.Context(), h.Actor, h.Clinic, "North", "America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		v := newVault(t)
		only := store.BackupOptions{Program: "test", Clinic: h.Clinic}
		file := v.save(t, h.DB, only)
		want := v.rows(t, file)
		if len(want["clinics"]) != 1 || len(want["seats"]) == 0 {
			t.Fatalf("%d clinics are in the file", len(want["clinics"]))
		}
		there := sibling(t, h, storetest.EmptySQLite(t))
		if _, err := there.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		useElsewhere(t, h, there)
		if _, err := there.Import(t.Context(), access.Operator(""), v.open(t, file)); err != nil {
			t.Fatal(err)
		}
		if again := v.rows(t, v.save(t, there, only)); !reflect.DeepEqual(again, want) {
			t.Errorf("the clinic came as\n%v\nand not as\n%v", again, want)
		}
		if err := there.CheckRows(t.Context(), access.Operator("")); err != nil {
			t.Error(err)
		}
		held, err := there.EndRestore(t.Context(), access.Operator(""))
		if err != nil {
			t.Fatal(err)
		}
		waiting, err := there.Waiting(t.Context(), h.Actor, h.Clinic)
		if err != nil || (waiting == nil) != (held == 0) {
			t.Errorf("%d are held back, and %+v wait: %v", held, waiting, err)
		}
		_, err = there.Import(t.Context(), access.Operator(""), v.open(t, file))
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "in this database already") {
			t.Errorf("a second time: %v", err)
		}
		_, err = there.Import(t.Context(), access.Operator(""), v.open(t, v.save(t, h.DB, store.BackupOptions{})))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "holds 2 clinics") {
			t.Errorf("several clinics: %v", err)
		}
		other := v.reopen(t, file, func(a *backup.About) { a.KeyCheck = "other" }, "")
		if _, err = there.Import(t.Context(), access.Operator(""), other); !fault.Is(err, fault.Invalid) {
			t.Errorf("another secret key: %v", err)
		}
	})
}

// useElsewhere makes the clinic of a database that has just been migrated one that is in use, called East.
func useElsewhere(t *testing.T, h *storetest.House, db *store.DB) {
	t.Helper()
	clinics, err := db.Clinics(t.Context(), access.Operator(""))
	if err != nil {
		t.Fatal(err)
	}
	id := clinics[0].ID
	if err := db.SetClinic(t.Context(), access.Operator(string(id)), id, "East", "America/New_York"); err != nil {
		t.Fatal(err)
	}
	east := *h
	east.Clinic, east.Actor, east.DB = id, access.Operator(string(id)), db
	east.Use(db)
	east.OpenRolling(t, "East", 10, 4)
}
