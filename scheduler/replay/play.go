package replay

import (
	"cmp"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// Story is a replay file and what it refers to.
type Story struct {
	Name  string // of the file, for problems
	Text  []byte
	Zones *civil.Zones
	// Protocol finds a protocol by the word that stands in the file: an id or a file.
	Protocol func(word string) (*protocols.Definition, error)
	// Explain says an error to people; its sentence stands at a place of the file.
	Explain func(error) string
}

// Player has played a story to its end.
type Player struct {
	Story
	doc     *protocols.Document
	replay  *scheduler.Replay
	cohorts []*playedCohort // in the order of the file
	people  map[string]scheduler.ID
	names   []string // of the people, in the order of asking
	until   civil.Date
	now     civil.WallTime
}

// playedCohort is a cohort of the file.
type playedCohort struct {
	key     string // "" when the file has one
	at      *protocols.Node
	id      scheduler.ID
	opening scheduler.OpenRequest
	zone    *time.Location
	phase   string // of which it is the running series; "" for a whole programme
}

// Play reads a story and plays it to its end. Every problem is told with its line and column.
func Play(s Story) (*Player, error) {
	doc, err := protocols.ReadYAML(s.Name, s.Text)
	if err != nil {
		return nil, err
	}
	p := &Player{Story: s, doc: doc, people: map[string]scheduler.ID{}}
	top := p.values(doc.Root)
	top.allow("cohort", "cohorts", "until", "now", "keep_apart", "events")
	p.until = top.date("until")
	p.now = top.wall("now")
	events := top.node("events")
	if events != nil && events.Kind != protocols.NodeList {
		top.refuse(events, `"events" is a list; begin each event with "- {at: 2026-01-14T09:00, …}".`)
	}
	if top.err != nil {
		return nil, top.err
	}
	if err := p.readCohorts(top); err != nil {
		return nil, err
	}
	return p, p.play(top, events)
}

// play opens the cohorts before the first event and plays the events in order.
func (p *Player) play(top *values, events *protocols.Node) error {
	var list []*playedEvent
	if events != nil {
		for _, node := range events.Items {
			e, err := p.readEvent(node)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
	}
	begin := p.begin(list)
	p.replay = scheduler.NewReplay(p.Zones, begin)
	var first scheduler.ID // the first cohort that runs a phase
	for i, c := range p.cohorts {
		if err := p.replay.Open(c.id, c.opening, p.until); err != nil {
			return p.problem(c.at, p.Explain(err))
		}
		if c.phase == "" {
			continue
		}
		first = cmp.Or(first, c.id)
		q := scheduler.PhaseRequest{Cohort: c.id, Beside: first, Phase: c.phase, Number: i + 1}
		err := p.replay.Change(func(b *scheduler.Book) error { return b.RunPhase(q) })
		if err != nil {
			return p.problem(c.at, p.Explain(err))
		}
	}
	if err := p.keepApart(top); err != nil {
		return err
	}
	for _, e := range list {
		if err := p.playEvent(e); err != nil {
			return err
		}
	}
	if p.now.IsZero() {
		p.now = civil.WallOf(p.replay.Now(), p.cohorts[0].zone)
		return nil
	}
	now := civil.Resolve(p.now, p.cohorts[0].zone).Instant
	if now.Before(p.replay.Now()) {
		return p.problem(top.node("now"),
			`"now" lies before the last event. Choose a later moment, or leave the later events out.`)
	}
	if err := p.replay.Pass(now); err != nil {
		return p.problem(top.node("now"), p.Explain(err))
	}
	return nil
}

// keepApart reads the pairs of people who share no session.
func (p *Player) keepApart(top *values) error {
	n := top.node("keep_apart")
	if n == nil {
		return nil
	}
	for _, pair := range n.Items {
		if pair.Kind != protocols.NodeList || len(pair.Items) != 2 {
			return p.problem(pair, "People are kept apart in pairs, such as [P1, P2].")
		}
		err := p.replay.Change(func(b *scheduler.Book) error {
			return b.KeepApart(personID(pair.Items[0].Text), personID(pair.Items[1].Text))
		})
		if err != nil {
			return p.problem(pair, p.Explain(err))
		}
	}
	if len(n.Items) == 0 {
		return p.problem(n, `"keep_apart" is a list of pairs, such as [[P1, P2]].`)
	}
	return nil
}

// begin is the moment before anything happens: the day of the first session, or
// the first event if that is earlier.
func (p *Player) begin(events []*playedEvent) time.Time {
	var begin time.Time
	for i, c := range p.cohorts {
		start := civil.Resolve(civil.WallTime{Date: c.opening.Start}, c.zone).Instant
		if i == 0 || start.Before(begin) {
			begin = start
		}
	}
	if len(events) > 0 {
		if first := civil.Resolve(events[0].at, p.cohorts[0].zone).Instant.AddDate(0, 0, -2); first.Before(begin) {
			begin = first
		}
	}
	return begin
}

// problem is a problem at a place of the file.
func (p *Player) problem(at *protocols.Node, sentence string) error {
	return protocols.Problems{p.doc.Problem(at, sentence)}
}
