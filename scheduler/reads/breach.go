package reads

import (
	"log/slog"
	"time"

	"almanac/scheduler"
)

// BreachQuery says what a breach touched: what an actor did, in a period, or what one request left.
type BreachQuery struct {
	From, Until time.Time // UTC instants, from included and until not; zero: no bound
	Actor       string    // kind:id, such as staff:4f2c or token:9ab1; empty: anybody
	Request     string    // id of a request, such as an export; empty: any
}

// BreachScope is whose records rows of the audit are about.
type BreachScope struct {
	People []Touched
	Erased int // people who were erased since; nobody knows any more who they were
	Rows   int // of the audit that were looked at
}

// Touched is a person whose record was seen, changed or taken out. It holds a name.
type Touched struct {
	Person      scheduler.ID
	Name        string
	First, Last time.Time
	Times       int      // rows of the audit
	Actions     []string // what was done, as "people.view"
	Fields      []string // which fields rows name
}

// LogValue logs the person as their id.
func (t Touched) LogValue() slog.Value { return slog.StringValue(string(t.Person)) }

// BreachActor is somebody who may have caused a breach. It holds a name.
type BreachActor struct {
	Actor string    // kind:id
	Name  string    // of staff, or of the organization that a token is for; empty: the clinic's own program
	Since time.Time // of a token: when it was made
}

// LogValue logs the actor as kind and id.
func (b BreachActor) LogValue() slog.Value { return slog.StringValue(b.Actor) }
