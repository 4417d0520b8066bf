package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/quotedprintable"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/auditlog"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// auditExportCommand writes the log of the audit, which anybody can verify.
func auditExportCommand(t terminal) *cobra.Command {
	c := t.command("export", "write the log of the audit, for audit verify or another program; ids and no names", 0, 0)
	clinic := clinicFlag(c.Flags())
	to := c.Flags().String("to", "-", "a file that does not exist, or - for standard output")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if err := h.logAudit(ctx); err != nil { // so that nothing is left out
				return err
			}
			write := func(out io.Writer) error { return h.exportAudit(ctx, found, out) }
			if *to == "-" {
				return write(t.out)
			}
			_, err := backup.Save(*to, write)
			return err
		})
	})
	return c
}

func (h *house) exportAudit(ctx context.Context, clinic reads.Clinic, out io.Writer) error {
	by := access.Operator(string(clinic.ID))
	signer, err := h.store.AuditSigner(ctx, by, clinic.ID)
	if err != nil {
		return err
	}
	w, err := auditlog.NewWriter(out, signer)
	if err != nil {
		return err
	}
	if err := h.store.ExportAudit(ctx, by, clinic.ID, w.Row, w.Head); err != nil {
		return err
	}
	return w.Close()
}

// auditVerifyCommand proves that nothing in the audit was removed or altered.
func auditVerifyCommand(t terminal) *cobra.Command {
	c := t.command("verify [FILE]", "prove that no row of the audit was removed or altered, in the database or in an "+
		"export; exits with 1 and names the first row that is wrong", 0, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	since := own.String("since", "", "a file with one or more signed heads that were kept elsewhere; "+
		"default: in the database the file of audit-heads, if it is there")
	public := own.String("key", "", "the public key of the log, for an export; default: as the export says, "+
		"and a forger may have altered that too")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if len(rest) == 1 {
			kept, err := t.keptHeads(*since)
			if err != nil {
				return err
			}
			return t.verifyExport(rest[0], *public, kept)
		}
		if *public != "" {
			return wrongUse("--key is for an export: name its file.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return t.verifyDatabase(ctx, h, found, *since)
		})
	})
	return c
}

// keptHeads reads heads that were kept outside the database: a file of them, or a mail as text or as it came. An empty
// name gives none.
func (t terminal) keptHeads(name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	text, err := t.readFile(name)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err,
			"The file %s with the heads cannot be read. Check its name and who owns it.", name).In("since")
	}
	heads := auditlog.SplitHeads(string(text))
	if len(heads) == 0 { // a mail with its headers writes the dash of a signature as three octets (RFC 2045 §6.7)
		decoded, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(text)))
		if err == nil {
			heads = auditlog.SplitHeads(string(decoded))
		}
	}
	if len(heads) == 0 {
		return nil, fault.In("since", "There is no signed head in the file %s.", name)
	}
	return heads, nil
}

func (t terminal) verifyDatabase(ctx context.Context, h *house, clinic reads.Clinic, since string) error {
	if since == "" {
		if _, err := os.Stat(h.config.AuditHeads); !errors.Is(err, fs.ErrNotExist) {
			since = h.config.AuditHeads
		}
	}
	heads, err := t.keptHeads(since)
	if err != nil {
		return err
	}
	var own []string
	for _, head := range heads { // a file may hold those of several clinics
		if strings.HasPrefix(head, auditlog.Origin(string(clinic.ID))+"\n") {
			own = append(own, head)
		}
	}
	proof, err := h.store.VerifyAudit(ctx, access.Operator(string(clinic.ID)), clinic.ID, own...)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s as they were when the head of %s was signed.\n",
		rowsAre(proof.Size), proof.At.UTC().Format(time.RFC3339))
	if len(own) == 0 {
		fmt.Fprintln(t.out, "No head was kept outside the database. With --since, a log that was built anew is found "+
			"too.")
	}
	if proof.Pending > 0 {
		fmt.Fprintf(t.out, "%s newer than that. They are added within the hour.\n", rowsAre(proof.Pending))
	}
	return nil
}

func (t terminal) verifyExport(name, public string, kept []string) error {
	file, err := os.Open(name)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The export %s cannot be read. Check its name and who owns it.", name).
			In("file")
	}
	defer file.Close()
	export, err := auditlog.Read(file)
	if err != nil {
		return err
	}
	told := public != ""
	if !told {
		public = export.Key
	}
	verifier, err := auditlog.NewVerifier(public)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The public key is not understood. It is the one that an export of the "+
			"same clinic begins with.").In("key")
	}
	head, err := export.Check(verifier, kept...)
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s as they were when the head of %s was signed.\n",
		rowsAre(head.Tree.N), head.At.UTC().Format(time.RFC3339))
	if rest := export.Tree.Size() - head.Tree.N; rest > 0 {
		fmt.Fprintf(t.out, "%s behind that head, and nothing proves them.\n", rowsAre(rest))
	}
	if !told {
		fmt.Fprintln(t.out, "The public key is the export's own; give --key to be sure whose log it is.")
	}
	return nil
}

// rowsAre says "1 row is" or "12 rows are".
func rowsAre(n int64) string {
	if n == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", n)
}
