package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"almanac/notify/sms"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// textHookPath is where gateways say what became of texts, and what came in.
const textHookPath = "/hooks/sms/"

// textHookURL is the public address of the hook of a gateway.
func (h *house) textHookURL(gateway sms.Driver) string {
	if gateway == nil {
		return h.publicURL() + textHookPath + "generic"
	}
	return h.publicURL() + textHookPath + gateway.Name()
}

// strangersEvery is how often one number that nobody knows is answered.
const strangersEvery = 10 * time.Minute

// textHook takes what a gateway says. Use newTextHook. It is safe for concurrent use.
type textHook struct {
	h *house

	mu        sync.Mutex
	strangers map[string]time.Time // when a number was answered last; short, because old ones are forgotten
}

func newTextHook(h *house) *textHook { return &textHook{h: h, strangers: map[string]time.Time{}} }

// Take takes one request of the gateway that driver names. NotFound when it is not the gateway that is set, Forbidden
// when the request is not signed, Invalid when it cannot be read, and Unavailable when it must come again: what a
// request says is taken once, however often it comes.
func (k *textHook) Take(r *http.Request, driver string, body []byte) error {
	gateway := k.h.post.gateway
	if gateway == nil || gateway.Name() != driver {
		return fault.New(fault.NotFound, "No such gateway is set.")
	}
	in, err := gateway.Read(r, body, k.h.textHookURL(gateway))
	if err != nil {
		return err
	}
	for _, report := range in.Reports {
		if err := k.h.store.TakeReport(r.Context(), access.System("gateway"), report); err != nil {
			return err
		}
	}
	for _, text := range in.Texts {
		if err := k.takeText(r.Context(), text); err != nil {
			return err
		}
	}
	return nil
}

// takeText takes one text and answers it. An answer that cannot be handed over makes the gateway ask again.
func (k *textHook) takeText(ctx context.Context, in reads.TextIn) error {
	taken, err := k.h.store.TakeText(ctx, access.System("texts"), in)
	if err != nil {
		return err
	}
	if taken.Act == reads.TextAsks {
		if err := k.answerAsked(ctx, &taken, in); err != nil {
			return err
		}
	}
	k.h.log.Debug("text came in", slog.String("meaning", taken.Meaning), slog.String("act", taken.Act),
		slog.String("clinic", string(taken.Clinic)), slog.Bool("repeated", taken.Repeated))
	if !taken.Answer || !taken.Known && !k.answersStranger(in.From) {
		return nil
	}
	if err := k.answer(ctx, taken, in.From); err != nil {
		return err
	}
	return k.h.store.TextAnswered(ctx, access.System("texts"), taken.Rows, taken.Act)
}

// answer hands an answer over, at most twice. Who writes at night is answered at night.
func (k *textHook) answer(ctx context.Context, taken reads.TextTaken, to string) error {
	message := k.h.post.composer.ComposeAnswer(taken, to)
	var delivery sms.Delivery
	for range 2 {
		if delivery = k.h.post.texts.Send(ctx, message); delivery.Outcome != reads.Retry {
			break
		}
	}
	if delivery.Outcome == reads.Retry {
		return fault.New(fault.Unavailable, "The answer to a text could not be handed over: %s.", delivery.Trouble)
	}
	return nil
}

// answersStranger tells whether a number that nobody knows gets an answer now.
func (k *textHook) answersStranger(number string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.h.now()
	for other, at := range k.strangers {
		if now.Sub(at) >= strangersEvery {
			delete(k.strangers, other)
		}
	}
	if _, lately := k.strangers[number]; lately {
		return false
	}
	k.strangers[number] = now
	return true
}
