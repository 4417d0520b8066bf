package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// version is the release; the build sets it.
var version = "dev"

func versionCommand(t terminal) *cobra.Command {
	c := t.command("version", "the version of the program and its zone data", 0, 0)
	t.handle(c, func(_ context.Context, config Config, _ []string) error {
		zones, err := loadZones(config)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "almanac %s, zone data %s\n", programVersion(), zones.Version())
		return err
	})
	return c
}

// programVersion is the release that the build set, else the commit.
func programVersion() string {
	if version != "dev" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return version + "-" + s.Value[:12]
		}
	}
	return version
}

func migrateCommand(t terminal) *cobra.Command {
	c := t.command("migrate", "bring the database up to date", 0, 0)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		h, err := openUnmigrated(ctx, config, t.log(config), t.now)
		if err != nil {
			return err
		}
		defer h.close()
		applied, err := h.store.Migrate(ctx)
		if err != nil {
			return err
		}
		if applied == 0 {
			_, err = fmt.Fprintln(t.out, "The database is up to date.")
			return err
		}
		_, err = fmt.Fprintf(t.out, "Migrations applied: %d.\n", applied)
		return err
	})
	return c
}

// runDoctor looks at every part and says what is wrong and what to do. It
// changes nothing but a missing data folder and secret.
func doctorCommand(t terminal) *cobra.Command {
	c := t.command("doctor",
		"check database, queue, mail, provider, video hosts, zone data, clock and the last backup", 0, 0)
	own := c.Flags()
	format := formatFlag(own, "text", "json")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		h, err := openUnmigrated(ctx, config, t.log(config), t.now)
		if err != nil {
			return err
		}
		defer h.close()
		parts := append(append(h.examine(ctx), h.sealedPart(ctx)), h.secretParts(ctx)...)
		if part, err := h.backupPart(ctx); err == nil && config.Backups.To == "" {
			parts = append(parts, part)
		}
		parts = append(parts, h.waitingParts(ctx)...)
		post, err := h.openPost()
		if err != nil {
			return err
		}
		defer post.close()
		parts = append(append(parts, post.examine(ctx)...), h.providerParts(ctx)...)
		parts = append(parts, h.folderParts(ctx)...)
		parts = append(parts, h.videoParts(ctx)...)
		for _, warning := range config.Warnings() {
			parts = append(parts, reads.Part{Name: "configuration", State: reads.Advice, Message: warning})
		}
		if *format == "json" {
			err = printJSON(t.out, partsJSON(parts))
		} else {
			err = printParts(t.out, parts)
		}
		if err != nil {
			return err
		}
		var down []string
		for _, p := range parts {
			if p.State == reads.Down || p.State == reads.Degraded {
				down = append(down, p.Name)
			}
		}
		if len(down) > 0 {
			return fault.New(fault.Unavailable, "Not well: %s.", strings.Join(down, ", "))
		}
		return nil
	})
	return c
}

type partDetail struct {
	Part    string `json:"part"`
	State   string `json:"state"`
	Message string `json:"message,omitempty"`
}

func partsJSON(parts []reads.Part) []partDetail {
	all := make([]partDetail, len(parts))
	for i, p := range parts {
		all[i] = partDetail{p.Name, p.State, p.Message}
	}
	return all
}

func printParts(w io.Writer, parts []reads.Part) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range parts {
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.Name, p.State, p.Message)
	}
	return table.Flush()
}
