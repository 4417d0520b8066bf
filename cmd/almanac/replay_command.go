package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/protocols"
	"almanac/scheduler/fault"
	"almanac/scheduler/replay"
)

// maxReplayFile bounds what is read of a file.
const maxReplayFile = 1 << 20

// replayCommand plays the dated facts of a file on cohorts in memory and prints
// every itinerary. It needs no database and has no clock.
func replayCommand(t terminal) *cobra.Command {
	c := t.command("replay FILE", "play dated facts on cohorts in memory and print every itinerary", 1, 1)
	own := c.Flags()
	format := formatFlag(own, "table", "json")
	explained := own.String("explain", "", "a person of the file, to read step by step why they stand where they stand")
	t.handle(c, func(_ context.Context, config Config, rest []string) error {
		zones, err := loadZones(config)
		if err != nil {
			return err
		}
		library, err := t.library(config)
		if err != nil {
			return err
		}
		source, err := readReplay(rest[0])
		if err != nil {
			return err
		}
		p, err := replay.Play(replay.Story{
			Name: rest[0], Text: source, Zones: zones, Explain: explain,
			Protocol: func(word string) (*protocols.Definition, error) { return protocolOrFile(library, word) },
		})
		if err != nil {
			return err
		}
		result, err := p.Result(*explained)
		if err != nil {
			return err
		}
		if *format == "json" {
			return printJSON(t.out, result)
		}
		return printReplay(t.out, result)
	})
	return c
}

func readReplay(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The file %s cannot be read. Check its name.", path)
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(file, maxReplayFile))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The file %s cannot be read. Check that it is a file.", path)
	}
	return source, nil
}

// printReplay shows a replay as tables: cohorts, people, what they were told,
// and the steps of one person.
func printReplay(w io.Writer, r replay.Result) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "now %s\n", r.Now)
	for _, key := range r.Keys {
		fmt.Fprintf(table, "\ncohort %s\t%s\nnumber\tdate\tcontent\tstate\n", key, r.Cohorts[key].State)
		for _, s := range r.Cohorts[key].Sessions {
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", s.Number, s.Date, s.Position, s.State)
		}
	}
	for _, name := range r.People {
		x := r.Participants[name]
		fmt.Fprintf(table, "\n%s\t%s\tentry %s\tgraduation %s\tdose %s\n", name, x.State, shown(x.Entry),
			shown(x.Graduation), shown(x.DoseProjected))
		if x.Outcome != nil {
			fmt.Fprintf(table, "outcome\t%s\n", *x.Outcome)
		}
		if x.WaitlistPosition > 0 {
			fmt.Fprintf(table, "place %d on the waitlist\texpected %s\n", x.WaitlistPosition, shown(x.ExpectedEntry))
		}
		if x.OfferExpires != nil {
			fmt.Fprintf(table, "the offer lapses\t%s\n", *x.OfferExpires)
		}
		for _, s := range x.Seats {
			fmt.Fprintf(table, "%s\t%s\t%s\n", s.Date, s.Position, s.State)
		}
		if len(x.Owed) > 0 {
			fmt.Fprintf(table, "owed\t%s\n", strings.Join(x.Owed, ", "))
		}
	}
	fmt.Fprintln(table)
	for _, n := range r.Notices {
		fmt.Fprintf(table, "%s\t%s is told\t%s\t%s\n", n.At, n.To, n.Kind, strings.Join(n.Dates, ", "))
	}
	for _, t := range r.Tasks {
		fmt.Fprintf(table, "%s\ttask\t%s\t%s\n", t.At, t.Kind, t.About)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing the replay: %w", err)
	}
	for _, step := range r.Explanation {
		fmt.Fprintln(w, step)
	}
	return nil
}

func shown(date *string) string {
	if date == nil {
		return "-"
	}
	return *date
}
