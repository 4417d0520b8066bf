//go:build crashpoints

package main

import (
	"context"
	"os"
	"strconv"
	"time"

	"almanac/notify"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/store"
)

// perDomain is the variable by which a rehearsal says how many messages may be on
// their way to one domain at once, as notify.WorkerOptions.PerDomain does.
const perDomain = "ALMANAC_PER_DOMAIN"

// rehearsed lets the worker of a rehearsal live faster, by ALMANAC_TIMESCALE: its
// stopwatch runs so many times as fast, and a hand-over may take so much less
// time, so that the promises between the two and the leases stay in proportion.
// It has few connections, so that one crash cuts off few hand-overs.
func rehearsed(o notify.WorkerOptions) notify.WorkerOptions {
	if most, err := strconv.Atoi(os.Getenv(perDomain)); err == nil {
		o.PerDomain = most
	}
	scale, err := strconv.ParseInt(os.Getenv("ALMANAC_TIMESCALE"), 10, 64)
	if err != nil || scale < 1 {
		return o
	}
	began := time.Now()
	o.Steady = func() time.Time { return began.Add(time.Since(began) * time.Duration(scale)) }
	o.Connections = 5
	o.Mail = hurried{o.Mail, 30 * time.Second / time.Duration(scale)}
	return o
}

// rehearsedStore replaces the gate's rule when ALMANAC_SABOTAGE=gate: every notice
// leaves, true or not. A rehearsal that finds nothing wrong then is blind.
func rehearsedStore(o store.Options) store.Options {
	if os.Getenv("ALMANAC_SABOTAGE") == "gate" {
		o.Judge = func(f gate.Facts, _ time.Time) gate.Verdict {
			v := gate.Verdict{Act: gate.HandOver}
			if f.Notice.Kind == scheduler.Calendar {
				v.Method = gate.MethodRequest
			}
			return v
		}
	}
	return o
}

// hurried is a channel whose hand-overs end sooner.
type hurried struct {
	notify.Channel
	within time.Duration
}

// Send hands one message over; see notify.Channel.
func (h hurried) Send(ctx context.Context, m smtp.Message) smtp.Delivery {
	ctx, cancel := context.WithTimeout(ctx, h.within)
	defer cancel()
	return h.Channel.Send(ctx, m)
}
