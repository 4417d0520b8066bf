package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

// importRow is a row that asks for a person by name, address and number.
func importRow(line int, name, email, phone string) scheduler.ImportRow {
	return scheduler.ImportRow{Line: line, Who: scheduler.EnrollRequest{Contact: scheduler.Contact{
		Name: name, Email: email, Phone: phone}}}
}

// fates writes what becomes of rows: line, fate, and what stands behind it.
func fates(all scheduler.Imported) string {
	var lines []string
	for _, r := range all.Rows {
		line := fmt.Sprintf("%d %s", r.Line, r.Fate)
		if r.Enrolled.State != "" {
			line += " " + string(r.Enrolled.State)
		}
		if r.Here != "" {
			line += " here"
		}
		if r.Earlier > 0 {
			line += fmt.Sprintf(" as %d", r.Earlier)
		}
		for _, l := range r.Like {
			line += fmt.Sprint(" ", l.By)
		}
		for _, f := range r.Wrong {
			line += " " + f.Field
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func TestImportOfPeople(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, seats)
		first := imported(t, h, scheduler.ImportRequest{Rows: []scheduler.ImportRow{
			importRow(2, "Ana Ruiz", "ana@clinic.example", "+12025550100"), importRow(3, "Bo Li", "", "+12025550101"),
		}})
		same(t, "the first table", fates(first), "2 new; 3 new")
		ana := first.Rows[0].Person
		given := h.Now().Add(-time.Hour)
		again := []scheduler.ImportRow{
			importRow(2, "Ruiz Ana", "ANA@clinic.example", ""),
			importRow(3, "Ana Ruiz", "other@clinic.example", "+12025550100"),
			importRow(4, "Bo Li", "bo.li@clinic.example", ""),
			importRow(5, "", "nobody@clinic.example", "123"),
			importRow(6, "Bo Li", "BO.LI@clinic.example", ""),
			importRow(7, "Eva Ruiz", "ana@clinic.example", ""),
			importRow(8, "Li Bo", "", "+12025550101"),
			importRow(9, "Cy Left", "", ""),
		}
		again[7].Leave = true
		again[0].Who.Contact.Consents = []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "2",
			GivenAt: given}}
		_, shown, err := h.Desk.PreviewImport(t.Context(), h.Request(), scheduler.ImportRequest{Rows: again})
		if err != nil {
			t.Fatal(err)
		}
		want := "2 known; 3 like [phone]; 4 new; 5 wrong name phone; 6 twice as 4; 7 new; 8 known; 9 left out"
		same(t, "the second table", fates(shown), strings.Replace(want, "3 like [phone]", "3 twice as 2", 1))
		again[0], again[1] = again[1], again[0] // now the question comes first
		if _, shown, err = h.Desk.PreviewImport(t.Context(), h.Request(),
			scheduler.ImportRequest{Rows: again}); err != nil {
			t.Fatal(err)
		}
		same(t, "turned", fates(shown),
			"3 like [phone]; 2 known; 4 new; 5 wrong name phone; 6 twice as 4; 7 new; 8 known; 9 left out")
		_, err = h.Desk.Import(t.Context(), h.Request(), scheduler.ImportRequest{Rows: again})
		if fault.KindOf(err) != fault.Conflict || fault.All(err)[0].Field != "row-3" || everybody(t, h) != 2 {
			t.Fatalf("an open question: %v with %d people", err, everybody(t, h))
		}
		again[0].Who.New, again[4].Who.New = true, true
		done := imported(t, h, scheduler.ImportRequest{Cohort: cohort, Rows: again})
		same(t, "with answers", fates(done), "3 new active; 2 known active; 4 new active; 5 wrong name phone; "+
			"6 new active; 7 new active; 8 known active; 9 left out")
		if n := everybody(t, h); n != 6 {
			t.Errorf("there are %d people", n)
		}
		p, err := h.DB.Person(t.Context(), h.Actor, h.Clinic, ana)
		if err != nil || len(p.Contact.Consents) != 1 || !p.Contact.Consents[0].GivenAt.Equal(given) ||
			len(p.Enrollments) != 1 {
			t.Errorf("%v: a consent is added and the person enrolled: %#v, %d", err, p.Contact.Consents,
				len(p.Enrollments))
		}
		if _, done, err = h.Desk.PreviewImport(t.Context(), h.Request(), scheduler.ImportRequest{Cohort: cohort,
			Rows: again[1:3]}); err != nil {
			t.Fatal(err)
		}
		same(t, "once more", fates(done), "2 known here; 4 like [email] [email]")
	})
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

func imported(t testing.TB, h *storetest.House, q scheduler.ImportRequest) scheduler.Imported {
	t.Helper()
	done, err := h.Desk.Import(t.Context(), h.Request(), q)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func everybody(t *testing.T, h *storetest.House) int {
	t.Helper()
	all, err := h.DB.People(t.Context(), h.Actor, h.Clinic)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// A table is taken in as it was shown or not at all, once, and by those who may enroll people.
func TestImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		q := scheduler.ImportRequest{Rows: []scheduler.ImportRow{importRow(2, "Ana Ruiz", "ana@clinic.example", "")}}
		_, shown, err := h.Desk.PreviewImport(t.Context(), h.Request(), q)
		if err != nil || everybody(t, h) != 0 {
			t.Fatalf("%v: a preview makes %d people", err, everybody(t, h))
		}
		q.Seen = shown.Digest()
		r := h.Request()
		r.Once.Key, r.Once.Hash = "once", "hash"
		if _, err := h.Desk.Import(t.Context(), r, q); err != nil {
			t.Fatal(err)
		}
		again, err := h.Desk.Import(t.Context(), r, q)
		if err != nil || !again.Repeated || everybody(t, h) != 1 {
			t.Errorf("%v, %t: sent twice it makes %d people", err, again.Repeated, everybody(t, h))
		}
		_, err = h.Desk.Import(t.Context(), h.Request(), q) // somebody new as shown, who is known by now
		if fault.KindOf(err) != fault.Stale {
			t.Errorf("what is not as shown is %v", err)
		}
		_, err = h.Desk.Import(t.Context(), h.Request(), scheduler.ImportRequest{
			Rows: []scheduler.ImportRow{importRow(2, "", "", ""), importRow(3, "Bo", "bo@", "")}})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("a table of which no row can be used is %v", err)
		}
		_, err = h.Desk.Import(t.Context(), h.Request(), scheduler.ImportRequest{Cohort: "c-none", Rows: q.Rows})
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("an unknown cohort is %v", err)
		}
		r = h.Request()
		r.Actor = access.Actor{Kind: access.KindStaff, Role: access.Facilitator, Clinic: string(h.Clinic), ID: "f"}
		if _, err = h.Desk.Import(t.Context(), r, q); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("by a facilitator it is %v", err)
		}
	})
}

// A full cohort lets people wait in the order of the table, and one at another's time refuses who is busy.
func TestImportIntoCohorts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		small, same18 := h.OpenCohort(t, 18, 2), h.OpenCohort(t, 18, 4)
		rows := []scheduler.ImportRow{importRow(2, "Ana Ruiz", "ana@clinic.example", ""),
			importRow(3, "Bo Li", "bo@clinic.example", ""), importRow(4, "Cy Roe", "cy@clinic.example", "")}
		first := imported(t, h, scheduler.ImportRequest{Cohort: small, Rows: rows})
		same(t, "a small cohort", fates(first), "2 new active; 3 new active; 4 new waiting")
		rows = append(rows, importRow(5, "Di Poe", "di@clinic.example", ""))
		second := imported(t, h, scheduler.ImportRequest{Cohort: same18, Rows: rows})
		same(t, "another at the same time", fates(second), "2 wrong ; 3 wrong ; 4 known active; 5 new active")
		if n := everybody(t, h); n != 4 {
			t.Errorf("there are %d people", n)
		}
	})
}

// BenchmarkImport takes in 5,000 new people, then the same ones once more, and 100 into a cohort.
func BenchmarkImport(b *testing.B) {
	rows := make([]scheduler.ImportRow, 5000)
	for i := range rows {
		rows[i] = importRow(i+2, fmt.Sprintf("Pat Example %d", i), fmt.Sprintf("p%d@clinic.example", i),
			fmt.Sprintf("+1202555%04d", i))
		rows[i].Who.Contact.Consents = []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "1"}}
		rows[i].Who.Contact.ExternalIDs = []scheduler.ExternalID{{System: "mrn", Value: fmt.Sprint(i)}}
	}
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			for b.Loop() {
				h := storetest.NewHouse(b, d.url(b))
				for _, x := range []struct {
					unit   string
					cohort scheduler.ID
					rows   []scheduler.ImportRow
					fate   scheduler.Fate
				}{{"new-s/op", "", rows, scheduler.FateNew}, {"known-s/op", "", rows, scheduler.FateKnown},
					{"cohort-s/op", h.OpenCohort(b, 18, seats), rows[:500], scheduler.FateKnown}} {
					before := b.Elapsed()
					done := imported(b, h, scheduler.ImportRequest{Cohort: x.cohort, Rows: x.rows})
					if done.Count(x.fate) != len(x.rows) {
						b.Fatalf("%d of %d are %s", done.Count(x.fate), len(x.rows), x.fate)
					}
					b.ReportMetric((b.Elapsed() - before).Seconds(), x.unit)
				}
			}
		})
	}
}
