package sms

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A gateway that takes 50 a second gets no more than that, also when somebody gives up in the queue.
func TestThePaceIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, began := perSecond(50), time.Now()
		for range 6 {
			if !p.wait(t.Context()) {
				t.Fatal("a text has no turn")
			}
		}
		if took := time.Since(began); took != 5*20*time.Millisecond {
			t.Errorf("six texts took %s", took)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if p.wait(short) {
			t.Error("a text that cannot wait had its turn")
		}
		if !p.wait(t.Context()) {
			t.Error("the one behind it has none")
		}
		time.Sleep(time.Second)
		if began = time.Now(); !perSecond(0).wait(t.Context()) || time.Since(began) != 0 {
			t.Error("without a pace a text waits")
		}
	})
}
