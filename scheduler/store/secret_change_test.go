package store_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// rootBy gives a root of its own for each octet; that of houses is of 7.
func rootBy(t testing.TB, octet byte) *seal.Root {
	t.Helper()
	root, err := seal.NewRoot(bytes.Repeat([]byte{octet}, seal.SecretSize))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// under is the same house as a process with another secret key sees it.
func under(t testing.TB, h *storetest.House, root *seal.Root) *storetest.House {
	t.Helper()
	next := *h
	next.Root = root
	next.DB = next.Another(t)
	next.Use(next.DB)
	return &next
}

// load enrolls people and reads their links in several goroutines until it is ended, and counts what goes wrong.
type load struct {
	done, failed atomic.Int64
	last         atomic.Pointer[error]
	tick         chan struct{}
	turns        *sync.Mutex // two processes would starve each other at the lock of SQLite; nil: they need none
	stop         context.CancelFunc
	running      sync.WaitGroup
}

func (l *load) run(t *testing.T, h *storetest.House, cohort scheduler.ID, first int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l.stop, l.tick = stop, make(chan struct{})
	for worker := range 2 {
		l.running.Go(func() {
			for n := first + 1000*worker; ctx.Err() == nil; n++ {
				if l.turns != nil {
					l.turns.Lock()
				}
				e, err := h.Desk.Enroll(t.Context(), h.Request(),
					scheduler.EnrollRequest{Cohort: cohort, Contact: storetest.Contact(n)})
				if err == nil {
					_, err = h.DB.Links(t.Context(), h.Actor, h.Clinic, e.Person)
				}
				if l.turns != nil {
					l.turns.Unlock()
				}
				if err != nil {
					l.failed.Add(1)
					l.last.Store(&err)
				}
				l.done.Add(1)
				select {
				case l.tick <- struct{}{}:
				default:
				}
			}
		})
	}
}

// goesOn waits until the load has done some more.
func (l *load) goesOn() {
	for range 4 {
		<-l.tick
	}
}

func (l *load) end(t *testing.T, who string) {
	t.Helper()
	l.stop()
	l.running.Wait()
	t.Logf("%s: %d enrollments", who, l.done.Load())
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%s: %d of %d enrollments failed, the last with %v", who, n, l.done.Load(), *l.last.Load())
	}
}

// The secret key is changed while two processes, one with each key, enroll people: nothing fails and every link stays.
// Then the old key opens nothing, and a process that still has it in memory goes on.
func TestSecretChangesTogetherWithLoad(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, operator := t.Context(), access.Operator("")
		cohort := h.OpenCohort(t, 18, 12)
		known := join(t, h, cohort, storetest.Contact(9999))
		links, err := h.DB.Links(ctx, h.Actor, h.Clinic, known.Person)
		if err != nil {
			t.Fatal(err)
		}
		wrapped := []byte(h.Ask(t, "SELECT data_key FROM clinics")[0][0])
		next := rootBy(t, 9)
		var before, after load
		if strings.HasPrefix(h.URL, "sqlite:") {
			before.turns = &sync.Mutex{}
			after.turns = before.turns
		}
		before.run(t, h, cohort, 10000)
		before.goesOn()
		if c, err := h.DB.WrapSecret(ctx, operator, next, reads.Do); err != nil || c.Clinics != 1 ||
			c.Next != next.CheckValue() {
			t.Fatalf("wrapping gives %+v, %v", c, err)
		}
		mid := under(t, h, next)
		for who, p := range map[string]*storetest.House{"new": mid, "old": under(t, h, h.Root)} {
			got, err := p.DB.Links(ctx, h.Actor, h.Clinic, known.Person)
			if err := p.DB.CheckSecret(ctx); err != nil {
				t.Errorf("the %s key is refused while both open: %v", who, err)
			}
			if err != nil || got != links {
				t.Errorf("with the %s key the links are %v, %v", who, got, err)
			}
		}
		after.run(t, mid, cohort, 20000)
		after.goesOn()
		before.goesOn()
		system, process := access.System("heartbeat"), storetest.RandomID()
		if err := h.DB.Heartbeat(ctx, system, process, "web"); err != nil {
			t.Fatal(err)
		}
		_, err = h.DB.FinishSecret(ctx, operator, reads.Do)
		wantFault(t, err, fault.Conflict, "") // with the old key
		if _, err = mid.DB.FinishSecret(ctx, operator, reads.Do); !fault.Is(err, fault.Conflict) ||
			!strings.Contains(err.Error(), "still run with the old secret key: 1") {
			t.Errorf("finishing while a process runs gives %v", err)
		}
		if err := h.DB.EndHeartbeat(ctx, system, process); err != nil {
			t.Fatal(err)
		}
		if c, err := mid.DB.FinishSecret(ctx, operator, reads.Do); err != nil || c.Used != next.CheckValue() ||
			c.Next != "" {
			t.Fatalf("finishing gives %+v, %v", c, err)
		}
		before.goesOn()
		after.goesOn()
		before.end(t, "the old process")
		after.end(t, "the new process")
		refusedWith(t, h, h.Root, known.Person, wrapped)
	})
}

// refusedWith wants a secret key to open nothing of a house any more.
func refusedWith(t *testing.T, h *storetest.House, root *seal.Root, person scheduler.ID, wrapped []byte) {
	t.Helper()
	old := under(t, h, root)
	wantFault(t, old.DB.CheckSecret(t.Context()), fault.Invalid, "secret-key")
	if links, err := old.DB.Links(t.Context(), h.Actor, h.Clinic, person); err == nil || links != (reads.Links{}) {
		t.Errorf("the old key still makes links: %v", err)
	}
	_, err := old.DB.AddClinic(t.Context(), access.Operator(""), "Another", "America/Chicago")
	wantFault(t, err, fault.Unavailable, "")
	for _, column := range []string{"data_key", "next_key"} {
		kept := h.Ask(t, "SELECT "+column+" FROM clinics")[0][0]
		if _, err := root.OpenClinicKey(string(h.Clinic), []byte(kept)); err == nil {
			t.Errorf("the old key opens %s", column)
		}
	}
	if path, is := strings.CutPrefix(h.URL, "sqlite:"); is {
		for _, file := range []string{path, path + "-wal"} {
			if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, wrapped) {
				t.Errorf("%s still has the key that the old one opens", file)
			}
		}
	}
}

// While a change is open no clinic is added; another change, and a change to the key in use, are refused; a preview
// changes nothing; and a change can be given up.
func TestSecretChangeRefusals(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, operator, next := t.Context(), access.Operator(""), rootBy(t, 9)
		_, err := h.DB.FinishSecret(ctx, operator, reads.Do)
		wantFault(t, err, fault.Conflict, "")
		_, err = h.DB.CancelSecret(ctx, operator, reads.Do)
		wantFault(t, err, fault.Conflict, "")
		_, err = h.DB.WrapSecret(ctx, operator, h.Root, reads.Do)
		wantFault(t, err, fault.Invalid, "")
		_, err = h.DB.WrapSecret(ctx, access.System("web"), next, reads.Do)
		wantFault(t, err, fault.Forbidden, "")
		if _, err := h.DB.WrapSecret(ctx, operator, next, reads.OnlyCheck); err != nil {
			t.Error(err)
		}
		wantFault(t, under(t, h, next).DB.CheckSecret(ctx), fault.Invalid, "secret-key")
		for range 2 { // again is no error
			if _, err := h.DB.WrapSecret(ctx, operator, next, reads.Do); err != nil {
				t.Fatal(err)
			}
		}
		_, err = h.DB.WrapSecret(ctx, operator, rootBy(t, 10), reads.Do)
		wantFault(t, err, fault.Conflict, "")
		_, err = h.DB.AddClinic(ctx, operator, "Another", "America/Chicago")
		wantFault(t, err, fault.Conflict, "")
		_, err = under(t, h, next).DB.CancelSecret(ctx, operator, reads.Do)
		wantFault(t, err, fault.Conflict, "")
		if _, err := h.DB.CancelSecret(ctx, operator, reads.Do); err != nil {
			t.Fatal(err)
		}
		wantFault(t, under(t, h, next).DB.CheckSecret(ctx), fault.Invalid, "secret-key")
		if c, err := h.DB.SecretChange(ctx, operator); err != nil || c != (reads.SecretChange{
			Used: h.Root.CheckValue(), Clinics: 1}) {
			t.Errorf("after giving up: %+v, %v", c, err)
		}
		if _, err := h.DB.AddClinic(ctx, operator, "Another", "America/Chicago"); err != nil {
			t.Error(err)
		}
		rows := h.Ask(t, "SELECT action FROM audit WHERE action LIKE 'secret.%' ORDER BY action")
		if len(rows) != 2 || rows[0][0] != "secret.cancel" || rows[1][0] != "secret.wrap" {
			t.Errorf("the audit says %v", rows)
		}
	})
}

// A backup that was made while a change was open is restored with the key of the process that made it, and then holds
// nothing of the other one.
func TestBackupWithinASecretChange(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	_, people := populate(t, h)
	links, err := h.DB.Links(t.Context(), h.Actor, h.Clinic, people[0])
	if err != nil {
		t.Fatal(err)
	}
	next := rootBy(t, 9)
	if _, err := h.DB.WrapSecret(t.Context(), access.Operator(""), next, reads.Do); err != nil {
		t.Fatal(err)
	}
	v := newVault(t)
	for _, root := range []*seal.Root{h.Root, next} {
		file := v.save(t, under(t, h, root).DB, store.BackupOptions{Program: "test"})
		db := sibling(t, under(t, h, root), storetest.EmptySQLite(t))
		if _, err := db.Restore(t.Context(), access.Operator(""), v.open(t, file)); err != nil {
			t.Fatal(err)
		}
		got, err := db.Links(t.Context(), h.Actor, h.Clinic, people[0])
		if err != nil || got != links {
			t.Errorf("after the restore the links are %v, %v", got, err)
		}
		if c, err := db.SecretChange(t.Context(), access.Operator("")); err != nil || c.Next != "" {
			t.Errorf("after the restore a change is open: %+v, %v", c, err)
		}
	}
}
