package main

import (
	"context"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/reads"
)

// clinicExportCommand saves one clinic for another database.
func clinicExportCommand(t terminal) *cobra.Command {
	c := t.command("export", "save one clinic into an encrypted file, for another database", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	to := own.String("to", "", "a file that does not exist, a folder, or - for standard output")
	recipients := own.StringArray("recipient", nil, "the public key (age1…) of who may open it; may be given again")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		keys, err := backup.ParseRecipients(*recipients)
		if err != nil {
			return err
		}
		if *to == "" {
			return wrongUse("Say where the clinic goes with --to: a file, a folder, or - for standard output.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			saved, err := t.save(ctx, h, *to, keys, found.ID)
			if err != nil {
				return err
			}
			out := t.out
			if *to == "-" {
				out = t.trouble
			}
			return printSaved(out, "text", saved, "The clinic is written. It goes on here as well: stop this program "+
				"before another one takes over, or both write to its people.")
		})
	})
	return c
}

// clinicImportCommand adds a clinic that clinicExportCommand saved.
func clinicImportCommand(t terminal) *cobra.Command {
	c := t.command("import FILE", "add the clinic of a file to this database; - reads standard input", 1, 1)
	identity, none := identityFlag(c), noErasuresFlag(c)
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.takeIn(ctx, config, savedFile{rest[0], *identity, "text", *none}, openHouse, (*house).importClinic)
	})
	return c
}

// importClinic adds the clinic of a file, and lets happen what fell due since it was saved.
func (h *house) importClinic(ctx context.Context, from *backup.Reader) (reads.Restored, error) {
	done, err := h.store.Import(ctx, access.Operator(""), from)
	if err != nil {
		return done, err
	}
	return done, h.finishRestore(ctx, &done)
}
