package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"
)

// Writer writes one backup: Begin, then Row for each row, table after table in the order of About, then Close.
type Writer struct {
	sealed io.WriteCloser
	zip    *gzip.Writer
	tar    *tar.Writer

	about    About
	manifest Manifest
	table    int // in About.Tables; -1 before the first row
	number   int // of the part at hand, in its table
	rows     int // of the part at hand
	part     bytes.Buffer
}

// NewWriter begins a backup that only the identities of the recipients open. Nothing can be read of it before Close.
func NewWriter(w io.Writer, to Recipients) (*Writer, error) {
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	zip := gzip.NewWriter(sealed)
	return &Writer{sealed: sealed, zip: zip, tar: tar.NewWriter(zip), table: -1,
		manifest: Manifest{Rows: map[string]int{}, Parts: []Part{}}}, nil
}

// Begin says what is to come. The format is set here.
func (w *Writer) Begin(a About) error { return w.begin(a, Format) }

func (w *Writer) begin(a About, format int) error {
	a.Format, a.At = format, a.At.UTC()
	w.about = a
	text, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", aboutName, err)
	}
	w.manifest.About = digest(text)
	return w.file(aboutName, text)
}

// Row writes one row of a table: values are int64, string, []byte or nil. Rows of one table follow each other.
func (w *Writer) Row(table string, values []any) error {
	for w.table < 0 || w.about.Tables[w.table].Name != table {
		if err := w.flush(); err != nil {
			return err
		}
		if w.table+1 == len(w.about.Tables) {
			return fmt.Errorf("the table %s comes too late or not at all", table)
		}
		w.table, w.number = w.table+1, 0
	}
	if len(values) != len(w.about.Tables[w.table].Columns) {
		return fmt.Errorf("a row of %s has %d values", table, len(values))
	}
	before := w.part.Len()
	if err := appendRow(&w.part, values); err != nil {
		w.part.Truncate(before)
		return fmt.Errorf("writing a row of %s: %w", table, err)
	}
	w.rows++
	if w.part.Len() < fullPart {
		return nil
	}
	return w.flush()
}

// flush ends the part at hand.
func (w *Writer) flush() error {
	if w.rows == 0 {
		return nil
	}
	w.number++
	table := w.about.Tables[w.table].Name
	name := fmt.Sprintf("%02d-%s-%04d.jsonl", w.table+1, table, w.number)
	w.manifest.Parts = append(w.manifest.Parts, Part{name, w.rows, digest(w.part.Bytes())})
	w.manifest.Rows[table] += w.rows
	err := w.file(name, w.part.Bytes())
	w.part.Reset()
	w.rows = 0
	return err
}

func (w *Writer) file(name string, text []byte) error {
	err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), ModTime: w.about.At.Truncate(
		time.Second), Format: tar.FormatPAX})
	if err == nil {
		_, err = w.tar.Write(text)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// Close writes the manifest and ends the backup. Without it a reader says that the backup was cut short.
func (w *Writer) Close() (Manifest, error) {
	if err := w.flush(); err != nil {
		return Manifest{}, err
	}
	text, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return Manifest{}, fmt.Errorf("writing %s: %w", manifestName, err)
	}
	if err := w.file(manifestName, text); err != nil {
		return Manifest{}, err
	}
	if err := errors.Join(w.tar.Close(), w.zip.Close(), w.sealed.Close()); err != nil {
		return Manifest{}, fmt.Errorf("ending the backup: %w", err)
	}
	return w.manifest, nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
