package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// A backup is older than what was erased after it. So who was erased stands in a file beside the database and outside
// of backups, by id, and a restore erases them again:
//
//	almanac erasures 1
//	1 2026-12-01T09:30:00.000Z CLINIC PERSON…
//
// Lines are added and never changed. Their numbers show when one is missing.

// erasuresBegin is the first line of the file.
const erasuresBegin = "almanac erasures 1\n"

const erasureInstant = "2006-01-02T15:04:05.000Z"

var erasureIDs = regexp.MustCompile(`^[0-9a-z]{1,64}$`)

// readErasures reads a list. Invalid, in field "erasures", when it is none, was cut short or lacks a line.
func readErasures(text []byte) (all []scheduler.Erasure, err error) {
	broken := func(line int) error {
		return fault.In("erasures", "Line %d of the list of erasures is not as it was written, so the list is not "+
			"used. Take another copy of it.", line)
	}
	all = []scheduler.Erasure{} // a list without a line is a list
	rest, ours := bytes.CutPrefix(text, []byte(erasuresBegin))
	if !ours {
		return nil, fault.In("erasures", "This is not a list of erasures. It is the file erasures.txt in the data "+
			"folder of the system that was saved, or the one that its option erasures named.")
	}
	for line := range bytes.Lines(rest) {
		number := len(all) + 1
		fields := strings.Split(strings.TrimSuffix(string(line), "\n"), " ")
		if !bytes.HasSuffix(line, []byte("\n")) || len(fields) < 4 || fields[0] != strconv.Itoa(number) {
			return nil, broken(number + 1)
		}
		e := scheduler.Erasure{Clinic: scheduler.ID(fields[2])}
		if e.At, err = time.Parse(erasureInstant, fields[1]); err != nil {
			return nil, broken(number + 1)
		}
		for _, id := range fields[2:] {
			if !erasureIDs.MatchString(id) {
				return nil, broken(number + 1)
			}
			e.People = append(e.People, scheduler.ID(id))
		}
		e.People = e.People[1:]
		all = append(all, e)
	}
	return all, nil
}

// addErasures adds to the list what is not in it, and makes the file when there is none. Unavailable when it cannot be
// written.
func addErasures(name string, more []scheduler.Erasure) error {
	if err := writeErasures(name, more); err != nil {
		if fault.Is(err, fault.Invalid) {
			return err
		}
		return fault.Wrap(fault.Unavailable, err, "The list of erasures could not be written, so nobody is erased. "+
			"Look at the file that the option erasures names, at its folder and at who may write there.")
	}
	return nil
}

func writeErasures(name string, more []scheduler.Erasure) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err // it names the path
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err // it names the path
	}
	defer func() { err = errors.Join(err, file.Close()) }() // which ends the lock, too
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking the list: %w", err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return fmt.Errorf("reading the list: %w", err)
	}
	add := ""
	if len(text) == 0 {
		add, text = erasuresBegin, []byte(erasuresBegin)
	}
	all, err := readErasures(text)
	if err != nil {
		return err
	}
	add += newErasures(all, more)
	if add == "" {
		return nil
	}
	if _, err := file.WriteString(add); err != nil {
		return fmt.Errorf("writing the list: %w", errors.Join(err, file.Truncate(int64(len(text)))))
	}
	return file.Sync()
}

// newErasures writes the lines for those of more who are not in the list.
func newErasures(all, more []scheduler.Erasure) string {
	listed := map[scheduler.ID]bool{}
	for _, e := range all {
		for _, id := range e.People {
			listed[id] = true
		}
	}
	var lines strings.Builder
	number := len(all)
	for _, e := range more {
		var ids []string
		for _, id := range e.People {
			if !listed[id] {
				ids = append(ids, string(id))
			}
			listed[id] = true
		}
		if len(ids) == 0 {
			continue
		}
		number++
		fmt.Fprintf(&lines, "%d %s %s %s\n", number, e.At.UTC().Format(erasureInstant), e.Clinic,
			strings.Join(ids, " "))
	}
	return lines.String()
}

// keepErasure is called before an erasure is committed. Mail that was kept goes first: what was never sent is nobody's.
func (h *house) keepErasure(_ context.Context, e scheduler.Erasure) error {
	if err := notify.EraseKept(mailFolder(h.config), e.Clinic, e.Notices); err != nil {
		return fault.Wrap(fault.Unavailable, err, "Mail to this person is kept and could not be erased, so nothing "+
			"was. Look at the folder mail in the data folder.")
	}
	return addErasures(h.config.Erasures, []scheduler.Erasure{e})
}

// listErasures adds to the list what this database knows and the list does not, as when another machine erased
// somebody, or the file was lost.
func (h *house) listErasures(ctx context.Context) error {
	known, err := h.store.Erasures(ctx, access.System("erasures"))
	if err != nil {
		return err
	}
	return addErasures(h.config.Erasures, known)
}

// givenErasures reads the list that a restore needs, which the option erasures names; nil when none says that there is
// nothing in it.
func givenErasures(c Config, none bool) ([]scheduler.Erasure, error) {
	if none {
		return nil, nil
	}
	text, err := os.ReadFile(c.Erasures)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "A restore needs the list of erasures, or it brings back people "+
			"who were erased, and %q cannot be read. Name the list with --erasures FILE: it is the file erasures.txt "+
			"in the data folder of the system that was saved, or the one that its option erasures named. Only if "+
			"nobody was erased after the backup, or the list is lost for good, write --no-erasures.", c.Erasures).
			In("erasures")
	}
	return readErasures(text)
}

// eraseAgain erases whom a restore brought back of those in its list, and keeps the list as that of this system.
func (h *house) eraseAgain(ctx context.Context) (people int, err error) {
	known, err := h.store.RestoredErasures(ctx, access.Operator(""))
	if err != nil {
		return 0, err
	}
	if h.replay != nil && newErasures(h.replay, known) != "" {
		return 0, fault.In("erasures", "The backup knows of somebody erased who is not in this list, so the list is "+
			"an older one or another system's. Find the right one and run `almanac restore finish --erasures FILE`.")
	}
	returned, err := h.store.Returned(ctx, access.Operator(""), h.replay)
	if err != nil {
		return 0, err
	}
	for _, one := range returned {
		q := desk.Request{Actor: access.Operator(string(one.Clinic)), Clinic: one.Clinic}
		if one.Person == "" {
			if err := h.store.EraseReferrals(ctx, q.Actor, one.Clinic, one.Referrals); err != nil {
				return people, err
			}
			continue
		}
		for _, enrollment := range one.Enrollments {
			if err := h.desk.Confirm(ctx, q, desk.Withdraw(enrollment)); err != nil {
				return people, fmt.Errorf("ending an enrollment of somebody who was erased: %w", err)
			}
		}
		err := h.desk.Confirm(ctx, q, desk.Erase(scheduler.EraseRequest{Person: one.Person, Again: true}))
		if fault.Is(err, fault.Closed) { // with the record into which theirs was merged
			err = nil
		}
		if err != nil {
			return people, err
		}
		people++
	}
	// Other backups may hold people who are neither in this database nor in its next list.
	for _, name := range []string{h.config.Erasures, keptErasures(h.config)} {
		err = errors.Join(err, addErasures(name, h.replay))
	}
	return people, errors.Join(err, h.listErasures(ctx))
}
