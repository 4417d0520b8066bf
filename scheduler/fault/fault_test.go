package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"almanac/scheduler/fault"
)

func TestKindSeesThroughWrapping(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("enrolling: %w", fault.New(fault.Full, "All seats in this group are taken."))
	if got := fault.KindOf(err); got != fault.Full {
		t.Errorf("KindOf = %v, want full", got)
	}
	if fault.KindOf(io.EOF) != fault.Internal {
		t.Error("an ordinary error is not internal")
	}
	if fault.Is(io.EOF, fault.Internal) {
		t.Error("Is took an ordinary error for a fault")
	}
}

func TestCauseStaysInTheChain(t *testing.T) {
	t.Parallel()
	err := fault.Wrap(fault.Unavailable, io.ErrUnexpectedEOF, "The database does not answer. Try again in a minute.")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is cut off")
	}
}

func TestAllCollectsEveryJoinedFault(t *testing.T) {
	t.Parallel()
	err := errors.Join(fault.In("zone", "Unknown zone."), io.EOF,
		errors.Join(fault.In("time", "Not a time."), fault.In("start", "Not a date.")))
	var fields []string
	for _, f := range fault.All(err) {
		fields = append(fields, f.Field)
	}
	if fmt.Sprint(fields) != "[zone time start]" {
		t.Errorf("fields = %v", fields)
	}
}
