//go:build crashpoints

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/store/storetest"
)

// onSQLite leaves the database where the data is.
func onSQLite(testing.TB) (string, *storetest.Server) { return "", nil }

// onPostgres starts a server of the rehearsal's own that remembers when each
// transaction was committed.
func onPostgres(t testing.TB) (string, *storetest.Server) {
	server := storetest.NewPostgres(t)
	url := server.Database()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "ALTER SYSTEM SET track_commit_timestamp = on"); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	server.Stop()
	server.Start()
	return url, server
}

// kills gives how many kills a rehearsal is to have: CHAOS_KILLS, or few.
func kills(t testing.TB, few int) int {
	t.Helper()
	if text := os.Getenv("CHAOS_KILLS"); text != "" {
		if _, err := fmt.Sscan(text, &few); err != nil {
			t.Fatalf("CHAOS_KILLS: %s", err)
		}
	}
	return few
}

// TestKilledEverywhere kills nodes and a desk at every named point, again and
// again. Nothing is lost, late or untrue, and what comes twice was cut off.
func TestKilledEverywhere(t *testing.T) {
	for name, plan := range map[string]rehearsalPlan{
		"sqlite":   {database: onSQLite, nodes: 3},
		"postgres": {database: onPostgres, redis: true, nodes: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan.kills, plan.scale, plan.patience = kills(t, 25), 10, 40*time.Second
			if plan.kills > 100 {
				plan.patience = 15 * time.Minute
			}
			r, v := rehearse(t, plan)
			r.judged(v)
			if r.killed() < plan.kills {
				t.Errorf("only %d kills of %d", r.killed(), plan.kills)
			}
		})
	}
}

// TestSwitchedOffGateIsSeen is the negative control: without the gate the same
// rehearsal must find something untrue. On a busy machine little may happen in one
// rehearsal, so there are three at most.
func TestSwitchedOffGateIsSeen(t *testing.T) {
	for range 3 {
		r, v := rehearse(t, rehearsalPlan{
			database: onSQLite, nodes: 2, kills: 1000, scale: 60, patience: 15 * time.Second, sabotage: "gate",
		})
		t.Log(v, r.happened)
		if len(v.untrue) > 0 {
			return
		}
	}
	t.Error("the gate was switched off and nobody saw it")
}

// TestEverythingGoesWrong has whatever a house stands on fail beside the kills.
func TestEverythingGoesWrong(t *testing.T) {
	if os.Getenv("CHAOS_KILLS") == "" {
		t.Skip("CHAOS_KILLS is not set")
	}
	mail := []string{"mail dropped", "mail answer lost", "mail 450", "mail slow", "mail down",
		"mail hangs after the dot", "mail 550", "mail half-open"}
	for name, plan := range map[string]rehearsalPlan{
		"sqlite": {database: onSQLite, nodes: 2, folder: chaosDisk,
			troubles: append([]string{"pause", "disk"}, mail...)},
		"postgres": {database: onPostgres, redis: true, nodes: 5,
			troubles: append([]string{"pause", "postgres", "redis flushed", "redis killed",
				"redis an old dump", "redis slow", "redis half-open"}, mail...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan.kills, plan.scale, plan.patience = kills(t, 25)/2, 10, 10*time.Minute
			r, v := rehearse(t, plan)
			r.judged(v)
		})
	}
}

// chaosDisk mounts a disk of 64 MB for the data.
func chaosDisk(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs",
		folder).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", folder).CombinedOutput(); err != nil {
			t.Errorf("unmounting: %s", out)
		}
	})
	return folder
}

// TestKilledWhileMigrating kills the first migration half way, and takes it again.
func TestKilledWhileMigrating(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.EmptySQLite,
		"postgres": storetest.EmptyPostgres} {
		t.Run(name, func(t *testing.T) {
			for range max(3, kills(t, 0)/50) {
				migrateTwice(t, database(t))
			}
		})
	}
}

func migrateTwice(t *testing.T, url string) {
	t.Helper()
	clock, log := fastClock{time.Now(), time.Now(), 1}, t.TempDir()+"/migrate.log"
	options := []string{"--database-url", url, "--data-dir", t.TempDir()}
	for _, step := range []struct{ crash, want string }{{"in-migration:1", "killed"}, {"", "ended"}} {
		c, err := startChild("migrate", step.crash, clock, log, nil, options...)
		if err != nil {
			t.Fatal(err)
		}
		if ended := c.wait(time.Minute); ended != step.want ||
			ended == "ended" && c.cmd.ProcessState.ExitCode() != exitDone {
			said, _ := os.ReadFile(log)
			t.Fatalf("with crash %q the migration %s (%d), want %s: %s", step.crash, ended,
				c.cmd.ProcessState.ExitCode(), step.want, said)
		}
	}
	driver, source := "pgx", url
	if path, found := strings.CutPrefix(url, "sqlite:"); found {
		driver, source = "sqlite", "file:"+path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var steps, clinics int
	err = db.QueryRowContext(context.WithoutCancel(t.Context()),
		"SELECT (SELECT count(*) FROM schema_migrations), (SELECT count(*) FROM clinics)").Scan(&steps, &clinics)
	if err != nil || steps == 0 || clinics != 1 {
		t.Errorf("after the second migration there are %d steps and %d clinics (%v)", steps, clinics, err)
	}
}
