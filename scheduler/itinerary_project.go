package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// beginning is a session at which somebody may begin, with the stay that follows.
type beginning struct {
	entry *Session
	stay  []*Session
}

// mayEnter applies the entry rules of the protocol to one session; seats are
// another question.
func (r *Roster) mayEnter(e *Enrollment, s *Session, now time.Time) bool {
	if !s.Main || s.Wall.Date.Before(r.notBefore(e)) {
		return false
	}
	rules := r.Definition.Entry
	if !r.Cohort.Rolling {
		return s.Number <= max(1, rules.LastSessionForNew) || e.recorded(FactLate, "")
	}
	if s.Start.Before(now.Add(elapsed(rules.Lead))) {
		return false
	}
	if limit := r.Definition.Capacity.MaxNewPerSession; limit > 0 && s.Number > 1 && r.newcomers(s.ID) >= limit {
		return false // the cohort's first session takes any number of newcomers
	}
	return r.entryPoint(s.Position)
}

// entryPoint tells whether the protocol lets people begin at a position.
func (r *Roster) entryPoint(position string) bool {
	rules := r.Definition.Entry
	if rules.Type == protocols.EntryAny {
		return true
	}
	for _, p := range r.positions() {
		if p.ID == position {
			return rules.Type == protocols.EntryModuleStart && p.First ||
				rules.Type == protocols.EntryPositions && slices.Contains(rules.Positions, p.Index+1)
		}
	}
	return false
}

// elapsed gives a period as elapsed time; one with months, which the language
// refuses where elapsed time is meant, counts as none.
func elapsed(p civil.Period) time.Duration {
	length, _ := p.Duration()
	return length
}

func (r *Roster) allFree(sessions []*Session, person ID) bool {
	for _, s := range sessions {
		if r.closedTo(s, person) {
			return false
		}
	}
	return true
}
