package scheduler

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// VersionRequest asks to let a cohort follow another text of its protocol.
type VersionRequest struct {
	Cohort      ID
	To          *protocols.Definition
	AcceptShift bool // take added dates whose time a clock change skips or repeats
}

// ChangeVersion lets a running cohort follow another text of its protocol: a
// new version, or the same one when its text has changed. A cohort follows the
// text it was opened with until this is asked for.
//
// The past keeps everything. What is to come of the main series gets the
// contents that the group has not had, in the order of the new text; contents
// that were let go stay so. Too few sessions are made up for on the next open
// cadence dates, as long as the others; of too many, the last are cancelled.
// Every session that stays keeps its id, UID, date and time. A rolling cohort
// goes on behind the content it had last.
//
// Invalid when the text is of another protocol, is the one that is followed,
// or begins in another way (one start for all, or rolling); Closed when the
// cohort has ended, no session is to come, or no open date follows; Conflict
// when the facilitator or one of the people has something else on an added
// date; NotFound when there is no such cohort.
func (b *Book) ChangeVersion(v VersionRequest) error {
	cohort, to := v.Cohort, v.To
	r := b.Roster(cohort)
	if r == nil {
		return fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	}
	coming := slices.DeleteFunc(r.upcoming(b.Now), func(s *Session) bool { return !s.Main })
	if err := r.checkVersion(to, coming); err != nil {
		return err
	}
	contents := r.contentsLeft(to, coming, b.Now)
	r.Definition, r.Cohort.Protocol, r.Cohort.Hash = to, to.Ref(), to.Hash()
	if err := b.giveContents(r, coming, contents, v.AcceptShift); err != nil {
		return err
	}
	if err := b.recompute(); err != nil {
		return err
	}
	if err := b.checkGained(r); err != nil {
		return err
	}
	b.note("cohort.version", cohort)
	return nil
}

// checkVersion refuses a text that the cohort cannot go over to.
func (r *Roster) checkVersion(to *protocols.Definition, coming []*Session) error {
	own := r.Definition.Protocol
	switch {
	case to == nil:
		return fault.In("protocol", "Choose a version of %s.", own)
	case to.Protocol != own:
		return fault.In("protocol",
			"This cohort follows %s and can change to another version of it, but not to %s. Open a new cohort "+
				"for that.", own, to.Protocol)
	case to.Hash() == r.Cohort.Hash:
		return fault.In("protocol",
			"This cohort already follows %s. There is nothing to change.", to.Ref())
	case to.Rolling() && !r.Cohort.Rolling:
		return fault.In("protocol",
			"%s takes newcomers all the time, and this cohort has one start for all. Open a new cohort for it.",
			to.Ref())
	case !to.Rolling() && r.Cohort.Rolling:
		return fault.In("protocol",
			"%s has one start for all, and this cohort takes newcomers all the time. Open a new cohort for it.",
			to.Ref())
	case len(to.Positions()) == 0:
		return fault.In("protocol", "%s has no group sessions. Choose another version.", to.Ref())
	case r.Cohort.State != CohortOpen:
		return fault.New(fault.Closed, "This cohort has ended and keeps its version.")
	case len(coming) == 0:
		return fault.New(fault.Closed,
			"This cohort has no upcoming session, so there is nothing to change. Open a new cohort.")
	}
	return nil
}

// contentsLeft lists what the group has not had of another text: in a closed
// cohort the rest of it, in a rolling one as many as sessions are to come.
func (r *Roster) contentsLeft(to *protocols.Definition, coming []*Session, now time.Time) []content {
	if r.Cohort.Rolling {
		return r.turns(to, len(coming), now)
	}
	had := r.had(coming)
	var left []content
	for _, p := range to.Positions() {
		if had[p.ID] > 0 {
			had[p.ID]--
			continue
		}
		left = append(left, content{p.Phase, p.ID, p.Title})
	}
	return left
}

// had counts, by position, what will not come again: what was given, and what
// was let go with a session that was cancelled or a date that was skipped.
func (r *Roster) had(coming []*Session) map[string]int {
	had, given := map[string]int{}, map[string]int{}
	for _, p := range r.Definition.Positions() {
		had[p.ID]++
	}
	for _, s := range r.Sessions {
		switch {
		case slices.Contains(coming, s):
			had[s.Position]--
		case s.Main && s.Live():
			given[s.Position]++
		}
	}
	for position, n := range given { // of a text before the last one
		had[position] = max(had[position], n)
	}
	return had
}

// turns lists contents of a text in turn, from the one behind the content that
// the group had last.
func (r *Roster) turns(to *protocols.Definition, n int, now time.Time) []content {
	positions := to.Positions()
	next := 0
	for _, s := range slices.Backward(r.Sessions) {
		if s.Main && s.Live() && !s.Start.After(now) {
			next = 1 + slices.IndexFunc(positions, func(p protocols.Position) bool { return p.ID == s.Position })
			break
		}
	}
	contents := make([]content, n)
	for i := range contents {
		p := positions[(next+i)%len(positions)]
		contents[i] = content{p.Phase, p.ID, p.Title}
	}
	return contents
}

// giveContents gives the sessions to come their contents, adds the sessions that are
// missing and cancels those that are left over.
func (b *Book) giveContents(r *Roster, coming []*Session, contents []content, acceptShift bool) error {
	for i, s := range coming {
		if i < len(contents) {
			s.setContent(contents[i])
			continue
		}
		s.State = SessionCancelled
		for _, seat := range r.Seats {
			if seat.Session == s.ID && seat.State.Occupies() {
				seat.State = SeatCancelled
			}
		}
	}
	loc, err := b.Zones.Location(r.Cohort.Zone)
	if err != nil {
		return err
	}
	for _, c := range contents[min(len(coming), len(contents)):] {
		added, err := r.appendNext(c, loc)
		if err != nil {
			return err
		}
		if err := r.checkCadence("protocol", added, acceptShift, loc); err != nil {
			return err
		}
	}
	r.arrange()
	return b.Extend(r.Cohort.ID)
}

// checkGained refuses a change that gives a closed cohort's facilitator, or one
// of its people, a date on which they have something else.
func (b *Book) checkGained(r *Roster) error {
	if r.Cohort.Rolling {
		return nil // who cannot take a date owes the content until its next turn
	}
	old := b.Before(r.Cohort.ID)
	for _, s := range r.Sessions {
		if old.Session(s.ID) == nil && b.clashes(s.Leader, s.Start, s.End, s.ID) {
			return fault.New(fault.Conflict,
				"The facilitator already has a session at the time of the added date, %s. Choose a substitute "+
					"for that one first.", s.Wall).In("protocol")
		}
	}
	for _, seat := range r.Seats {
		if !seat.State.Occupies() || old.occupied(seat.ID) {
			continue
		}
		if s := r.Session(seat.Session); b.clashes(seat.Person, s.Start, s.End, s.ID) {
			return fault.New(fault.Conflict,
				"A participant of this cohort already has a session at the time of the added date, %s. Move that "+
					"one first.",
				s.Wall).In("protocol")
		}
	}
	return nil
}

// Texts lists what a library has of the cohort's protocol beside the text that
// the cohort follows, in the library's order.
func (c *Cohort) Texts(library *protocols.Library) []*protocols.Definition {
	id, _, _ := strings.Cut(c.Protocol, "@")
	return slices.DeleteFunc(library.List(),
		func(d *protocols.Definition) bool { return d.Protocol != id || d.Hash() == c.Hash })
}

// Newer finds the text that has come out since the cohort was opened: the
// version with the highest number above its own, else its own version when that
// reads differently now. Nil when there is none; versions without a number, such
// as "grant", stand beside each other and none is newer.
func (c *Cohort) Newer(library *protocols.Library) *protocols.Definition {
	_, own, _ := strings.Cut(c.Protocol, "@")
	highest, numbered := versionNumber(own)
	var newer *protocols.Definition
	for _, d := range c.Texts(library) {
		n, ok := versionNumber(d.Version)
		switch {
		case numbered && ok && n > highest:
			highest, newer = n, d
		case d.Version == own && newer == nil:
			newer = d
		}
	}
	return newer
}

func versionNumber(version string) (n int, ok bool) {
	n, err := strconv.Atoi(version)
	return n, err == nil
}
