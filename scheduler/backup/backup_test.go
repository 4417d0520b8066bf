package backup_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/backup"
	"almanac/scheduler/fault"
)

var about = backup.About{
	Program: "test", Schema: 1, At: time.Date(2026, 1, 6, 23, 0, 0, 0, time.UTC), KeyCheck: "abc",
	Clinics: []backup.Clinic{{ID: "c1", Name: "North"}}, Of: backup.OfAll,
	Tables: []backup.Table{
		{Name: "clinics", Columns: []string{"id", "name"}},
		{Name: "empty_ones", Columns: []string{"id"}},
		{Name: "people", Columns: []string{"id", "name", "rev"}},
	},
}

var rows = map[string][][]any{
	"clinics": {{"c1", "North <&> \u2028 é\x00\u00e9"}, {"c2", "not UTF-8: \xff\xfe"}},
	"people":  {{"p1", []byte{0, 1, 255}, int64(-1 << 63)}, {"p2", nil, int64(1<<63 - 1)}, {"p3", []byte{}, int64(0)}},
}

// keys makes a pair of keys.
func keys(t testing.TB) (backup.Recipients, backup.Identities) {
	t.Helper()
	text, public, err := backup.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	to, err := backup.ParseRecipients([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	by, err := backup.ReadIdentities(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return to, by
}

// write writes about and so many times the rows of people.
func write(w io.Writer, to backup.Recipients, about backup.About, times int) (backup.Manifest, error) {
	b, err := backup.NewWriter(w, to)
	if err != nil {
		return backup.Manifest{}, err
	}
	if err := b.Begin(about); err != nil {
		return backup.Manifest{}, err
	}
	for _, row := range rows["clinics"] {
		if err := b.Row("clinics", row); err != nil {
			return backup.Manifest{}, err
		}
	}
	for range times {
		for _, row := range rows["people"] {
			if err := b.Row("people", row); err != nil {
				return backup.Manifest{}, err
			}
		}
	}
	return b.Close()
}

// read gives what stands in a backup, and the rows by table.
func read(file []byte, by backup.Identities) (backup.Manifest, map[string][][]any, error) {
	r, err := backup.NewReader(bytes.NewReader(file), by)
	if err != nil {
		return backup.Manifest{}, nil, err
	}
	found := map[string][][]any{}
	manifest, err := r.Each(func(table backup.Table, row []any) error {
		found[table.Name] = append(found[table.Name], row)
		return nil
	})
	return manifest, found, err
}

func TestEveryValueComesBack(t *testing.T) {
	t.Parallel()
	to, by := keys(t)
	var file bytes.Buffer
	wrote, err := write(&file, to, about, 1)
	if err != nil {
		t.Fatal(err)
	}
	manifest, found, err := read(file.Bytes(), by)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(found, rows) || !reflect.DeepEqual(manifest, wrote) {
		t.Errorf("wrote %v %+v, read %v %+v", rows, wrote, found, manifest)
	}
	if bytes.Contains(file.Bytes(), []byte("North")) {
		t.Error("a name stands readable in the file")
	}
}

func TestLargeTablesHaveSeveralParts(t *testing.T) {
	t.Parallel()
	to, by := keys(t)
	var file bytes.Buffer
	b, err := backup.NewWriter(&file, to)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Begin(about); err != nil {
		t.Fatal(err)
	}
	const times = 12
	for range times {
		if err := b.Row("people", []any{"p", make([]byte, 1<<20), int64(1)}); err != nil {
			t.Fatal(err)
		}
	}
	manifest, err := b.Close()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Parts) < 3 || manifest.Rows["people"] != times {
		t.Errorf("%d parts, rows %v", len(manifest.Parts), manifest.Rows)
	}
	if _, found, err := read(file.Bytes(), by); err != nil || len(found["people"]) != times {
		t.Errorf("read %d rows: %v", len(found["people"]), err)
	}
}

// says checks the kind, the field and the words of an error.
func says(t *testing.T, err error, field, words string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Field != field || !strings.Contains(f.Message, words) {
		t.Errorf("the error is %v, wanted one of %q that says %q", err, field, words)
	}
}

func TestBrokenBackupsAreRefused(t *testing.T) {
	t.Parallel()
	to, by := keys(t)
	var file bytes.Buffer
	if _, err := write(&file, to, about, 500); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		flipped := bytes.Clone(whole)
		at := random.IntN(len(whole))
		flipped[at] ^= 1 << random.IntN(8)
		var f *fault.Error
		if _, _, err := read(flipped, by); !errors.As(err, &f) || f.Kind != fault.Invalid {
			t.Errorf("bit of octet %d flipped: %v", at, err)
		}
		cut := random.IntN(len(whole))
		if _, _, err := read(whole[:cut], by); !errors.As(err, &f) || f.Kind != fault.Invalid {
			t.Errorf("cut to %d octets: %v", cut, err)
		}
	}
	_, _, err := read(append(bytes.Clone(whole), 'x'), by)
	says(t, err, "file", "damaged")
	_, _, err = read(nil, by)
	says(t, err, "file", "empty")
	_, _, err = read([]byte("BEGIN:VCALENDAR"), by)
	says(t, err, "file", "not a backup")
	_, others := keys(t)
	_, _, err = read(whole, others)
	says(t, err, "identity", "None of the private keys")
	var unfinished bytes.Buffer
	b, err := backup.NewWriter(&unfinished, to)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Begin(about); err != nil {
		t.Fatal(err)
	}
	_, _, err = read(unfinished.Bytes(), by)
	says(t, err, "file", "damaged")
}

func TestSeveralRecipientsAndBadKeys(t *testing.T) {
	t.Parallel()
	one, byOne := keys(t)
	two, byTwo := keys(t)
	var file bytes.Buffer
	if _, err := write(&file, append(one, two...), about, 1); err != nil {
		t.Fatal(err)
	}
	for _, by := range []backup.Identities{byOne, byTwo} {
		if _, _, err := read(file.Bytes(), by); err != nil {
			t.Error(err)
		}
	}
	secret, public, err := backup.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	secret = strings.Split(secret, "\n")[1]
	for text, words := range map[string]string{
		"":                  "Give the public key",
		"ssh-ed25519 AAAAC": "is no public key",
		public[:40]:         "is no public key",
		secret:              "This is a private key",
	} {
		_, err := backup.ParseRecipients([]string{text})
		says(t, err, "recipient", words)
		if strings.Contains(err.Error(), secret[20:]) {
			t.Error("the error repeats a private key")
		}
	}
	_, err = backup.ReadIdentities(strings.NewReader(public))
	says(t, err, "identity", "no private key")
}

// fullDisk has room for some octets.
type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		return 0, &os.PathError{Op: "write", Path: "f", Err: errors.New("no space left on device")}
	}
	d.room -= len(p)
	return len(p), nil
}

func TestAFullDiskLeavesNothing(t *testing.T) {
	t.Parallel()
	to, _ := keys(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "a.age")
	for _, room := range []int{0, 100, 1000, 5000} {
		_, err := backup.Save(path, func(w io.Writer) error {
			_, err := write(io.MultiWriter(w, &fullDisk{room}), to, about, 20_000)
			return err
		})
		says(t, err, "", "disk may be full")
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("with room for %d octets there is left: %v, %v", room, left, err)
		}
	}
}

func TestSaveWritesOverNothing(t *testing.T) {
	t.Parallel()
	path := backup.InFolder(t.TempDir(), about.At)
	if filepath.Base(path) != "almanac-20260106T230000Z.age" {
		t.Errorf("the name is %s", path)
	}
	text := func(w io.Writer) error { _, err := io.WriteString(w, "one"); return err }
	if octets, err := backup.Save(path, text); err != nil || octets != 3 {
		t.Fatal(octets, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	_, err = backup.Save(path, text)
	says(t, err, "to", "is there already")
	_, err = backup.Save(filepath.Join(path, "x", "y"), text)
	says(t, err, "to", "cannot be written")
}

func TestNewerFormatIsRefused(t *testing.T) {
	t.Parallel()
	to, by := keys(t)
	var file bytes.Buffer
	if _, err := backup.WriteFormat(&file, to, about, backup.Format+1); err != nil {
		t.Fatal(err)
	}
	_, _, err := read(file.Bytes(), by)
	says(t, err, "", "newer Almanac, test")
}
