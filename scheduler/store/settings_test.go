package store_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/store/storetest"
)

// sleeper wants two reminders, only by day, and no more than three a week.
var sleeper = gate.Settings{
	Leads:      []time.Duration{24 * time.Hour, 2 * time.Hour},
	EmailHours: gate.Hours{From: civil.Clock{Hour: 8}, Until: civil.Clock{Hour: 12}}, MaxPerWeek: 3,
}

func settle(t *testing.T, h *storetest.House, person scheduler.ID, s gate.Settings) {
	t.Helper()
	if err := h.DB.SetSettings(t.Context(), h.Actor, h.Clinic, person, s); err != nil {
		t.Fatal(err)
	}
}

// remindersOfFirst gives the reminders of the first session as written down.
func remindersOfFirst(t *testing.T, h *storetest.House) string {
	t.Helper()
	return fmt.Sprint(h.Ask(t, `SELECT lead_seconds / 3600, substr(due_at, 6, 11), state, reason FROM notices
		WHERE kind = 'reminder' AND start_at = '2026-01-06T23:00:00.000Z' ORDER BY lead_seconds`))
}

func TestSettingsComeBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		rev := func() string { return h.Ask(t, "SELECT rev FROM people")[0][0] }
		page := scheduler.ID("")
		links, err := h.DB.Links(t.Context(), h.Actor, h.Clinic, e.Person)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []gate.Settings{
			sleeper, {Muted: []scheduler.Channel{scheduler.Email, scheduler.SMS}, Disturb: gate.DisturbUrgent}, {},
			{Contact: gate.SafeContact{Asked: true, SayWho: true, Hours: gate.Hours{Until: civil.Clock{Hour: 12}}}},
		} {
			before := rev()
			if i == 1 {
				err = h.DB.ChangeOwnSettings(t.Context(), webDoor, links.Page, want)
			} else {
				err = h.DB.SetSettings(t.Context(), h.Actor, h.Clinic, e.Person, want)
			}
			if err != nil {
				t.Fatal(err)
			}
			want.ChangedAt = h.Now()
			p, err := h.DB.Person(t.Context(), h.Actor, h.Clinic, e.Person)
			own, ownErr := h.DB.Page(t.Context(), webDoor, links.Page)
			if err != nil || ownErr != nil || !reflect.DeepEqual(p.Settings, want) ||
				!reflect.DeepEqual(own.Settings, want) {
				t.Errorf("%d: staff see %+v (%v), the person %+v (%v), want %+v", i, p.Settings, err,
					own.Settings, ownErr, want)
			}
			if rev() == before {
				t.Errorf("%d: the person's revision stays %s", i, before)
			}
		}
		if err := h.DB.SetSettings(t.Context(), h.Actor, h.Clinic, e.Person,
			gate.Settings{MaxPerWeek: -1}); !fault.Is(err, fault.Invalid) {
			t.Errorf("nonsense: %v", err)
		}
		wantMissing(t, h.DB.SetSettings(t.Context(), h.Actor, h.Clinic, page, sleeper))
		wantMissing(t, h.DB.SetSettings(t.Context(), access.Person("somebody else", string(h.Clinic)), h.Clinic,
			e.Person, sleeper))
		wantMissing(t, h.DB.ChangeOwnSettings(t.Context(), webDoor, links.Feed, sleeper))
		wantForbidden(t, h.DB.SetSettings(t.Context(), access.Staff("s", string(h.Clinic), access.Facilitator),
			h.Clinic, e.Person, sleeper))
		by := h.Ask(t, "SELECT DISTINCT actor FROM audit WHERE action = 'person.settings' ORDER BY actor")
		if fmt.Sprint(by) != fmt.Sprintf("[[%s] [%s]]", h.Actor, aliasOf(t, h, e.Person)) {
			t.Errorf("audited are %v", by)
		}
	})
}

// Reminders follow the settings: other ones, moved into the hours, or dropped
// with the reason, and never too many in a week; and they follow them back.
func TestRemindersFollowSettings(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		drain(t, h)
		at := func(day, hour int) {
			h.Set(time.Date(2026, 1, day, hour, 0, 0, 0, time.UTC))
			if _, err := h.DB.Foresee(t.Context(), worker); err != nil {
				t.Fatal(err)
			}
		}
		want := func(what, rows string) {
			t.Helper()
			if got := remindersOfFirst(t, h); got != rows {
				t.Errorf("%s: %s, want %s", what, got, rows)
			}
		}
		at(5, 0)
		want("as the protocol says", "[[24 01-05T23:00 planned ] [72 01-03T23:00 planned ]]")
		h.Do(t, "UPDATE notices SET state = 'sent' WHERE lead_seconds = 259200")
		settle(t, h, e.Person, sleeper) // 8:00 to 12:00 in New York is 13:00 to 17:00 UTC
		at(5, 1)
		want("moved to the morning before", "[[24 01-05T16:59 planned ] [72 01-03T23:00 sent ]]")
		at(5, 18)
		want("the second one", "[[2 01-06T16:59 planned ] [24 01-05T16:59 planned ] [72 01-03T23:00 sent ]]")
		settle(t, h, e.Person, gate.Settings{Muted: []scheduler.Channel{scheduler.Email}})
		at(5, 19)
		want("off", "[[2 01-06T16:59 dropped settings changed] [24 01-05T16:59 planned ] [72 01-03T23:00 sent ]]")
		settle(t, h, e.Person, sleeper)
		at(5, 20)
		want("on again", "[[2 01-06T16:59 planned ] [24 01-05T16:59 planned ] [72 01-03T23:00 sent ]]")
		if sent := drain(t, h); len(sent) != 0 { // the 24 hours' one is late, and it is evening
			t.Errorf("in the evening %q left", say(sent))
		}
		h.Set(time.Date(2026, 1, 6, 13, 0, 0, 0, time.UTC))
		if sent := drain(t, h); fmt.Sprint(say(sent)) != "[reminder 1]" {
			t.Errorf("in the morning %q left", say(sent))
		}
	})
}

// No more reminders leave in seven days than a person wants, and staff see why.
func TestMostRemindersInAWeek(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		e := join(t, h, cohort, storetest.Contact(0))
		settle(t, h, e.Person, gate.Settings{MaxPerWeek: 1})
		drain(t, h)
		var kinds []string
		for h.Set(time.Date(2026, 1, 3, 22, 0, 0, 0,
			time.UTC)); h.Now().Before(firstStart()); h.Set(h.Now().Add(time.Hour)) {
			if _, err := h.DB.Foresee(t.Context(), worker); err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, say(drain(t, h))...)
		}
		if fmt.Sprint(kinds) != "[reminder 1]" {
			t.Errorf("%q left", kinds)
		}
		if got := remindersOfFirst(t, h); got != "[[24 01-05T23:00 dropped enough this week] [72 01-03T23:00 sent ]]" {
			t.Error(got)
		}
	})
}

// What changes at night and cannot wait is told by phone, once; what can, in the
// morning.
func TestChangesInQuietHours(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		e := join(t, h, cohort, storetest.Contact(0))
		drain(t, h)
		settle(t, h, e.Person, gate.Settings{EmailHours: sleeper.EmailHours})
		h.Set(firstStart().Add(-5 * time.Hour)) // one in the afternoon: too late for today
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		drain(t, h)
		wantTasks(t, h, "call "+scheduler.AboutMoved)
		if due := h.Ask(t, "SELECT due_at FROM tasks")[0][0]; due != "2026-01-06T18:08:00.000Z" {
			t.Errorf("the call is due at %s", due)
		}
		h.Set(firstStart().Add(-4 * time.Hour))
		settle(t, h, e.Person, gate.Settings{EmailHours: sleeper.EmailHours, Disturb: gate.DisturbUrgent})
		moveFirst(t, h, cohort, "2026-01-06T20:00")
		if sent := drain(t, h); fmt.Sprint(say(sent)) != "[calendar REQUEST 1]" {
			t.Errorf("with leave to disturb %q left", say(sent))
		}
	})
}
