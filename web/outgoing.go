package web

import (
	"context"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// OutgoingTable is a table that may leave the programme. Then it has only people with a consent in force to the
// recipient, and the statement on redisclosure in each row.
type OutgoingTable struct {
	Store   Disclosures
	Actor   access.Actor
	Clinic  scheduler.ID
	Outside scheduler.Outside // the zero value: it stays inside

	out    reads.Outgoing
	people []scheduler.ID
}

// Begin finds whose records may go. It fails with Invalid in to, purpose or relies_on.
func (t *OutgoingTable) Begin(ctx context.Context) (err error) {
	if t.Outside.Leaves() {
		t.out, err = t.Store.Outgoing(ctx, t.Actor, t.Clinic, t.Outside)
	}
	return err
}

// Header adds the column of the statement.
func (t *OutgoingTable) Header(header []string) []string {
	if t.Outside.Leaves() {
		return append(slices.Clone(header), "redisclosure")
	}
	return header
}

// Row writes the cells of a person, unless their records may not go.
func (t *OutgoingTable) Row(person scheduler.ID, cells []string, write func(...string) error) error {
	if !t.Outside.Leaves() {
		return write(cells...)
	}
	if !t.out.Allows(person) {
		return nil
	}
	t.people = append(t.people, person)
	return write(append(slices.Clone(cells), scheduler.Redisclosure)...)
}

// End writes down who is in the table. Nothing may be sent when it fails.
func (t *OutgoingTable) End(ctx context.Context, what string) error {
	if !t.Outside.Leaves() {
		return nil
	}
	return t.Store.RecordDisclosures(ctx, t.Actor, t.Clinic, t.out.Outside, what, t.people)
}
