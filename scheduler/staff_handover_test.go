package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// Somebody leaves: from a date on another one leads all that they led, and what is planned later; before it nothing
// changes, and what others lead stays theirs.
func TestHandOver(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	teacher(c, "F", "")
	teacher(c, "G", "")
	led := func(at, lead string) scheduler.ID {
		o := opening(define(t, closed, "content: {order: fixed, unit: session, count: 3}"))
		o.At, o.Lead = clock(at), scheduler.ID(lead)
		return c.open(o)
	}
	one, two, others := led("18:00", "F"), led("20:30", "F"), led("12:00", "H")
	inTurn := opening(define(t, rolling))
	inTurn.At = clock("08:00")
	turns := c.open(inTurn)
	c.must(desk.Rotate(scheduler.RotateRequest{Cohort: turns, Leaders: []scheduler.ID{"H", "F"}}))
	q := scheduler.HandOverRequest{From: "F", To: "G", On: date("2026-01-13")}
	preview, err := c.desk().Preview(t.Context(), c.request(), desk.HandOver(q))
	if err != nil || len(preview.Handed) != 3 {
		t.Fatalf("the preview says %+v (%v)", preview.Handed, err)
	}
	same(t, "sessions in the preview", preview.Handed[0].Sessions+preview.Handed[1].Sessions >= 4, true)
	c.must(desk.HandOver(q))
	same(t, "one", leaders(c, one), "[F G G]")
	same(t, "two", leaders(c, two), "[F G G]")
	same(t, "others", leaders(c, others), "[H H H]")
	same(t, "in turn", leaders(c, turns)[:4], "[H G H G]")
	same(t, "who is named", []any{c.roster(one).Cohort.Lead, c.roster(turns).Cohort.Rotation}, "[G [H G]]")
}

func TestHandOverRefuses(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	teacher(c, "F", "")
	o := opening(define(t, rolling, teachers))
	o.Lead, o.Name = "F", "Tuesday"
	c.open(o)
	busy := opening(define(t, rolling))
	busy.At, busy.Lead = clock("19:00"), "B"
	c.open(busy)
	before := written(c)
	for _, tt := range []struct {
		to, on   string
		kind     fault.Kind
		field    string
		sentence string
	}{
		{"", "", fault.Invalid, "facilitator", "Choose who leads instead."},
		{"F", "", fault.Invalid, "facilitator", "Choose who leads instead."},
		{"G", "2020-01-01", fault.Invalid, "from", "2020-01-01 has passed. Choose today or a later date."},
		{"G", "", fault.Conflict, "facilitator", "Tuesday: The protocol asks for the credential \"teacher\", which " +
			"this facilitator does not have on record. Choose another one, record it, or give a reason."},
	} {
		q := scheduler.HandOverRequest{From: "F", To: scheduler.ID(tt.to)}
		if tt.on != "" {
			q.On = date(tt.on)
		}
		refused(t, c.confirm(desk.HandOver(q)), tt.kind, tt.field, tt.sentence)
	}
	q := scheduler.HandOverRequest{From: "F", To: "B", Reason: "covers"}
	if err := c.confirm(desk.HandOver(q)); !fault.Is(err, fault.Conflict) {
		t.Errorf("somebody who leads elsewhere then: %v", err)
	}
	refused(t, c.confirm(desk.HandOver(scheduler.HandOverRequest{From: "X", To: "G"})), fault.Closed, "",
		"They lead nothing that is still to come.")
	c.unchanged("a refused hand-over", before)
}
