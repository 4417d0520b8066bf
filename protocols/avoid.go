package protocols

import (
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
)

// busy are the hours that a plan keeps free, the protocol's own and those of the request, with the way between them and
// a session in minutes.
type busy struct {
	own, given []Hours
	buffer     int
}

const dayMinutes = 24 * 60

// clash finds the hours that a session of some minutes at a wall time falls into, nil when none. A session that ends
// past midnight is held against the day after as well, and hours with their way that reach over midnight against both
// days.
func (b *busy) clash(date civil.Date, at civil.Clock, minutes int) *Hours {
	if len(b.own) == 0 && len(b.given) == 0 {
		return nil
	}
	from := at.Minutes()
	to := from + minutes
	for _, all := range [2][]Hours{b.own, b.given} {
		for i := range all {
			h := &all[i]
			for day := -1; day <= 1; day++ {
				if !onDay(date.AddDays(day), h.Days) {
					continue
				}
				begins, ends := h.From.Minutes()-b.buffer+day*dayMinutes, h.To.Minutes()+b.buffer+day*dayMinutes
				if from < ends && begins < to {
					return h
				}
			}
		}
	}
	return nil
}

func onDay(date civil.Date, days []time.Weekday) bool {
	return len(days) == 0 || slices.Contains(days, date.Weekday())
}

// clashes refuses a series that falls into hours to avoid. The sentence names the session and the hours.
func (p *planner) clashes() error {
	for i := range p.sessions {
		s := &p.sessions[i]
		h := p.busy.clash(s.LocalStart.Date, s.LocalStart.Clock, s.Minutes)
		if h == nil {
			continue
		}
		way := ""
		if p.busy.buffer > 0 {
			way = fmt.Sprintf(" and %d minutes on the way", p.busy.buffer)
		}
		return fmt.Errorf("session %d on %s %s from %s to %s clashes with %s from %s to %s%s; choose another time "+
			"or day",
			s.Number, s.LocalStart.Date.Weekday(), s.LocalStart.Date, s.LocalStart.Clock,
			clockAt(s.LocalStart.Clock.Minutes()+s.Minutes), h.What, h.From, h.To, way)
	}
	return nil
}

func clockAt(minutes int) civil.Clock {
	minutes %= dayMinutes
	return civil.Clock{Hour: minutes / 60, Minute: minutes % 60}
}
