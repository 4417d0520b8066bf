package store_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// viewed reads the record of a person, as a request of a coordinator does, and notes that.
func viewed(t *testing.T, h *storetest.House, request string, read func(ctx context.Context) error) {
	t.Helper()
	v := &reads.Viewing{Source: reads.Source{Network: "203.0.113.7", Route: "GET /people/:id", Request: request}}
	if err := read(reads.WithViewing(t.Context(), v)); err != nil {
		t.Fatal(err)
	}
	by := access.Staff("cora", string(h.Clinic), access.Coordinator)
	if err := h.DB.RecordViews(t.Context(), by, h.Clinic, v); err != nil {
		t.Fatal(err)
	}
	if v.Pending() {
		t.Error("what was noted is still pending")
	}
}

// viewsOf gives the views in which a person stands, the newest first.
func viewsOf(t *testing.T, h *storetest.House, person scheduler.ID) []reads.AuditRow {
	t.Helper()
	page, err := h.DB.Audit(t.Context(), h.Actor, h.Clinic,
		reads.AuditQuery{Subject: person, Kind: reads.AuditViews, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

func TestViewsAreInTheAudit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 8, 12)
		h.FillCohort(t, cohort, 0, 12)
		view, err := h.DB.Cohort(t.Context(), h.Actor, h.Clinic, cohort)
		if err != nil {
			t.Fatal(err)
		}
		first, last := view.Enrollments[0].Person, view.Enrollments[11].Person
		viewed(t, h, "one", func(ctx context.Context) error {
			_, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, first)
			return err
		})
		viewed(t, h, "all", func(ctx context.Context) error {
			_, err := h.DB.Cohort(ctx, h.Actor, h.Clinic, cohort)
			return err
		})
		for person, want := range map[scheduler.ID]int{first: 2, last: 1} {
			rows := viewsOf(t, h, person)
			if len(rows) != want {
				t.Fatalf("%d views of a person, not %d", len(rows), want)
			}
			for _, r := range rows {
				if r.Actor != "staff:cora" || r.Role != "coordinator" || r.Network != "203.0.113.7" ||
					r.Route != "GET /people/:id" || !strings.Contains(r.Fields, "name") {
					t.Errorf("a row says %+v", r)
				}
				if r.Request == "all" && len(r.People)+r.Others != 12 {
					t.Errorf("a cohort of 12 was seen, and %d stand in the row", len(r.People)+r.Others)
				}
			}
		}
		// Erasing somebody takes them out of the audit, and its log stays proved.
		if _, err := h.DB.LogAudit(t.Context(), access.System("test"), h.Clinic); err != nil {
			t.Fatal(err)
		}
		h.Do(t, "DELETE FROM audit_aliases WHERE person = '"+string(first)+"'")
		if rows := viewsOf(t, h, first); len(rows) != 0 {
			t.Errorf("%d rows are about somebody who was erased", len(rows))
		}
		if _, err := h.DB.VerifyAudit(t.Context(), h.Actor, h.Clinic); err != nil {
			t.Error(err)
		}
	})
}

// Rows that wait beside SQLite are there once after a crash between their two places, and half a line is not one.
func TestViewsThatWait(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	h.FillCohort(t, h.OpenCohort(t, 8, 12), 0, 1)
	person := scheduler.ID(h.Ask(t, "SELECT id FROM people")[0][0])
	look := func(request string) {
		viewed(t, h, request, func(ctx context.Context) error {
			_, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, person)
			return err
		})
	}
	look("first") // it is taken in at once, because nothing ever was
	viewsOf(t, h, person)
	look("second")
	name := strings.TrimPrefix(h.URL, "sqlite:") + "-views"
	waiting, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(waiting), "second") || strings.Contains(string(waiting), string(person)) {
		t.Fatalf("%q waits (%v)", waiting, err)
	}
	if rows := viewsOf(t, h, person); len(rows) != 2 {
		t.Errorf("%d views", len(rows))
	}
	if err := os.WriteFile(name, append(waiting, waiting[:20]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if rows := viewsOf(t, h, person); len(rows) != 2 {
		t.Errorf("%d views after a crash", len(rows))
	}
	if left, err := os.ReadFile(name); err != nil || len(left) != 0 {
		t.Errorf("%q is left (%v)", left, err)
	}
}

// aliasOf gives what the audit calls a person who did something.
func aliasOf(t *testing.T, h *storetest.House, person scheduler.ID) string {
	t.Helper()
	found := h.Ask(t, "SELECT alias FROM audit_aliases WHERE person = '"+string(person)+"'")
	if len(found) != 1 {
		t.Fatalf("%s has the aliases %v", person, found)
	}
	return "person:" + found[0][0]
}
