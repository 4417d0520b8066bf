package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
)

// savedJSON is what backup, backup verify and restore say of a file.
type savedJSON struct {
	File    string          `json:"file,omitempty"`
	At      time.Time       `json:"at"`
	Program string          `json:"program"`
	Rows    int             `json:"rows"`
	Octets  int64           `json:"octets,omitempty"`
	Clinics []backup.Clinic `json:"clinics"`
	// Waiting is how many messages a restore held back.
	Waiting *int `json:"waiting,omitempty"`
}

// backupCommand saves everything while the program runs.
func backupCommand(t terminal) *cobra.Command {
	c := t.command("backup", "save everything, while the program runs, into an encrypted file", 0, 0)
	own := c.Flags()
	to := own.String("to", "", "a file that does not exist, a folder, or - for standard output")
	recipients := own.StringArray("recipient", nil,
		"the public key (age1…) of who may open it; may be given again. `almanac backup key FILE` makes one")
	format := formatFlag(own, "text", "json")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		keys, err := backup.ParseRecipients(*recipients)
		if err != nil {
			return err
		}
		if *to == "" {
			return wrongUse("Say where the backup goes with --to: a file, a folder, or - for standard output.")
		}
		h, err := openUnmigrated(ctx, config, t.log(config), t.now)
		if err != nil {
			return err
		}
		defer h.close()
		saved, err := t.save(ctx, h, *to, keys, "")
		if err != nil {
			return err
		}
		out := t.out
		if *to == "-" {
			out = t.trouble
		}
		return printSaved(out, *format, saved, "The backup is written.")
	})
	return withMembers(c, backupKeyCommand(t), backupVerifyCommand(t))
}

// save writes a backup of everything, or of one clinic, to a file, a folder or standard output.
func (t terminal) save(ctx context.Context, h *house, to string, keys backup.Recipients,
	only scheduler.ID) (savedJSON, error) {
	if to != "-" {
		return h.saveFile(ctx, to, keys, only)
	}
	out := t.out
	if watched, ok := out.(*watchedOutput); ok {
		out = watched.Writer
	}
	if file, ok := out.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return savedJSON{}, wrongUse("A backup is no text for a screen. Send it into a program or a file: > FILE.")
		}
	}
	return h.saveTo(ctx, t.out, keys, only)
}

// saveFile writes a backup into a file or a folder, and notes it when it is one of everything.
func (h *house) saveFile(ctx context.Context, to string, keys backup.Recipients,
	only scheduler.ID) (saved savedJSON, err error) {
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = backup.InFolder(to, h.now())
	}
	octets, err := backup.Save(to, func(w io.Writer) (err error) {
		saved, err = h.saveTo(ctx, w, keys, only)
		return err
	})
	if err != nil {
		return saved, err
	}
	saved.File, saved.Octets = to, octets
	if only != "" {
		return saved, nil
	}
	return saved, h.store.KeepBackup(ctx, access.Operator(""), reads.Backup{At: saved.At, Octets: octets})
}

func (h *house) saveTo(ctx context.Context, w io.Writer, keys backup.Recipients,
	only scheduler.ID) (savedJSON, error) {
	to, err := backup.NewWriter(w, keys)
	if err != nil {
		return savedJSON{}, fault.Wrap(fault.Invalid, err,
			"The public keys do not go together. Give only such as begin with age1pq1, or none of these.").
			In("recipient")
	}
	about, err := h.store.Backup(ctx, access.Operator(""),
		store.BackupOptions{Program: programVersion(), Clinic: only}, to)
	if err != nil {
		return savedJSON{}, err
	}
	manifest, err := to.Close()
	return describe(about, manifest), err
}

func describe(about backup.About, manifest backup.Manifest) savedJSON {
	s := savedJSON{At: about.At, Program: about.Program, Clinics: about.Clinics}
	for _, rows := range manifest.Rows {
		s.Rows += rows
	}
	return s
}

// printSaved prints what a backup holds, with a sentence at its end.
func printSaved(w io.Writer, format string, s savedJSON, ends string) error {
	if format == "json" {
		return printJSON(w, s)
	}
	var b strings.Builder
	if s.File != "" {
		fmt.Fprintf(&b, "file: %s\n", s.File)
	}
	fmt.Fprintf(&b, "at: %s\nprogram: %s\n", s.At.UTC().Format(time.RFC3339), s.Program)
	for _, c := range s.Clinics {
		fmt.Fprintf(&b, "clinic: %s, %s, %s, %s\n", c.Name, counted(c.Cohorts, "cohort", "cohorts"),
			counted(c.People, "person", "people"), counted(c.Staff, "member of staff", "members of staff"))
	}
	fmt.Fprintf(&b, "rows: %d\n", s.Rows)
	if s.Octets > 0 {
		fmt.Fprintf(&b, "octets: %d\n", s.Octets)
	}
	_, err := fmt.Fprintf(w, "%s%s\n", b.String(), ends)
	return err
}

// backupKeyCommand makes a pair of keys.
func backupKeyCommand(t terminal) *cobra.Command {
	c := t.command("key FILE", "make a private key for backups in a new file, and print its public key", 1, 1)
	t.handle(c, func(_ context.Context, _ Config, rest []string) error {
		text, recipient, err := backup.NewIdentity()
		if err != nil {
			return err
		}
		_, err = backup.Save(rest[0], func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "%s\nKeep the file %s away from this machine: with it the backups are opened, and "+
			"without it they are lost.\n", recipient, filepath.Base(rest[0]))
		return err
	})
	return c
}

// identityFlag declares the flag that names the file with the private key.
func identityFlag(c *cobra.Command) *string {
	return c.Flags().String("identity", "", "the file with the private key of the backup")
}

// openBackup opens a backup, or standard input for -, with the private key in a file.
func (t terminal) openBackup(name, identity string) (*backup.Reader, func() error, error) {
	if identity == "" {
		return nil, nil, wrongUse("Name the file with the private key of the backup: --identity FILE.")
	}
	text, err := t.readFile(identity)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err,
			"The file %s with the private key cannot be read. Check its name and who owns it.", identity).In("identity")
	}
	keys, err := backup.ReadIdentities(strings.NewReader(string(text)))
	if err != nil {
		return nil, nil, err
	}
	file, end := t.in, func() error { return nil }
	if name != "-" {
		opened, err := os.Open(name)
		if err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, err,
				"The backup %s cannot be read. Check its name and who owns it.", name).In("file")
		}
		file, end = opened, opened.Close
	}
	from, err := backup.NewReader(file, keys)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	return from, end, nil
}
