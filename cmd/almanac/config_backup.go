package main

import (
	"context"
	"strings"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Backups say when the agenda makes backups, where they go and who can open them.
type Backups struct {
	To         string // a folder; empty: the agenda makes none
	Recipients backup.Recipients
	Every      time.Duration
}

// soonestBackup is how often backups can be made at the most.
const soonestBackup = time.Hour

func setBackupRecipients(c *Config, value string) (err error) {
	if value == "" {
		return nil
	}
	c.Backups.Recipients, err = backup.ParseRecipients(strings.Split(value, ","))
	if f := fault.All(err); len(f) > 0 {
		return fault.In("backup-recipient", "backup-recipient: %s", f[0].Message)
	}
	return err
}

func setBackupEvery(c *Config, value string) (err error) {
	c.Backups.Every, err = time.ParseDuration(value)
	if err != nil || c.Backups.Every < soonestBackup {
		return fault.In("backup-every", "backup-every must be at least 1h, such as 24h; %q is not.", value)
	}
	return nil
}

// validate finds what does not go together.
func (b Backups) validate() error {
	if b.To != "" && len(b.Recipients) == 0 {
		return fault.In("backup-recipient",
			"backup-to needs backup-recipient, a public key. `almanac backup key FILE` makes one.")
	}
	return nil
}

// scheduledBackup is the duty that makes a backup in the folder of backup-to.
func (h *house) scheduledBackup(ctx context.Context) error {
	_, err := h.saveFile(ctx, backup.InFolder(h.config.Backups.To, h.now()), h.config.Backups.Recipients, "")
	return err
}

// backupPart says when the last good backup was made, and whether it is too old.
func (h *house) backupPart(ctx context.Context) (reads.Part, error) {
	last, err := h.store.LastBackup(ctx)
	if err != nil {
		return reads.Part{}, err
	}
	every := h.config.Backups.Every
	if h.config.Backups.To == "" {
		every = 0
	}
	return last.Part(every, h.now()), nil
}

// waitingParts says how many messages wait for a decision after a restore.
func (h *house) waitingParts(ctx context.Context) []reads.Part {
	clinics, err := h.store.Clinics(ctx, access.Operator(""))
	if err != nil {
		return nil // the database has a part of its own
	}
	var parts []reads.Part
	for _, c := range clinics {
		waiting, err := h.store.Waiting(ctx, access.Operator(string(c.ID)), c.ID)
		if err == nil && waiting != nil {
			parts = append(parts, reads.Part{Name: "restore", State: reads.Advice, Message: waiting.Says()})
		}
	}
	return parts
}
