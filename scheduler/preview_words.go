package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Leaves says when the messages of a change leave, whether it can be undone, and when
// seats that it frees are offered; empty: there is nothing to say.
func (p Preview) Leaves() string {
	rest := fmt.Sprintf("%d minutes", ChangeDelay/time.Minute)
	written := len(p.Staff) > 0 || slices.ContainsFunc(p.Told, func(t Announcement) bool { return t.Channel != "" })
	var all []string
	switch {
	case p.AtOnce:
		all = append(all, "A message about the next half hour leaves as soon as you confirm, so this cannot be undone.")
	case p.Rests && written:
		all = append(all, "Messages leave "+rest+" after you confirm, and until then you can undo it.")
	case p.Rests:
		all = append(all, "You can undo it for "+rest+" after you confirm.")
	case written:
		all = append(all, "Messages leave "+rest+" after you confirm. It cannot be undone.")
	}
	if p.Frees {
		all = append(all, "After that, free seats are offered to those who wait.")
	}
	return strings.Join(all, " ")
}

// frees tells whether the change frees seats of a cohort in which somebody waits.
func (b *Book) frees() bool {
	return b.Undo != nil && slices.ContainsFunc(b.Rosters, func(r *Roster) bool {
		waits := slices.ContainsFunc(r.living(), func(e *Enrollment) bool { return e.State == Waiting && !e.silent() })
		return waits && slices.ContainsFunc(r.Sessions, func(s *Session) bool { return len(b.Undo.Image.Resting[s.ID]) > 0 })
	})
}
