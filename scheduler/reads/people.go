package reads

import (
	"net/netip"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// PersonName is a person in a list of choices. It holds a name.
type PersonName struct {
	ID   scheduler.ID
	Name string
}

// Letter is what a letter on paper says to one person. It holds a name and a secret.
type Letter struct {
	Person         scheduler.ID
	Name           string
	Language, Zone string
	Items          []Item // to come, in order of start
	Page           string // token of their own page; empty: the reader may not see it
	Contact        scheduler.ClinicContact
	Post           bool // they allow letters by post; else it is handed over
}

// Token is an API token in a list; the token itself is not stored.
type Token struct {
	ID       scheduler.ID
	Scopes   []string
	Networks []netip.Prefix // from which it may be used; none: from all
	Created  time.Time
	Expires  time.Time // from when on it is refused; zero: never
	Revoked  time.Time // zero: not revoked
	Seen     time.Time // the last hour in which it was used; zero: never
	// Organization is another one that uses it; empty: the clinic.
	Organization string
	Relies       scheduler.ConsentKind // without a consent of it, it reads nothing of a person
}

// NoticeRow is one notice in the ledger.
type NoticeRow struct {
	ID       scheduler.ID
	Kind     scheduler.NoticeKind
	Channel  scheduler.Channel
	Session  scheduler.ID // empty for a welcome
	Due      time.Time
	NotAfter time.Time
	State    scheduler.NoticeState
	Reason   string // why it was dropped or failed, in a few words
	Attempts int
	Done     time.Time // zero: still planned
}

// PeopleQuery finds people of a clinic. It may hold a name; never log it.
type PeopleQuery struct {
	Text  string       // what was typed, see scheduler.PersonSearch; empty: everybody
	After scheduler.ID // the last person of the page before; empty: the first page
	Limit int          // 0: 50
}

// PeoplePage is one page of people, by name. It holds names and addresses.
type PeoplePage struct {
	People []PersonRow
	Total  int          // on all pages
	Next   scheduler.ID // for After; empty: this is the last page
}

// PersonRow is a person in a list, with what tells people of the same name apart. It holds a name and addresses.
type PersonRow struct {
	ID                 scheduler.ID
	Name, Email, Phone string
	ExternalIDs        []scheduler.ExternalID
	Groups             []PersonGroup // the latest first
	Twice              bool          // somebody else of like name has the same address or number
}

// PersonGroup is an enrollment in a list of people.
type PersonGroup struct {
	Enrollment, Cohort scheduler.ID
	CohortName         string
	State              scheduler.EnrollmentState
	Entry              civil.WallTime // the first session; zero without one
	RequestedAt        time.Time
}

// PersonRecord is all that staff see of a person. It holds names and addresses.
type PersonRecord struct {
	Person
	EmailBad time.Time // since when the provider refuses the address; zero: it does not
	Consents []ConsentRecord
	// Generation is that of their private addresses: it rises when they are renewed.
	Generation int
	Links      Links         // empty unless the caller may see them
	Tasks      []Task        // open ones; empty unless the caller may see tasks
	Messages   []LedgerRow   // the latest first, as many as are shown; empty unless the caller may see tasks
	KeptApart  []PersonRow   // from whom they are kept apart
	Alike      []PersonAlike // who may be the same person
	History    []AuditLine   // the latest first, as many as are shown; empty unless the caller may see tasks
	Hold       *Hold         // what keeps them from being erased; nil: nothing
}

// Hold is a legal hold: somebody must not be erased yet.
type Hold struct {
	At     time.Time // UTC instant
	By     string    // who set it, for staff
	Reason string    // empty unless the caller may set holds
}

// ConsentRecord is a consent that was given, with its end.
type ConsentRecord struct {
	scheduler.Consent
	By       string    // who wrote it down, for staff
	Ended    time.Time // zero: it lasts
	EndedHow string    // empty: nobody said
	EndedBy  string
}

// PersonAlike is somebody who may be the same person. It holds a name and addresses.
type PersonAlike struct {
	PersonRow
	By []string // what they share: email, phone, external_id
}

// AuditLine is one change in a history.
type AuditLine struct {
	At     time.Time
	By     string // for staff
	Action string
}
