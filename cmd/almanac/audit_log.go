package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// logAudit adds to the log of each clinic's audit what is new, and keeps the signed heads in a file outside the
// database.
func (h *house) logAudit(ctx context.Context) error {
	system := access.System("audit-log")
	clinics, err := h.store.Clinics(ctx, system)
	if err != nil {
		return err
	}
	var heads []reads.AuditHead
	for _, clinic := range clinics {
		head, failed := h.store.LogAudit(ctx, system, clinic.ID)
		if err = errors.Join(err, failed); failed == nil && head.Signed != "" {
			heads = append(heads, head)
		}
	}
	return errors.Join(err, keepHeads(h.config.AuditHeads, heads), h.listErasures(ctx))
}

// proveAudit is logAudit, and mails the newest head to who is to have it, once on a day. A mail that cannot leave is
// tried again with the next head; one whose fate nobody knows, because the program was ended, is not repeated.
func (h *house) proveAudit(ctx context.Context) error {
	system := access.System("audit-log")
	err := h.logAudit(ctx)
	clinics, failed := h.store.Clinics(ctx, system)
	if failed != nil {
		return errors.Join(err, failed)
	}
	for _, clinic := range clinics {
		mail, due, failed := h.store.TakeHeadMail(ctx, system, clinic.ID)
		if failed == nil && due {
			if failed = h.sendHeadMail(ctx, mail); failed != nil {
				failed = errors.Join(failed, h.store.ReturnHeadMail(ctx, system, mail))
			}
		}
		err = errors.Join(err, failed)
	}
	return err
}

// keepHeads adds heads to a file, one after another with an empty line between them. What stands there stays. Without a
// name nothing is kept.
func keepHeads(name string, heads []reads.AuditHead) (err error) {
	if len(heads) == 0 || name == "" {
		return nil
	}
	kept, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unkept(err)
	}
	var more strings.Builder
	for _, head := range heads {
		if !strings.Contains(string(kept), head.Signed) {
			more.WriteString(head.Signed + "\n")
		}
	}
	if more.Len() == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return unkept(err)
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return unkept(err)
	}
	_, err = file.WriteString(more.String())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return unkept(err)
	}
	return nil
}

func unkept(err error) error {
	return fault.Wrap(fault.Unavailable, err,
		"The heads of the audit could not be kept in the file of audit-heads. Look at its folder and who may write "+
			"there.")
}
