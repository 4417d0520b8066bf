package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
)

// Those who wait are served in the order in which they came; anyone who leaves is
// passed over, and another clinic waits for nobody.
func TestTurnsGoInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var line turns
		end, err := line.take(t.Context(), "clinic")
		if err != nil {
			t.Fatal(err)
		}
		var served []int
		gone, leave := context.WithCancel(t.Context())
		for i := range 50 {
			ctx := t.Context()
			if i == 20 {
				ctx = gone
			}
			go func() {
				end, err := line.take(ctx, "clinic")
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				served = append(served, i)
				end()
			}()
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		other, err := line.take(t.Context(), "another")
		if err != nil {
			t.Fatal(err)
		}
		other()
		end()
		synctest.Wait()
		if len(served) != 49 || !slices.IsSorted(served) || slices.Contains(served, 20) {
			t.Errorf("served in the order %v", served)
		}
	})
}
