package scheduler

import (
	"slices"
	"strings"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// HandOverRequest asks that somebody else leads all that a member of staff leads.
type HandOverRequest struct {
	From, To ID
	On       civil.Date // from this local date of each cohort on; zero: from now on
	Reason   string     // why they lead without a protocol's credential or training; empty: they have it
}

// HandOver gives the sessions to come of all cohorts of the book that one member of staff leads to another, and names
// the other for what is planned later. Invalid at its field for the same person, nobody or a date that has passed;
// Closed when nothing is left to hand over; Conflict, with the cohort's name, as for [Book.SetCohort]. Then nothing is
// handed over.
func (b *Book) HandOver(q HandOverRequest) error {
	today, _, err := b.todayIn(b.Clinic.Zone)
	switch {
	case err != nil:
		return err
	case q.To == "" || q.To == q.From:
		return fault.In("facilitator", "Choose who leads instead.")
	case !q.On.IsZero() && q.On.Before(today):
		return fault.In("from", "%s has passed. Choose today or a later date.", q.On)
	}
	changed := 0
	for _, r := range b.Rosters {
		if r.Cohort.State != CohortOpen || !r.leads(q.From, b) {
			continue
		}
		if err := b.handOver(r, q); err != nil {
			f := fault.All(err)[0]
			return fault.Wrap(f.Kind, err, "%s: %s", r.Cohort.Name, f.Message).In(f.Field)
		}
		b.note("cohort.hand-over", r.Cohort.ID, q.From, q.To)
		changed++
	}
	if changed == 0 {
		return fault.New(fault.Closed, "They lead nothing that is still to come.")
	}
	return b.recompute()
}

// leads tells whether somebody leads a session to come, or is named for what is planned later.
func (r *Roster) leads(who ID, b *Book) bool {
	named := func(p Post) bool { return p.Staff == who }
	return r.Cohort.Lead == who || slices.Contains(r.Cohort.Rotation, who) ||
		slices.ContainsFunc(r.Cohort.Staffing, named) ||
		slices.ContainsFunc(r.upcoming(b.Now), func(s *Session) bool { return s.Leader == who })
}

// handOver gives one cohort's sessions to another member of staff.
func (b *Book) handOver(r *Roster, q HandOverRequest) error {
	led := slices.DeleteFunc(slices.Clone(r.upcoming(b.Now)), func(s *Session) bool {
		return s.Leader != q.From || !s.Start.After(b.Now) || s.Wall.Date.Before(q.On)
	})
	asked := led
	if r.Cohort.Rolling { // it has no last session by which a credential must be good
		asked = led[:min(1, len(led))]
	}
	if err := b.mayLead(leading{Staff: q.To, Reason: q.Reason}, "facilitator", r, asked...); err != nil {
		return err
	}
	for _, s := range led {
		s.Leader = q.To
	}
	if err := b.newClashes(r).fault("facilitator", "Choose another facilitator, or another date."); err != nil {
		return err
	}
	if r.Cohort.Lead == q.From {
		r.Cohort.Lead = q.To
	}
	r.Cohort.Rotation = inPlaceOf(r.Cohort.Rotation, q.From, q.To)
	if len(r.Cohort.Rotation) == 1 {
		r.Cohort.Lead, r.Cohort.Rotation = q.To, nil
	}
	return b.handOverPosts(r, q)
}

// handOverPosts names another member of staff for the roles of a cohort.
func (b *Book) handOverPosts(r *Roster, q HandOverRequest) error {
	var posts []Post
	for _, p := range r.Cohort.Staffing {
		if p.Staff == q.From {
			p.Staff = q.To
			for _, role := range r.Definition.Roles {
				if role.ID != p.Role {
					continue
				}
				if err := b.checkTrained(r, role, q.To, q.Reason); err != nil {
					return err
				}
			}
		}
		if !slices.Contains(posts, p) {
			posts = append(posts, p)
		}
	}
	r.Cohort.Staffing = posts
	b.askRoles(r)
	return nil
}

// inPlaceOf puts one id in the place of another. Nobody stands in the list twice.
func inPlaceOf(all []ID, old, now ID) []ID {
	if !slices.Contains(all, old) {
		return all
	}
	var out []ID
	for _, id := range all {
		if id == old {
			id = now
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// HandedEffect is how many sessions to come of a cohort somebody else leads.
type HandedEffect struct {
	Cohort   ID
	Name     string
	Sessions int
}

// handed counts the sessions with another facilitator, by the name of the cohort.
func (b *Book) handed() []HandedEffect {
	var all []HandedEffect
	for _, r := range b.Rosters {
		one, old := HandedEffect{Cohort: r.Cohort.ID, Name: r.Cohort.Name}, b.Before(r.Cohort.ID)
		if old == nil {
			continue
		}
		for _, s := range r.upcoming(b.Now) {
			if was := old.Session(s.ID); was != nil && was.Leader != s.Leader {
				one.Sessions++
			}
		}
		if one.Sessions > 0 {
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(x, y HandedEffect) int { return strings.Compare(x.Name, y.Name) })
	return all
}
