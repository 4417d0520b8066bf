package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

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

func runProtocolList(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol list", flag.ContinueOnError)
	format := formatFlag(own, "table", "json")
	config, _, err := t.arguments(own, args, 0, 0)
	if err != nil {
		return err
	}
	library, err := t.library(config)
	if err != nil {
		return err
	}
	return printProtocols(t.out, library.List(), *format)
}

func runProtocolShow(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol show", flag.ContinueOnError)
	config, rest, err := t.arguments(own, args, 1, 1)
	if err != nil {
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
	return printProtocol(t.out, definition)
}

// runProtocolCheck reads every file and reports every problem of all of them.
func runProtocolCheck(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol check", flag.ContinueOnError)
	config, rest, err := t.arguments(own, args, 1, -1)
	if err != nil {
		return err
	}
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
}

func runProtocolSchema(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol schema", flag.ContinueOnError)
	if _, _, err := t.arguments(own, args, 0, 0); err != nil {
		return err
	}
	schema, err := protocols.Schema()
	if err != nil {
		return fmt.Errorf("describing the language: %w", err)
	}
	_, err = t.out.Write(schema)
	return err
}

func runProtocolCalendar(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol calendar", flag.ContinueOnError)
	var when dates
	when.register(own)
	format := formatFlag(own, "table", "json", "ics")
	config, rest, err := t.arguments(own, args, 1, 1)
	if err != nil {
		return err
	}
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
