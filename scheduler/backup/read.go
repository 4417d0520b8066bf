package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"

	"almanac/scheduler/fault"
)

// Reader reads one backup from its beginning to its end.
type Reader struct {
	tar    *tar.Reader
	zip    *gzip.Reader
	sealed io.Reader
	about  About
	digest string // of about.json
}

// What is wrong with a file. Each is one sentence for people.
const (
	noBackup = "This is not a backup of Almanac, or its beginning is damaged."
	wrongKey = "None of the private keys opens this backup. It was made for another one."
	damaged  = "The backup is damaged or was cut short, so nothing was taken from it. Use another copy or an older " +
		"one."
	tooNew     = "The backup was made by a newer Almanac, %s. Use that program or a newer one."
	emptyInput = "The backup is empty. The disk may have been full when it was made. Use another one."
)

// errBroken is beneath every error about what a backup holds.
var errBroken = errors.New("broken backup")

// NewReader opens a backup and reads what it is about. Invalid (field "file") when it is none or is damaged, Invalid
// (field "identity") when none of the identities opens it, Conflict when a newer program made it.
func NewReader(from io.Reader, by Identities) (*Reader, error) {
	input := bufio.NewReader(from)
	if _, err := input.Peek(1); errors.Is(err, io.EOF) {
		return nil, fault.Wrap(fault.Invalid, err, emptyInput).In("file")
	}
	sealed, err := age.Decrypt(input, by...)
	var strange *age.NoIdentityMatchError
	switch {
	case errors.As(err, &strange):
		return nil, fault.Wrap(fault.Invalid, err, wrongKey).In("identity")
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, noBackup).In("file")
	}
	r := &Reader{sealed: sealed}
	if r.zip, err = gzip.NewReader(sealed); err != nil {
		return nil, broken(err)
	}
	r.tar = tar.NewReader(r.zip)
	return r, r.readAbout()
}

func broken(err error) error {
	return fault.Wrap(fault.Invalid, fmt.Errorf("%w: %w", errBroken, err), damaged).In("file")
}

func (r *Reader) readAbout() error {
	head, text, err := r.next(mostText)
	if err != nil {
		return broken(err)
	}
	if head != aboutName {
		return fault.Wrap(fault.Invalid, errBroken, noBackup).In("file")
	}
	r.digest = digest(text)
	if err := json.Unmarshal(text, &r.about); err != nil {
		return broken(err)
	}
	if r.about.Format > Format {
		return fault.New(fault.Conflict, tooNew, r.about.Program)
	}
	return nil
}

// next gives the next file of the archive whole; io.EOF behind the last.
func (r *Reader) next(most int64) (name string, text []byte, err error) {
	head, err := r.tar.Next()
	if err != nil {
		return "", nil, err
	}
	if head.Size > most {
		return "", nil, fmt.Errorf("%s has %d octets", head.Name, head.Size)
	}
	text, err = io.ReadAll(r.tar)
	return head.Name, text, err
}

// About says what the backup holds. That its manifest agrees is only known after Each.
func (r *Reader) About() About { return r.about }

// Each hands over every row of every part whose SHA-256 it has computed, in order, and then compares all of them with
// the manifest. Rows count only when Each gives no error: until then the backup may be another one. Invalid (field
// "file") when it is damaged; an error of do is given as it is.
func (r *Reader) Each(do func(table Table, row []any) error) (Manifest, error) {
	seen := Manifest{About: r.digest, Rows: map[string]int{}, Parts: []Part{}}
	for {
		name, text, err := r.next(mostPart)
		if err != nil { // io.EOF, too: the manifest should have come
			return seen, broken(err)
		}
		if name == manifestName {
			return seen, r.close(seen, text)
		}
		table, err := r.table(name)
		if err != nil {
			return seen, broken(err)
		}
		rows, err := eachRow(table, text, do)
		if err != nil {
			return seen, err
		}
		seen.Parts = append(seen.Parts, Part{name, rows, digest(text)})
		seen.Rows[table.Name] += rows
	}
}

// table finds the table in the name of a part.
func (r *Reader) table(part string) (Table, error) {
	_, rest, _ := strings.Cut(part, "-")
	name, _, _ := strings.Cut(rest, "-")
	at := slices.IndexFunc(r.about.Tables, func(t Table) bool { return t.Name == name })
	if at < 0 {
		return Table{}, fmt.Errorf("the part %q belongs to no table", part)
	}
	return r.about.Tables[at], nil
}

func eachRow(table Table, text []byte, do func(Table, []any) error) (rows int, err error) {
	for line := range bytes.Lines(text) {
		row, err := readRow(line)
		if err != nil {
			return rows, broken(fmt.Errorf("reading a row of %s: %w", table.Name, err))
		}
		if len(row) != len(table.Columns) {
			return rows, broken(fmt.Errorf("a row of %s has %d values", table.Name, len(row)))
		}
		if err := do(table, row); err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}

// close compares what was read with the manifest, and reads the file to its end, where its last seal is.
func (r *Reader) close(seen Manifest, text []byte) error {
	var want Manifest
	if err := json.Unmarshal(text, &want); err != nil {
		return broken(err)
	}
	if want.About != seen.About || !slices.Equal(want.Parts, seen.Parts) {
		return broken(errors.New("the manifest is about other parts"))
	}
	for table, rows := range want.Rows {
		if seen.Rows[table] != rows {
			return broken(fmt.Errorf("%s has %d rows and not %d", table, seen.Rows[table], rows))
		}
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return broken(errors.Join(errors.New("something follows the manifest"), err))
	}
	if _, err := io.Copy(io.Discard, r.zip); err != nil {
		return broken(err)
	}
	if n, err := io.Copy(io.Discard, r.sealed); err != nil || n > 0 {
		return broken(errors.Join(errors.New("something follows the archive"), err))
	}
	return nil
}
