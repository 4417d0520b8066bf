package scheduler_test

import (
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

func TestSendMessageIsRefused(t *testing.T) {
	t.Parallel()
	const plain = "Please use the side door."
	toGroup := func(text string) scheduler.MessageRequest {
		return scheduler.MessageRequest{To: scheduler.ToGroup, Text: text}
	}
	inSpanish, elsewhere := toGroup(plain), toGroup(plain)
	inSpanish.Spanish, elsewhere.Cohort = "Su terapia", "other"
	for name, c := range map[string]struct {
		q     scheduler.MessageRequest
		field string
		kind  fault.Kind
	}{
		"empty":           {toGroup(" \n "), "text", fault.Invalid},
		"long":            {toGroup(strings.Repeat("a", scheduler.MaxMessage+1)), "text", fault.Invalid},
		"telling":         {toGroup("Your therapy is off."), "text", fault.Invalid},
		"telling Spanish": {inSpanish, "spanish", fault.Invalid},
		"hidden":          {toGroup("a\u202eb"), "text", fault.Invalid},
		"to nobody":       {scheduler.MessageRequest{To: scheduler.ToWaitlist, Text: plain}, "to", fault.Closed},
		"to all":          {scheduler.MessageRequest{To: "all", Text: plain}, "to", fault.Invalid},
		"elsewhere":       {elsewhere, "", fault.NotFound},
	} {
		l := playedOn(t, builtin(t, "more-telehealth"), "ann")
		if c.q.Cohort == "" {
			c.q.Cohort = "tuesday"
		}
		err := l.Change(func(b *scheduler.Book) error { return b.SendMessage(c.q) })
		if all := fault.All(err); !fault.Is(err, c.kind) || len(all) == 1 && all[0].Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := playedOn(t, builtin(t, "more-telehealth"), "ann")
	l.ok(l.Change(func(b *scheduler.Book) error {
		q := toGroup("Your therapy is off.")
		q.Cohort, q.Reason = "tuesday", "they asked for plain words"
		return b.SendMessage(q)
	}))
}
