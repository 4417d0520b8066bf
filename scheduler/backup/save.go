package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"almanac/scheduler/fault"
)

// InFolder names a backup of an instant in a folder, so that names sort as time does.
func InFolder(folder string, at time.Time) string {
	return filepath.Join(folder, "almanac-"+at.UTC().Format("20060102T150405Z")+".age")
}

// Save writes a file that is whole or is not there: under another name, synced to the disk, and then renamed. It is
// readable to its owner alone. Invalid (field "to") when the folder cannot be written to or the file is there already;
// Unavailable when the disk is full. What write says is given as it is.
func Save(path string, write func(io.Writer) error) (octets int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, fault.In("to", "The file %s is there already, and nothing is written over it. "+
			"Choose another name, or give a folder.", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".almanac-*.partial") // mode 0600
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, err,
			"The backup cannot be written into %s. Make that folder, or choose another with --to.", filepath.Dir(path)).
			In("to")
	}
	defer func() {
		if err != nil {
			err = errors.Join(unwritten(err), file.Close(), os.Remove(file.Name()))
		}
	}()
	if err := write(file); err != nil {
		return 0, err
	}
	if octets, err = file.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	if err := file.Sync(); err != nil {
		return 0, err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return 0, err
	}
	return octets, errors.Join(file.Close(), syncFolder(filepath.Dir(path)))
}

// unwritten makes a sentence of what the system says of a file that could not be written.
func unwritten(err error) error {
	var system *fs.PathError
	if !errors.As(err, &system) {
		return err
	}
	return fault.Wrap(fault.Unavailable, err,
		"The backup could not be written, and nothing of it was left. The disk may be full: free some room, or choose "+
			"another place with --to.")
}

// syncFolder makes a renaming last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the folder of the backup: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
