package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// vault saves and reads backups with one pair of keys.
type vault struct {
	to backup.Recipients
	by backup.Identities
}

func newVault(t testing.TB) vault {
	t.Helper()
	text, public, err := backup.NewIdentity()
	to, toErr := backup.ParseRecipients([]string{public})
	by, byErr := backup.ReadIdentities(strings.NewReader(text))
	if err := errors.Join(err, toErr, byErr); err != nil {
		t.Fatal(err)
	}
	return vault{to, by}
}

// save makes a backup of a database.
func (v vault) save(t testing.TB, db *store.DB, o store.BackupOptions) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := backup.NewWriter(&file, v.to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Backup(t.Context(), access.Operator(""), o, w); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// open begins to read a backup.
func (v vault) open(t testing.TB, file []byte) *backup.Reader {
	t.Helper()
	r, err := backup.NewReader(bytes.NewReader(file), v.by)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rows gives the rows of a backup, each as a line, by table and in order.
func (v vault) rows(t testing.TB, file []byte) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	_, err := v.open(t, file).Each(func(table backup.Table, row []any) error {
		line, err := json.Marshal(row)
		found[table.Name] = append(found[table.Name], string(line))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for table := range found {
		slices.Sort(found[table])
	}
	return found
}

// sibling opens another database with the key and the clock of a house.
func sibling(t testing.TB, h *storetest.House, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url, Root: h.Root, Zones: h.Zones, Now: h.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// populate fills a house with what a backup should hold.
func populate(t testing.TB, h *storetest.House) (cohort scheduler.ID, people []scheduler.ID) {
	t.Helper()
	cohort, people = h.OpenCohort(t, 18, 12), h.AddPeople(t, 8)
	h.EnrollAll(t, cohort, people)
	rolling := h.OpenRolling(t, "Rolling", 9, 4)
	h.RunRolling(t, rolling, 3, 100)
	return cohort, people
}

// TestEveryTableIsSavedOrNamed: a new table is in backups, or is left out on purpose.
func TestEveryTableIsSavedOrNamed(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	var all []string
	for _, row := range h.Ask(t, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "+
		"AND name <> 'schema_migrations' ORDER BY name") {
		all = append(all, row[0])
	}
	saved, unsaved := store.BackupTables()
	decided := slices.Concat(saved, unsaved)
	slices.Sort(decided)
	if !slices.Equal(all, decided) {
		t.Errorf("the database has the tables\n%q, backups know\n%q", all, decided)
	}
}

// TestBackupComesBack takes a backup while others write, from each database into each, and compares every row.
func TestBackupComesBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, people := populate(t, h)
		var writing sync.WaitGroup
		begun := make(chan struct{})
		writing.Go(func() {
			for i := range 30 {
				h.AddPeople(t, 1)
				if i == 0 {
					close(begun)
				}
			}
		})
		<-begun
		v := newVault(t)
		file := v.save(t, h.DB, store.BackupOptions{Program: "test"})
		writing.Wait()
		want := v.rows(t, file)
		if len(want["people"]) < len(people) || len(want["seats"]) == 0 || len(want["notices"]) == 0 {
			t.Fatalf("the backup has the tables %v", slices.Sorted(maps.Keys(want)))
		}
		for _, d := range databases {
			t.Run("into "+d.name, func(t *testing.T) {
				db := sibling(t, h, d.empty(t))
				done, err := db.Restore(t.Context(), access.Operator(""), v.open(t, file))
				if err != nil {
					t.Fatal(err)
				}
				again := v.rows(t, v.save(t, db, store.BackupOptions{Program: "test"}))
				for table := range want {
					if !reflect.DeepEqual(again[table], want[table]) {
						t.Errorf("%s came back as\n%s\nand not as\n%s", table, again[table], want[table])
					}
				}
				if total := len(slices.Concat(slices.Collect(maps.Values(want))...)); done.Rows != total {
					t.Errorf("%d rows were restored, %d were saved", done.Rows, total)
				}
				if err := db.CheckRestored(t.Context()); !fault.Is(err, fault.Conflict) {
					t.Errorf("before the restore has ended: %v", err)
				}
				if err := db.CheckRows(t.Context(), access.Operator("")); err != nil {
					t.Error(err)
				}
				if _, err := db.EndRestore(t.Context(), access.Operator("")); err != nil {
					t.Fatal(err)
				}
				if err := db.CheckRestored(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// refusedRestore is a restore that must fail and leave nothing behind.
func refusedRestore(t *testing.T, db *store.DB, from *backup.Reader, field, words string) {
	t.Helper()
	_, err := db.Restore(t.Context(), access.Operator(""), from)
	var f *fault.Error
	if !errors.As(err, &f) || f.Field != field || !strings.Contains(f.Message, words) {
		t.Errorf("the error is %v, wanted one of %q that says %q", err, field, words)
	}
	clinics, err := db.Clinics(t.Context(), access.Operator(""))
	if err == nil && (len(clinics) > 1 || len(clinics) == 1 && clinics[0].Name != "default") {
		t.Errorf("a refused restore left the clinics %v", clinics)
	}
}

// TestRestoreRefuses what would leave half a database, or one that nobody can read.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		populate(t, h)
		v := newVault(t)
		file := v.save(t, h.DB, store.BackupOptions{Program: "9.9"})
		url := func() string { return databases[slices.IndexFunc(databases, ofName(t))].empty(t) }
		empty := sibling(t, h, url())
		for _, c := range []struct {
			field, words string
			change       func(*backup.About)
			without      string
		}{
			{"", "newer Almanac, 9.9", func(a *backup.About) { a.Schema = 999 }, ""},
			{"secret-key", "is not the one that this", func(a *backup.About) { a.KeyCheck = "other" }, ""},
			{"file", "does not fit together", func(a *backup.About) { a.Clinics[0].People++ }, ""},
			{"", "with other tables", func(a *backup.About) { a.Tables[3].Columns[0] = "colour" }, ""},
			{"file", "does not fit together", func(*backup.About) {}, "enrollments"},
			{"file", "does not fit together", func(*backup.About) {}, "seats"},
		} {
			refusedRestore(t, empty, v.reopen(t, file, c.change, c.without), c.field, c.words)
		}
		_, err := h.DB.Restore(t.Context(), access.Operator(""), v.open(t, file))
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "holds something already") {
			t.Errorf("into a database that holds something: %v", err)
		}
		other := &storetest.House{Zones: h.Zones}
		if other.Root, err = seal.NewRoot(bytes.Repeat([]byte{8}, seal.SecretSize)); err != nil {
			t.Fatal(err)
		}
		refusedRestore(t, sibling(t, other, url()), v.open(t, file), "secret-key", "secret key")
		if _, err := empty.Restore(t.Context(), access.Operator(""), v.open(t, file)); err != nil {
			t.Errorf("after all refusals: %s", err)
		}
	})
}

func ofName(t *testing.T) func(maker) bool {
	return func(d maker) bool {
		return strings.HasSuffix(t.Name(), d.name)
	}
}

// reopen writes a backup anew that says something else of itself, or leaves the rows of a table out.
func (v vault) reopen(t testing.TB, file []byte, change func(*backup.About), without string) *backup.Reader {
	t.Helper()
	from := v.open(t, file)
	about := from.About()
	change(&about)
	var other bytes.Buffer
	w, err := backup.NewWriter(&other, v.to)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(about); err != nil {
		t.Fatal(err)
	}
	_, err = from.Each(func(table backup.Table, row []any) error {
		if table.Name == without {
			return nil
		}
		return w.Row(table.Name, row)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return v.open(t, other.Bytes())
}

// TestRestoreHoldsBackWhatMayHaveBeenSent: what was due between the backup and now waits, whatever the clock makes
// due; what comes later goes on.
func TestRestoreHoldsBackWhatMayHaveBeenSent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, people := h.OpenCohort(t, 18, 12), h.AddPeople(t, 2)
		h.EnrollAll(t, cohort, people)
		v := newVault(t)
		file := v.save(t, h.DB, store.BackupOptions{Program: "test"})
		h.Set(time.Date(2026, 1, 6, 12, 0, 0, 0, time.UTC)) // eleven hours before the first session
		db := sibling(t, h, storetest.EmptySQLite(t))
		if _, err := db.Restore(t.Context(), access.Operator(""), v.open(t, file)); err != nil {
			t.Fatal(err)
		}
		system := access.System("test")
		if _, err := db.Foresee(t.Context(), system); err != nil {
			t.Fatal(err)
		}
		held, err := db.EndRestore(t.Context(), access.Operator(""))
		if err != nil {
			t.Fatal(err)
		}
		// A welcome each, the invites of the window, and the reminder that was due a day ahead.
		waiting, err := db.Waiting(t.Context(), h.Actor, h.Clinic)
		if err != nil || waiting == nil || waiting.Waiting != held || held < 4 {
			t.Fatalf("%d are held back, %+v wait, %v", held, waiting, err)
		}
		nothingLeaves := func(when string) {
			t.Helper()
			if _, err := db.Foresee(t.Context(), system); err != nil {
				t.Fatal(err)
			}
			if due, err := db.Due(t.Context(), system, 100); err != nil || len(due) > 0 {
				t.Errorf("%s there are due: %v, %v", when, due, err)
			}
		}
		nothingLeaves("right after the restore")
		h.Set(h.Now().Add(10 * time.Minute))
		nothingLeaves("ten minutes later")
		h.Set(time.Date(2026, 1, 12, 23, 0, 30, 0, time.UTC)) // a day before the second session
		if _, err := db.Foresee(t.Context(), system); err != nil {
			t.Fatal(err)
		}
		if due, err := db.Due(t.Context(), system, 100); err != nil || len(due) < len(people) {
			t.Errorf("only %d reminders and invites go on: %v", len(due), err)
		}
		decide(t, h, db, held)
	})
}

// decide lets half of what waits go and sends nothing twice.
func decide(t *testing.T, h *storetest.House, db *store.DB, held int) {
	t.Helper()
	if n, err := db.Release(t.Context(), h.Actor, h.Clinic, reads.OnlyCheck); err != nil || n != held {
		t.Errorf("release would send %d: %v", n, err)
	}
	if n, err := db.LetGo(t.Context(), h.Actor, h.Clinic, reads.OnlyCheck); err != nil || n != held {
		t.Errorf("drop would let %d go: %v", n, err)
	}
	if n, err := db.Release(t.Context(), h.Actor, h.Clinic, reads.Do); err != nil || n != held {
		t.Errorf("release sends %d: %v", n, err)
	}
	if waiting, err := db.Waiting(t.Context(), h.Actor, h.Clinic); err != nil || waiting != nil {
		t.Errorf("after the release there wait %+v: %v", waiting, err)
	}
	if due, err := db.Due(t.Context(), access.System("test"), 100); err != nil || len(due) < held {
		t.Errorf("after the release there are due %d: %v", len(due), err)
	}
	if n, err := db.LetGo(t.Context(), h.Actor, h.Clinic, reads.Do); err != nil || n != 0 {
		t.Errorf("afterwards drop lets %d go: %v", n, err)
	}
	facilitator := access.Operator("elsewhere")
	if _, err := db.Release(t.Context(), facilitator, h.Clinic, reads.Do); err == nil {
		t.Error("another clinic may decide")
	}
}

// TestShutRestoreOpensNothing: a backup can be checked where the secret key is not.
func TestShutRestoreOpensNothing(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	populate(t, h)
	v := newVault(t)
	file := v.save(t, h.DB, store.BackupOptions{Program: "test"})
	secret, err := seal.ParseSecret(seal.NewSecret())
	if err != nil {
		t.Fatal(err)
	}
	root, err := seal.NewRoot(secret)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(),
		store.Options{URL: storetest.EmptySQLite(t), Root: root, Zones: h.Zones, Now: h.Now, Shut: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Restore(t.Context(), access.Operator(""), v.open(t, file))
	if err := errors.Join(err, db.CheckRows(t.Context(), access.Operator("")), db.Close()); err != nil {
		t.Error(err)
	}
}

// TestLastBackup is the newest that was noted.
func TestLastBackup(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		if last, err := h.DB.LastBackup(t.Context()); err != nil || !last.At.IsZero() {
			t.Errorf("before the first: %v, %v", last, err)
		}
		for _, hours := range []int{2, 5, 3} {
			made := reads.Backup{At: h.Now().Add(time.Duration(hours) * time.Hour), Octets: int64(hours)}
			if err := h.DB.KeepBackup(t.Context(), access.Operator(""), made); err != nil {
				t.Fatal(err)
			}
		}
		if last, err := h.DB.LastBackup(t.Context()); err != nil || last.Octets != 5 {
			t.Errorf("the last is %v, %v", last, err)
		}
	})
}
