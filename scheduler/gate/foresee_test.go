package gate_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// reminded is a session 96 hours after now, known since a month, with reminders 72 and 24 hours before.
func reminded() gate.Forecast {
	start := now().Add(96 * time.Hour)
	truth := scheduler.Moment{Expected: true, Start: start, End: start.Add(2 * time.Hour), Place: "Online"}
	return gate.Forecast{
		Clinic: "clinic", Cohort: "cohort",
		Enrollment: scheduler.Enrollment{ID: "enrollment", Person: "p", State: scheduler.Active},
		Person:     scheduler.Person{ID: "p", Reach: []scheduler.Channel{scheduler.Email, scheduler.SMS}},
		Seat: scheduler.Seat{
			ID: "seat", State: scheduler.SeatPlanned, Sequence: 2, ChangedAt: now().AddDate(0, -1, 0),
			Told: scheduler.Told{Moment: truth, Invited: true},
		},
		Session: scheduler.Session{ID: "session", State: scheduler.SessionPlanned, Start: start, End: truth.End,
			Place: truth.Place},
		Leads: []time.Duration{72 * time.Hour, 24 * time.Hour},
	}
}

// foreseen prints notices and tasks by their hours before the session.
func foreseen(f gate.Forecast, at time.Time) []string {
	notices, tasks := gate.Foresee(f, at)
	var all []string
	for _, n := range notices {
		all = append(all, fmt.Sprintf("%s %s -%s -%s", n.Kind, n.Channel, f.Session.Start.Sub(n.Due),
			f.Session.Start.Sub(n.NotAfter)))
	}
	for _, task := range tasks {
		all = append(all, fmt.Sprintf("%s task %s -%s", task.Kind, task.About, f.Session.Start.Sub(task.Due)))
	}
	return all
}

func TestForesee(t *testing.T) {
	t.Parallel()
	const first, second = "reminder email -72h0m0s -24h0m0s", "reminder email -24h0m0s -1h0m0s"
	before := func(f *gate.Forecast, d time.Duration) time.Time { return f.Session.Start.Add(-d) }
	for name, tt := range map[string]struct {
		change func(*gate.Forecast)
		left   time.Duration // before the start
		want   string
	}{
		"nothing yet":            {nil, 96*time.Hour + 1, "[]"},
		"a day before it is due": {nil, 96 * time.Hour, "[" + first + "]"},
		"when it is due":         {nil, 72 * time.Hour, "[" + first + "]"},
		"until the next is due":  {nil, 24*time.Hour + 1, "[" + first + " " + second + "]"},
		"the last":               {nil, 24 * time.Hour, "[" + second + "]"},
		"an hour before":         {nil, time.Hour + 1, "[" + second + "]"},
		"too late":               {nil, time.Hour, "[]"},
		"begun":                  {nil, 0, "[]"},
		"just changed": {func(f *gate.Forecast) { f.Seat.ChangedAt = before(f, 74*time.Hour-1) },
			73 * time.Hour, "[]"},
		"changed two hours ago": {func(f *gate.Forecast) { f.Seat.ChangedAt = before(f, 74*time.Hour) },
			73 * time.Hour, "[" + first + "]"},
		"changed later": {func(f *gate.Forecast) { f.Seat.ChangedAt = before(f, 30*time.Hour) },
			29 * time.Hour, "[" + second + "]"},
		"waiting": {func(f *gate.Forecast) { f.Enrollment.State = scheduler.Waiting },
			72 * time.Hour, "[]"},
		"away": {func(f *gate.Forecast) { f.Enrollment.State = scheduler.OnHold },
			72 * time.Hour, "[]"},
		"seat given up": {func(f *gate.Forecast) { f.Seat.State = scheduler.SeatReleased },
			72 * time.Hour, "[]"},
		"session cancelled": {func(f *gate.Forecast) { f.Session.State = scheduler.SessionCancelled },
			72 * time.Hour, "[]"},
		"no reminders": {func(f *gate.Forecast) { f.Leads = nil }, 72 * time.Hour, "[]"},
		"a short one": {func(f *gate.Forecast) { f.Leads = []time.Duration{30 * time.Minute} }, time.Hour,
			"[reminder email -30m0s -0s]"},
		"two too close": {func(f *gate.Forecast) {
			f.Leads = []time.Duration{3 * time.Hour, 4 * time.Hour, 5 * time.Hour}
		}, 6 * time.Hour, "[reminder email -5h0m0s -3h0m0s reminder email -3h0m0s -1h0m0s]"},
		"invite at the edge": {func(f *gate.Forecast) { f.Seat.Told.Invited = false }, scheduler.InviteWindow,
			"[calendar email -336h0m0s --2h0m0s]"},
		"invite before the edge": {func(f *gate.Forecast) { f.Seat.Told.Invited = false },
			scheduler.InviteWindow + 1, "[]"},
		"invite and reminder": {func(f *gate.Forecast) { f.Seat.Told.Invited = false }, 72 * time.Hour,
			"[calendar email -72h0m0s --2h0m0s " + first + "]"},
		"unreachable, too early": {func(f *gate.Forecast) { f.Person.Reach = nil }, 24*time.Hour + 1, "[]"},
		"unreachable": {func(f *gate.Forecast) { f.Person.Reach = nil }, 24 * time.Hour,
			"[call task reminder -0s]"},
		"only by text": {func(f *gate.Forecast) { f.Person.Reach = []scheduler.Channel{scheduler.SMS} },
			2 * time.Hour, "[reminder sms -24h0m0s -1h0m0s]"},
		"a text needs no invite": {func(f *gate.Forecast) {
			f.Person.Reach, f.Seat.Told.Invited = []scheduler.Channel{scheduler.SMS}, false
		}, 72 * time.Hour, "[reminder sms -72h0m0s -24h0m0s]"},
		"texts first": {func(f *gate.Forecast) {
			f.Person.Reach = []scheduler.Channel{scheduler.Voice, scheduler.SMS, scheduler.Email}
		}, 24 * time.Hour, "[reminder sms -24h0m0s -1h0m0s]"},
		"no reminders by text": {func(f *gate.Forecast) {
			f.Person.Reach = []scheduler.Channel{scheduler.SMS, scheduler.Email}
			f.Settings.Muted = []scheduler.Channel{scheduler.SMS}
		}, 24 * time.Hour, "[" + second + "]"},
		"the protocol prefers texts": {func(f *gate.Forecast) {
			f.Channels = []scheduler.Channel{scheduler.SMS,
				scheduler.Email}
		}, 24 * time.Hour, "[reminder sms -24h0m0s -1h0m0s]"},
		"reminded by call only": {func(f *gate.Forecast) { f.Channels = []scheduler.Channel{scheduler.Voice} },
			24 * time.Hour, "[call task reminder -0s]"},
		"invited all the same": {func(f *gate.Forecast) {
			f.Channels, f.Seat.Told.Invited = []scheduler.Channel{scheduler.Voice}, false
		}, 24 * time.Hour, "[calendar email -24h0m0s --2h0m0s call task reminder -0s]"},
		"nobody is to call": {func(f *gate.Forecast) { f.Person.Reach, f.Uncalled = nil, true },
			2 * time.Hour, "[]"},
		"unreachable, just asked": {func(f *gate.Forecast) {
			f.Person.Reach, f.Seat.ChangedAt = nil,
				before(f, 24*time.Hour-1)
		}, time.Hour, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := reminded()
			if tt.change != nil {
				tt.change(&f)
			}
			same(t, "foreseen", foreseen(f, f.Session.Start.Add(-tt.left)), tt.want)
		})
	}
}

func TestForeseeingTwiceGivesTheSameRows(t *testing.T) {
	t.Parallel()
	f := reminded()
	f.Seat.Told.Invited = false
	first, _ := gate.Foresee(f, f.Session.Start.Add(-30*time.Hour))
	again, _ := gate.Foresee(f, f.Session.Start.Add(-29*time.Hour))
	if len(first) != 3 || len(again) != 3 {
		t.Fatalf("%d and %d notices, want 3", len(first), len(again))
	}
	keys := func(notices []scheduler.Notice) map[scheduler.ID]string {
		all := map[scheduler.ID]string{}
		for _, n := range notices {
			all[n.ID] = n.Key
		}
		return all
	}
	same(t, "keys", keys(again), keys(first))
	for _, want := range []string{"calendar:seat:2:email", "reminder:seat:20260109T150000Z:4320m:email",
		"reminder:seat:20260109T150000Z:1440m:email"} {
		if keys(first)[scheduler.DeriveID(f.Enrollment.ID, "notice", want)] != want {
			t.Errorf("no notice %s among %v", want, keys(first))
		}
	}
	f.Person.Reach = nil
	_, tasks := gate.Foresee(f, f.Session.Start.Add(-3*time.Hour))
	_, later := gate.Foresee(f, f.Session.Start.Add(-2*time.Hour))
	if len(tasks) != 1 || len(later) != 1 || tasks[0].Key != later[0].Key || tasks[0].ID != later[0].ID {
		t.Errorf("calls %v and %v, want one and the same", tasks, later)
	}
	f.Session.Start, f.Session.End = f.Session.Start.AddDate(0, 0, 1), f.Session.End.AddDate(0, 0, 1)
	_, moved := gate.Foresee(f, f.Session.Start.Add(-2*time.Hour))
	if len(moved) != 1 || moved[0].Key == tasks[0].Key {
		t.Error("a session that was moved asks for no call of its own")
	}
}
