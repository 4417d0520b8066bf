package scheduler

import (
	"errors"
	"slices"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// Post is somebody in a role of the protocol, for all of a cohort.
type Post struct {
	Role  string // empty where it is asked for: the first role with a free place
	Staff ID
}

// assign finds a role for everybody who is named without one. Invalid when the protocol has no such
// role, or it is full.
func assign(d *protocols.Definition, named []Post) ([]Post, error) {
	var posts []Post
	count := func(role string) (n int) {
		for _, p := range posts {
			if p.Role == role {
				n++
			}
		}
		return n
	}
	free := func(role protocols.Role, least bool) bool {
		if least {
			return count(role.ID) < role.Min
		}
		return role.Max == 0 || count(role.ID) < role.Max
	}
	for _, p := range named {
		if p.Role == "" && len(d.Roles) > 0 {
			i := slices.IndexFunc(d.Roles, func(role protocols.Role) bool { return free(role, true) })
			if i < 0 {
				i = max(0, slices.IndexFunc(d.Roles, func(role protocols.Role) bool { return free(role, false) }))
			}
			p.Role = d.Roles[i].ID
		}
		i := slices.IndexFunc(d.Roles, func(role protocols.Role) bool { return role.ID == p.Role })
		switch {
		case i < 0 && p.Role != "":
			return nil, fault.In("facilitator", "The protocol has no role %q. It has %s.", p.Role, roleNames(d))
		case i >= 0 && !free(d.Roles[i], false):
			return nil, fault.In("facilitator", "The role %q takes at most %d people. Remove one.", p.Role,
				d.Roles[i].Max)
		case slices.Contains(posts, p):
			return nil, fault.In("facilitator", "A person is named twice for the role %q. Name each person once.",
				p.Role)
		}
		posts = append(posts, p)
	}
	return posts, nil
}

func roleNames(d *protocols.Definition) string {
	if len(d.Roles) == 0 {
		return "none"
	}
	text := ""
	for i, role := range d.Roles {
		if i > 0 {
			text += ", "
		}
		text += role.ID
	}
	return text
}

// lead is who leads what names nobody else: the first of the protocol's first role.
func lead(d *protocols.Definition, posts []Post) ID {
	for _, p := range posts {
		if p.Role == "" || len(d.Roles) > 0 && p.Role == d.Roles[0].ID {
			return p.Staff
		}
	}
	return ""
}

// inRole is who fills a role of the cohort, empty when nobody does.
func (c *Cohort) inRole(role string) ID {
	for _, p := range c.Staffing {
		if p.Role == role {
			return p.Staff
		}
	}
	return ""
}

// Unfilled lists the roles for which fewer people are named than the protocol asks for.
func Unfilled(d *protocols.Definition, c Cohort) []string {
	var missing []string
	for i, role := range d.Roles {
		n := 0
		for _, p := range c.Staffing {
			if p.Role == role.ID {
				n++
			}
		}
		if i == 0 && n == 0 && (c.Lead != "" || len(c.Rotation) > 0) {
			n = max(1, len(c.Rotation))
		}
		if n < role.Min {
			missing = append(missing, role.ID)
		}
	}
	return missing
}

// checkPosts refuses somebody who lacks what their role asks for: its credential, and the trainings
// that it requires. A reason sets both aside and is kept. A role that nobody fills becomes a task.
func (b *Book) checkPosts(r *Roster, posts []Post, reason string, sessions []*Session) error {
	for _, p := range posts {
		i := slices.IndexFunc(r.Definition.Roles, func(role protocols.Role) bool { return role.ID == p.Role })
		if i < 0 {
			continue
		}
		if i > 0 || p.Staff != r.Cohort.Lead { // of who leads mayLead asks for it, session by session
			for _, s := range sessions {
				err := b.checkHas(r.Definition.Roles[i].Credential, s, p.Staff, "facilitator")
				if err == nil || b.keepCredential(r, r.Definition.Roles[i].Credential, p.Staff, reason) {
					continue
				}
				return err
			}
		}
		if err := b.checkTrained(r, r.Definition.Roles[i], p.Staff, reason); err != nil {
			return err
		}
	}
	b.askRoles(r)
	return nil
}

// askRoles gives staff a task while too few fill a role of a cohort that goes on, and closes it when
// that is over.
func (b *Book) askRoles(r *Roster) {
	coming := r.upcoming(b.Now)
	switch {
	case len(Unfilled(r.Definition, r.Cohort)) == 0:
		b.closeTask(LookTask, AboutRole+":"+string(r.Cohort.ID), ClosedByNaming)
	case len(coming) > 0:
		b.addTask(Task{Kind: LookTask, About: AboutRole, Cohort: r.Cohort.ID, Due: coming[0].Start},
			AboutRole+":"+string(r.Cohort.ID))
	}
}

// checkTrained refuses somebody without the trainings that a role requires: each is on record as a
// credential of the training's name. The role's own credential implies its trainings.
func (b *Book) checkTrained(r *Roster, role protocols.Role, who ID, reason string) error {
	f := b.Staff[who]
	has := func(name string) bool {
		return f != nil && slices.ContainsFunc(f.Credentials, func(c Credential) bool { return c.Name == name })
	}
	if b.trusting || role.Credential != "" && has(role.Credential) {
		return nil
	}
	for _, training := range role.Requires {
		if has(training) {
			continue
		}
		refusal := fault.Wrap(fault.Conflict, ErrNeedsReason,
			"The role %q requires the training %q, which this person does not have on record. Choose somebody else, "+
				"record it, or give a reason.", role.ID, training).In("facilitator")
		if err := b.setAside(RuleOverride{Rule: RuleRequires, Cohort: r.Cohort.ID, Reason: reason},
			refusal); err != nil {
			return err
		}
	}
	return nil
}

// ErrNeedsPlace is the cause of a refusal to open: people meet in person, and nobody said where.
var ErrNeedsPlace = errors.New("no place is given")

// Places that the way of meeting gives.
const (
	DefaultPlace = "Online" // in discreet words
	PhonePlace   = "Phone"
)

// placeBy gives the place of a session from the way in which people meet; onSite: it is where they come to.
func placeBy(modality string) (place string, onSite bool) {
	switch modality {
	case "in-person", "vr-headset", "hybrid", "on-site":
		return "", true
	case "phone", "audio":
		return PhonePlace, false
	}
	return DefaultPlace, false
}

// placeOf is where an occurrence takes place. A place that was given is where people meet in the
// protocol's own way; what differs from it, as coaching by video, takes its place from how they meet.
func placeOf(d *protocols.Definition, o protocols.Occurrence, given string) string {
	own := d.Session.Modality.Primary
	modality := o.Modality
	if modality == "" {
		modality = own
	}
	place, onSite := placeBy(modality)
	if given != "" && (onSite || o.Modality == "") {
		return given
	}
	return place
}

// checkPlace refuses an opening without a place whose people meet in person.
func (o OpenRequest) checkPlace(calendar *protocols.Calendar) error {
	place, problem := tidyLine(o.Place)
	if problem != "" || place != "" {
		return nil
	}
	for _, occurrence := range calendar.Sessions {
		if placeOf(o.Definition, occurrence, "") == "" {
			return needsPlace()
		}
	}
	return nil
}

func needsPlace() error {
	return fault.Wrap(fault.Invalid, ErrNeedsPlace,
		"This cohort meets in person. Say where, in words that reveal nothing, such as %q.", "Room 2").In("place")
}
