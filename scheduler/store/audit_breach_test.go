package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// The scope of a breach is everyone whose record one actor saw, in a period, by name; who was erased since is counted,
// and the audit says that somebody asked.
func TestAuditTellsTheScopeOfABreach(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 8, 12)
		h.FillCohort(t, cohort, 0, 12)
		view, err := h.DB.Cohort(ctx, h.Actor, h.Clinic, cohort)
		if err != nil {
			t.Fatal(err)
		}
		first := view.Enrollments[0].Person
		viewed(t, h, "all", func(ctx context.Context) error {
			_, err := h.DB.Cohort(ctx, h.Actor, h.Clinic, cohort)
			return err
		})
		viewed(t, h, "one", func(ctx context.Context) error {
			_, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, first)
			return err
		})
		officer := access.Staff("pat", string(h.Clinic), access.PrivacyOfficer)
		scope := func(q reads.BreachQuery) reads.BreachScope {
			t.Helper()
			scope, err := h.DB.BreachScope(ctx, officer, h.Clinic, q)
			if err != nil {
				t.Fatal(err)
			}
			return scope
		}
		all := scope(reads.BreachQuery{Actor: "staff:cora"})
		times := map[scheduler.ID]int{}
		for _, p := range all.People {
			times[p.Person] = p.Times
			if p.Name == "" || len(p.Fields) == 0 || p.Actions[0] != reads.AuditView {
				t.Errorf("a line says %+v", p)
			}
		}
		if len(all.People) != 12 || times[first] != 2 || all.Rows != 2 || all.Erased != 0 {
			t.Errorf("%d people of 12, one %d times, from %d rows", len(all.People), times[first], all.Rows)
		}
		if one := scope(reads.BreachQuery{Request: "one"}); len(one.People) != 1 || one.People[0].Person != first {
			t.Errorf("one request touched %+v", one.People)
		}
		later := reads.BreachQuery{Actor: "staff:cora", From: h.Now().Add(time.Hour)}
		for _, q := range []reads.BreachQuery{{Actor: "staff:other"}, later} {
			if none := scope(q); len(none.People) != 0 {
				t.Errorf("%+v touched %d people", q, len(none.People))
			}
		}
		h.Do(t, "DELETE FROM audit_aliases WHERE person = '"+string(first)+"'")
		if rest := scope(reads.BreachQuery{Actor: "staff:cora"}); len(rest.People) != 11 || rest.Erased != 1 {
			t.Errorf("after an erasure %d people, and %d erased", len(rest.People), rest.Erased)
		}
		asked, err := h.DB.Audit(ctx, h.Actor, h.Clinic, reads.AuditQuery{Action: "breach.scope", Limit: 9})
		// They are of one instant, so they come in any order.
		byActor := slices.ContainsFunc(asked.Rows, func(r reads.AuditRow) bool { return r.Fields == "actor" })
		if err != nil || len(asked.Rows) != 5 || asked.Rows[0].Actor != "staff:pat" || !byActor {
			t.Errorf("the audit says of it %+v (%v)", asked.Rows, err)
		}
		_, err = h.DB.BreachScope(ctx, officer, h.Clinic, reads.BreachQuery{})
		wantFault(t, err, fault.Invalid, "from")
		auditor := access.Staff("pat", string(h.Clinic), access.Auditor)
		if _, err := h.DB.BreachScope(ctx, auditor, h.Clinic, reads.BreachQuery{Actor: "staff:cora"}); err == nil {
			t.Error("an auditor gets names")
		}
	})
}
