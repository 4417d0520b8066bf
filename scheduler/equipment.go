package scheduler

import (
	"cmp"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// EquipmentKey names a piece of the clinic's equipment, as who a Commitment is of.
func EquipmentKey(resource string) ID { return ID("equipment:" + resource) }

// Needs is how many of a resource a cohort with so many seats takes at one time.
func Needs(resource protocols.Resource, seats int) int {
	if resource.Per == "participant" {
		return seats
	}
	return 1
}

// checkEquipment refuses sessions at whose time other sessions take what the clinic has of a
// resource of the protocol. Conflict, with ErrNeedsReason as its cause; a reason sets it aside and is kept.
func (b *Book) checkEquipment(r *Roster, seats int, reason, field string, sessions ...*Session) error {
	for _, resource := range r.Definition.Resources {
		if resource.Count == 0 {
			continue
		}
		for _, s := range sessions {
			if !s.Live() || s.Past(b.Now) ||
				b.taken(r, resource, s.Start, s.End)+Needs(resource, seats) <= resource.Count {
				continue
			}
			if Needs(resource, seats) > resource.Count && b.taken(r, resource, s.Start, s.End) == 0 {
				continue // one group takes more than the protocol counts; that is its own affair
			}
			refusal := fault.Wrap(fault.Conflict, ErrNeedsReason,
				"Another cohort uses the equipment (%s) at that time, on %s, and the protocol counts %d. Choose "+
					"another time, or give a reason.",
				cmp.Or(resource.Title, resource.ID), s.Wall, resource.Count).In(field)
			if err := b.setAside(RuleOverride{Rule: RuleEquipment, Cohort: r.Cohort.ID, Reason: reason},
				refusal); err != nil {
				return err
			}
		}
	}
	return nil
}

// taken counts what other cohorts take of a resource between two instants.
func (b *Book) taken(r *Roster, resource protocols.Resource, start, end time.Time) int {
	n, key := 0, EquipmentKey(resource.ID)
	for _, c := range b.Busy {
		if c.Who == key && c.Start.Before(end) && c.End.After(start) {
			n += c.Units
		}
	}
	for _, other := range b.Rosters {
		if other == r || other.Definition == nil {
			continue
		}
		i := slices.IndexFunc(other.Definition.Resources,
			func(x protocols.Resource) bool { return x.ID == resource.ID })
		if i < 0 || other.Cohort.State != CohortOpen {
			continue
		}
		for _, s := range other.Sessions {
			if s.Live() && s.overlaps(start, end) {
				n += Needs(other.Definition.Resources[i], other.Cohort.Capacity)
			}
		}
	}
	return n
}

// checkNewEquipment checks the sessions that the change added or gave another time.
func (b *Book) checkNewEquipment(r *Roster, reason, field string) error {
	if len(r.Definition.Resources) == 0 {
		return nil
	}
	old := b.Before(r.Cohort.ID)
	var fresh []*Session
	for _, s := range r.Sessions {
		if old == nil || old.Session(s.ID) == nil || !old.Session(s.ID).Start.Equal(s.Start) {
			fresh = append(fresh, s)
		}
	}
	return b.checkEquipment(r, r.Cohort.Capacity, reason, field, fresh...)
}

// Resources lists the equipment that an opening takes, by id.
func (o OpenRequest) Resources() []string {
	if o.Definition == nil {
		return nil
	}
	var ids []string
	for _, r := range o.Definition.Resources {
		ids = append(ids, r.ID)
	}
	return ids
}
