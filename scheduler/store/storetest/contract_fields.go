package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// kept are the fields that a change never changes: they are natural keys, or
// somebody else writes them.
var kept = []string{"ID", "Clinic", "Protocol", "Hash", "Rolling", "OpenedAt", "Counter", "Person",
	"QueueNo", "RequestedAt",
	"Enrollment", "Session", "UID", "CreatedAt", "Told", "ToldAt", "Leader", "Lead", "Elsewhere"}

// everyFieldComesBack gives every field a value of its own and reads it with a
// store that has never seen it. A field that is added to the rules and not to
// the store fails here.
func everyFieldComesBack(t *testing.T, h *House) {
	cohort := h.OpenCohort(t, 18, 12)
	people := h.AddPeople(t, 2)
	for _, person := range people {
		_, err := h.Enroll(t.Context(), cohort, person)
		must(t, err)
	}
	lead := h.AddStaff(t)
	var want *scheduler.Roster
	err := h.DB.Change(t.Context(), h.change(access.CohortChange), desk.Load{Cohorts: []scheduler.ID{cohort}},
		func(b *scheduler.Book) error {
			want = b.Roster(cohort)
			n := 100
			vary(t, reflect.ValueOf(&want.Cohort).Elem(), &n)
			want.Cohort.State, want.Cohort.Lead = scheduler.CohortEnded, lead
			for _, s := range want.Sessions {
				vary(t, reflect.ValueOf(s).Elem(), &n)
				s.State, s.Leader = scheduler.SessionMet, lead
			}
			for _, e := range want.Enrollments {
				vary(t, reflect.ValueOf(e).Elem(), &n)
				e.State, e.Continues = scheduler.OnHold, ""
			}
			for _, s := range want.Seats {
				vary(t, reflect.ValueOf(s).Elem(), &n)
				s.State = scheduler.SeatLate
			}
			return nil
		})
	must(t, err)
	h.Do(t, `UPDATE seats SET told_expected = 1, told_start = '2026-02-01T10:00:00.000Z',
told_end = '2026-02-01T11:00:00.000Z',
told_place = 'Elsewhere', told_meeting = 'another', told_sequence = 7, invited = 1`)
	for _, e := range want.Enrollments {
		for i := range e.Facts {
			e.Facts[i].Reason = "" // sealed, and no matter for the rules
		}
	}
	at := time.Date(2026, 2, 1, 10, 0, 0, 0, time.UTC)
	for _, s := range want.Seats {
		s.Told = scheduler.Told{Moment: scheduler.Moment{Expected: true, Start: at, End: at.Add(time.Hour),
			Place: "Elsewhere", Meeting: "another"}, Sequence: 7, Invited: true}
	}
	got := h.Roster(t, cohort, desk.Load{})
	compare(t, "cohort", want.Cohort, got.Cohort)
	compareAll(t, "session", want.Sessions, got.Sessions, func(s *scheduler.Session) string { return string(s.ID) })
	compareAll(t, "enrollment", want.Enrollments, got.Enrollments,
		func(e *scheduler.Enrollment) string { return string(e.ID) })
	compareAll(t, "seat", want.Seats, got.Seats, func(s *scheduler.Seat) string { return string(s.ID) })
	if got.Definition.Hash() != want.Definition.Hash() {
		t.Error("another definition came back")
	}
}

// vary gives every field that a change may change another value.
func vary(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	for i := range v.NumField() {
		if slices.Contains(kept, v.Type().Field(i).Name) {
			continue
		}
		*n++
		switch field := v.Field(i).Addr().Interface().(type) {
		case *time.Time:
			*field = NewYear().Add(time.Duration(*n) * time.Millisecond)
		case *civil.Date:
			*field = civil.Date{Year: 2026, Month: 1, Day: 1}.AddDays(*n)
		case *civil.Clock:
			*field = civil.Clock{Hour: *n % 24, Minute: *n % 60}
		case *civil.WallTime:
			*field = civil.WallTime{Date: civil.Date{Year: 2026, Month: 1, Day: 1}.AddDays(*n),
				Clock: civil.Clock{Hour: 9, Minute: 1}}
		case *[]time.Weekday:
			*field = []time.Weekday{time.Monday, time.Thursday, time.Sunday}
		case *[]civil.DateRange:
			day := civil.Date{Year: 2026, Month: 1, Day: 1}.AddDays(*n)
			*field = []civil.DateRange{{From: day, To: day}, {From: day.AddDays(3), To: day.AddDays(9)}}
		case *[]scheduler.ID:
			*field = []scheduler.ID{"one", "another"}
		case *[]scheduler.Post:
			*field = []scheduler.Post{{Role: "lead", Staff: "one"}, {Role: "second", Staff: "another"}}
		case *scheduler.History:
			vary(t, v.Field(i), n)
		case *scheduler.Attendance:
			vary(t, v.Field(i), n)
		case *[]scheduler.Fact:
			*field = make([]scheduler.Fact, 3)
			for j := range *field {
				vary(t, reflect.ValueOf(&(*field)[j]).Elem(), n)
			}
		case **scheduler.Leave:
			*field = &scheduler.Leave{}
			vary(t, reflect.ValueOf(*field).Elem(), n)
		case *[]scheduler.Offer:
			*field = make([]scheduler.Offer, 2)
			for j := range *field {
				vary(t, reflect.ValueOf(&(*field)[j]).Elem(), n)
				(*field)[j].ID = RandomID()
			}
		default:
			varyPlain(t, v.Type().Field(i), v.Field(i), *n)
		}
	}
}

func varyPlain(t *testing.T, about reflect.StructField, v reflect.Value, n int) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString("vary " + about.Name + " " + string(rune('a'+n%26)))
	case reflect.Int:
		v.SetInt(int64(n))
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("this test does not know how to vary %s, a %s", about.Name, about.Type)
	}
}

// compareAll compares two lists in any order.
func compareAll[T any](t *testing.T, what string, want, got []*T, id func(*T) string) {
	t.Helper()
	if len(want) != len(got) || len(want) == 0 {
		t.Errorf("%d of kind %s came back, not %d", len(got), what, len(want))
		return
	}
	byID := func(a, b *T) int {
		switch x, y := id(a), id(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	want, got = slices.Clone(want), slices.Clone(got)
	slices.SortFunc(want, byID)
	slices.SortFunc(got, byID)
	for i := range want {
		compare(t, what, *want[i], *got[i])
	}
}

// compare compares two structs field by field; instants by what they mean. The
// UID of a seat is minted by the store, so it must only be there.
func compare(t *testing.T, what string, want, got any) {
	t.Helper()
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	for i := range w.NumField() {
		name := w.Type().Field(i).Name
		a, b := w.Field(i).Interface(), g.Field(i).Interface()
		same := reflect.DeepEqual(a, b)
		if at, ok := a.(time.Time); ok {
			same = at.Equal(b.(time.Time))
		}
		if name == "UID" {
			same = len(b.(string)) == 36
		}
		if !same {
			t.Errorf("%s.%s: %v came back as %v", what, name, a, b)
		}
	}
}
