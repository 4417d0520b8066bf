package scheduler

import (
	"maps"
	"slices"
)

// ChangedFields gives the names of those that changed, in alphabetical order, as an AuditEntry keeps them.
func ChangedFields(changed map[string]bool) []string {
	maps.DeleteFunc(changed, func(_ string, differs bool) bool { return !differs })
	return slices.Sorted(maps.Keys(changed))
}

// noteFields is note of a change of some fields of one thing.
func (b *Book) noteFields(action string, subject ID, changed map[string]bool) {
	b.Audit = append(b.Audit, AuditEntry{Action: action, Subjects: []ID{subject}, Fields: ChangedFields(changed)})
}
