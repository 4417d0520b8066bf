package desk

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// Once makes a change happen once however often it is asked for, because an
// answer that was lost on its way is asked for again (the Idempotency-Key
// header, draft-ietf-httpapi-idempotency-key-header). Its zero value: every
// request is one of its own.
type Once struct {
	Key  string // as the asker chose it, good for this asker alone; empty: none
	Hash string // of all that is asked for: under one key there is one request
}

// OnceKept is how long a key is remembered.
const OnceKept = 24 * time.Hour

// OnceField is the field of a fault about a key, as the header is called.
const OnceField = "Idempotency-Key"

// MostOnceKey is how many characters a key may have.
const MostOnceKey = 255

// Repeated is what a Store gives when what is asked for was done before under
// the same key: nothing was changed now.
type Repeated struct {
	Made scheduler.ID // what the change made then; empty: it makes nothing
	// ChangeNo takes it back before Until; 0: it could not be taken back.
	ChangeNo int64
	Until    time.Time // UTC instant
}

// Error says it for a log; Desk answers instead.
func (*Repeated) Error() string { return "this was done before under the same key" }

// enrolled says how an enrollment stands that was made before.
func (d *Desk) enrolled(ctx context.Context, q Request, id scheduler.ID) (scheduler.Enrolled, error) {
	c := q.change(access.Enroll)
	c.Expect = 0 // what was seen has changed by the first request at the latest
	b, err := d.store.Look(ctx, c, Load{Enrollments: []scheduler.ID{id}})
	if err != nil {
		return scheduler.Enrolled{}, err
	}
	return b.Enrolled(id), nil
}
