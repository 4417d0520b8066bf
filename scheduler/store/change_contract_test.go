package store_test

import (
	"testing"

	"almanac/scheduler/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, d.url)
		})
	}
}
