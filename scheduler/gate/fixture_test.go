package gate_test

import (
	"fmt"
	"testing"
	"time"
)

func now() time.Time {
	t, err := time.Parse(time.RFC3339, "2026-01-05T15:00:00Z")
	if err != nil {
		panic(err)
	}
	return t
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s:\ngot  %s\nwant %s", what, g, w)
	}
}
