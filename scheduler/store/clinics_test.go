package store_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

// secondClinic gives the same house at another clinic.
func secondClinic(t testing.TB, h *storetest.House) *storetest.House {
	t.Helper()
	id, err := h.DB.AddClinic(t.Context(), access.Operator(""), "Second", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	other := *h
	other.Clinic, other.Actor = id, access.Operator(string(id))
	return &other
}

func TestClinics(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, operator := t.Context(), access.Operator("")
		other := secondClinic(t, h)
		all, err := h.DB.Clinics(ctx, operator)
		if err != nil || len(all) != 2 || all[0].Name != "Second" || all[0].Zone != "Europe/Berlin" ||
			all[1].ID != h.Clinic {
			t.Errorf("clinics are %+v (%v)", all, err)
		}
		own, err := h.DB.Clinics(ctx, other.Actor)
		if err != nil || len(own) != 1 || own[0].ID != other.Clinic {
			t.Errorf("an actor of one clinic sees %+v (%v)", own, err)
		}
		if one, err := h.DB.Clinic(ctx, other.Actor, other.Clinic); err != nil || one.Name != "Second" {
			t.Errorf("the clinic is %+v (%v)", one, err)
		}
		_, err = h.DB.Clinic(ctx, other.Actor, h.Clinic)
		wantMissing(t, err)
		_, err = h.DB.Clinic(ctx, access.Operator("nowhere"), "nowhere")
		wantMissing(t, err)
		_, err = h.DB.Clinics(ctx, access.Actor{})
		wantForbidden(t, err)
		_, err = h.DB.AddClinic(ctx, access.Staff("s", string(h.Clinic), access.Admin), "Mine", "Europe/Berlin")
		wantForbidden(t, err)
	})
}

func TestAddClinicRefuses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		for _, c := range []struct {
			name, zone, field string
			kind              fault.Kind
		}{
			{"default", "Etc/UTC", "name", fault.Conflict},
			{" ", "Etc/UTC", "name", fault.Invalid},
			{"two\r\nlines", "Etc/UTC", "name", fault.Invalid},
			{"Third", "Mars/Olympus", "zone", fault.Invalid},
			{"Third", "Local", "zone", fault.Invalid},
			{"Third", "", "zone", fault.Invalid},
		} {
			_, err := h.DB.AddClinic(t.Context(), access.Operator(""), c.name, c.zone)
			wantFault(t, err, c.kind, c.field)
		}
		if all := h.Ask(t, "SELECT id FROM clinics"); len(all) != 1 {
			t.Errorf("there are %d clinics", len(all))
		}
	})
}

func wantFault(t testing.TB, err error, kind fault.Kind, field string) {
	t.Helper()
	all := fault.All(err)
	if len(all) == 0 || all[0].Kind != kind || all[0].Field != field {
		t.Errorf("the error is %v, want %s in %q", err, kind, field)
	}
}

// TestAnotherClinicSeesNothing asks for everything of one clinic as another's admin.
func TestAnotherClinicSeesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, db := t.Context(), h.DB
		cohort := h.OpenCohort(t, 18, 12)
		e := join(t, h, cohort, storetest.Contact(0))
		unreached := join(t, h, cohort, scheduler.Contact{Name: "Nobody Calls"})
		staff := addStaff(t, h, "lead@example.net", "facilitator")
		tasks, err := db.Tasks(ctx, h.Actor, h.Clinic)
		if err != nil || len(tasks) != 1 || tasks[0].Person != unreached.Person || tasks[0].Name != "Nobody Calls" {
			t.Fatalf("tasks are %+v (%v)", tasks, err)
		}
		other := secondClinic(t, h)
		asks := func(a access.Actor, clinic scheduler.ID) map[string]error {
			found := map[string]error{}
			_, found["Cohort"] = db.Cohort(ctx, a, clinic, cohort)
			_, found["Person"] = db.Person(ctx, a, clinic, e.Person)
			_, found["Enrollment"] = db.Enrollment(ctx, a, clinic, e.Enrollment)
			_, found["Links"] = db.Links(ctx, a, clinic, e.Person)
			_, found["Notices"] = db.Notices(ctx, a, clinic, e.Person)
			_, found["FindByEmail"] = db.FindByEmail(ctx, a, clinic, "pat0@example.net")
			_, found["FindStaff"] = db.FindStaff(ctx, a, clinic, "lead@example.net")
			_, found["NewLink"] = db.NewLink(ctx, a, clinic, staff, 60e9)
			_, found["RotateFeed"] = db.RotateFeed(ctx, a, clinic, e.Person)
			found["SetConsents"] = db.SetConsents(ctx, a, clinic, e.Person, storetest.Contact(0).Consents)
			found["RevokeFeed"] = db.RevokeFeed(ctx, a, clinic, e.Person)
			found["FinishTask"] = db.FinishTask(ctx, a, clinic, tasks[0].ID)
			found["DisableStaff"] = db.DisableStaff(ctx, a, clinic, staff)
			return found
		}
		// Their own clinic has no such thing; at this one they are nobody; and a
		// participant or a stranger may not ask at all.
		for name, err := range asks(other.Actor, other.Clinic) {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s at another clinic: %v", name, err)
			}
		}
		for name, err := range asks(other.Actor, h.Clinic) {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s by another clinic's actor: %v", name, err)
			}
		}
		for name, err := range asks(access.Person(string(e.Person), string(h.Clinic)), h.Clinic) {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s by a participant: %v", name, err)
			}
		}
		if names, err := db.Names(ctx, other.Actor, other.Clinic, []scheduler.ID{e.Person}); err != nil ||
			len(names) != 0 {
			t.Errorf("another clinic opened %v (%v)", names, err)
		}
		for name, err := range asks(h.Actor, h.Clinic) {
			if err != nil {
				t.Errorf("%s by the clinic's own: %v", name, err)
			}
		}
		rows, cohortsErr := db.Cohorts(ctx, other.Actor, other.Clinic)
		people, peopleErr := db.People(ctx, other.Actor, other.Clinic)
		all, staffErr := db.Staff(ctx, other.Actor, other.Clinic)
		if len(rows)+len(people)+len(all) != 0 || cohortsErr != nil || peopleErr != nil || staffErr != nil {
			t.Errorf("another clinic lists %v, %v, %v (%v, %v, %v)", rows, people, all, cohortsErr, peopleErr, staffErr)
		}
	})
}
