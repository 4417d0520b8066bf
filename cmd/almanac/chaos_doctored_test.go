//go:build crashpoints

package main

import (
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
)

// honest is the evidence of one reminder and one invite that went as they should.
func honest() evidence {
	begins := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	start := begins.Add(24 * time.Hour)
	at := func(d time.Duration) string { return ledgerStamp(begins.Add(d)) }
	clock := func(d time.Duration) entry { return entry{what: "clock", v: [4]string{at(d)}} }
	told := func(id, kind, uid string, after time.Duration) letter {
		return letter{at: begins.Add(after), id: "<n." + id + "@example.org>", kind: kind, uid: uid, start: start,
			to: []string{"pat@example.net"}}
	}
	return evidence{
		end: begins.Add(2 * time.Hour), leads: []time.Duration{72 * time.Hour, 24 * time.Hour},
		tasks:    map[string]bool{},
		simulate: func(real time.Time) time.Time { return real },
		ledger: []entry{
			clock(-100 * time.Hour),
			{what: "session", id: "s",
				v: [4]string{"planned", ledgerStamp(start), ledgerStamp(start.Add(2 * time.Hour)), "Online"}},
			{what: "consent", id: "p:email", v: [4]string{at(-101 * time.Hour), ""}},
			{what: "enrollment", id: "e", v: [4]string{"active", "p"}},
			{what: "seat", id: "t", v: [4]string{"planned", "s", "e", "uid"}},
			clock(-99 * time.Hour),
			{what: "attempt", id: "invite", v: [4]string{"1", at(-99 * time.Hour)}},
			{what: "finish", id: "invite", v: [4]string{"1", "sent", at(-99 * time.Hour)}},
			clock(-48 * time.Hour),
			{what: "attempt", id: "early", v: [4]string{"1", at(-48 * time.Hour)}},
			{what: "finish", id: "early", v: [4]string{"1", "sent", at(-48 * time.Hour)}},
			clock(0),
			{what: "attempt", id: "late", v: [4]string{"1", at(0)}},
			{what: "finish", id: "late", v: [4]string{"1", "sent", at(time.Second)}},
			clock(2 * time.Hour),
		},
		notices: []promised{
			{id: "invite", key: "invite", kind: "calendar", channel: "email", person: "p", enrollment: "e",
				session: "s", seat: "t", state: "sent", due: begins.Add(-99 * time.Hour), notAfter: start},
			{id: "early", key: "early", kind: "reminder", channel: "email", person: "p", enrollment: "e", session: "s",
				seat: "t", state: "sent",
				start: start, lead: 72 * time.Hour, due: start.Add(-72 * time.Hour), notAfter: begins},
			{id: "late", key: "late", kind: "reminder", channel: "email", person: "p", enrollment: "e", session: "s",
				seat: "t", state: "sent",
				start: start, lead: 24 * time.Hour, due: begins, notAfter: start.Add(-time.Hour)},
		},
		received: []letter{told("invite", "REQUEST", "uid", -99*time.Hour),
			told("early", "reminder", "", -48*time.Hour), told("late", "reminder", "", time.Second)},
	}
}

// cut takes out the entries of a kind about an id.
func (e *evidence) cut(what, id string) {
	e.ledger = slices.DeleteFunc(e.ledger, func(e entry) bool { return e.what == what && e.id == id })
}

// before puts an entry before another one.
func (e *evidence) before(what, id string, add entry) {
	i := slices.IndexFunc(e.ledger, func(e entry) bool { return e.what == what && e.id == id })
	e.ledger = slices.Insert(e.ledger, i, add)
}

// offer adds a letter about an offer, which was in a state when the letter left,
// as its person was.
func (e *evidence) offer(state, person string) {
	letter := e.received[2]
	letter.id, letter.kind = "<n.offer@example.org>", "offer"
	notice := promised{
		id: "offer", key: "offer:o:email", kind: "offer", channel: "email", person: "p", enrollment: "w", state: "sent",
		due: e.notices[2].due, notAfter: e.end,
	}
	e.received, e.notices = append(e.received, letter), append(e.notices, notice)
	for _, add := range []entry{
		{what: "enrollment", id: "w", v: [4]string{"offered", "p"}},
		{what: "offer", id: "o", v: [4]string{"open", "s", "w"}},
		{what: "enrollment", id: "w", v: [4]string{person, "p"}},
		{what: "offer", id: "o", v: [4]string{state, "s", "w"}},
		{what: "attempt", id: "offer", v: [4]string{"1", ledgerStamp(notice.due)}},
		{what: "finish", id: "offer", v: [4]string{"1", "sent", ledgerStamp(notice.due)}},
	} {
		e.before("attempt", "late", add)
	}
}

// The oracle finds every kind of lie that it is told.
func TestOracleSeesDoctoredEvidence(t *testing.T) {
	t.Parallel()
	count := func(v verdict) [5]int {
		return [5]int{len(v.lost), len(v.late), len(v.untrue), len(v.falseSent), len(v.repeated)}
	}
	const lost, late, untrue, falseSent, repeated = 0, 1, 2, 3, 4
	again := func(e *evidence) { e.received = append(e.received, e.received[2]) }
	for name, c := range map[string]struct {
		doctor func(e *evidence)
		wrong  []int
	}{
		"honest":                     {func(*evidence) {}, nil},
		"a letter that did not come": {func(e *evidence) { e.received = e.received[:2] }, []int{lost, falseSent}},
		"a reminder that nobody wrote down": {func(e *evidence) {
			e.received, e.notices = e.received[:2], e.notices[:2]
			e.cut("attempt", "late")
		}, []int{lost}},
		"a notice that waits for ever": {func(e *evidence) {
			e.received, e.notices[2].state = e.received[:2], "planned"
			e.cut("finish", "late")
		}, []int{lost, lost}},
		"one given up in silence": {func(e *evidence) {
			e.received, e.notices[2].state = e.received[:2], "expired"
			e.cut("finish", "late")
		}, []int{lost}},
		"one given up with a task": {func(e *evidence) {
			e.received, e.notices[2].state = e.received[:2], "expired"
			e.cut("finish", "late")
			e.tasks[string(scheduler.NoticeTask)+":late"] = true
		}, nil},
		"after the deadline": {func(e *evidence) { e.notices[2].notAfter = e.notices[2].due }, []int{late}},
		"after a cancellation": {func(e *evidence) {
			s := e.ledger[1]
			s.v[0] = "cancelled"
			e.before("attempt", "late", s)
			e.received = append(e.received,
				letter{at: e.end, id: "<n.invite@example.org>", kind: "CANCEL", uid: "uid", sequence: 1})
			e.before("attempt", "late", entry{what: "attempt", id: "invite", v: [4]string{"2", e.ledger[11].v[0]}})
		}, []int{untrue}},
		"after a withdrawal": {func(e *evidence) {
			e.before("attempt", "late", entry{what: "enrollment", id: "e", v: [4]string{"withdrawn", "p"}})
		}, []int{lost, untrue}},
		"after an opt-out": {func(e *evidence) {
			e.before("attempt", "late", entry{what: "consent", id: "p:email", v: [4]string{"x", "y"}})
		}, []int{untrue}},
		"of an offer":                {func(e *evidence) { e.offer("open", "offered") }, nil},
		"of an offer that lapsed":    {func(e *evidence) { e.offer("lapsed", "waiting") }, []int{untrue}},
		"of an offer that was taken": {func(e *evidence) { e.offer("accepted", "active") }, []int{untrue}},
		"of an offer taken back":     {func(e *evidence) { e.offer("withdrawn", "offered") }, []int{untrue}},
		"of another time":            {func(e *evidence) { e.received[0].start = e.end }, []int{lost, untrue}},
		"from nobody": {func(e *evidence) { e.received[0].id = "<n.other@example.org>" },
			[]int{lost, untrue, falseSent}},
		"without an attempt": {func(e *evidence) { e.cut("attempt", "late") }, []int{untrue}},
		"twice":              {again, []int{repeated}},
		"twice after a crash": {func(e *evidence) {
			again(e)
			e.cut("finish", "late")
			e.notices[2].state = "sent"
		}, nil},
		"twice, the answer lost": {func(e *evidence) {
			again(e)
			e.ledger[13].v[1] = "retry"
			e.troubles = []trouble{{"answers lost", e.notices[2].due, e.end}}
		}, nil},
		"three times after one crash": {func(e *evidence) { again(e); again(e); e.cut("finish", "late") },
			[]int{repeated}},
	} {
		e := honest()
		c.doctor(&e)
		var want [5]int
		for _, kind := range c.wrong {
			want[kind]++
		}
		v := e.judge()
		if got := count(v); got != want {
			t.Errorf("%s: found %v, want %v (lost, late, untrue, falsely sent, repeated): %q", name, got,
				want, v.problems())
		}
	}
}
