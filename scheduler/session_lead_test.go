package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

func TestSubstitute(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		expires  string // "-" for no such credential
		reason   string
		sentence string // empty: it is done
	}{
		"without end":     {"", "", ""},
		"good on the day": {"2026-01-20", "", ""},
		"expired before": {"2026-01-19", "",
			"The credential \"teacher\" of this facilitator expires on 2026-01-19, before the session of " +
				"2026-01-20. Choose another one, renew it, or give a reason."},
		"missing": {"-", "",
			"The protocol asks for the credential \"teacher\", which this facilitator does not have on record. " +
				"Choose another one, record it, or give a reason."},
		"missing, all agreed": {"-", "the only one who is there", ""},
		"expired, all agreed": {"2026-01-01", "renewed tomorrow", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			cohort := c.open(opening(define(t, rolling, teachers)))
			if teacher(c, "F", ""); tt.expires == "-" {
				c.staff["F"].Credentials = c.staff["F"].Credentials[:1]
			} else {
				teacher(c, "F", tt.expires)
			}
			session := c.on(cohort, "2026-01-20").ID
			err := c.confirm(desk.Substitute(scheduler.SubstituteRequest{Session: session, By: "F", Reason: tt.reason}))
			if tt.sentence != "" {
				refused(t, err, fault.Conflict, "by", tt.sentence)
				same(t, "leader", c.on(cohort, "2026-01-20").Leader, "")
				return
			}
			kept(t, c, cohort, session, "F", "teacher", tt.reason)
			same(t, "leader", []any{err, c.on(cohort, "2026-01-20").Leader, c.on(cohort, "2026-01-27").Leader},
				"[<nil> F ]")
		})
	}
	t.Run("who leads elsewhere", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		cohort, o := c.open(opening(define(t, rolling))), opening(define(t, rolling))
		o.At, o.Lead = clock("19:00"), "F"
		c.open(o)
		q := scheduler.SubstituteRequest{Session: c.on(cohort, "2026-01-20").ID, By: "F", Reason: "no reason helps"}
		refused(t, c.confirm(desk.Substitute(q)), fault.Conflict, "by",
			"The facilitator already has a session at that time on 2026-01-20. Choose another one.")
	})
}

// leaders lists who leads the main sessions of a cohort.
func leaders(c *clinic, cohort scheduler.ID) []scheduler.ID {
	var all []scheduler.ID
	for _, s := range c.roster(cohort).Sessions {
		if s.Main && s.Live() {
			all = append(all, s.Leader)
		}
	}
	return all
}

// Two groups at the same time, and the same two teams in both: for 26 weeks and
// as long as the projection goes on nobody leads both, and every session has
// somebody.
func TestTwoTeamsLeadInTurn(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	one, other := c.open(opening(define(t, rolling))), c.open(opening(define(t, rolling)))
	c.must(desk.Rotate(scheduler.RotateRequest{Cohort: one, Leaders: []scheduler.ID{"F", "G"}}),
		desk.Rotate(scheduler.RotateRequest{Cohort: other, Leaders: []scheduler.ID{"F", "G"}}))
	check := func(weeks int) {
		t.Helper()
		a, b := leaders(c, one), leaders(c, other)
		if len(a) < weeks || len(b) != len(a) {
			t.Fatalf("%d and %d sessions, want %d", len(a), len(b), weeks)
		}
		for i := range a {
			if a[i] == b[i] || a[i] == "" || b[i] == "" || i > 0 && a[i] == a[i-1] {
				t.Errorf("week %d is led by %q and %q", i+1, a[i], b[i])
			}
		}
	}
	check(26)
	before := len(leaders(c, one))
	for range 26 {
		c.now = c.now.AddDate(0, 0, 7)
		for _, cohort := range []scheduler.ID{one, other} {
			if err := c.desk().Confirm(t.Context(), c.request(), desk.Extend(cohort)); err != nil {
				t.Fatal(err)
			}
		}
	}
	check(before + 26)
}

func TestNobodyLeadsWhatNobodyCan(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling)))
	for _, lead := range []scheduler.ID{"F", "G"} {
		o := opening(define(t, closed, "content: {order: fixed, unit: session, count: 1}"))
		o.Start, o.Lead = date("2026-01-13"), lead
		c.open(o)
	}
	c.must(desk.Rotate(scheduler.RotateRequest{Cohort: cohort, Leaders: []scheduler.ID{"F", "G"}}))
	same(t, "leaders", leaders(c, cohort)[:4], "[F  F G]")
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID, Content: scheduler.Makeup,
		On: wall("2026-01-22T18:00")}); err != nil {
		t.Fatal(err)
	}
	same(t, "an added date has somebody", c.on(cohort, "2026-01-22").Leader, "F")
}

func TestRotateRefuses(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling, teachers)))
	teacher(c, "F", "")
	teacher(c, "G", "2026-01-12")
	before := written(c)
	for _, tt := range []struct {
		leaders  []scheduler.ID
		kind     fault.Kind
		field    string
		sentence string
	}{
		{[]scheduler.ID{"F"}, fault.Invalid, "leaders", "A rotation needs at least two facilitators."},
		{[]scheduler.ID{"F", "G", "F"}, fault.Invalid, "leaders",
			"Each facilitator of a rotation is named once. Choose different ones."},
		{[]scheduler.ID{"F", ""}, fault.Invalid, "leaders",
			"Each facilitator of a rotation is named once. Choose different ones."},
		{[]scheduler.ID{"F", "H"}, fault.Conflict, "leaders[1]",
			"The protocol asks for the credential \"teacher\", which this facilitator does not have on record. " +
				"Choose another one, record it, or give a reason."},
		{[]scheduler.ID{"F", "G"}, fault.Conflict, "leaders[1]",
			"The credential \"teacher\" of this facilitator expires on 2026-01-12, before the session of " +
				"2026-01-13. Choose another one, renew it, or give a reason."},
	} {
		refused(t, c.confirm(desk.Rotate(scheduler.RotateRequest{Cohort: cohort, Leaders: tt.leaders})), tt.kind,
			tt.field, tt.sentence)
	}
	c.unchanged("a refused rotation", before)
	c.must(desk.Rotate(scheduler.RotateRequest{Cohort: cohort, Leaders: []scheduler.ID{"G", "F"}}))
	same(t, "who is good at first", leaders(c, cohort)[:2], "[G F]")
	c.must(desk.Rotate(scheduler.RotateRequest{Cohort: cohort, Leaders: []scheduler.ID{"F", "H"},
		Reason: "learns by leading"}))
	same(t, "with a reason", leaders(c, cohort)[:2], "[F H]")
	kept(t, c, cohort, "", "H", "teacher", "learns by leading")
}

// A cohort that ends asks for credentials that are good until then.
func TestRotateLooksToTheEnd(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed, teachers)))
	teacher(c, "F", "")
	teacher(c, "G", "2026-02-16")
	refused(t, c.confirm(desk.Rotate(scheduler.RotateRequest{Cohort: cohort, Leaders: []scheduler.ID{"F", "G"}})),
		fault.Conflict, "leaders[1]",
		"The credential \"teacher\" of this facilitator expires on 2026-02-16, before the session of 2026-02-24. "+
			"Choose another one, renew it, or give a reason.")
	teacher(c, "G", "2026-02-24")
	c.must(desk.Rotate(scheduler.RotateRequest{Cohort: cohort, Leaders: []scheduler.ID{"F", "G"}}))
	same(t, "who leads", leaders(c, cohort), "[F G F G F G F G]")
}

func TestSmallGroups(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		source, capacity, entry string
		people                  int
		at                      string
		asked                   string
	}{
		"a week before the start": {closed, "{min_to_start: 3, max: 9}", "", 2,
			"2025-12-30T23:00:00Z", "[small]"},
		"a second before that": {closed, "{min_to_start: 3, max: 9}", "", 2,
			"2025-12-30T22:59:59Z", "[]"},
		"enough have asked": {closed, "{min_to_start: 3, max: 9}", "", 3,
			"2026-01-01T00:00:00Z", "[]"},
		"the protocol decides earlier": {closed, "{min_to_start: 3, max: 9}", "decide_by: -P10D", 2,
			"2025-12-27T23:00:00Z", "[small]"},
		"and not before": {closed, "{min_to_start: 3, max: 9}", "decide_by: -P10D", 2,
			"2025-12-27T22:59:59Z", "[]"},
		"a day before a session": {rolling, "{min_to_hold: 2, max: 9, below_min: ask}", "", 1,
			"2026-01-12T23:00:00Z", "[attendance small]"},
		"a second earlier": {rolling, "{min_to_hold: 2, max: 9, below_min: ask}", "", 1,
			"2026-01-12T22:59:59Z", "[attendance]"},
		"enough come": {rolling, "{min_to_hold: 2, max: 9, below_min: cancel}", "", 2,
			"2026-01-12T23:00:00Z", "[attendance]"},
		"the group meets anyway by default": {rolling, "{min_to_hold: 2, max: 9}", "", 1, "2026-01-12T23:00:00Z",
			"[attendance]"},
		"the group meets anyway, as it says": {rolling, "{min_to_hold: 2, max: 9, below_min: meet}", "", 1,
			"2026-01-12T23:00:00Z", "[attendance]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t)
			c.now = instant("2025-12-01T00:00:00Z")
			lines := []string{"capacity: " + tt.capacity}
			if tt.entry != "" {
				lines = append(lines, "entry: {type: closed, last_session_for_new: 1, "+tt.entry+"}")
			}
			cohort := c.open(opening(define(t, tt.source, lines...)))
			c.now = instant("2025-12-20T00:00:00Z")
			for _, person := range numbered("p", tt.people) {
				c.enroll(cohort, person)
			}
			c.keep(tt.at)
			same(t, "asked", c.asked(), tt.asked)
			c.upkeep()
			same(t, "once", c.asked(), tt.asked)
			for _, s := range c.roster(cohort).Sessions {
				if !s.Live() {
					t.Errorf("the session of %s is cancelled", s.Wall)
				}
			}
		})
	}
	t.Run("behind an orientation", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		c.now = instant("2025-12-01T00:00:00Z")
		o := opening(builtin(t, "mbsr"))
		o.Place = "Room 2"
		cohort := c.open(o)
		c.enroll(cohort, "P")
		if first := c.roster(cohort).Sessions[0]; first.Number != 0 {
			t.Fatalf("the group begins with number %d", first.Number)
		}
		c.keep("2025-12-22T12:00:00Z")
		same(t, "before the orientation", c.asked(), "[role]")
		c.keep("2026-01-02T12:00:00Z")
		same(t, "after it", c.asked(), "[attendance role small]")
	})
}
