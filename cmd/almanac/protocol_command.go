package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"almanac/protocols"
	"almanac/scheduler/calendar"
)

// library gives the protocols that a command may name, and tells on trouble of
// files in the data folder that are left out.
func (t terminal) library(c Config) (*protocols.Library, error) {
	library, problems, err := loadLibrary(c)
	if problems != nil {
		fmt.Fprintln(t.trouble, explain(problems))
	}
	return library, err
}

func protocolListCommand(t terminal) *cobra.Command {
	c := t.command("list", "the library of protocols", 0, 0)
	own := c.Flags()
	format := formatFlag(own, "table", "json")
	t.handle(c, func(_ context.Context, config Config, _ []string) error {
		library, err := t.library(config)
		if err != nil {
			return err
		}
		return printProtocols(t.out, library.List(), *format)
	})
	return c
}

func protocolShowCommand(t terminal) *cobra.Command {
	c := t.command("show ID[@VERSION]", "one protocol, with its sources", 1, 1)
	t.handle(c, func(_ context.Context, config Config, rest []string) error {
		library, err := t.library(config)
		if err != nil {
			return err
		}
		definition, err := protocolOrFile(library, rest[0])
		if err != nil {
			return err
		}
		return printProtocol(t.out, definition)
	})
	return c
}

// runProtocolCheck reads every file and reports every problem of all of them.
func protocolCheckCommand(t terminal) *cobra.Command {
	c := t.command("check FILE…", "find what is wrong in protocol files", 1, -1)
	t.handle(c, func(_ context.Context, config Config, rest []string) error {
		library, _, err := loadLibrary(config)
		if err != nil {
			return err
		}
		var faults []error
		for _, file := range rest {
			definition, err := readProtocol(library, file)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			for _, warning := range definition.Warnings() {
				fmt.Fprintln(t.trouble, warning.Error())
			}
			fmt.Fprintf(t.out, "%s: %s is in order\n", file, definition.Ref())
		}
		return errors.Join(faults...)
	})
	return c
}

func protocolSchemaCommand(t terminal) *cobra.Command {
	c := t.command("schema", "the JSON Schema of protocol files, for editors", 0, 0)
	t.handle(c, func(context.Context, Config, []string) error {
		schema, err := protocols.Schema()
		if err != nil {
			return fmt.Errorf("describing the language: %w", err)
		}
		_, err = t.out.Write(schema)
		return err
	})
	return c
}

func protocolCalendarCommand(t terminal) *cobra.Command {
	c := t.command("calendar ID[@VERSION]|FILE", "how a protocol lies on a calendar", 1, 1)
	own := c.Flags()
	var when dates
	when.register(own)
	format := formatFlag(own, "table", "json", "ics")
	t.handle(c, func(_ context.Context, config Config, rest []string) error {
		if err := when.complete(); err != nil {
			return err
		}
		library, err := t.library(config)
		if err != nil {
			return err
		}
		definition, err := protocolOrFile(library, rest[0])
		if err != nil {
			return err
		}
		zones, err := loadZones(config)
		if err != nil {
			return err
		}
		location, err := zones.Location(when.zone)
		if err != nil {
			return err
		}
		laid, err := definition.Plan(protocols.PlanRequest{
			Start: when.start, At: when.at, Location: location, ZoneData: zones.Version(),
			Weekdays: when.weekdays, Closed: when.closed, Holidays: when.holidays,
			Avoid: when.avoid.hours, Buffer: when.avoid.buffer,
		})
		if err != nil {
			return err
		}
		switch *format {
		case "json":
			return printJSON(t.out, laid)
		case "ics":
			_, err := t.out.Write(calendar.AppendFeed(nil, staffFeed(definition, laid, t.now())))
			return err
		}
		return printCalendar(t.out, definition, laid)
	})
	return c
}

// staffFeed is a plan as a calendar file for staff, with the titles of the sessions.
func staffFeed(d *protocols.Definition, laid *protocols.Calendar, now time.Time) calendar.Feed {
	feed := calendar.Feed{Name: d.Title}
	for i, s := range laid.Sessions {
		title := s.Title
		if s.Number > 0 {
			title = fmt.Sprintf("%d. %s", s.Number, s.Title)
		}
		feed.Events = append(feed.Events, calendar.Event{
			UID: planUID(laid, i), Start: s.Start, End: s.End,
			Created: now.UTC().Truncate(time.Second), Changed: now.UTC().Truncate(time.Second), Summary: title,
		})
	}
	return feed
}
