package main

import (
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// everyInstant is the environment variable that has tests of dates run over each
// hour of four weeks and over twenty days of five years; make soak sets it to 1. With
// a larger number n they run over each n-th of these instants.
const everyInstant = "ALMANAC_EVERY_INSTANT"

// anyTime gives instants at which whatever lays dates from now must hold: a handful,
// or all of them when ALMANAC_EVERY_INSTANT is set.
func anyTime(t *testing.T) []time.Time {
	t.Helper()
	step, err := strconv.Atoi(os.Getenv(everyInstant))
	if err != nil || step < 1 {
		return []time.Time{
			instant("2026-11-29 09:05"), // a Sunday behind Thanksgiving
			instant("2027-03-14 06:59"), // a minute before the clocks go forward there
			instant("2026-11-01 05:30"), // in the hour that comes twice
			instant("2028-02-29 17:00"),
			instant("2027-01-01 00:00"), // after the turn of the year in UTC, before it in New York
			instant("2026-12-02 12:00"), // an invite falls due when the demo changes sessions
		}
	}
	var all []time.Time
	for hour := instant("2026-11-16 00:00"); hour.Before(instant("2026-12-14 00:00")); hour = hour.Add(time.Hour) {
		all = append(all, hour)
	}
	all = append(all, chosenDays()...)
	var chosen []time.Time
	for i := 0; i < len(all); i += step {
		chosen = append(chosen, all[i])
	}
	return chosen
}

// chosenDays gives twenty days, each at three hours, two of them just beside midnight
// or a clock change of New York.
func chosenDays() []time.Time {
	var all []time.Time
	for _, day := range []string{
		"2026-03-08", "2026-11-01", "2026-11-26", "2026-12-24", "2026-12-31", "2027-01-01", "2027-03-14", "2027-07-04",
		"2027-11-07", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-12", "2028-11-05", "2028-11-23", "2029-01-15",
		"2029-03-11", "2029-12-31", "2030-06-19", "2030-12-30",
	} {
		for _, hour := range []string{" 04:59", " 07:01", " 20:30"} {
			all = append(all, instant(day+hour))
		}
	}
	return all
}

// Whatever tests and people lay out from today on can be laid out on every day: a
// cohort in a week as the tests of the running program open it, and one in a month
// as the tests in the browser do.
func TestDatesFromNowAtAnyTime(t *testing.T) {
	t.Parallel()
	for _, at := range anyTime(t) {
		t.Run(at.Format("Mon "+time.RFC3339), func(t *testing.T) {
			t.Parallel()
			folder, clock := t.TempDir(), &handClock{at: at}
			shell := func(t *testing.T, in string, args ...string) string {
				t.Helper()
				out, trouble := &notes{}, &notes{}
				code := run(t.Context(), terminal{
					in: strings.NewReader(in), out: out, trouble: trouble, lookupEnv: noEnvironment,
					readFile: os.ReadFile, now: clock.now,
				}, append(args, "--data-dir", folder))
				if code != exitDone {
					t.Fatalf("almanac %s ended with %d and said %q", strings.Join(args, " "), code, trouble)
				}
				return out.String()
			}
			week := openFrom(t, at, 7, shell)
			enrolled := shell(t, requestFor(week, newStory().guests[0]), "enroll", "-")
			if !strings.Contains(enrolled, "state: active\n") {
				t.Errorf("enrolling printed\n%s", enrolled)
			}
			month := openFrom(t, at, 30, shell, "--time", "09:15", "--zone", "America/Denver")
			shell(t, requestFor(month, newStory().guests[1]), "enroll", "-")
			changesFromNow(t, houseIn(t, folder, clock.now), scheduler.ID(month), civil.DateOf(at.UTC()).AddDays(30))
		})
	}
}

// houseIn opens the data of a folder.
func houseIn(t *testing.T, folder string, now func() time.Time) *house {
	t.Helper()
	config, _, err := parseConfig([]string{"--data-dir", folder}, noEnvironment, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), config, slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// changesFromNow moves the first session of a cohort by a day and cancels the second:
// three are left of four, and another one is added.
func changesFromNow(t *testing.T, h *house, cohort scheduler.ID, first civil.Date) {
	t.Helper()
	clinic, err := h.clinic(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	page, err := h.store.Cohort(t.Context(), request(clinic).Actor, clinic.ID, cohort)
	if err != nil || len(page.Sessions) != 4 {
		t.Fatalf("%d sessions (%v)", len(page.Sessions), err)
	}
	to := page.Sessions[0].Wall
	to.Date = to.Date.AddDays(1)
	for _, change := range []desk.Proposal{
		desk.Move(scheduler.MoveRequest{Session: page.Sessions[0].ID, To: to}),
		desk.Cancel(scheduler.CancelRequest{Session: page.Sessions[1].ID, Content: scheduler.Append}),
	} {
		if err := h.desk.Confirm(t.Context(), request(clinic), change); err != nil {
			t.Fatal(err)
		}
	}
	if page, err = h.store.Cohort(t.Context(), request(clinic).Actor, clinic.ID, cohort); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range page.Sessions {
		got = append(got, s.Wall.String())
	}
	slices.Sort(got)
	var want []string
	for _, days := range []int{1, 7, 14, 21, 28} {
		want = append(want, first.AddDays(days).String()+"T09:15")
	}
	if !slices.Equal(got, want) {
		t.Errorf("the sessions are on %v, want %v", got, want)
	}
}
