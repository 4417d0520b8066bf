package protocols

import "slices"

// Adaptation records that a protocol departs from what was published, and why.
type Adaptation struct {
	Reason     string
	ApprovedBy string // who answers for it; "" while nobody has
	Source     string
}

// Override records the local changes of a file that says only what differs from its parent.
type Override struct {
	Reason     string        // for all changes that have no reason of their own
	ApprovedBy string        // who answers for it; "" while nobody has
	Reasons    []FieldReason // for single fields
	Changes    []Change      // what differs, in the order of the language; found by comparing with the parent
}

// FieldReason is the reason for the change of one field, by its path.
type FieldReason struct{ Path, Reason string }

// Change is one field that an override gives another value. From and To are as the files write them, "" for none.
type Change struct{ Path, From, To, Reason string }

// Source says where one figure comes from: the path of a field, such as "session.duration", and its marks. The mark
// "assumption" says that nothing read supports a fixed value.
type Source struct {
	Path  string
	Marks []string
}

// The marks that stand for no publication.
const (
	MarkAssumption = "assumption" // nothing read supports a fixed value
	MarkOverride   = "override"   // a clinic's own value; Override says why
)

// Assumptions lists the paths of the figures that nothing read supports, in the order of the file.
func (d *Definition) Assumptions() []string {
	var paths []string
	for _, s := range d.Sources {
		if slices.Contains(s.Marks, MarkAssumption) {
			paths = append(paths, s.Path)
		}
	}
	return paths
}

// OwnLeads tells whether the lead times of reminders are the protocol's own: it writes some, and not as an assumption.
// Otherwise a clinic may choose others.
func (d *Definition) OwnLeads() bool {
	const path = "reminders.leads"
	nearest, guessed := "", false
	for _, s := range d.Sources {
		if (covers(s.Path, path) || covers(path, s.Path)) && len(s.Path) > len(nearest) {
			nearest, guessed = s.Path, slices.Equal(s.Marks, []string{MarkAssumption})
		}
	}
	return d.leads && !guessed
}

// Reference says what a mark stands for: a title, a number of a registry, an address.
type Reference struct{ Mark, Text string }

// Audience says who attends.
type Audience string

// The two audiences.
const (
	AudienceParticipants Audience = "participants"
	AudienceStaff        Audience = "staff" // training, supervision, meetings
)

// Words are texts that participants read instead of the program's own neutral ones. An empty word is the program's own.
type Words struct {
	Calendar string // the name of a subscribed calendar
	Summary  string // the title of an appointment
	Location string
}
