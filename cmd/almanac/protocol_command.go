package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
)

// maxProtocolFile bounds what is read of a file; the parser's own bound is lower.
const maxProtocolFile = 1 << 20

func runProtocolList(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol list", flag.ContinueOnError)
	format := formatFlag(own, "table", "json")
	if _, _, err := t.arguments(own, args, 0, 0); err != nil {
		return err
	}
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		return err
	}
	return printProtocols(t.out, library.List(), *format)
}

func runProtocolShow(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol show", flag.ContinueOnError)
	_, rest, err := t.arguments(own, args, 1, 1)
	if err != nil {
		return err
	}
	definition, err := findProtocol(rest[0])
	if err != nil {
		return err
	}
	return printProtocol(t.out, definition)
}

// runProtocolCheck reads every file and reports every problem of all of them.
func runProtocolCheck(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("protocol check", flag.ContinueOnError)
	_, rest, err := t.arguments(own, args, 1, -1)
	if err != nil {
		return err
	}
	var faults []error
	for _, file := range rest {
		definition, err := readProtocol(file)
		if err != nil {
			faults = append(faults, err)
			continue
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

// findProtocol finds a protocol of the library by "id" or "id@version".
func findProtocol(ref string) (*protocols.Definition, error) {
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		return nil, err
	}
	return library.Find(ref)
}

// readProtocol reads a protocol file. It never reads more of it than the parser takes.
func readProtocol(path string) (*protocols.Definition, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The file %s cannot be read. Check its name.", path)
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(file, maxProtocolFile))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The file %s cannot be read. Check that it is a file.", path)
	}
	return protocols.Parse(path, source)
}

// protocolOrFile takes what looks like a file as one, anything else as an id.
func protocolOrFile(name string) (*protocols.Definition, error) {
	if extension := filepath.Ext(name); extension == ".yaml" || extension == ".yml" || strings.ContainsRune(name, os.PathSeparator) {
		return readProtocol(name)
	}
	return findProtocol(name)
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
	definition, err := protocolOrFile(rest[0])
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
