package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// sessionAttendanceCommand prints who has a seat in a session, and notes who came.
func sessionAttendanceCommand(t terminal) *cobra.Command {
	c := t.command("attendance ID [ENROLLMENT=STATE]...",
		"who has a seat in a session; with ENROLLMENT=present, late, excused, missed or partial:MINUTES, note who came",
		1, -1)
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			session := scheduler.ID(rest[0])
			roster, err := h.rosterOf(ctx, found, session)
			if err != nil {
				return err
			}
			marks, err := marksOf(roster, session, rest[1:])
			if err != nil {
				return err
			}
			if len(marks) > 0 {
				if err := h.confirm(ctx, t.out, found, desk.TakeAttendance(session, marks...)); err != nil {
					return err
				}
				if roster, err = h.rosterOf(ctx, found, session); err != nil {
					return err
				}
			}
			return h.printAttendance(ctx, t.out, found, roster, session)
		})
	})
	return c
}

// rosterOf loads the roster of a session's cohort.
func (h *house) rosterOf(ctx context.Context, found reads.Clinic, session scheduler.ID) (*scheduler.Roster, error) {
	book, err := h.store.Look(ctx, desk.Change{
		Clinic: found.ID, Actor: access.Operator(string(found.ID)), Action: access.AttendanceView,
	}, desk.Load{Sessions: []scheduler.ID{session}})
	if err != nil {
		return nil, err
	}
	for _, r := range book.Rosters {
		if r.Session(session) != nil {
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound,
		"There is no such session. `almanac cohort show ID --format json` lists them.")
}

// marksOf reads marks such as ENROLLMENT=partial:45.
func marksOf(r *scheduler.Roster, session scheduler.ID, words []string) (marks []scheduler.Mark, err error) {
	for _, word := range words {
		enrollment, state, named := strings.Cut(word, "=")
		if !named {
			return nil, wrongUse("Write each mark as ENROLLMENT=present.")
		}
		mark := scheduler.Mark{}
		for _, seat := range seatsIn(r, session) {
			if string(seat.Enrollment) == enrollment {
				mark.Person = seat.Person
			}
		}
		if mark.Person == "" {
			return nil, fault.New(fault.NotFound,
				"The enrollment %s has no seat in this session. Run this without marks to see who has one.", enrollment)
		}
		state, minutes, timed := strings.Cut(state, ":")
		mark.State = scheduler.SeatState(state)
		if mark.Minutes, err = strconv.Atoi(minutes); timed && err != nil {
			return nil, wrongUse("Write minutes as a whole number, as in ENROLLMENT=partial:45.")
		}
		marks = append(marks, mark)
	}
	return marks, nil
}

// seatsIn lists the taken seats of a session.
func seatsIn(r *scheduler.Roster, session scheduler.ID) (taken []*scheduler.Seat) {
	for _, seat := range r.Seats {
		if seat.Session == session && seat.State.Occupies() {
			taken = append(taken, seat)
		}
	}
	return taken
}

func (h *house) printAttendance(ctx context.Context, w io.Writer, found reads.Clinic, r *scheduler.Roster,
	session scheduler.ID) error {
	var people []scheduler.ID
	for _, seat := range seatsIn(r, session) {
		people = append(people, seat.Person)
	}
	if len(people) == 0 {
		_, err := fmt.Fprintln(w, "Nobody has a seat in this session.")
		return err
	}
	names, err := h.store.Names(ctx, access.Operator(string(found.ID)), found.ID, people)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "enrollment\tname\tattendance\tminutes")
	for _, seat := range seatsIn(r, session) {
		minutes := "-"
		if seat.State == scheduler.SeatPartial {
			minutes = strconv.Itoa(seat.Minutes)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", seat.Enrollment, names[seat.Person], seat.State, minutes)
	}
	return table.Flush()
}
