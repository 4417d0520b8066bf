package store_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// TestChangeRunsAgain makes PostgreSQL ask twice for the transaction to be tried
// again. A sequence counts, because no rollback turns it back.
func TestChangeRunsAgain(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.Postgres(t))
	cohort, person := h.OpenCohort(t, 18, seats), h.AddPeople(t, 1)[0]
	h.Do(t, `CREATE SEQUENCE tries;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('tries') < 3 THEN RAISE EXCEPTION 'try again' USING ERRCODE = '40001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse_first BEFORE INSERT ON enrollments FOR EACH ROW EXECUTE FUNCTION refuse()`)
	runs := 0
	err := h.DB.Change(t.Context(), desk.Change{Clinic: h.Clinic, Actor: h.Actor, Action: access.Enroll},
		desk.Load{Cohorts: []scheduler.ID{cohort}, People: []scheduler.ID{person}}, func(b *scheduler.Book) error {
			runs++
			_, err := b.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: person})
			return err
		})
	if err != nil || runs != 3 {
		t.Fatalf("%d runs, %v", runs, err)
	}
	r := h.Roster(t, cohort, desk.Load{})
	if len(r.Enrollments) != 1 || r.Cohort.QueueCounter != 1 || len(r.Seats) != 8 {
		t.Errorf("%d enrollments, counter %d, %d seats", len(r.Enrollments), r.Cohort.QueueCounter, len(r.Seats))
	}
}
