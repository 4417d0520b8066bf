package protocols_test

import (
	"testing"

	"almanac/protocols"
)

func TestLib(t *testing.T) {
	l, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"more-telehealth", "mbsr-4w", "m-rocc", "more-rolling"} {
		d, err := l.Find(id)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		t.Log(d.Ref(), d.Minutes(), d.Positions())
	}
	_, err = l.Find("more-telehelth")
	t.Log(err)
	_, err = l.Find("more")
	t.Log(err)
}
