package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
)

// The story that the whole program is told, and what must come of it. Every
// instant below was worked out by hand and stands in UTC; nothing here asks the
// program when anything is.
//
//	12 January   a cohort of eight Tuesdays opens, 18:00 in New York, 14 people ask
//	16 February  the session of the next day is cancelled; 17 March is added
//	2 March      the session of the next day moves to Wednesday, 19:00
//	8 March      clocks go forward in most of the United States
const (
	storyZone   = "America/New_York"
	storySender = "appointments@desk.example"
)

// instant reads "2026-01-20 23:00" as UTC. What stands here is in order.
func instant(text string) time.Time {
	at, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return at
}

// story holds the facts.
type story struct {
	asked       time.Time   // the first person asks; each next one a minute later
	first       []time.Time // the eight starts as opened
	cancelled   time.Time   // one of them,
	cancelledAt time.Time   // at this moment,
	added       time.Time   // and what is added for it
	moved       time.Time   // another one,
	movedAt     time.Time   // at this moment,
	movedTo     time.Time   // to here
	end         time.Time
	guests      []guest
}

// guest is one of the people.
type guest struct {
	name, email, phone, zone, language string
	consents                           []scheduler.Channel
	waits                              bool
}

// reached tells whether the program may write to somebody and has something to say.
func (g guest) reached() bool { return !g.waits && g.writable() }

// writable tells whether the program may write to somebody.
func (g guest) writable() bool { return g.email != "" && slices.Contains(g.consents, scheduler.Email) }

// The fictions have names, addresses and numbers that stand nowhere else, so
// that a log can be searched for them.
func newStory() story {
	mail := []scheduler.Channel{scheduler.Email}
	return story{
		asked: instant("2026-01-12 16:00"),
		first: []time.Time{
			instant("2026-01-20 23:00"), instant("2026-01-27 23:00"), instant("2026-02-03 23:00"),
			instant("2026-02-10 23:00"),
			instant("2026-02-17 23:00"), instant("2026-02-24 23:00"), instant("2026-03-03 23:00"),
			instant("2026-03-10 22:00"),
		},
		cancelled: instant("2026-02-17 23:00"), cancelledAt: instant("2026-02-16 17:00"),
		added: instant("2026-03-17 22:00"),
		moved: instant("2026-03-03 23:00"), movedAt: instant("2026-03-02 17:00"), movedTo: instant("2026-03-05 00:00"),
		end: instant("2026-03-19 12:00"),
		guests: []guest{
			{name: "Quilla Fennimore", email: "quilla@example.net", phone: "+12025550151", consents: mail},
			{name: "Bastien Oduya", email: "bastien@example.net", zone: "America/Chicago", consents: mail},
			{name: "Xiomara Telles", email: "xiomara@example.net", zone: "America/Phoenix", language: "es",
				consents: mail},
			{name: "Ragnvald Stroem", email: "ragnvald@example.net", phone: "+12025550152"}, // agreed to nothing
			{name: "Wilhelmina O'Tarr", email: "wilhelmina@example.net", zone: "America/Los_Angeles", consents: mail},
			{name: "Ezekiel Brandvold", email: "ezekiel@example.net", zone: "Pacific/Honolulu", consents: mail},
			// no e-mail
			{name: "Philippa Quarles", phone: "+12025550153", consents: []scheduler.Channel{scheduler.SMS}},
			{name: "Tobiah Lindqvist", email: "tobiah@example.net", zone: "Europe/Madrid", consents: mail},
			{name: "Jezebel Ñandú", email: "jezebel@example.net",
				consents: []scheduler.Channel{scheduler.SMS, scheduler.Email}, phone: "+12025550154"},
			{name: "Cassius Verhoeven", email: "cassius@example.net", zone: "Asia/Kolkata", consents: mail},
			{name: "Mordecai Plimpton", email: "mordecai@example.net", consents: mail},
			{name: "Seraphine Achterberg", email: "seraphine@example.net", consents: mail},
			{name: "Zebulon Wainscott", email: "zebulon@example.net", consents: mail, waits: true},
			{name: "Ottoline Grubb", email: "ottoline@example.net", consents: mail, waits: true},
		},
	}
}

// promise is one message that must arrive: what it is about, not before due and
// not after until.
type promise struct {
	to       string
	kind     string    // welcome, waitlist, changes, REQUEST, CANCEL or reminder
	start    time.Time // of the session; zero for a welcome and a waitlist
	sequence int       // of a calendar message
	due      time.Time
	until    time.Time
}

func (p promise) String() string {
	return fmt.Sprintf("%s to %s about %s (sequence %d), due %s", p.kind, p.to, stampOf(p.start), p.sequence,
		stampOf(p.due))
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return "all dates"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// The rules as staff know them.
const (
	inviteAhead = 14 * 24 * time.Hour
	changeRests = 3 * time.Minute
	noReminder  = 2 * time.Hour // after the news of a seat
)

// owed gives every message that everybody must get; slack says how late after
// its due instant one may come.
func (s story) owed(slack func(due time.Time) time.Duration) []promise {
	var all []promise
	for i, g := range s.guests {
		if !g.writable() {
			continue
		}
		add := func(kind string, start time.Time, sequence int, due time.Time) {
			p := promise{to: g.email, kind: kind, start: start, sequence: sequence, due: due,
				until: due.Add(slack(due))}
			if !start.IsZero() && !p.until.Before(start) {
				p.until = start.Add(-time.Millisecond) // never at or after the start
			}
			all = append(all, p)
		}
		asked := s.asked.Add(time.Duration(i) * time.Minute)
		if g.waits {
			add("waitlist", time.Time{}, 0, asked.Add(changeRests))
			continue
		}
		remind := func(start, from, to time.Time) {
			for _, lead := range []time.Duration{72 * time.Hour, 24 * time.Hour} {
				if due := start.Add(-lead); !due.Before(from.Add(noReminder)) && due.Before(to) {
					add("reminder", start, 0, due)
				}
			}
		}
		add("welcome", time.Time{}, 0, asked.Add(changeRests))
		for _, start := range s.first {
			add("REQUEST", start, 0, latest(asked.Add(changeRests), start.Add(-inviteAhead)))
			switch start {
			case s.cancelled:
				remind(start, asked, s.cancelledAt)
			case s.moved:
				remind(start, asked, s.movedAt)
			default:
				remind(start, asked, start)
			}
		}
		add("changes", s.cancelled, 0, s.cancelledAt.Add(changeRests)) // off, and what holds instead
		add("CANCEL", s.cancelled, 1, s.cancelledAt.Add(changeRests))
		add("REQUEST", s.added, 0, s.added.Add(-inviteAhead))
		remind(s.added, s.cancelledAt, s.added)
		add("REQUEST", s.movedTo, 1, s.movedAt.Add(changeRests))
		remind(s.movedTo, s.movedAt, s.movedTo)
	}
	return all
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// prompt allows for what messages wait for one another.
func prompt(time.Time) time.Duration { return 5 * time.Minute }

// starts gives every start that a message may name.
func (s story) starts() []time.Time { return append(slices.Clone(s.first), s.added, s.movedTo) }

func (s story) guest(address string) guest {
	for _, g := range s.guests {
		if g.email == address {
			return g
		}
	}
	return guest{}
}

// zoneOf gives the zone in which somebody reads times.
func (g guest) zoneOf() string {
	if g.zone == "" {
		return storyZone
	}
	return g.zone
}

// judge compares what arrived with what was owed and says in words what is
// wrong; nothing is wrong when it gives nothing.
func (s story) judge(owed []promise, arrived []letter) []string {
	var problems []string
	open := slices.Clone(owed)
	ids, uids := map[string]bool{}, map[string]string{}
	for _, l := range arrived {
		problems = append(problems, s.inspect(l)...)
		if ids[l.id] {
			problems = append(problems, "the Message-ID "+l.id+" comes twice")
		}
		ids[l.id] = true
		i := slices.IndexFunc(open, func(p promise) bool { return l.keeps(p) })
		if i < 0 {
			problems = append(problems, "nobody owed "+l.String())
		} else {
			open = slices.Delete(open, i, i+1)
		}
		problems = append(problems, s.sameUID(uids, l)...)
	}
	for _, p := range open {
		problems = append(problems, "missing: "+p.String())
	}
	return problems
}

// sameUID holds one UID for each person and session, through cancelling and moving.
func (s story) sameUID(uids map[string]string, l letter) []string {
	if l.uid == "" {
		return nil
	}
	session := l.start
	if session.Equal(s.movedTo) {
		session = s.moved
	}
	seat := l.recipient() + " " + stampOf(session)
	for other, uid := range uids {
		if (uid == l.uid) != (other == seat) {
			return []string{fmt.Sprintf("%s and %s have the UIDs %s and %s", other, seat, uid, l.uid)}
		}
	}
	uids[seat] = l.uid
	return nil
}

// The oracle must see what goes wrong.
func (s story) control(t *testing.T, owed []promise, arrived []letter) {
	t.Helper()
	if problems := s.judge(owed, arrived); len(problems) > 0 {
		t.Fatalf("nothing can be doctored into what is wrong already: %s", problems[0])
	}
	some := slices.IndexFunc(arrived, func(l letter) bool { return l.kind == "reminder" && l.start.Equal(s.first[3]) })
	for name, doctor := range map[string]func([]letter) []letter{
		"removed": func(ls []letter) []letter { return slices.Delete(ls, some, some+1) },
		"doubled": func(ls []letter) []letter { return append(ls, ls[some]) },
		"doubled under another id": func(ls []letter) []letter {
			again := ls[some]
			again.id = "<another@desk.example>"
			return append(ls, again)
		},
		"late":             func(ls []letter) []letter { ls[some].at = ls[some].at.Add(10 * time.Minute); return ls },
		"at the start":     func(ls []letter) []letter { ls[some].at = ls[some].start; return ls },
		"early":            func(ls []letter) []letter { ls[some].at = ls[some].at.Add(-time.Minute); return ls },
		"to somebody else": func(ls []letter) []letter { ls[some].to = []string{"zebulon@example.net"}; return ls },
		"to two": func(ls []letter) []letter {
			ls[some].to = append(ls[some].to,
				"ottoline@example.net")
			return ls
		},
		"enveloped to two": func(ls []letter) []letter {
			ls[some].envelope = append(ls[some].envelope,
				"x@example.net")
			return ls
		},
		"with a denied word": func(ls []letter) []letter { ls[some].text += "your therapy"; return ls },
		"after cancelling": func(ls []letter) []letter {
			ls[some].start, ls[some].at = s.cancelled, s.cancelled.Add(-24*time.Hour)
			return ls
		},
	} {
		if len(s.judge(owed, doctor(slices.Clone(arrived)))) == 0 {
			t.Errorf("the oracle does not see a message %s", name)
		}
	}
}

// secrets are what no log may hold: names, addresses, numbers and the tokens given out.
func (s story) secrets(outputs ...string) []string {
	var all []string
	for _, g := range s.guests {
		all = append(all, g.name, strings.Fields(g.name)[1])
		if g.email != "" {
			all = append(all, g.email)
		}
		if g.phone != "" {
			all = append(all, g.phone, strings.TrimPrefix(g.phone, "+1"))
		}
	}
	return append(all, tokens(outputs...)...)
}
