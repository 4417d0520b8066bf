package store_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// BenchmarkWritten enrolls new people in eight sessions each, in a clinic with some hundred enrollments, and gives
// what the database writes to its log for one of them. One comes each second, since the order of their instants is the
// order of some indexes. On PostgreSQL it is measured without page images as well.
func BenchmarkWritten(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		h := storetest.NewHouse(b, storetest.SQLite(b))
		benchmarkWritten(b, h, sqliteLog)
	})
	for _, images := range []string{"off", "on"} {
		b.Run("postgres/images="+images, func(b *testing.B) {
			h := storetest.NewHouse(b, storetest.NewPostgres(b).Database())
			h.Do(b, "ALTER SYSTEM SET full_page_writes = "+images)
			h.Do(b, "SELECT pg_reload_conf()")
			benchmarkWritten(b, h, postgresLog)
		})
	}
}

// benchmarkWritten measures what log gives after a checkpoint, before and after b.N enrolments.
func benchmarkWritten(b *testing.B, h *storetest.House, log func(*testing.B, *storetest.House) func() int64) {
	const cohorts = 40
	for n := range cohorts {
		h.FillCohort(b, h.OpenCohort(b, 8+n%12, 12), 12*n, 12)
	}
	const before = 12 * cohorts
	var open []scheduler.ID
	for n := range b.N/seats + 1 {
		open = append(open, h.OpenCohort(b, 8+n%12, seats))
	}
	bytes := log(b, h)
	begin := bytes()
	b.ResetTimer()
	for n := range b.N {
		h.Set(h.Now().Add(time.Second))
		if e := enrollNew(b, h, open[n/seats], before+n); e.State != scheduler.Active {
			b.Fatalf("the person is %s", e.State)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(bytes()-begin)/1000/float64(b.N), "kB/op")
}

// sqliteLog empties the write-ahead log, lets it grow, and gives a function for its size in pages of 4 kB.
func sqliteLog(b *testing.B, h *storetest.House) func() int64 {
	for _, pragma := range []string{"PRAGMA wal_autocheckpoint = 0", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		rows, err := store.Writer(h.DB).QueryContext(b.Context(), pragma)
		if err != nil {
			b.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return func() int64 {
		info, err := os.Stat(strings.TrimPrefix(h.URL, "sqlite:") + "-wal")
		if err != nil {
			b.Fatal(err)
		}
		const page, frame = 4096, 4096 + 24
		return info.Size() / frame * page
	}
}

// postgresLog makes a checkpoint and gives a function for the position in the write-ahead log.
func postgresLog(b *testing.B, h *storetest.House) func() int64 {
	h.Do(b, "CHECKPOINT")
	return func() int64 {
		at := slices.Concat(h.Ask(b, "SELECT pg_current_wal_insert_lsn() - '0/0'")...)
		n, err := strconv.ParseInt(at[0], 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
}
