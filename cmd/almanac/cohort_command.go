package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// atClinic opens the house for a command that works at one clinic, runs it, and
// closes the house again.
func (t terminal) atClinic(ctx context.Context, c Config, clinic string, do func(*house, reads.Clinic) error) error {
	h, err := openHouse(ctx, c, t.log(c), t.now)
	if err != nil {
		return err
	}
	defer h.close()
	found, err := h.clinic(ctx, clinic)
	if err != nil {
		return err
	}
	out, watched := t.out.(*watchedOutput)
	if !watched {
		return do(h, found)
	}
	out.watch(ctx, h, found.ID)
	return errors.Join(do(h, found), out.note()) // what a command wrote into a file is noted as well
}

func clinicFlag(set *pflag.FlagSet) *string {
	return set.String("clinic", "", "the clinic's name; default: the only clinic")
}

func cohortOpenCommand(t terminal) *cobra.Command {
	c := t.command("open", "open a cohort; prints its id, or with --format table all its dates", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "id", "table", "json")
	var when dates
	when.register(own)
	opening := scheduler.OpenRequest{}
	protocol := own.String("protocol", "", "the protocol, as ID or ID@VERSION")
	own.StringVar(&opening.Name, "name", "", "what staff call it; default: the protocol's title")
	var named []namedPost
	own.Func("facilitator",
		"[ROLE=]EMAIL of somebody who leads; may be given again, by default for the first role with a free place",
		func(value string) error {
			named = append(named, parsePost(value))
			return nil
		})
	own.StringVar(&opening.Place, "place", "", "where people meet, as they read it; needed where they meet in person")
	meeting := meetingFlags(own)
	own.StringVar(&opening.Reason, "reason", "",
		"why a rule is set aside: a credential, a training, the seats, the equipment")
	own.BoolVar(&opening.Past, "past", false, "take a start that has passed")
	own.BoolVar(&opening.Far, "far", false, "take a start that is more than two years ahead")
	own.BoolVar(&opening.AcceptShift, "accept-shift", false, "take times that a clock change skips or repeats")
	wholeNumber(own, "capacity", "seats in each session; default: the protocol's maximum, or no limit", func(n int) {
		opening.Capacity, opening.HasCapacity = n, true
	})
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if *protocol == "" {
			return wrongUse("Say which protocol with --protocol ID. `almanac protocol list` shows them all.")
		}
		if err := when.complete(); err != nil {
			return err
		}
		library, err := t.library(config)
		if err != nil {
			return err
		}
		if opening.Definition, err = library.Find(*protocol); err != nil {
			return err
		}
		opening.Start, opening.At, opening.Zone = when.start, when.at, when.zone
		opening.Weekdays, opening.Closed, opening.Holidays = when.weekdays, when.closed, when.holidays
		if *meeting != nil {
			opening.Meeting = **meeting
		}
		opening.Avoid, opening.Buffer = when.avoid.hours, when.avoid.buffer
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			for _, p := range named {
				staff, err := h.store.FindStaff(ctx, access.Operator(string(found.ID)), found.ID, p.email)
				if err != nil {
					return err
				}
				opening.Posts = append(opening.Posts, scheduler.Post{Role: p.role, Staff: staff.ID})
			}
			id, err := h.desk.OpenCohort(ctx, request(found), opening)
			if err != nil {
				return err
			}
			cohort, err := h.store.Cohort(ctx, access.Operator(string(found.ID)), found.ID, id)
			if err != nil {
				return err
			}
			return t.printOpened(*format, cohort)
		})
	})
	return c
}

// printOpened prints a new cohort: its id alone for scripts, the id and then its
// dates as a table, or all of it as JSON.
func (t terminal) printOpened(format string, c reads.Cohort) error {
	if format == "json" {
		return printJSON(t.out, cohortJSON(c))
	}
	if _, err := fmt.Fprintln(t.out, c.Cohort.ID); err != nil || format == "id" {
		return err
	}
	return printCohort(t.out, c)
}

// namedPost is somebody named for a role on the command line.
type namedPost struct{ role, email string }

// parsePost reads [ROLE=]EMAIL.
func parsePost(text string) namedPost {
	role, email, found := strings.Cut(text, "=")
	if !found || strings.Contains(role, "@") {
		return namedPost{email: text}
	}
	return namedPost{role, email}
}

func cohortListCommand(t terminal) *cobra.Command {
	c := t.command("list", "the clinic's cohorts", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			rows, err := h.store.Cohorts(ctx, access.Operator(string(found.ID)), found.ID)
			if err != nil {
				return err
			}
			if *format == "json" {
				return printJSON(t.out, cohortRows(rows))
			}
			return printCohorts(t.out, rows)
		})
	})
	return c
}

func cohortShowCommand(t terminal) *cobra.Command {
	c := t.command("show ID", "one cohort with its sessions and people", 1, 1)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			cohort, err := h.store.Cohort(ctx, access.Operator(string(found.ID)), found.ID, scheduler.ID(rest[0]))
			if err != nil {
				return err
			}
			if *format == "json" {
				return printJSON(t.out, cohortJSON(cohort))
			}
			if err := printCohort(t.out, cohort); err != nil {
				return err
			}
			return printNewer(t.out, cohort.Cohort, h.library)
		})
	})
	return c
}

// seatsLine says how many seats are taken in the next session, or how many are free
// at the next entry of a rolling cohort.
func seatsLine(r reads.CohortRow) string {
	switch {
	case r.Rolling && r.Entry.Seats > 0:
		return fmt.Sprintf("%d people, %d free from %s", r.Seated, r.Entry.Seats, r.Entry.Date)
	case r.Rolling:
		return fmt.Sprintf("%d people, none free", r.Seated)
	case r.NextLimit == 0:
		return strconv.Itoa(r.Seated)
	}
	return scheduler.SeatsTaken(r.NextSeated, r.NextLimit, r.NextSeats)
}

func printCohorts(w io.Writer, rows []reads.CohortRow) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "No cohort is open yet. `almanac cohort open` opens one.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tname\tprotocol\tseated\twaiting\tnext session\tzone")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.ID, r.Name, r.Protocol, seatsLine(r), r.Waiting,
			orNone(r.NextWall.String()), r.Zone)
	}
	return table.Flush()
}

// printCohort shows a cohort with its sessions and people. Names are shown:
// the operator asked for them at their own terminal.
func printCohort(w io.Writer, c reads.Cohort) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\t%s, %s, %s, %s, %s\n\n",
		c.Cohort.Name, c.Cohort.Protocol, kindOf(c.Cohort), seatCount(c.Cohort.Capacity), c.Cohort.Zone, c.Cohort.Place)
	if m := c.Meetings[c.Cohort.Meeting]; !m.None() {
		fmt.Fprintf(table, "meeting\t%s\n\n", m.InWords())
	}
	fmt.Fprintln(table, "number\tdate\ttime\tminutes\tcontent\tstate\tseated")
	for _, s := range c.Sessions {
		content := s.Title
		if s.Place != c.Cohort.Place {
			content += " (" + s.Place + ")"
		}
		if s.Meeting != c.Cohort.Meeting {
			content += " (meeting: " + c.Meetings[s.Meeting].InWords() + ")"
		}
		fmt.Fprintf(table, "%d\t%s %s\t%s\t%d\t%s\t%s\t%s\n",
			s.Number, s.Wall.Date.Weekday().String()[:3], s.Wall.Date, s.Wall.Clock, s.Minutes, content, s.State,
			scheduler.SeatsTaken(s.Seated, s.SeatLimit, s.SeatsIn(c.Cohort)))
	}
	printWindows(table, c)
	if len(c.Enrollments) > 0 {
		fmt.Fprintln(table, "\nenrollment\tname\tstate\tfrom\twaitlist")
	}
	for _, e := range c.Enrollments {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", e.ID, e.Name, e.State, orNone(e.EntryWall.Date.String()),
			rank(e.WaitlistPosition))
	}
	printExceptions(table, c)
	if err := table.Flush(); err != nil || c.Cohort.State == scheduler.CohortEnded {
		return err
	}
	for _, role := range scheduler.Unfilled(c.Definition, c.Cohort) {
		if _, err := fmt.Fprintf(w, "\nNobody fills the role %q yet. There is a task for it.\n", role); err != nil {
			return err
		}
	}
	return nil
}

// printExceptions lists which rules were set aside, and why.
func printExceptions(table io.Writer, c reads.Cohort) {
	if len(c.Overrides)+len(c.Exceptions) > 0 {
		fmt.Fprintln(table, "\nset aside\tdate\treason")
	}
	line := func(what string, at time.Time, reason string) {
		fmt.Fprintf(table, "%s\t%s\t%s\n", what, at.Format("2006-01-02"), strings.ReplaceAll(reason, "\n", " "))
	}
	for _, o := range c.Overrides {
		line(o.Name+" may lead without the credential "+o.Credential, o.At, o.Reason)
	}
	for _, o := range c.Exceptions {
		line(o.Rule.InWords(), o.At, o.Reason)
	}
}

// printWindows lists within which days each appointment lies.
func printWindows(table io.Writer, c reads.Cohort) {
	heading := "\nappointment\tdate\topens\tcloses\n"
	for _, s := range c.Sessions {
		if s.Opens.IsZero() {
			continue
		}
		fmt.Fprintf(table, "%s%s\t%s\t%s\t%s\n", heading, s.Title, s.Wall.Date, s.Opens, s.Closes)
		heading = ""
	}
}

func kindOf(c scheduler.Cohort) string {
	if c.Rolling {
		return "rolling"
	}
	return "closed"
}

func orNone(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

func rank(position int) string {
	if position == 0 {
		return "–"
	}
	return fmt.Sprint(position)
}

// seatCount says how many seats a cohort has.
func seatCount(seats int) string {
	switch {
	case scheduler.Unlimited(seats):
		return "any number of seats"
	case seats == 1:
		return "1 seat"
	}
	return fmt.Sprintf("%d seats", seats)
}
