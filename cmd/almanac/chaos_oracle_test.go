//go:build crashpoints

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// evidence is all that is known in the end: what the ledger says was true and
// when, what was owed, and what the mail server received.
type evidence struct {
	ledger   []entry
	notices  []promised
	tasks    map[string]bool // by key
	received []letter        // in order of arrival
	earlier  []letter        // before a restore, by a program that is gone
	done     map[string]bool // notices that were over before a restore
	troubles []trouble
	leads    []time.Duration // of reminders, the longest first
	simulate func(real time.Time) time.Time
	end      time.Time // simulated
}

// trouble is a time at which something else than the program was at fault.
type trouble struct {
	kind        string    // "answers lost", "paused", "database gone"
	began, over time.Time // simulated
}

// verdict is what the oracle says: every list should be empty.
type verdict struct {
	lost, late, untrue, falseSent, repeated []string
	letters, owed                           int
	tornOpen                                int // attempts that a crash left open
	excused                                 int // repeats that such attempts, or lost answers, explain
	toStaff                                 int // promises given up, of which staff have a task
}

func (v verdict) problems() []string {
	var all []string
	for _, group := range []struct {
		name  string
		found []string
	}{{"lost", v.lost}, {"late", v.late}, {"untrue when it started", v.untrue}, {"said to be sent", v.falseSent},
		{"repeated", v.repeated}} {
		for _, found := range group.found {
			all = append(all, group.name+": "+found)
		}
	}
	return all
}

func (v verdict) String() string {
	return fmt.Sprintf("%d owed, %d received; lost %d, late %d, untrue at the start %d, falsely sent %d, repeated "+
		"without excuse %d; attempts open at a crash %d, repeats from them %d, given to staff %d",
		v.owed, v.letters, len(v.lost), len(v.late), len(v.untrue), len(v.falseSent), len(v.repeated), v.tornOpen,
		v.excused, v.toStaff)
}

// standing is what was true of one seat and its person at one commit.
type standing struct {
	active, expected, reachable bool
	start, end                  time.Time
}

func (s standing) wanted() bool { return s.active && s.expected && s.reachable }

// handoverTry is one attempt, with what was true when it was committed.
type handoverTry struct {
	number            string
	started, finished time.Time // simulated; finished is when that was recorded, zero: never
	outcome           string
	then              standing
}

// span is a time during which a seat's standing did not change.
type span struct {
	standing
	from time.Time // simulated
}

// oracle replays the ledger. Use judge.
type oracle struct {
	evidence
	byID        map[string]promised
	session     map[string]entry
	seat        map[string]entry
	enrollment  map[string]entry
	offer       map[string]entry
	consent     map[string]bool // person:channel
	bad         map[string]bool // person
	tries       map[string][]*handoverTry
	history     map[string][]span     // by seat
	seatsOf     map[string][]string   // by session, and by enrollment and person
	now         time.Time             // simulated, of the entry at hand
	running     bool                  // the clock runs by itself
	receipts    map[string][]letter   // by notice
	before      map[string]bool       // notices that earlier letters brought
	calendars   map[string][]letter   // by uid
	reminders   map[string][]promised // by seat
	surrendered map[string]bool       // seats of which something was given to staff
	v           verdict
}

// judge compares what was received with what was true.
func (e evidence) judge() verdict {
	o := &oracle{
		evidence: e, byID: map[string]promised{}, session: map[string]entry{}, seat: map[string]entry{},
		enrollment: map[string]entry{}, offer: map[string]entry{},
		consent: map[string]bool{}, bad: map[string]bool{}, tries: map[string][]*handoverTry{},
		history: map[string][]span{},
		seatsOf: map[string][]string{}, receipts: map[string][]letter{}, before: map[string]bool{},
		surrendered: map[string]bool{},
		calendars:   map[string][]letter{}, reminders: map[string][]promised{},
	}
	for _, n := range e.notices {
		o.byID[n.id] = n
		if n.kind == string(scheduler.Reminder) {
			o.reminders[n.seat] = append(o.reminders[n.seat], n)
		}
	}
	for _, entry := range e.ledger {
		o.replay(entry)
	}
	o.sort()
	for _, n := range e.notices {
		o.judgeNotice(n)
	}
	for seat := range o.seat {
		o.judgeSeat(seat)
	}
	return o.v
}

// replay makes one entry true.
func (o *oracle) replay(e entry) {
	if o.running {
		o.now = o.simulate(e.at)
	}
	switch e.what {
	case "clock":
		o.now, o.running = ledgerTime(e.v[0]), e.v[0] == ""
	case "session":
		o.session[e.id] = e
		o.note(e.id)
	case "seat":
		if _, known := o.seat[e.id]; !known {
			o.seatsOf[e.v[1]] = append(o.seatsOf[e.v[1]], e.id)
			o.seatsOf[e.v[2]] = append(o.seatsOf[e.v[2]], e.id)
			person := o.enrollment[e.v[2]].v[1]
			o.seatsOf[person] = append(o.seatsOf[person], e.id)
		}
		o.seat[e.id] = e
		o.noteSeat(e.id)
	case "enrollment":
		o.enrollment[e.id] = e
		o.note(e.id)
	case "offer":
		o.offer[e.id] = e
	case "consent":
		o.consent[e.id] = e.v[1] == ""
		person, _, _ := strings.Cut(e.id, ":")
		o.note(person)
	case "person":
		o.bad[e.id] = e.v[0] != ""
		o.note(e.id)
	case "attempt":
		n := o.byID[e.id]
		then := o.standing(n.seat, n.enrollment, n.channel)
		if n.kind == string(scheduler.OfferNotice) {
			then = o.offered(n, then)
		}
		if n.kind == string(scheduler.OnWaitlist) {
			then.active = o.enrollment[n.enrollment].v[0] == string(scheduler.Waiting)
		}
		o.tries[e.id] = append(o.tries[e.id], &handoverTry{number: e.v[0], started: ledgerTime(e.v[1]), then: then})
	case "finish":
		for _, t := range o.tries[e.id] {
			if t.number == e.v[0] {
				t.outcome, t.finished = e.v[1], o.now
			}
		}
	}
}

// standing is what is true now of a seat, or of an enrollment alone.
func (o *oracle) standing(seat, enrollment, channel string) standing {
	e := o.enrollment[enrollment]
	s := standing{
		active:    e.v[0] == string(scheduler.Active),
		reachable: o.consent[e.v[1]+":"+channel] && !o.bad[e.v[1]],
	}
	if seat == "" {
		s.expected = true
		return s
	}
	row := o.seat[seat]
	x := o.session[row.v[1]]
	s.expected = scheduler.SeatState(row.v[0]).Occupies() && row.v[0] != "" &&
		x.v[0] != string(scheduler.SessionCancelled)
	s.start, s.end = ledgerTime(x.v[1]), ledgerTime(x.v[2])
	return s
}

// offered is what is true now of the person whom a notice tells of an offer: they are there
// while they wait for an answer, and expected while the offer stands.
func (o *oracle) offered(n promised, s standing) standing {
	_, id, _ := strings.Cut(n.key, ":")
	id, _, _ = strings.Cut(id, ":")
	offer := o.offer[id]
	entry := o.session[offer.v[1]]
	state := scheduler.EnrollmentState(o.enrollment[n.enrollment].v[0])
	s.active = state == scheduler.Offered || state == scheduler.Active
	s.expected = offer.v[0] == string(scheduler.OfferOpen) && offer.v[2] == n.enrollment &&
		entry.v[0] == string(scheduler.SessionPlanned)
	s.start, s.end = ledgerTime(entry.v[1]), ledgerTime(entry.v[2])
	return s
}

// note writes the history of every seat that something belongs to.
func (o *oracle) note(id string) {
	for _, seat := range o.seatsOf[id] {
		o.noteSeat(seat)
	}
}

func (o *oracle) noteSeat(seat string) {
	now := span{o.standing(seat, o.seat[seat].v[2], string(scheduler.Email)), o.now}
	spans := o.history[seat]
	if len(spans) > 0 && spans[len(spans)-1].standing == now.standing {
		return
	}
	o.history[seat] = append(spans, now)
}

// sort finds the notice of every letter, by its Message-ID. A thread has the id of its welcome.
func (o *oracle) sort() {
	for _, l := range o.earlier {
		o.before[noticeOf(l)] = true
		if l.uid != "" {
			o.calendars[l.uid] = append(o.calendars[l.uid], l)
		}
	}
	for _, l := range o.received {
		o.v.letters++
		row := noticeOf(l)
		if _, known := o.byID[row]; !known {
			o.v.untrue = append(o.v.untrue, "nobody promised "+l.String())
			continue
		}
		o.receipts[row] = append(o.receipts[row], l)
		if l.uid != "" {
			o.calendars[l.uid] = append(o.calendars[l.uid], l)
		}
	}
}

// noticeOf reads the id of a letter's notice out of its Message-ID.
func noticeOf(l letter) string {
	id, _, _ := strings.Cut(strings.Trim(l.id, "<>"), "@")
	_, row, _ := strings.Cut(id, ".")
	return row
}

// judgeNotice holds one promise against what was received of it.
func (o *oracle) judgeNotice(n promised) {
	if o.done[n.id] && len(o.receipts[n.id]) == 0 {
		return
	}
	o.v.owed++
	letters, tries := o.receipts[n.id], o.tries[n.id]
	for _, l := range letters {
		o.judgeLetter(n, tries, l)
	}
	allowed, sent := 1, 0
	for _, t := range tries {
		if t.outcome == "" {
			o.v.tornOpen++
		}
		if o.excuses(t) {
			allowed++
		}
		if t.outcome == "sent" {
			sent++
		}
	}
	if len(letters) > allowed {
		o.v.repeated = append(o.v.repeated,
			fmt.Sprintf("%s came %d times, with %d attempts of which %d may have been cut off", n, len(letters),
				len(tries), allowed-1))
	}
	o.v.excused += max(0, min(len(letters), allowed)-1)
	if n.state == string(scheduler.NoticeSent) {
		sent = max(sent, 1)
	}
	if len(letters) < sent {
		o.v.falseSent = append(o.v.falseSent,
			fmt.Sprintf("%s came %d times and is said to be sent %d times", n, len(letters), sent))
	}
	o.judgeEnd(n, len(letters))
}

// judgeEnd asks whether a promise was kept or somebody knows that it was not.
func (o *oracle) judgeEnd(n promised, letters int) {
	switch n.state {
	case string(scheduler.NoticeExpired), string(scheduler.NoticeFailed):
		o.surrendered[n.seat] = true
		if o.tasks[string(scheduler.NoticeTask)+":"+n.key] {
			o.v.toStaff++
		} else if letters == 0 {
			o.v.lost = append(o.v.lost, fmt.Sprintf("%s, and nobody was told", n))
		}
	case string(scheduler.NoticePlanned):
		if n.due.Before(o.end.Add(-overdue)) {
			o.v.lost = append(o.v.lost, fmt.Sprintf("%s is still waiting", n))
		}
	}
}

// overdue is how long after its time nothing should still wait.
const overdue = 5 * time.Minute

// judgeLetter asks whether the attempt that brought a letter could start.
func (o *oracle) judgeLetter(n promised, tries []*handoverTry, l letter) {
	var t *handoverTry
	for _, one := range tries {
		if !one.started.After(l.at) && (t == nil || one.started.After(t.started)) {
			t = one
		}
	}
	if t == nil {
		o.v.untrue = append(o.v.untrue,
			fmt.Sprintf("%s came at %s and no attempt had been written down", n, stampOf(l.at)))
		return
	}
	if !t.started.Before(n.notAfter) || n.kind == string(scheduler.Reminder) && !t.started.Before(t.then.start) {
		o.v.late = append(o.v.late, fmt.Sprintf("%s started at %s", n, stampOf(t.started)))
	}
	then := t.then
	wrong := ""
	switch {
	case !then.reachable:
		wrong = "there was no consent any more"
	case n.kind == string(scheduler.Changes):
		// It says what is off, also to somebody who has left, and only what differs from what was told.
	case l.kind == string(gate.MethodCancel):
		if then.expected && then.active {
			wrong = "the session stood"
		}
	case !then.active:
		wrong = "they had left"
	case !then.expected:
		wrong = "the session was cancelled or their seat given up"
	case n.kind == string(scheduler.Reminder) && !then.start.Equal(n.start),
		l.kind == string(gate.MethodRequest) && !then.start.Equal(l.start):
		wrong = "the session had moved"
	}
	if wrong != "" {
		o.v.untrue = append(o.v.untrue,
			fmt.Sprintf("%s (attempt %s of %s): %s", n, t.number, stampOf(t.started), wrong))
	}
}

// leaseTime is how long an attempt keeps others away.
const leaseTime = 45 * time.Second

// excuses tells whether an attempt may have handed over without anybody being
// able to know: a crash left it open, the answer was lost, or its end could not
// be written down before its lease was over.
func (o *oracle) excuses(t *handoverTry) bool {
	if t.outcome == "" {
		return true
	}
	for _, trouble := range o.troubles {
		touched := !trouble.over.Before(t.started) && !trouble.began.After(t.finished)
		if touched && (t.outcome == "retry" && trouble.kind == "answers lost" ||
			trouble.kind != "answers lost" && t.finished.Sub(t.started) > leaseTime-5*time.Second) {
			return true
		}
	}
	return false
}

// judgeSeat asks, without a look at notices, whether a person knows in the end
// what is true of their seat, and was reminded of it.
func (o *oracle) judgeSeat(seat string) {
	spans, uid := o.history[seat], o.seat[seat].v[3]
	last := spans[len(spans)-1]
	if o.surrendered[seat] || slices.ContainsFunc(spans, func(s span) bool { return !s.reachable }) {
		return // staff have tasks instead
	}
	var told letter
	for _, l := range o.calendars[uid] {
		if l.sequence >= told.sequence {
			told = l
		}
	}
	name := fmt.Sprintf("seat %s of the session on %s", seat, stampOf(last.start))
	settled := last.from.Before(o.end.Add(-2 * overdue))
	soon := last.start.After(o.end) && last.start.Sub(o.end) < scheduler.InviteWindow-time.Hour
	switch {
	case !settled:
	case last.wanted() && soon && (told.kind != string(gate.MethodRequest) || !told.start.Equal(last.start)):
		o.v.lost = append(o.v.lost,
			fmt.Sprintf("%s: the last that was told is %q for %s", name, told.kind, stampOf(told.start)))
	case !(last.active && last.expected) && told.kind == string(gate.MethodRequest) && last.from.Before(last.start):
		o.v.lost = append(o.v.lost, name+": it stands in a calendar although it was given up")
	}
	for i, lead := range o.leads {
		until := last.start.Add(-scheduler.ReminderMargin)
		if i+1 < len(o.leads) {
			until = last.start.Add(-o.leads[i+1])
		}
		o.judgeReminder(seat, last, lead, until)
	}
}

// judgeReminder asks for a reminder that was due while nothing changed.
func (o *oracle) judgeReminder(seat string, last span, lead time.Duration, until time.Time) {
	due := last.start.Add(-lead)
	quiet := scheduler.WelcomeQuiet + 30*time.Minute // who has just been told needs no reminder
	if !last.wanted() || last.from.After(due.Add(-quiet)) || !due.Before(o.end.Add(-overdue)) || !until.After(due) {
		return
	}
	for _, n := range o.reminders[seat] {
		if n.lead == lead && n.start.Equal(last.start) && (len(o.receipts[n.id]) > 0 || o.before[n.id]) {
			return
		}
	}
	o.v.lost = append(o.v.lost, fmt.Sprintf("the reminder of seat %s %s before %s", seat, lead, stampOf(last.start)))
}

func (p promised) String() string {
	return fmt.Sprintf("%s %s (%s, due %s, until %s, now %s %s)", p.kind, p.id, p.key, stampOf(p.due),
		stampOf(p.notAfter), p.state, p.reason)
}
