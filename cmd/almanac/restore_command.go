package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
)

// restoreCommand fills an empty database from a backup.
func restoreCommand(t terminal) *cobra.Command {
	c := t.command("restore FILE", "fill an empty database from a backup; - reads standard input", 1, 1)
	identity, none := identityFlag(c), noErasuresFlag(c)
	format := formatFlag(c.Flags(), "text", "json")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		file := savedFile{rest[0], *identity, *format, *none}
		return t.takeIn(ctx, config, file, openUnmigrated, (*house).restore)
	})
	return withMembers(c, restoreFinishCommand(t),
		t.waitingCommand("release", "send what was due between a backup and its restore", "send them",
			func(h *house) decision { return h.store.Release }),
		t.waitingCommand("drop", "never send what was due between a backup and its restore", "let them go",
			func(h *house) decision { return h.store.LetGo }))
}

// noErasuresFlag lets a restore go on without the list of who was erased.
func noErasuresFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("no-erasures", false,
		"nobody was erased after the backup, or the list of erasures is lost for good")
}

// savedFile is a backup that a command reads, with the private key in a file, and how it prints what it held.
type savedFile struct {
	name, identity, format string
	noErasures             bool // it goes without the list of who was erased
}

// takeIn opens a backup and a database, has do bring the one into the other, and says what it held.
func (t terminal) takeIn(ctx context.Context, config Config, file savedFile,
	open func(context.Context, Config, *slog.Logger, func() time.Time) (*house, error),
	do func(*house, context.Context, *backup.Reader) (reads.Restored, error)) error {
	from, end, err := t.openBackup(file.name, file.identity)
	if err != nil {
		return err
	}
	defer end()
	if err := hasSecret(config); err != nil {
		return err
	}
	replay, err := givenErasures(config, file.noErasures)
	if err != nil {
		return err
	}
	h, err := open(ctx, config, t.log(config), t.now)
	if err != nil {
		return err
	}
	defer h.close()
	h.replay = replay
	done, err := do(h, ctx, from)
	if err != nil {
		return err
	}
	about := from.About()
	return printSaved(t.out, file.format, savedJSON{At: about.At, Program: about.Program, Clinics: about.Clinics,
		Rows: done.Rows, Waiting: &done.Waiting}, restoredText(done))
}

// hasSecret refuses a restore without the secret key of the system that was saved: one that was made now would not fit.
func hasSecret(c Config) error {
	if !c.ownsSecret() {
		return nil
	}
	path := filepath.Join(c.DataDir, secretFile)
	if _, err := os.Stat(path); err != nil {
		return &exitError{exitBadConfig, fault.Wrap(fault.Invalid, err,
			"A backup does not hold the secret key. Put that of the system that was saved into %s first, or give it "+
				"with --secret-key.", path)}
	}
	return nil
}

// restore fills the database from a backup.
func (h *house) restore(ctx context.Context, from *backup.Reader) (reads.Restored, error) {
	done, err := h.store.Restore(ctx, access.Operator(""), from)
	if err != nil {
		return done, err
	}
	return done, h.finishRestore(ctx, &done)
}

// finishRestore erases again who was erased after the backup, and lets happen what fell due by the clock since it. What
// this owes to people is held back with the rest. done gets how many were erased and how many messages wait.
func (h *house) finishRestore(ctx context.Context, done *reads.Restored) (err error) {
	if done.Erased, err = h.eraseAgain(ctx); err != nil {
		return err
	}
	for _, duty := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"upkeep", func(ctx context.Context) error { return h.upkeep(ctx, h.store.OpenCohorts) }},
		{"extend", h.extendAll},
		{"foresee", func(ctx context.Context) error {
			_, err := h.store.Foresee(ctx, access.System("restore"))
			return err
		}},
	} {
		// What cannot be done now, the agenda will try again; the restore does not depend on it.
		if err := duty.run(ctx); err != nil {
			h.log.Warn("after the restore a duty is left to the agenda", "duty", duty.name, "error", err)
		}
	}
	done.Waiting, err = h.store.EndRestore(ctx, access.Operator(""))
	return err
}

// restoreFinishCommand ends a restore that was interrupted behind its rows.
func restoreFinishCommand(t terminal) *cobra.Command {
	c := t.command("finish", "end a restore or an import that was interrupted", 0, 0)
	none := noErasuresFlag(c)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		replay, err := givenErasures(config, *none)
		if err != nil {
			return err
		}
		h, err := openUnmigrated(ctx, config, t.log(config), t.now)
		if err != nil {
			return err
		}
		defer h.close()
		if _, err := h.store.Migrate(ctx); err != nil {
			return err
		}
		h.replay = replay
		var done reads.Restored
		if err := h.finishRestore(ctx, &done); err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "Done. %s for a decision.%s\n", counted(done.Waiting, "message waits",
			"messages wait"), erasedText(done))
		return err
	})
	return c
}

// restoredText says what is to be done after a restore.
func restoredText(done reads.Restored) string {
	text := fmt.Sprintf("Restored as it was at %s. What was changed later is not in it: enter it again, above all "+
		"consents that were withdrawn, staff who left, and links that were renewed. Everybody signs in again.",
		done.BackupAt.UTC().Format(time.RFC3339)) + erasedText(done)
	if done.Waiting == 0 {
		return text + "\nNo message was due between the backup and now."
	}
	return text + fmt.Sprintf("\n%s due between the backup and now, and may have been sent. `almanac restore "+
		"release` sends them; `almanac restore drop` lets them go. Until then they wait.",
		counted(done.Waiting, "message was", "messages were"))
}

// erasedText says who was erased again.
func erasedText(done reads.Restored) string {
	if done.Erased == 0 {
		return ""
	}
	return "\n" + counted(done.Erased, "record of somebody who was erased after the backup was erased again.",
		"records of people who were erased after the backup were erased again.")
}

// decision is what becomes of the messages that a restore held back at a clinic.
type decision func(context.Context, access.Actor, scheduler.ID, reads.Mode) (int, error)

// waitingCommand builds a command that decides about them.
func (t terminal) waitingCommand(use, does, button string, of func(*house) decision) *cobra.Command {
	c := t.command(use, does+"; only counted without --confirm", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this they are only counted")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			actor := access.Operator(string(found.ID))
			waiting, err := h.store.Waiting(ctx, actor, found.ID)
			if err != nil {
				return err
			}
			if waiting == nil {
				_, err := fmt.Fprintln(t.out, "No message waits for a decision after a restore.")
				return err
			}
			count, err := of(h)(ctx, actor, found.ID, modeOf(confirm))
			if err != nil {
				return err
			}
			ends := "Done."
			if !*confirm {
				ends = "Nothing has changed yet. Run this again with --confirm to " + button + "."
			}
			_, err = fmt.Fprintf(t.out, "%s due between %s and %s.\n%s\n",
				counted(count, "message was", "messages were"), waiting.BackupAt.UTC().Format(time.RFC3339),
				waiting.At.UTC().Format(time.RFC3339), ends)
			return err
		})
	})
	return c
}

// counted writes a number and the word that goes with it.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// backupVerifyCommand reads a backup whole: it restores it into a database that is thrown away, and looks at that.
func backupVerifyCommand(t terminal) *cobra.Command {
	c := t.command("verify FILE", "read a backup whole, and say whether it could be restored; - reads standard input",
		1, 1)
	identity := identityFlag(c)
	format := formatFlag(c.Flags(), "text", "json")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		from, end, err := t.openBackup(rest[0], *identity)
		if err != nil {
			return err
		}
		defer end()
		folder, err := os.MkdirTemp("", "almanac-verify-") // mode 0700
		if err != nil {
			return fault.Wrap(fault.Unavailable, err,
				"There is no room for temporary files. Set TMPDIR to another folder.")
		}
		rows, withKey, err := t.verify(ctx, config, folder, from)
		if err := errors.Join(err, os.RemoveAll(folder)); err != nil {
			return err
		}
		ends := "The backup is whole and the secret key fits."
		if !withKey {
			ends = "The backup is whole. The secret key is not here, so what is sealed under it was not opened: it " +
				"must have the check value " + from.About().KeyCheck + "."
		}
		about := from.About()
		return printSaved(t.out, *format, savedJSON{At: about.At, Program: about.Program, Clinics: about.Clinics,
			Rows: rows}, ends)
	})
	return c
}

// verify restores a backup into a folder and reads what came of it. withKey: the secret key is here and fits.
func (t terminal) verify(ctx context.Context, c Config, folder string, from *backup.Reader) (rows int, withKey bool,
	err error) {
	zones, err := loadZones(c)
	if err != nil {
		return 0, false, err
	}
	withKey = hasSecret(c) == nil
	if !withKey {
		c.SecretKey, c.SecretKeyCommand = seal.NewSecret(), "" // it opens nothing
	}
	root, _, err := loadSecret(ctx, c)
	if err != nil {
		return 0, false, err
	}
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(folder, "almanac.db"), Root: root,
		Zones: zones, Now: t.now, Throwaway: true, Shut: !withKey})
	if err != nil {
		return 0, false, err
	}
	done, err := db.Restore(ctx, access.Operator(""), from)
	if err == nil {
		err = db.CheckRows(ctx, access.Operator(""))
	}
	return done.Rows, withKey, errors.Join(err, db.Close())
}
