package main

import (
	"context"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// sureWithin is how near two dates are one too many for an answer that names none; elapsed time.
const sureWithin = 24 * time.Hour

// answerAsked does what a person answered by text: to the next date, or to an open offer. It changes nothing where the
// text may mean another one, and says what became of it for the answer. What nobody asked becomes a task.
func (k *textHook) answerAsked(ctx context.Context, taken *reads.TextTaken, in reads.TextIn) error {
	if len(taken.People) > 1 || len(taken.Rows) > 1 {
		taken.Act = reads.TextWhich
		return nil
	}
	page, err := k.h.store.Page(ctx, access.System("texts"), taken.Page)
	if fault.Is(err, fault.NotFound) {
		return k.toRead(ctx, taken, in)
	}
	if err != nil {
		return err
	}
	if taken.Meaning == string(gate.TextCannot) {
		err = k.cannotCome(ctx, taken, page)
	} else {
		err = k.answerOffer(ctx, taken, page, in)
	}
	return err
}

// cannotCome gives back the next date, when it is certain which one that is.
func (k *textHook) cannotCome(ctx context.Context, taken *reads.TextTaken, page reads.Page) error {
	now := k.h.now()
	ahead := slices.DeleteFunc(slices.Clone(page.Items), func(i reads.Item) bool {
		return !i.Start.After(now) || !i.State.Occupies()
	})
	repeated := slices.ContainsFunc(page.GivenBack, func(b reads.GivenBack) bool {
		return b.Session == taken.Reminded && b.Start.After(now)
	})
	switch {
	case repeated: // the date that the last reminder named: said twice is said once
		taken.Act = reads.TextGivenBack
		return nil
	case len(ahead) == 0:
		taken.Act = reads.TextNoDate
		return nil
	case k.uncertain(taken, ahead):
		taken.Act = reads.TextWhich
		return nil
	}
	next := ahead[0]
	_, err := k.h.desk.Change(ctx, k.request(taken, page), desk.CannotCome(scheduler.ExcuseRequest{
		Enrollment: next.Enrollment, Session: next.Session}))
	switch {
	case fault.Is(err, fault.Closed), fault.Is(err, fault.Invalid), fault.Is(err, fault.NotFound),
		fault.Is(err, fault.Conflict):
		taken.Act = reads.TextWhich
		return nil
	case err != nil:
		return err
	}
	taken.Act, taken.Date, taken.Zone = reads.TextGivenBack, next.Start, page.Zone
	return nil
}

// uncertain tells whether a text that names no date may mean another one than the next: its reminder was of a date
// that has begun by now, or of another one, or two dates are near.
func (k *textHook) uncertain(taken *reads.TextTaken, ahead []reads.Item) bool {
	if taken.Reminded != "" {
		return taken.Reminded != ahead[0].Session
	}
	return len(ahead) > 1 && ahead[1].Start.Sub(ahead[0].Start) < sureWithin
}

// answerOffer accepts or declines the one open offer, if it is the one that a text told.
func (k *textHook) answerOffer(ctx context.Context, taken *reads.TextTaken, page reads.Page, in reads.TextIn) error {
	switch {
	case len(page.Offered) > 1:
		taken.Act = reads.TextWhich
		return nil
	case taken.Offer == "":
		return k.toRead(ctx, taken, in)
	}
	answer, act := desk.Accept, reads.TextAccepted
	if taken.Meaning == string(gate.TextNo) {
		answer, act = desk.Decline, reads.TextDeclined
	}
	_, err := k.h.desk.Change(ctx, k.request(taken, page),
		answer(taken.OfferTo).AsSeen(taken.OfferTo, taken.Offer, taken.OfferStart))
	switch {
	case fault.Is(err, fault.Closed), fault.Is(err, fault.Full), fault.Is(err, fault.Conflict),
		fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
		taken.Act = reads.TextGone
		return nil
	case err != nil:
		return err
	}
	taken.Act, taken.Date, taken.Zone = act, taken.OfferStart, page.Zone
	return nil
}

// request is one of the person's own, and the same one however often the gateway repeats the text.
func (k *textHook) request(taken *reads.TextTaken, page reads.Page) desk.Request {
	row := string(taken.Rows[0].ID)
	return desk.Request{Actor: access.Person(string(page.Person), string(page.Clinic)), Clinic: page.Clinic,
		Once: desk.Once{Key: "text-" + row, Hash: row}}
}

// toRead gives a text to staff.
func (k *textHook) toRead(ctx context.Context, taken *reads.TextTaken, in reads.TextIn) error {
	taken.Act = reads.TextToRead
	return k.h.store.TextToRead(ctx, access.System("texts"), taken.Rows[0], taken.People, in)
}
