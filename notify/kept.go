package notify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// KeepMailFor is how long a kept mail stays when its clinic has not chosen; Sweep then deletes it.
const KeepMailFor = 7 * 24 * time.Hour

// maxKeptMail is the size of the largest file that is shown, in octets.
const maxKeptMail = 1 << 20

// keptStamp is the first part of a file name: the instant in UTC, in milliseconds.
const keptStamp = "20060102T150405.000Z"

// keptName is a file name without .eml: instant, notice and clinic. A mail with a
// sign-in link has no clinic.
var keptName = regexp.MustCompile(`^\d{8}T\d{6}\.\d{3}Z(-` + anID + `){1,2}$`)

// keptID is the id of a kept mail on pages: instant and notice.
var keptID = regexp.MustCompile(`^\d{8}T\d{6}\.\d{3}Z-` + anID + `$`)

const anID = `[0-9a-z]{13,64}`

// Kept is the channel of a program without a mail server. It writes every mail to a
// file that staff can read on a page until Sweep deletes it. Use NewKept. It is safe
// for concurrent use, also by several processes.
type Kept struct {
	dir string
	now func() time.Time
}

// NewKept keeps mail in dir and makes it (mode 0700) when it does not exist.
func NewKept(dir string, now func() time.Time) (*Kept, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "The folder for kept mail cannot be made; check data-dir.")
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err,
			"The folder for kept mail cannot be closed to others; check who owns data-dir.")
	}
	return &Kept{dir: dir, now: now}, nil
}

// Folder is where the mail is kept.
func (k *Kept) Folder() string { return k.dir }

// keptFile names the file of a kept mail. A mail without a clinic is for who can read the folder alone: pages show
// none, because it opens the desk to somebody.
func keptFile(id string, clinic scheduler.ID) string {
	if clinic == "" {
		return id + ".eml"
	}
	return id + "-" + string(clinic) + ".eml"
}

// Send writes the mail to a file (mode 0600) and syncs it. After a power failure the
// file is complete or missing. A full disk ends as Retry.
func (k *Kept) Send(_ context.Context, m smtp.Message) smtp.Delivery {
	id := k.now().UTC().Format(keptStamp) + "-" + string(m.Notice)
	file := keptFile(id, m.Clinic)
	if !keptID.MatchString(id) || !keptName.MatchString(strings.TrimSuffix(file, ".eml")) {
		return smtp.Delivery{Outcome: reads.Refused, Reply: "the notice or its clinic has no proper id"}
	}
	if !m.MaySend() {
		return smtp.Delivery{Outcome: reads.Abandoned, Reply: "too long since the gate"}
	}
	if err := k.write(file, m.Data); err != nil {
		return smtp.Delivery{Outcome: reads.Retry, Reply: err.Error(), Trouble: keptTrouble(err)}
	}
	return smtp.Delivery{Outcome: reads.Sent, Reply: "kept"}
}

// Check fails when the folder cannot be written to.
func (k *Kept) Check(context.Context) error {
	file, err := os.CreateTemp(k.dir, ".check-*")
	if err != nil {
		return errors.New(keptTrouble(err))
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if err := file.Close(); err != nil {
		return errors.New(keptTrouble(err))
	}
	return nil
}

// Close does nothing.
func (k *Kept) Close() error { return nil }

// write writes a temporary file and renames it.
func (k *Kept) write(name string, data []byte) (err error) {
	file, err := os.CreateTemp(k.dir, ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("making a file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if _, err = file.Write(data); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if err = file.Sync(); err != nil {
		return fmt.Errorf("writing to the disk: %w", err)
	}
	if err = file.Close(); err != nil {
		return fmt.Errorf("closing: %w", err)
	}
	if err = os.Rename(file.Name(), filepath.Join(k.dir, name)); err != nil {
		return fmt.Errorf("naming: %w", err)
	}
	return k.syncDir()
}

// syncDir syncs the folder, so that a new name survives a power failure.
func (k *Kept) syncDir() error {
	dir, err := os.Open(k.dir)
	if err != nil {
		return fmt.Errorf("opening the folder: %w", err)
	}
	defer func() { _ = dir.Close() }()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("writing the folder to the disk: %w", err)
	}
	return nil
}

// Sweep deletes the mails of each clinic that are older than before at that clinic. Other mails and temporary files go
// after KeepMailFor. It returns how many mails it deleted, continues after an error and returns the first one.
func (k *Kept) Sweep(now time.Time, before map[scheduler.ID]time.Time) (deleted int, err error) {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return 0, fmt.Errorf("reading the folder of kept mail: %w", err)
	}
	for _, entry := range entries {
		temporary := strings.HasPrefix(entry.Name(), ".new-") || strings.HasPrefix(entry.Name(), ".check-")
		at, mail := keptAt(entry.Name())
		if temporary {
			at = modified(entry, now)
		}
		last, chosen := before[keptClinic(entry.Name())]
		if !chosen {
			last = now.Add(-KeepMailFor)
		}
		if !mail && !temporary || at.After(last) {
			continue
		}
		failed := os.Remove(filepath.Join(k.dir, entry.Name()))
		if failed != nil && !errors.Is(failed, fs.ErrNotExist) && err == nil {
			err = fmt.Errorf("erasing kept mail: %w", failed)
		}
		if failed == nil && mail {
			deleted++
		}
	}
	return deleted, err
}

// keptClinic gives the clinic in a file name; empty when there is none.
func keptClinic(file string) scheduler.ID {
	parts := strings.Split(strings.TrimSuffix(file, ".eml"), "-")
	if len(parts) < 3 {
		return ""
	}
	return scheduler.ID(parts[2])
}

// keptAt parses the instant in a file name; false for other files.
func keptAt(file string) (time.Time, bool) {
	name, ok := strings.CutSuffix(file, ".eml")
	if !ok || !keptName.MatchString(name) {
		return time.Time{}, false
	}
	at, err := time.Parse(keptStamp, name[:len(keptStamp)])
	return at, err == nil
}

// modified is when a file was last written; now when it no longer exists.
func modified(entry fs.DirEntry, now time.Time) time.Time {
	info, err := entry.Info()
	if err != nil {
		return now
	}
	return info.ModTime()
}

// keptTrouble describes an error of the folder; its paths hold no personal data.
func keptTrouble(err error) string { return "keeping mail: " + err.Error() }

// EraseKept deletes the kept mails of a clinic that carried notices. A folder that does not exist holds none.
func EraseKept(dir string, clinic scheduler.ID, notices []scheduler.ID) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the folder of kept mail: %w", err)
	}
	of := make(map[scheduler.ID]bool, len(notices))
	for _, notice := range notices {
		of[notice] = true
	}
	for _, entry := range entries {
		parts := strings.Split(strings.TrimSuffix(entry.Name(), ".eml"), "-")
		if len(parts) < 3 || !of[scheduler.ID(parts[1])] || keptClinic(entry.Name()) != clinic {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("erasing kept mail: %w", err)
		}
	}
	return nil
}
