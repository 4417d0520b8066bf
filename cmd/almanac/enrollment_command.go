package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/web"
)

// enrollmentGroup holds every change of one enrollment.
func enrollmentGroup(t terminal) *cobra.Command {
	return group("enrollment", "show and change one enrollment",
		enrollmentShowCommand(t),
		enrollmentBareCommand(t, "admit", "seat the first person of the waitlist", "seat them", desk.Admit),
		enrollmentPrerequisiteCommand(t), enrollmentDateCommand(t), enrollmentOverrideCommand(t),
		enrollmentBareCommand(t, "tell", "note that they were told of their offer; the time to answer starts now",
			"note it", desk.TellOffer),
		enrollmentBareCommand(t, "accept", "accept their offer", "accept it", desk.Accept),
		enrollmentBareCommand(t, "decline", "decline their offer; they keep their place on the waitlist", "decline it",
			desk.Decline),
		enrollmentHoldCommand(t),
		enrollmentBareCommand(t, "resume", "end a hold, or make offers again after several expired", "do it",
			desk.Resume),
		enrollmentExcuseCommand(t), enrollmentExcuseUndoCommand(t),
		enrollmentMakeUpCommand(t), enrollmentAppointmentCommand(t),
		enrollmentWaiveCommand(t), enrollmentAssessmentsCommand(t), enrollmentAssessCommand(t),
		enrollmentTransferCommand(t), enrollmentReenterCommand(t),
		enrollmentAdvanceCommand(t),
		enrollmentBareCommand(t, "withdraw", "end an enrollment; what was attended stays", "end it", desk.Withdraw))
}

// enrollmentChange builds a command that changes the enrollment that is its first argument.
func enrollmentChange(t terminal, x changeCommand) *cobra.Command {
	x.print = func(ctx context.Context, h *house, found reads.Clinic, rest []string) error {
		progress, err := h.progress(ctx, found, scheduler.ID(rest[0]))
		if err != nil {
			return err
		}
		return printProgress(t.out, progress)
	}
	return t.changeCommand(x)
}

// enrollmentBareCommand builds a change that needs nothing but the enrollment.
func enrollmentBareCommand(t terminal, word, does, button string,
	propose func(scheduler.ID) desk.Proposal) *cobra.Command {
	return enrollmentChange(t, changeCommand{use: word + " ID", does: does, arguments: 1, button: button,
		propose: func(rest []string) (desk.Proposal, error) { return propose(scheduler.ID(rest[0])), nil }})
}

// enrollmentPrerequisiteCommand records a prerequisite as done.
func enrollmentPrerequisiteCommand(t terminal) *cobra.Command {
	return enrollmentChange(t, changeCommand{
		use: "done ID PREREQUISITE", arguments: 2, button: "record it",
		does: "record a prerequisite, such as orientation; after the last one they get a seat or wait",
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.DonePrerequisite(scheduler.ID(rest[0]), rest[1]), nil
		},
	})
}

// dateFlag declares a flag that takes a local date.
func dateFlag(own *pflag.FlagSet, name, usage string, into *civil.Date) {
	own.Func(name, usage, func(value string) (err error) {
		*into, err = civil.ParseDate(value)
		return err
	})
}

func enrollmentDateCommand(t terminal) *cobra.Command {
	var on civil.Date
	return enrollmentChange(t, changeCommand{
		use: "date ID FIELD", arguments: 2, button: "record it",
		does:  "record a date that the protocol asks for, such as stable-dose-since",
		flags: func(own *pflag.FlagSet) { dateFlag(own, "on", "the date, as 2026-01-06", &on) },
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.RecordDate(scheduler.ID(rest[0]), rest[1], on), nil
		},
	})
}

// enrollmentOverrideCommand lets somebody begin without a prerequisite.
func enrollmentOverrideCommand(t terminal) *cobra.Command {
	var reason string
	c := changeCommand{
		use: "override ID PREREQUISITE", does: "let them begin without a prerequisite", arguments: 2,
		button: "let them begin", flags: reasonFlag(&reason),
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.OverridePrerequisite(scheduler.ID(rest[0]), rest[1], reason), nil
		},
	}
	return enrollmentChange(t, c)
}

func reasonFlag(reason *string) func(*pflag.FlagSet) {
	return func(own *pflag.FlagSet) { own.StringVar(reason, "reason", "", "why; it is kept sealed") }
}

func enrollmentHoldCommand(t terminal) *cobra.Command {
	var q scheduler.HoldRequest
	return enrollmentChange(t, changeCommand{
		use: "hold ID", does: "put on hold: sessions until they are back are excused and owed", arguments: 1,
		button: "put them on hold",
		flags: func(own *pflag.FlagSet) {
			dateFlag(own, "from", "the first day; default: today", &q.From)
			dateFlag(own, "until", "the day they are back; default: the longest hold of the protocol", &q.Until)
			own.BoolVar(&q.Release, "release", false, "give up the seat")
			own.StringVar(&q.Reason, "reason", "", "why; nobody must say, and it is kept sealed")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			q.Enrollment = scheduler.ID(rest[0])
			return desk.Hold(q), nil
		},
	})
}

func enrollmentExcuseCommand(t terminal) *cobra.Command {
	var reason string
	return enrollmentChange(t, changeCommand{
		use: "excuse ID SESSION", arguments: 2, button: "give the date back", flags: reasonFlag(&reason),
		does: "give back one upcoming date: after an hour its seat is free for others, and its content is owed",
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.Excuse(scheduler.ExcuseRequest{Enrollment: scheduler.ID(rest[0]),
				Session: scheduler.ID(rest[1]), Reason: reason}), nil
		},
	})
}

func enrollmentExcuseUndoCommand(t terminal) *cobra.Command {
	return enrollmentChange(t, changeCommand{
		use: "excuse-undo ID SESSION", arguments: 2, button: "take the date back",
		does: "take back a date that was given back, unless somebody else has taken its seat",
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.UndoExcuse(scheduler.ID(rest[0]), scheduler.ID(rest[1])), nil
		},
	})
}

func enrollmentMakeUpCommand(t terminal) *cobra.Command {
	return enrollmentChange(t, changeCommand{
		use: "makeup ID POSITION SESSION", arguments: 3, button: "seat them there",
		does: "a seat in one session of another cohort, for content that they owe",
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.MakeUp(scheduler.ID(rest[0]), rest[1], scheduler.ID(rest[2])), nil
		},
	})
}

func enrollmentAppointmentCommand(t terminal) *cobra.Command {
	var q scheduler.AppointmentRequest
	return enrollmentChange(t, changeCommand{
		use: "appointment ID POSITION", does: "an individual appointment for content that they owe", arguments: 2,
		button: "make the appointment",
		flags: func(own *pflag.FlagSet) {
			wallFlag(own, "at", "its date and time", &q.At)
			wholeNumber(own, "minutes", "default: as long as a session", func(n int) { q.Minutes = n })
			own.BoolVar(&q.AcceptShift, "accept-shift", false, "take a time that a clock change skips or repeats")
			own.BoolVar(&q.Far, "far", false, "take a date that is far off")
			own.StringVar(&q.Reason, "reason", "", "why, though the clinic is closed then; it is kept sealed")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			q.Enrollment, q.Position = scheduler.ID(rest[0]), rest[1]
			return desk.Individual(q), nil
		},
	})
}

func enrollmentWaiveCommand(t terminal) *cobra.Command {
	var reason string
	return enrollmentChange(t, changeCommand{
		use: "waive ID POSITION", arguments: 2, button: "waive it", flags: reasonFlag(&reason),
		does: "waive content that they owe; it does not count toward the dose",
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.Waive(scheduler.ID(rest[0]), rest[1], reason), nil
		},
	})
}

func enrollmentTransferCommand(t terminal) *cobra.Command {
	return enrollmentChange(t, changeCommand{
		use: "transfer ID COHORT", arguments: 2, button: "transfer them",
		does: "go on in another cohort of the same protocol and version; what was done counts there",
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.Transfer(scheduler.ID(rest[0]), scheduler.ID(rest[1])), nil
		},
	})
}

func enrollmentReenterCommand(t terminal) *cobra.Command {
	mode := string(scheduler.ModeResume)
	return enrollmentChange(t, changeCommand{
		use: "reenter ID", does: "a new enrollment in the same cohort for somebody who left", arguments: 1,
		button: "enroll them again",
		flags: func(own *pflag.FlagSet) {
			own.StringVar(&mode, "mode", mode, "resume, module-start, or restart without credit")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.Reenter(scheduler.ID(rest[0]), scheduler.EntryMode(mode)), nil
		},
	})
}

func enrollmentAdvanceCommand(t terminal) *cobra.Command {
	var reason string
	return enrollmentChange(t, changeCommand{
		use: "advance ID PHASE", does: "another phase, earlier than the protocol schedules it", arguments: 2,
		button: "advance them", flags: reasonFlag(&reason),
		propose: func(rest []string) (desk.Proposal, error) {
			return desk.Advance(scheduler.ID(rest[0]), rest[1], reason), nil
		},
	})
}

func enrollmentShowCommand(t terminal) *cobra.Command {
	c := t.command("show ID", "how an enrollment stands, with its itinerary; no name and no address", 1, 1)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			progress, err := h.progress(ctx, found, scheduler.ID(rest[0]))
			if err != nil {
				return err
			}
			if *format == "json" {
				return printJSON(t.out, progress)
			}
			return printProgress(t.out, progress)
		})
	})
	return c
}

// progress reads how an enrollment stands.
func (h *house) progress(ctx context.Context, found reads.Clinic, id scheduler.ID) (web.Progress, error) {
	book, err := h.store.Look(ctx, desk.Change{
		Clinic: found.ID, Actor: access.Operator(string(found.ID)), Action: access.PersonView,
	}, desk.Load{Enrollments: []scheduler.ID{id}, Recent: desk.RecentSessions})
	if err != nil {
		return web.Progress{}, err
	}
	return web.ProgressOf(book, id)
}

// printProgress prints how an enrollment stands, and its seats with the ids that other commands take.
func printProgress(w io.Writer, p web.Progress) error {
	day := func(d *civil.Date) string {
		if d == nil {
			return "-"
		}
		return d.String()
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "enrollment:\t%s\nstate:\t%s\ncohort:\t%s\n", p.ID, p.State, p.Cohort)
	if p.WaitlistPosition > 0 {
		fmt.Fprintf(table, "waitlist:\t%d\nexpected entry:\t%s\n", p.WaitlistPosition, day(p.ExpectedEntry))
	}
	if p.OfferExpires != nil {
		fmt.Fprintf(table, "offer until:\t%s\n", p.OfferExpires.Format(time.RFC3339))
	}
	if p.HoldUntil != nil {
		fmt.Fprintf(table, "on hold until:\t%s\n", day(p.HoldUntil))
	}
	fmt.Fprintf(table, "entry:\t%s\ngraduation:\t%s\ndose met:\t%s\ndose projected:\t%s\n", day(p.Entry),
		day(p.Graduation), day(p.DoseMet), day(p.DoseProjected))
	fmt.Fprintf(table, "not done:\t%s\nowed:\t%s\n", cmp.Or(strings.Join(p.Undone, ", "), "-"),
		cmp.Or(strings.Join(p.Owed, ", "), "-"))
	if len(p.Seats) > 0 {
		fmt.Fprintln(table, "\nsession\tdate\ttime\tposition\tstate")
	}
	for _, seat := range p.Seats {
		fmt.Fprintf(table, "%s\t%s %s\t%s\t%s\t%s\n", seat.Session, seat.LocalStart.Date.Weekday().String()[:3],
			seat.LocalStart.Date, seat.LocalStart.Clock, cmp.Or(seat.Position, "-"), seat.State)
	}
	return table.Flush()
}
