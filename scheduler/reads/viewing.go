package reads

import (
	"context"
	"slices"
	"strings"
	"sync"

	"almanac/scheduler"
)

// Field is a part of a person's data, as the audit names it. A value has one bit for each part.
type Field uint8

// The fields that the audit tells apart.
const (
	FieldName     Field = 1 << iota
	FieldContact        // address or telephone number
	FieldExternal       // ids of other systems
	FieldCare           // that they take part, their dates and attendance
	FieldReferral       // what a referral says of somebody
)

// fieldNames are in the order of their bits.
var fieldNames = [...]string{"name", "contact", "external-ids", "care", "referral"}

// String lists the fields, with commas.
func (f Field) String() string {
	var names []string
	for bit, name := range fieldNames {
		if f&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// Source is where a request came from. The zero value: from inside, such as a duty.
type Source struct {
	Network string // an IPv4 address or an IPv6 network of 64 bits; "local": a command on the server
	Route   string // as "GET /cohorts/:id"; of a command its words
	Request string // its id
}

// Viewing is one request of staff, of a program or at the shell. It collects whose data the store has read for it, so
// that the audit says so before they leave. A nil Viewing collects nothing.
type Viewing struct {
	Source

	mu   sync.Mutex
	seen map[scheduler.ID]Field
}

// View is which fields were read of some people.
type View struct {
	Fields Field
	People []scheduler.ID
}

type viewingKey struct{}

// WithViewing gives a context whose reads v collects.
func WithViewing(ctx context.Context, v *Viewing) context.Context {
	return context.WithValue(ctx, viewingKey{}, v)
}

// ViewingOf gives the Viewing of a context, nil when there is none.
func ViewingOf(ctx context.Context) *Viewing {
	v, _ := ctx.Value(viewingKey{}).(*Viewing)
	return v
}

// From is where the request came from.
func (v *Viewing) From() Source {
	if v == nil {
		return Source{}
	}
	return v.Source
}

// Saw notes that fields of people were read.
func (v *Viewing) Saw(f Field, people ...scheduler.ID) {
	if v == nil || len(people) == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = make(map[scheduler.ID]Field, len(people))
	}
	for _, person := range people {
		v.seen[person] |= f
	}
}

// Pending tells whether somebody was seen since Take.
func (v *Viewing) Pending() bool {
	if v == nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.seen) > 0
}

// Take gives what was seen since the last Take, people with the same fields together and in order.
func (v *Viewing) Take() []View {
	v.mu.Lock()
	seen := v.seen
	v.seen = nil
	v.mu.Unlock()
	by := map[Field][]scheduler.ID{}
	for person, fields := range seen {
		by[fields] = append(by[fields], person)
	}
	var all []View
	for fields, people := range by {
		slices.Sort(people)
		all = append(all, View{fields, people})
	}
	slices.SortFunc(all, func(a, b View) int { return int(a.Fields) - int(b.Fields) })
	return all
}
