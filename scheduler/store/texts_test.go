package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

const textNumber = "+12025550100"

// texter is a house with one person who agreed to texts, and to mail when mailed says so.
type texter struct {
	*storetest.House
	cohort, person scheduler.ID
}

func newTexter(t *testing.T, h *storetest.House, channels ...scheduler.Channel) texter {
	t.Helper()
	h.Set(time.Date(2026, 1, 5, 15, 0, 0, 0, time.UTC)) // 10 in the morning of New York
	x := texter{House: h, cohort: h.OpenCohort(t, 18, 12)}
	x.person = x.add(t, "Ana Canary", textNumber, channels...)
	return x
}

// add enrolls somebody with a number and consents.
func (x texter) add(t *testing.T, name, phone string, channels ...scheduler.Channel) scheduler.ID {
	t.Helper()
	var consents []scheduler.Consent
	for i, c := range channels {
		consents = append(consents, scheduler.Consent{Channel: c, TextVersion: "1", How: "paper",
			GivenAt: x.Now().Add(time.Duration(i-len(channels)) * time.Second)})
	}
	enrolled, err := x.Desk.Enroll(t.Context(), x.Request(), scheduler.EnrollRequest{
		Cohort: x.cohort, Zone: "America/New_York", Language: "en", New: true,
		Contact: scheduler.Contact{Name: name, Email: strings.ToLower(strings.Fields(name)[0]) + "@example.net",
			Phone: phone, Consents: consents},
	})
	if err != nil {
		t.Fatal(err)
	}
	return enrolled.Person
}

// pass lets some time go by and hands over what is due then; the fates say how each text ends, the last for all others.
func (x texter) pass(t *testing.T, d time.Duration, outcome reads.Outcome) []string {
	t.Helper()
	x.Set(x.Now().Add(d))
	if _, err := x.DB.Foresee(t.Context(), worker); err != nil {
		t.Fatal(err)
	}
	var told []string
	for range 10 {
		tickets, err := x.DB.Due(t.Context(), worker, 50)
		if err != nil {
			t.Fatal(err)
		}
		var ids []scheduler.ID
		for _, ticket := range tickets {
			ids = append(ids, ticket.ID)
		}
		handed, err := x.DB.Gate(t.Context(), worker, ids)
		if err != nil {
			t.Fatal(err)
		}
		var results []reads.Result
		for _, h := range handed {
			result := reads.Result{Handover: h, Outcome: reads.Sent, At: x.Now()}
			if h.Channel == scheduler.SMS {
				result.Outcome, result.Message, result.Segments = outcome, "gw-"+string(h.Notice), 1
			}
			results = append(results, result)
			told = append(told, fmt.Sprint(h.Kind, " ", h.Channel))
		}
		if err := x.DB.Record(t.Context(), worker, results); err != nil {
			t.Fatal(err)
		}
		x.Set(x.Now().Add(21 * time.Second))
	}
	slices.Sort(told)
	return told
}

// write is a text from the person's number.
func (x texter) write(t *testing.T, id, text string) reads.TextTaken {
	t.Helper()
	taken, err := x.DB.TakeText(t.Context(), worker, reads.TextIn{ID: id, From: textNumber, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func (x texter) wants(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got  %v\n want %v", what, got, want)
	}
}

func (x texter) ask(t *testing.T, query string) string {
	t.Helper()
	return fmt.Sprint(x.Ask(t, query))
}

// Nothing but the question goes to a number before it has confirmed; a text then tells what is news, and a reminder
// comes once.
func TestTextsNeedAConfirmedNumber(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		x := newTexter(t, h, scheduler.SMS)
		x.wants(t, "before", x.pass(t, 4*time.Minute, reads.Sent), "opt-in sms")
		x.wants(t, "asked once", x.pass(t, time.Hour, reads.Sent))
		if tasks := x.ask(t, "SELECT kind, about FROM tasks WHERE done_at = ''"); tasks != "[[letter welcome]]" {
			t.Errorf("until then staff have %s", tasks)
		}
		if taken := x.write(t, "1", " sí "); taken.Act != reads.TextConfirmed || !taken.Answer || taken.Page == "" ||
			taken.Language != "es" {
			t.Errorf("confirmed: %+v", taken)
		}
		x.wants(t, "all dates", x.pass(t, time.Second, reads.Sent), "welcome sms")
		if tasks := x.ask(t, "SELECT kind, about FROM tasks WHERE done_at = ''"); tasks != "[]" {
			t.Errorf("then staff have %s", tasks)
		}
		x.wants(t, "a day before", x.pass(t, 7*time.Hour, reads.Sent), "reminder sms")
		session := h.Roster(t, x.cohort, desk.Load{Cohorts: []scheduler.ID{x.cohort}}).Sessions[2].ID
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Cancel(scheduler.CancelRequest{Session: session, Content: scheduler.Skip})); err != nil {
			t.Fatal(err)
		}
		x.wants(t, "news", x.pass(t, 4*time.Minute, reads.Sent), "changes sms")
		x.wants(t, "nothing twice", x.pass(t, 4*time.Minute, reads.Sent))
	})
}

// Texts leave from 09:00 to 20:00 of the person, who never said anything about hours.
func TestTextsKeepTheHours(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		x := newTexter(t, h, scheduler.SMS)
		x.pass(t, 4*time.Minute, reads.Sent)
		x.write(t, "1", "Y")
		x.pass(t, time.Second, reads.Sent)
		x.Set(time.Date(2026, 1, 6, 2, 30, 0, 0, time.UTC)) // 21:30
		session := h.Roster(t, x.cohort, desk.Load{Cohorts: []scheduler.ID{x.cohort}}).Sessions[1].ID
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Cancel(scheduler.CancelRequest{Session: session, Content: scheduler.Skip})); err != nil {
			t.Fatal(err)
		}
		x.wants(t, "at night", x.pass(t, 4*time.Minute, reads.Sent))
		x.Set(time.Date(2026, 1, 6, 14, 1, 0, 0, time.UTC))
		x.wants(t, "in the morning", x.pass(t, time.Second, reads.Sent), "changes sms", "reminder sms")
	})
}

// What a text was to tell goes by mail when a report says that it failed, in whatever order reports come.
func TestFailedTextsGoByTheNextChannel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fates  []string
		before bool // the reports come before the answer
		next   string
		state  string
	}{
		"delivered":        {[]string{reads.TextDelivered}, false, "[]", "delivered"},
		"delivered twice":  {[]string{reads.TextDelivered, reads.TextDelivered}, false, "[]", "delivered"},
		"failed":           {[]string{reads.TextFailed}, false, "[changes email]", "failed"},
		"failed twice":     {[]string{reads.TextFailed, reads.TextFailed}, false, "[changes email]", "failed"},
		"delivered first":  {[]string{reads.TextDelivered, reads.TextFailed}, false, "[]", "delivered"},
		"nothing final":    {[]string{"queued", ""}, false, "[]", "sent"},
		"before, arrived":  {[]string{reads.TextDelivered}, true, "[]", "delivered"},
		"before, and lost": {[]string{reads.TextFailed}, true, "[changes email]", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				x := newTexter(t, h, scheduler.SMS, scheduler.Email)
				handed := x.cancels(t)
				report := func() {
					for _, fate := range c.fates {
						r := reads.TextReport{Notice: handed.Notice, Attempt: handed.Attempt, Fate: fate}
						if !c.before && fate == reads.TextFailed { // by the gateway's id alone
							r = reads.TextReport{Message: "gw", Fate: fate}
						}
						if err := h.DB.TakeReport(t.Context(), worker, r); err != nil {
							t.Fatal(err)
						}
					}
				}
				if c.before {
					report()
				}
				outcome := reads.Sent
				if name == "before, arrived" {
					outcome = reads.Retry // the answer was lost
				}
				if err := h.DB.Record(t.Context(), worker, []reads.Result{{Handover: handed, Outcome: outcome,
					Message: "gw", Segments: 1, At: x.Now()}}); err != nil {
					t.Fatal(err)
				}
				if !c.before {
					report()
				}
				if got := fmt.Sprint(x.pass(t, time.Second, reads.Sent)); got != c.next {
					t.Errorf("next: %s, want %s", got, c.next)
				}
				state := x.ask(t, "SELECT state FROM notices WHERE id = '"+string(handed.Notice)+"'")
				if state != "[["+c.state+"]]" {
					t.Errorf("state %s, want %s", state, c.state)
				}
			})
		})
	}
}

// cancels lets the number confirm, cancels a date, and gives the text that tells it, handed over.
func (x texter) cancels(t *testing.T) reads.Handover {
	t.Helper()
	x.pass(t, 4*time.Minute, reads.Sent)
	x.write(t, "1", "yes")
	x.pass(t, time.Second, reads.Sent)
	session := x.Roster(t, x.cohort, desk.Load{Cohorts: []scheduler.ID{x.cohort}}).Sessions[5].ID
	err := x.Desk.Confirm(t.Context(), x.Request(),
		desk.Cancel(scheduler.CancelRequest{Session: session, Content: scheduler.Skip}))
	if err != nil {
		t.Fatal(err)
	}
	x.Set(x.Now().Add(4 * time.Minute))
	return handOverTexts(t, x)
}

// handOverTexts opens the one attempt of a text that is due.
func handOverTexts(t *testing.T, x texter) reads.Handover {
	t.Helper()
	tickets, err := x.DB.Due(t.Context(), worker, 50)
	if err != nil {
		t.Fatal(err)
	}
	var ids []scheduler.ID
	for _, ticket := range tickets {
		ids = append(ids, ticket.ID)
	}
	handed, err := x.DB.Gate(t.Context(), worker, ids)
	if err != nil || len(handed) != 1 || handed[0].Channel != scheduler.SMS {
		t.Fatalf("%d handed over, %v", len(handed), err)
	}
	return handed[0]
}

// Without another channel a failed text becomes a call that says what it was to tell; a number that takes no texts
// gets none again.
func TestFailedTextsBecomeACall(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		x := newTexter(t, h, scheduler.SMS)
		handed := x.cancels(t)
		if err := h.DB.Record(t.Context(), worker, []reads.Result{{Handover: handed, Outcome: reads.Refused,
			AddressBad: true, At: x.Now()}}); err != nil {
			t.Fatal(err)
		}
		calls := x.ask(t, "SELECT about FROM tasks WHERE done_at = '' AND kind = 'call'")
		if calls != "[[changes]]" && calls != "[[cancelled]]" {
			t.Errorf("calls: %s", calls)
		}
		x.wants(t, "later", x.pass(t, time.Hour, reads.Sent))
	})
}

// STOP ends the consents of everybody with the number; each becomes a call, and only START brings texts back.
func TestStopEndsTextsForEverybodyWithTheNumber(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		x := newTexter(t, h, scheduler.SMS)
		other := x.add(t, "Bo Canary", textNumber, scheduler.SMS, scheduler.Email)
		x.pass(t, 4*time.Minute, reads.Sent)
		if taken := x.write(t, "1", "Y"); taken.Act != reads.TextConfirmed || taken.Page != "" ||
			len(taken.People) != 2 {
			t.Errorf("of a shared number: %+v", taken)
		}
		taken := x.write(t, "2", "Please stop texting me!")
		if taken.Act != reads.TextStopped || !taken.Answer {
			t.Errorf("stop: %+v", taken)
		}
		if n := x.ask(t, "SELECT count(*) FROM consents WHERE channel = 'sms' AND revoked_at = ''"); n != "[[0]]" {
			t.Errorf("%s consents to texts are left", n)
		}
		calls := x.ask(t, "SELECT count(*) FROM tasks WHERE about = 'stopped' AND done_at = ''")
		if calls != "[[2]]" {
			t.Errorf("%s calls about changes", calls)
		}
		if got := x.pass(t, 5*time.Hour, reads.Sent); slices.ContainsFunc(got,
			func(one string) bool { return strings.HasSuffix(one, "sms") }) {
			t.Errorf("after STOP: %v", got)
		}
		if err := h.DB.TextAnswered(t.Context(), worker, taken.Rows, taken.Act); err != nil {
			t.Fatal(err)
		}
		if again := x.write(t, "2", "Please stop texting me!"); again.Answer || !again.Repeated {
			t.Errorf("the same text again: %+v", again)
		}
		if err := h.DB.SetConsents(t.Context(), h.Actor, h.Clinic, other, []scheduler.Consent{
			{Channel: scheduler.SMS, TextVersion: "2", How: "paper"}}); err != nil {
			t.Fatal(err)
		}
		x.wants(t, "staff cannot start it again", x.pass(t, time.Hour, reads.Sent))
		if taken := x.write(t, "3", "START"); taken.Act != reads.TextConfirmed {
			t.Errorf("start: %+v", taken)
		}
		if n := x.ask(t, "SELECT count(*) FROM consents WHERE channel = 'sms' AND revoked_at = ''"); n != "[[2]]" {
			t.Errorf("%s consents after START", n)
		}
	})
}

// What only people can judge is sealed and becomes a task now; a stranger's text, too.
func TestOtherTextsAreForPeople(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		x := newTexter(t, h, scheduler.SMS)
		const words = "stop the group, I love it"
		if taken := x.write(t, "1", words); taken.Act != reads.TextToRead || !taken.Answer || taken.Language != "en" {
			t.Errorf("%+v", taken)
		}
		x.write(t, "1", words)
		stranger, err := h.DB.TakeText(t.Context(), worker,
			reads.TextIn{ID: "2", From: "+12025550177", Text: "who is this"})
		if err != nil || len(stranger.People) != 0 || !stranger.Answer {
			t.Errorf("a stranger: %+v, %v", stranger, err)
		}
		tasks := x.ask(t, "SELECT about, person <> '' FROM tasks WHERE kind = 'look' ORDER BY person")
		if tasks != "[[texted false] [texted true]]" && tasks != "[[texted 0] [texted 1]]" {
			t.Errorf("tasks %s", tasks)
		}
		if n := x.ask(t, "SELECT count(*) FROM consents WHERE channel = 'sms' AND revoked_at = ''"); n != "[[1]]" {
			t.Errorf("%s consents", n)
		}
		for i := range 8 {
			x.write(t, fmt.Sprint("loop", i), "thanks for your message "+fmt.Sprint(i))
		}
		if taken := x.write(t, "loop", "thanks for your message"); taken.Answer {
			t.Error("a machine that answers is answered for ever")
		}
		for _, table := range []string{"texts_in", "tasks"} {
			if rows := fmt.Sprintf("%s", h.Ask(t, "SELECT * FROM "+table)); strings.Contains(rows, "love") {
				t.Errorf("%s holds the words", table)
			}
		}
	})
}

// A person gets one reminder a day and three a week by text at most; what is news comes all the same.
func TestLimitsOfTexts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		x := newTexter(t, h, scheduler.SMS)
		x.pass(t, 4*time.Minute, reads.Sent)
		x.write(t, "1", "yes")
		reminders := map[string]int{}
		for range 40 {
			for _, one := range x.pass(t, 6*time.Hour, reads.Sent) {
				if one == "reminder sms" {
					reminders[x.Now().Add(-5*time.Hour).Format("2006-01-02")]++
				}
			}
		}
		if len(reminders) == 0 {
			t.Fatal("no reminder came")
		}
		for day, n := range reminders {
			if n > 1 {
				t.Errorf("%d reminders on %s", n, day)
			}
		}
	})
}
