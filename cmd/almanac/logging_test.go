package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const privateName = "Pat Example"

// person is like a participant: it logs as its id.
type person struct{ ID, Name string }

func (p person) LogValue() slog.Value { return slog.StringValue(p.ID) }

// envelope has a name inside and says nothing about logging.
type envelope struct{ To person }

func TestNoNameReachesTheLog(t *testing.T) {
	t.Parallel()
	p := person{"p-1", privateName}
	shapes := map[string]any{
		"value":             p,
		"pointer":           &p,
		"slice":             []person{p},
		"array":             [1]person{p},
		"map":               map[string]person{"a": p},
		"map key":           map[person]int{p: 1},
		"struct":            envelope{p},
		"pointer to struct": &envelope{p},
		"slice of any":      []any{p, &p},
		"bytes":             []byte(privateName),
		"strings":           []string{privateName},
		"group":             slog.GroupValue(slog.Any("inner", []person{p}), slog.Any("one", p)),
		"function":          func() string { return privateName },
	}
	for _, format := range []string{"text", "json"} {
		for shape, value := range shapes {
			var out strings.Builder
			log := newLogger(&out, slog.LevelDebug, format)
			log.Info("said", "it", value)
			log.With("it", value).Info("bound")
			log.WithGroup("outer").Info("grouped", slog.Group("middle", "it", value))
			if strings.Contains(out.String(), privateName) || strings.Contains(out.String(), "UGF0") {
				t.Errorf("%s as %s leaked:\n%s", format, shape, out.String())
			}
			if !strings.Contains(out.String(), "withheld") && !strings.Contains(out.String(), "p-1") {
				t.Errorf("%s as %s says nothing:\n%s", format, shape, out.String())
			}
		}
	}
}

// The same shapes do leak through slog's own handler, so the test above can fail.
func TestSlogAloneWouldLeak(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	slog.New(slog.NewTextHandler(&out, nil)).Info("said", "it", []person{{"p-1", privateName}})
	if !strings.Contains(out.String(), privateName) {
		t.Errorf("slog no longer leaks; the handler may go: %s", out.String())
	}
}

// marshalled is an error that would print more as JSON than as text.
type marshalled struct{ to person }

func (marshalled) Error() string                  { return "sending notice n-1: refused" }
func (m marshalled) MarshalJSON() ([]byte, error) { return []byte(`"` + m.to.Name + `"`), nil }

func TestScalarsAndErrorsStayReadable(t *testing.T) {
	t.Parallel()
	type state string
	for _, format := range []string{"text", "json"} {
		var out strings.Builder
		log := newLogger(&out, slog.LevelInfo, format)
		log.Debug("unseen")
		log.Info("sent", "notice", "n-1", "tries", 3, "state", state("planned"), "none", nil,
			"cause", fmt.Errorf("dialling: %w", errors.New("refused")), "both",
			errors.Join(errors.New("one"), errors.New("two")),
			"marshalled", marshalled{person{"p-1", privateName}})
		for _, want := range []string{"n-1", "3", "planned", "dialling: refused", `one\ntwo`,
			"sending notice", "INFO"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s lacks %q: %s", format, want, out.String())
			}
		}
		for _, unwanted := range []string{"unseen", "withheld", privateName} {
			if strings.Contains(out.String(), unwanted) {
				t.Errorf("%s has %q: %s", format, unwanted, out.String())
			}
		}
	}
}
