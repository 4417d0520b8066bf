package desk

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// PreviewImport says what would become of each row of a table, and what the people in it would be told.
func (d *Desk) PreviewImport(
	ctx context.Context, q Request, i scheduler.ImportRequest,
) (scheduler.Preview, scheduler.Imported, error) {
	asked, result := d.imports(i)
	p, err := d.Preview(ctx, q, asked)
	return p, *result, err
}

// Import adds the people of a table and enrolls them, all of them or none. Conflict for every row of which nobody
// has said who it is; Stale when something else would become of a row than was seen; Invalid when no row can be used.
func (d *Desk) Import(ctx context.Context, q Request, i scheduler.ImportRequest) (scheduler.Imported, error) {
	asked, result := d.imports(i)
	do := asked.do
	asked.do = func(b *scheduler.Book, by access.Actor) error {
		if err := do(b, by); err != nil {
			return err
		}
		return mayImport(i, *result)
	}
	changed, err := d.Change(ctx, q, asked)
	if err != nil {
		return *result, err
	}
	result.Repeated = changed.Repeated
	return *result, nil
}

// mayImport says why a table is not taken in, nil when it is.
func mayImport(asked scheduler.ImportRequest, result scheduler.Imported) error {
	if err := result.Questions(); err != nil {
		return err
	}
	if asked.Seen != "" && asked.Seen != result.Digest() {
		return fault.New(fault.Stale,
			"Something changed here since these rows were shown. Look at them again, then confirm.")
	}
	if result.Count(scheduler.FateNew)+result.Count(scheduler.FateKnown) == 0 {
		return fault.In("file", "No row can be used, so nothing was done. Correct the rows and import them again.")
	}
	return nil
}

// imports proposes to take in a table; the result is filled in when the proposal runs.
func (d *Desk) imports(i scheduler.ImportRequest) (Proposal, *scheduler.Imported) {
	load := Load{Recent: RecentSessions,
		Newcomers: func(c scheduler.Clinic, r *scheduler.Roster) (all []scheduler.Contact) {
			for _, row := range i.Rows {
				who := row.Who
				who.Person = "" // also of one who is named all is compared
				contact, err := who.Check(c, r, d.zones, d.now())
				if err == nil && !row.Leave {
					all = append(all, contact)
				}
			}
			return all
		}}
	if i.Cohort != "" {
		load.Cohorts = []scheduler.ID{i.Cohort}
	}
	for _, row := range i.Rows {
		if row.Who.Person != "" && !row.Leave {
			load.People = append(load.People, row.Who.Person)
		}
	}
	result := &scheduler.Imported{}
	p := Proposal{action: access.Enroll, load: load, do: func(b *scheduler.Book, _ access.Actor) (err error) {
		*result, err = b.Import(i, d.random)
		return err
	}}
	if i.Cohort != "" {
		p = p.rests("People enrolled from a list")
	}
	return p, result
}
