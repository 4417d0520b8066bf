package store_test

import (
	"fmt"
	"strconv"
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

func snowDay() scheduler.CloseRequest {
	day := civil.Date{Year: 2026, Month: 1, Day: 20}
	return scheduler.CloseRequest{Days: civil.DateRange{From: day, To: day}}
}

// openMany opens full cohorts on Tuesdays, each with people of its own.
func openMany(t testing.TB, h *storetest.House, cohorts int) []scheduler.ID {
	t.Helper()
	people := h.AddPeople(t, cohorts*seats)
	ids := make([]scheduler.ID, cohorts)
	for i := range ids {
		ids[i] = h.OpenCohort(t, 8+i%10, seats)
		h.EnrollAll(t, ids[i], people[i*seats:(i+1)*seats])
	}
	return ids
}

// TestSnowDay closes a clinic with all its cohorts for a day, in one change: each
// person gets one cancellation and one new date, and everything else keeps id,
// UID, date and time.
func TestSnowDay(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			h := storetest.NewHouse(t, d.url(t))
			cohorts := openMany(t, h, snowed)
			const facts = "SELECT s.id, s.uid, x.start_at, s.sequence FROM seats s JOIN sessions x ON x.id = " +
				"s.session WHERE x.local_start NOT LIKE '2026-01-20%' ORDER BY s.id"
			before := h.Ask(t, facts)
			h.Do(t, "DELETE FROM notices")
			preview, err := h.Desk.Preview(t.Context(), h.Request(), desk.Close(snowDay()))
			if err != nil || len(preview.Cohorts) != snowed || len(preview.Troubled()) > 0 {
				t.Fatalf("%d cohorts in the preview, %d troubled: %v", len(preview.Cohorts),
					len(preview.Troubled()), err)
			}
			q := h.Request()
			q.Expect = preview.ChangeNo
			if err := h.Desk.Confirm(t.Context(), q, desk.Close(snowDay())); err != nil {
				t.Fatal(err)
			}
			people := seats * snowed // each has a text about both, and a notice of the new date
			told := fmt.Sprint([]int{2 * people, people, people + 1})
			got := h.Ask(t, "SELECT count(*), count(DISTINCT person), count(DISTINCT seat) FROM notices")[0]
			if fmt.Sprint(got) != told || len(preview.Told) != 2*people {
				t.Errorf("%v notices, people and seats; %d were foretold", got, len(preview.Told))
			}
			if got := h.Ask(t, "SELECT count(*) FROM sessions WHERE state = 'cancelled' AND local_start LIKE "+
				"'2026-01-20%'")[0][0]; got != strconv.Itoa(snowed) {
				t.Errorf("%s sessions are cancelled", got)
			}
			if got := h.Ask(t, "SELECT count(*) FROM clinics WHERE closed = '2026-01-20'")[0][0]; got != "1" {
				t.Errorf("%s clinics keep the day closed", got)
			}
			after := map[string]string{}
			for _, row := range h.Ask(t, facts) {
				after[row[0]] = fmt.Sprint(row)
			}
			for _, row := range before {
				if after[row[0]] != fmt.Sprint(row) {
					t.Fatalf("the seat %v became %s", row, after[row[0]])
				}
			}
			if r := h.Roster(t, cohorts[0], desk.Load{}); len(r.Sessions) != 9 {
				t.Errorf("the first cohort has %d sessions", len(r.Sessions))
			}
		})
	}
}

// BenchmarkSnowDay previews and makes the closure of 40 full cohorts, 480
// people, and takes it back.
func BenchmarkSnowDay(b *testing.B) {
	for _, d := range databases {
		h := storetest.NewHouse(b, d.url(b))
		openMany(b, h, snowed)
		b.Run(d.name+"/preview", func(b *testing.B) {
			for b.Loop() {
				if _, err := h.Desk.Preview(b.Context(), h.Request(), desk.Close(snowDay())); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(d.name+"/confirm", func(b *testing.B) {
			for b.Loop() {
				if err := h.Desk.Confirm(b.Context(), h.Request(), desk.Close(snowDay())); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				undo(b, h)
				b.StartTimer()
			}
		})
		b.Run(d.name+"/undo", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				if err := h.Desk.Confirm(b.Context(), h.Request(), desk.Close(snowDay())); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				undo(b, h)
			}
		})
	}
}

// undo takes the last change back.
func undo(t testing.TB, h *storetest.House) {
	t.Helper()
	last, err := lastUndo(t, h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Desk.Undo(t.Context(), h.Request(), last.ChangeNo); err != nil {
		t.Fatal(err)
	}
}
