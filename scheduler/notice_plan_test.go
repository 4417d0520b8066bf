package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
)

// owed prints what the last change owes.
func owed(c *clinic) []string {
	var all []string
	for _, n := range c.last.Notices {
		all = append(all, fmt.Sprint(n.Person, " ", n.Kind, " ", n.Channel, " ", day(c, n.Session), " +",
			n.Due.Sub(c.now)))
	}
	for _, task := range c.last.Tasks {
		all = append(all, fmt.Sprint(task.Person, " ", task.Kind, " task ", task.About, " ", day(c, task.Session), " +",
			task.Due.Sub(c.now)))
	}
	return all
}

func day(c *clinic, session scheduler.ID) string {
	for _, r := range c.rosters {
		if s := r.Session(session); s != nil {
			return s.Wall.Date.String()[5:]
		}
	}
	return "all"
}

func TestAnEnrollmentOwesAWelcomeAndTheInvitesOfTwoWeeks(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	// the second session is 14 days ahead
	c.now = instant("2026-01-06T23:00:00Z").Add(-scheduler.InviteWindow).AddDate(0, 0, 7)
	cohort := c.open(opening(define(t, closed)))
	p := c.enroll(cohort, "p")
	same(t, "owed", owed(c), "[p welcome email all +3m0s p calendar email 01-06 +3m0s p calendar email 01-13 +3m0s]")
	welcome := c.last.Notices[0]
	r := c.roster(cohort)
	if want := "welcome:" + string(p.Enrollment) + ":email"; welcome.Key != want ||
		welcome.ID != scheduler.DeriveID(p.Enrollment, "notice", want) {
		t.Errorf("the welcome is %s %s", welcome.Key, welcome.ID)
	}
	if !welcome.NotAfter.Equal(r.Sessions[7].End) || !welcome.CreatedAt.Equal(c.now) ||
		welcome.State != scheduler.NoticePlanned {
		t.Errorf("welcome %+v", welcome)
	}
	invite := c.last.Notices[1]
	if want := fmt.Sprintf("calendar:%s:0:email", r.SeatsOf(p.Enrollment)[0].ID); invite.Key != want ||
		!invite.NotAfter.Equal(r.Sessions[0].End) {
		t.Errorf("invite %+v, want the key %s", invite, want)
	}
	c = newClinic(t)
	c.now = instant("2026-01-06T23:00:00Z").Add(-scheduler.InviteWindow - time.Second)
	c.enroll(c.open(opening(define(t, closed))), "p")
	same(t, "a second earlier", owed(c), "[p welcome email all +3m0s]")
}

// Who gets on a waitlist is told so once: not again when an offer was in vain.
func TestWaitingIsTold(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, "capacity: {max: 1}")))
	first := c.enroll(cohort, "p")
	waits := c.enroll(cohort, "waits")
	same(t, "owed", owed(c), "[waits waitlist email all +3m0s]")
	c.must(desk.Withdraw(first.Enrollment))
	same(t, "the offer", owed(c), "[p changes email all +3m0s waits offer email all +0s]")
	c.must(desk.Decline(waits.Enrollment))
	same(t, "after the offer", owed(c), "[]")
}

func TestWhoCannotBeReachedBecomesATask(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	c.person("calls", scheduler.Voice) // nobody hands over by telephone
	c.person("texts", scheduler.SMS, scheduler.Voice)
	c.person("texted", scheduler.SMS, scheduler.Email)
	for person, want := range map[scheduler.ID]string{
		"calls":  "[calls letter task welcome all +24h0m0s]",
		"texts":  "[texts welcome sms all +3m0s]",
		"texted": "[texted welcome sms all +3m0s texted calendar email 01-06 +3m0s texted calendar email 01-13 +3m0s]",
	} {
		if got := c.enroll(cohort, person); got.Unreachable != (person == "calls") {
			t.Errorf("%s is unreachable: %v", person, got.Unreachable)
		}
		same(t, string(person), owed(c), want)
	}
	c.welcomed()
	c.now = instant("2026-01-06T12:00:00Z") // 11 hours before the first session
	if err := c.move(c.on(cohort, "2026-01-06").ID, "2026-01-08T18:00"); err != nil {
		t.Fatal(err)
	}
	for _, task := range c.last.Tasks {
		same(t, "a call before the old time", []any{task.Kind, task.About, task.Due.Sub(c.now)},
			[]any{"call", "moved", 11 * time.Hour})
	}
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-13").ID}); err != nil {
		t.Fatal(err)
	}
	tasks := map[string]int{}
	for _, task := range c.last.Tasks {
		tasks[fmt.Sprint(task.Person, " ", task.Kind, " ", task.About)]++
		if task.ID != scheduler.DeriveID("clinic", "task", task.Key) || task.Cohort != cohort ||
			!task.CreatedAt.Equal(c.now) {
			t.Errorf("task %+v", task)
		}
	}
	same(t, "tasks", tasks, "map[calls call changes:1]")
	if len(c.last.Notices) != 4 || len(c.last.Announcements) != 6 {
		t.Errorf("%d notices and %d tellings", len(c.last.Notices), len(c.last.Announcements))
	}
	for _, x := range c.last.Announcements {
		want := map[scheduler.ID]scheduler.Channel{"texts": scheduler.SMS, "texted": scheduler.SMS}
		if x.Channel != want[x.Person] {
			t.Errorf("%s is told over %q", x.Person, x.Channel)
		}
	}
}

func TestAnUndoneChangeLeavesNothingToTell(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	id := c.on(cohort, "2026-01-20").ID
	for _, to := range []string{"2026-01-21T18:00", "2026-01-20T18:00"} {
		if err := c.move(id, to); err != nil {
			t.Fatal(err)
		}
		for _, n := range c.last.Notices {
			if n.Due.Sub(c.now) != 3*time.Minute {
				t.Errorf("told after %s", n.Due.Sub(c.now))
			}
		}
	}
	r := c.roster(cohort)
	moved := 0
	for _, n := range c.notices {
		if n.Session != id || n.Kind != scheduler.Calendar {
			continue
		}
		moved++
		seat := seatByID(r, n.Seat)
		verdict := gate.Judge(gate.Facts{
			Notice: n, Enrollment: *r.Enrollment(n.Enrollment), Reach: []scheduler.Channel{scheduler.Email}, Seat: seat,
			Session: r.Session(id),
		}, n.Due)
		if verdict.Act != gate.Drop || verdict.Reason != gate.ReasonNothingNew {
			t.Errorf("%s would be %s", n.Key, verdict.Act)
		}
	}
	if moved != 4 {
		t.Errorf("%d notices of the moved session, want 4", moved)
	}
}

func TestNothingIsOwedForThePast(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	c.now = instant("2026-01-14T01:00:01Z") // a second after the second session
	if err := c.withdraw(c.roster(cohort).Enrollments[0].ID); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.last.Notices {
		if n.Kind != scheduler.Changes && c.roster(cohort).Session(n.Session).Past(c.now) {
			t.Errorf("%s is owed", n.Key)
		}
	}
}

func TestNoticesArePlannedOnce(t *testing.T) {
	t.Parallel()
	c, _ := group(t)
	b, err := c.Look(t.Context(), desk.Change{}, desk.Load{Cohorts: []scheduler.ID{c.rosters[0].Cohort.ID}})
	if err != nil {
		t.Fatal(err)
	}
	b.PlanNotices()
	if len(b.Notices)+len(b.Tasks)+len(b.Announcements) != 0 {
		t.Errorf("an unchanged book owes %v", b.Announcements)
	}
	for _, seat := range b.Rosters[0].Seats {
		if seat.Sequence != 0 {
			t.Error("an unchanged seat has a new sequence")
		}
	}
}
