package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/auditlog"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

// addAudit adds n rows to the audit, a second apart.
func addAudit(t testing.TB, h *storetest.House, from, n int) {
	t.Helper()
	for lot := from; lot < from+n; lot += 500 {
		var rows []string
		for i := lot; i < min(lot+500, from+n); i++ {
			at := time.Date(2026, time.January, 6, 0, 0, i, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
			rows = append(rows,
				fmt.Sprintf("('%s', 's%06d', '%s', 'r%06d', 'staff:x', 'session.cancel')", h.Clinic, i, at, i))
		}
		h.Do(t, "INSERT INTO audit (clinic, subject, at, id, actor, action) VALUES "+strings.Join(rows, ", "))
	}
}

// logAudit brings the log up to date and gives the signed head.
func logAudit(t testing.TB, h *storetest.House) string {
	t.Helper()
	head, err := h.DB.LogAudit(t.Context(), access.System("log"), h.Clinic)
	if err != nil {
		t.Fatal(err)
	}
	return head.Signed
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		addAudit(t, h, 0, 700)
		kept := logAudit(t, h)
		if again := logAudit(t, h); kept == "" || again != kept {
			t.Errorf("heads: %q, and with nothing new %q", kept, again)
		}
		addAudit(t, h, 700, 300)
		// A row that commits after others with a later moment, and one that is years late.
		h.Do(t, fmt.Sprintf("INSERT INTO audit (clinic, subject, at, id, actor, action) VALUES "+
			"('%[1]s', 'late', '2026-01-06T00:00:01.000Z', 'l1', 'staff:x', 'session.move'), "+
			"('%[1]s', 'late', '2020-01-06T00:00:01.000Z', 'l2', 'staff:x', 'session.move')", h.Clinic))
		proof, err := h.DB.VerifyAudit(t.Context(), h.Actor, h.Clinic, kept)
		if before := proof.Pending; err != nil || before < 302 {
			t.Errorf("before the log: %+v, %v", proof, err)
		}
		logAudit(t, h)
		logAudit(t, h) // the second finds what is years late
		all := len(h.Ask(t, "SELECT id FROM audit"))
		proof, err = h.DB.VerifyAudit(t.Context(), h.Actor, h.Clinic, kept)
		if err != nil || proof.Size != int64(all) || proof.Pending != 0 {
			t.Errorf("%d rows: %+v, %v", all, proof, err)
		}
		facilitator := access.Staff("x", string(h.Clinic), access.Facilitator)
		if _, err := h.DB.VerifyAudit(t.Context(), facilitator, h.Clinic); err == nil {
			t.Error("a facilitator verifies the audit")
		}
	})
}

func TestTamperedAuditIsFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		addAudit(t, h, 0, 300)
		kept := logAudit(t, h)
		number := h.Ask(t, "SELECT number FROM audit_log WHERE subject = 's000123'")[0][0]
		one := " WHERE subject = 's000123'"
		for name, c := range map[string]struct{ do, undo, want string }{
			"an altered row": {"UPDATE audit SET action = 'session.move'" + one,
				"UPDATE audit SET action = 'session.cancel'" + one,
				"Row number " + number + " of the audit was altered"},
			"a moved row": {"UPDATE audit SET at = '2026-01-06T00:00:09.000Z'" + one,
				"UPDATE audit SET at = '2026-01-06T00:02:03.000Z'" + one,
				"Row number " + number + " of the audit was removed"},
			"another actor": {"UPDATE audit SET actor = 'staff:y'" + one,
				"UPDATE audit SET actor = 'staff:x'" + one,
				"Row number " + number + " of the audit was altered"},
			"a hash": {"UPDATE audit_hashes SET number = -1 WHERE number = 40",
				"UPDATE audit_hashes SET number = 40 WHERE number = -1", "of the audit"},
			"no heads, the log shorter": {
				"UPDATE audit_heads SET size = size, head = 'none'",
				"UPDATE audit_heads SET head = '" + kept + "'", "not signed with the key"},
		} {
			h.Do(t, c.do)
			_, err := h.DB.VerifyAudit(t.Context(), h.Actor, h.Clinic, kept)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, not %q", name, err, c.want)
			}
			h.Do(t, c.undo)
			if _, err := h.DB.VerifyAudit(t.Context(), h.Actor, h.Clinic, kept); err != nil {
				t.Fatalf("%s, undone: %v", name, err)
			}
		}

		// A program that may write everything takes a row away and builds the log anew. The head kept elsewhere
		// remembers.
		h.Do(t, "DELETE FROM audit"+one)
		for _, table := range []string{"audit_log", "audit_hashes", "audit_heads"} {
			h.Do(t, "DELETE FROM "+table)
		}
		logAudit(t, h)
		if _, err := h.DB.VerifyAudit(t.Context(), h.Actor, h.Clinic); err != nil {
			t.Errorf("without a head from elsewhere nothing is seen: %v", err)
		}
		if _, err := h.DB.VerifyAudit(t.Context(), h.Actor, h.Clinic, kept); !fault.Is(err, fault.Invalid) {
			t.Errorf("a removed row and a new log: %v", err)
		}
	})
}

// TestExportedAuditIsTheLog exports what another program can verify.
func TestExportedAuditIsTheLog(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		addAudit(t, h, 0, 20)
		kept := logAudit(t, h)
		by, err := h.DB.AuditSigner(t.Context(), h.Actor, h.Clinic)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		w, err := auditlog.NewWriter(&out, by)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.DB.ExportAudit(t.Context(), h.Actor, h.Clinic, w.Row, w.Head); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		export, err := auditlog.Read(strings.NewReader(out.String()))
		if err != nil {
			t.Fatal(err)
		}
		head, err := export.Check(by.Verifier(), kept)
		if want := len(h.Ask(t, "SELECT id FROM audit")); err != nil || head.Tree.N != int64(want) {
			t.Errorf("%d of %d rows are proved, %v", head.Tree.N, want, err)
		}
		coordinator := access.Staff("x", string(h.Clinic), access.Coordinator)
		err = h.DB.ExportAudit(t.Context(), coordinator, h.Clinic, w.Row, w.Head)
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("a coordinator exports the audit: %v", err)
		}
	})
}

// BenchmarkVerifyAudit verifies 100,000 rows in the database.
func BenchmarkVerifyAudit(b *testing.B) {
	for _, d := range databases {
		h := storetest.NewHouse(b, d.url(b))
		addAudit(b, h, 0, 100_000)
		logAudit(b, h)
		b.Run(d.name, func(b *testing.B) {
			change(b, func(int) error {
				_, err := h.DB.VerifyAudit(b.Context(), h.Actor, h.Clinic)
				return err
			})
		})
	}
}
