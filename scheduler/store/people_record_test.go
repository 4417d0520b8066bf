package store_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

func TestPersonRecord(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 12)
		contact := storetest.Contact(7)
		contact.Consents[0].How = "paper"
		e, twin := join(t, h, cohort, contact), storetest.Contact(8)
		twin.Name, twin.Phone = "example, PAT 7", contact.Phone
		other := enrolledAsNew(t, h, h.OpenCohort(t, 10, 12), twin)
		if err := h.Desk.Confirm(ctx, h.Request(), desk.KeepApart(e.Person, other)); err != nil {
			t.Fatal(err)
		}
		h.Set(h.Now().Add(time.Hour))
		if err := h.DB.SetConsents(ctx, h.Actor, h.Clinic, e.Person, nil); err != nil {
			t.Fatal(err)
		}
		p, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, e.Person)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Items) != 8 || len(p.Enrollments) != 1 || len(p.Messages) == 0 || p.Messages[0].State != "dropped" ||
			len(p.Tasks) == 0 || p.Links.Page == "" || p.Generation != 0 {
			t.Errorf("the record is %+v", p)
		}
		if a := p.KeptApart; len(a) != 1 || a[0].ID != other || !a[0].Twice || a[0].Name != twin.Name {
			t.Errorf("kept apart from %+v", a)
		}
		if len(p.Alike) != 1 || p.Alike[0].ID != other || len(p.Alike[0].By) != 1 || p.Alike[0].By[0] != "phone" {
			t.Errorf("alike are %+v", p.Alike)
		}
		if c := p.Consents; len(c) != 1 || c[0].How != "paper" || c[0].By != "Somebody at the command line" ||
			!c[0].Ended.Equal(h.Now()) || c[0].EndedBy != "Somebody at the command line" {
			t.Errorf("consents are %+v", c)
		}
		if len(p.History) != 3 || p.History[0].Action != "person.consents" || p.History[2].Action != "enroll" {
			t.Errorf("the history is %+v", p.History)
		}
		anew := renewed(t, h, e.Person, 0)
		if anew.Page == p.Links.Page || anew.Feed == p.Links.Feed {
			t.Error("the links are the old ones")
		}
		if again := renewed(t, h, e.Person, 0); again != anew {
			t.Error("a form that is sent twice renews twice")
		}
		_, err = h.DB.PersonRecord(ctx, h.Neighbour(t).Actor, h.Clinic, e.Person)
		wantFault(t, err, fault.NotFound, "")
		stranger := access.Staff("nobody", string(h.Clinic), access.Facilitator)
		_, err = h.DB.PersonRecord(ctx, stranger, h.Clinic, e.Person)
		wantFault(t, err, fault.NotFound, "")
		wantFault(t, h.DB.RenewLinks(ctx, stranger, h.Clinic, e.Person, 0), fault.Forbidden, "")
	})
}

func renewed(t *testing.T, h *storetest.House, person scheduler.ID, generation int) reads.Links {
	t.Helper()
	if err := h.DB.RenewLinks(t.Context(), h.Actor, h.Clinic, person, generation); err != nil {
		t.Fatal(err)
	}
	links, err := h.DB.Links(t.Context(), h.Actor, h.Clinic, person)
	if err != nil {
		t.Fatal(err)
	}
	return links
}

// enrolledAsNew enrolls somebody although a known person is like them.
func enrolledAsNew(t *testing.T, h *storetest.House, cohort scheduler.ID, c scheduler.Contact) scheduler.ID {
	t.Helper()
	e, err := h.Desk.Enroll(t.Context(), h.Request(), scheduler.EnrollRequest{Cohort: cohort, Contact: c, New: true})
	if err != nil {
		t.Fatal(err)
	}
	return e.Person
}
