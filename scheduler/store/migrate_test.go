package store_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestLandedMigrationsNeverChange: databases out there have taken them.
func TestLandedMigrationsNeverChange(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, d := range databases {
		names, hashes, err := store.MigrationHashes(bare(t, d.empty(t)))
		if err != nil {
			t.Fatal(err)
		}
		for i, hash := range hashes {
			fmt.Fprintf(&got, "%s %04d_%s %s\n", d.name, i+1, names[i], hash)
		}
	}
	golden := filepath.Join("testdata", "migrations.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("a landed migration changed:\n%snot\n%s", got.String(), want)
	}
}

// laterMigrations are those of a later program, to upgrade with.
func laterMigrations() fstest.MapFS {
	return fstest.MapFS{
		"migrations/0002_more.sql": {Data: []byte(`CREATE TABLE more (
  clinic TEXT NOT NULL REFERENCES clinics (id),
  number INTEGER NOT NULL,
  secret BLOB,
  PRIMARY KEY (clinic, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE clinics ADD COLUMN colour INTEGER NOT NULL DEFAULT 7;
`)},
		"migrations/0002_more.sqlite.sql":   {Data: []byte("CREATE INDEX more_secret ON more (secret);\n")},
		"migrations/0002_more.postgres.sql": {Data: []byte("CREATE INDEX more_secret ON more USING hash (secret);\n")},
		"migrations/0003_less.sql":          {Data: []byte("ALTER TABLE clinics DROP COLUMN colour;\n")},
	}
}

// bare opens a fresh database without migrating it.
func bare(t *testing.T, url string) *store.DB {
	t.Helper()
	secret, err := seal.ParseSecret(seal.NewSecret())
	root, rootErr := seal.NewRoot(secret)
	zones, zonesErr := civil.BuiltinZones()
	if err := errors.Join(err, rootErr, zonesErr); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: url, Root: root, Zones: zones, Now: storetest.NewYear})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// onBare runs a test on a fresh database of each kind that has no schema yet.
func onBare(t *testing.T, test func(t *testing.T, db *store.DB, look *storetest.House)) {
	t.Helper()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			url := d.empty(t)
			test(t, bare(t, url), &storetest.House{URL: url})
		})
	}
}

func TestMigrateTwiceAndTogether(t *testing.T) {
	t.Parallel()
	onBare(t, func(t *testing.T, db *store.DB, look *storetest.House) {
		if v, err := db.SchemaVersion(t.Context()); v != 0 || err != nil {
			t.Errorf("before: version %d, %v", v, err)
		}
		var together sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for range 5 {
			together.Go(func() {
				n, err := db.Migrate(t.Context())
				mu.Lock()
				defer mu.Unlock()
				if total += n; err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		version, err := db.SchemaVersion(t.Context())
		if err != nil || total != version || version == 0 {
			t.Errorf("five at once took %d steps to version %d, %v", total, version, err)
		}
		clinics, err := db.Clinics(t.Context(), access.Operator(""))
		if err != nil || len(clinics) != 1 || clinics[0].Name != "default" || clinics[0].Zone != "Etc/UTC" {
			t.Errorf("the first clinic is %v, %v", clinics, err)
		}
		_ = look
	})
}

func TestOtherSchemasAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ tampering, says string }{
		"newer": {"INSERT INTO schema_migrations (version, name, hash, applied_at) VALUES (99, 'later', 'x', 'y')",
			"The database was made by a newer Almanac: its schema is version 99"},
		"another first migration": {"UPDATE schema_migrations SET hash = 'another' WHERE version = 1",
			"choose an empty data folder or database"},
		"from before the tables were squashed": {"UPDATE schema_migrations SET name = 'house', hash = 'another'; " +
			"INSERT INTO schema_migrations (version, name, hash, applied_at) VALUES (2, 'answers', 'x', 'y'), (23, " +
			"'no_cohort_revision', 'x', 'y')",
			"choose an empty data folder or database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBare(t, func(t *testing.T, db *store.DB, look *storetest.House) {
				if _, err := db.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				look.Do(t, c.tampering)
				n, err := db.Migrate(t.Context())
				if n != 0 || !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%d steps, %v", n, err)
				}
			})
		})
	}
}

// TestUpgrade takes the migrations of a later program, which this one then refuses.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	onBare(t, func(t *testing.T, db *store.DB, look *storetest.House) {
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		before, err := db.Clinics(t.Context(), access.Operator(""))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := store.MigrateWith(t.Context(), db, laterMigrations()); err != nil || n != 2 {
			t.Fatalf("%d steps, %v", n, err)
		}
		after, err := db.Clinics(t.Context(), access.Operator(""))
		if err != nil || len(after) != 1 || after[0].ID != before[0].ID {
			t.Errorf("the clinics were %v and are %v, %v", before, after, err)
		}
		if n, err := db.Migrate(t.Context()); n != 0 || !fault.Is(err, fault.Conflict) ||
			!strings.Contains(err.Error(), "newer Almanac") {
			t.Errorf("the older program took %d steps, %v", n, err)
		}
		look.Do(t, "UPDATE schema_migrations SET hash = 'another' WHERE version = 2")
		if n, err := store.MigrateWith(t.Context(), db, laterMigrations()); n != 0 || !fault.Is(err, fault.Conflict) {
			t.Errorf("after the second migration changed: %d steps, %v", n, err)
		}
	})
}

// TestUpgradedIsFresh upgrades from the first schema and compares with a fresh one.
func TestUpgradedIsFresh(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			fresh, upgraded := d.empty(t), d.empty(t)
			_, err := store.MigrateWith(t.Context(), bare(t, fresh), laterMigrations())
			old := bare(t, upgraded)
			_, first := old.Migrate(t.Context())
			_, again := store.MigrateWith(t.Context(), old, laterMigrations())
			if err := errors.Join(err, first, again); err != nil {
				t.Fatal(err)
			}
			a, b := schema(t, fresh), schema(t, upgraded)
			if !slices.Equal(a, b) || !slices.Contains(a, "index more_secret") {
				t.Errorf("fresh\n%s\nupgraded\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
			}
		})
	}
}

// TestSchemasAreEqual compares tables, columns and indexes of the two databases by name.
func TestSchemasAreEqual(t *testing.T) {
	t.Parallel()
	var all [2][]string
	for i, d := range databases {
		url := d.empty(t)
		if _, err := bare(t, url).Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		all[i] = schema(t, url)
	}
	for _, line := range all[0] {
		if !slices.Contains(all[1], line) {
			t.Errorf("only SQLite has %s", line)
		}
	}
	for _, line := range all[1] {
		if !slices.Contains(all[0], line) {
			t.Errorf("only PostgreSQL has %s", line)
		}
	}
}

// schema lists columns with whether they may be null, and indexes, in the same
// words for both databases.
func schema(t *testing.T, url string) []string {
	t.Helper()
	look := &storetest.House{URL: url}
	columns := `SELECT table_name, column_name, CASE WHEN is_nullable = 'YES' THEN 'null' ELSE '' END,
coalesce(split_part(column_default, '::', 1), '') FROM information_schema.columns WHERE table_schema = current_schema()`
	indexes := `SELECT 'index', i.indexname FROM pg_indexes i WHERE i.schemaname = current_schema()
AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)`
	if strings.HasPrefix(url, "sqlite:") {
		columns = `SELECT t.name, c.name, CASE WHEN c."notnull" = 0 THEN 'null' ELSE '' END, coalesce(c.dflt_value, '')
FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'`
		indexes = "SELECT 'index', name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite%'"
	}
	var lines []string
	for _, row := range slices.Concat(look.Ask(t, columns), look.Ask(t, indexes)) {
		lines = append(lines, strings.Join(row, " "))
	}
	slices.Sort(lines)
	if len(lines) < 100 {
		t.Fatalf("the schema has only %d lines", len(lines))
	}
	return lines
}

func TestInterruptedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	onBare(t, func(t *testing.T, db *store.DB, look *storetest.House) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := db.Migrate(gone); err == nil {
			t.Error("a cancelled migration went through")
		}
		look.Do(t, "CREATE TABLE duties (stands TEXT)") // so that the first migration fails near its end
		if n, err := db.Migrate(t.Context()); err == nil || n != 0 {
			t.Errorf("%d steps, %v", n, err)
		}
		if tables := look.Tables(t); !slices.Equal(tables, []string{"duties"}) {
			t.Errorf("a failed migration left %v", tables)
		}
		look.Do(t, "DROP TABLE duties")
		if n, err := db.Migrate(t.Context()); err != nil || n == 0 {
			t.Errorf("after it was mended: %d steps, %v", n, err)
		}
	})
}

// The page of the tables names every table, and none that is not there.
func TestTablesAreDescribed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/tables.md")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		if cell, _, found := strings.Cut(strings.TrimPrefix(line, "| "), " |"); found && strings.HasPrefix(cell, "`") {
			for name := range strings.SplitSeq(cell, ", ") {
				described[strings.Trim(name, "`")] = true
			}
		}
	}
	h := storetest.NewHouse(t, storetest.SQLite(t))
	for _, table := range h.Tables(t) {
		if !described[table] {
			t.Errorf("docs/tables.md does not say what a row of %s is", table)
		}
		delete(described, table)
	}
	for table := range described {
		t.Errorf("docs/tables.md describes %s, which is no table", table)
	}
}
