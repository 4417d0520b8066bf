package notify_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/notify"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// newKept keeps mail in a new folder; each look at its clock is a second later.
func newKept(t *testing.T) (*notify.Kept, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data", "mail")
	at := stamp
	kept, err := notify.NewKept(dir, func() time.Time { at = at.Add(time.Second); return at })
	if err != nil {
		t.Fatal(err)
	}
	return kept, dir
}

func TestKeptMail(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	if err := kept.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	welcome, invite := compose(t, samples(t)["welcome"]), compose(t, samples(t)["invite"])
	for _, m := range []notify.Message{welcome, invite} {
		if d := kept.Send(t.Context(), m); d.Outcome != reads.Sent {
			t.Fatalf("%+v", d)
		}
	}
	list, err := kept.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("%d mails are kept (%v)", len(list), err)
	}
	newest := list[0]
	if newest.Subject != "Appointment, Wed 2 Dec, 7:00 PM" || newest.To != "pat@example.net" || newest.Text != "" ||
		!newest.At.Equal(stamp.Add(2*time.Second)) || newest.Size != len(invite.Data) {
		t.Errorf("the newest is %+v", newest)
	}
	opened, err := kept.Open(newest.ID)
	if err != nil || !strings.Contains(opened.Text, "7:00 PM New York time (UTC-5)") {
		t.Errorf("opened: %+v (%v)", opened, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, newest.ID+".eml"))
	if err != nil || !bytes.Equal(data, invite.Data) {
		t.Errorf("the file differs from the mail (%v)", err)
	}
}

func TestKeptMailIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	kept.Send(t.Context(), mailTo(t, 1, "pat@example.net"))
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", entry.Name(), info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeptMailIsErased(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	for n := range 3 {
		kept.Send(t.Context(), mailTo(t, n, "pat@example.net"))
	}
	other := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	last := stamp.Add(3 * time.Second)
	for _, c := range []struct {
		at     time.Time
		erased int
	}{{last, 0}, {last.Add(notify.KeepMailFor - time.Second), 2}, {last.Add(notify.KeepMailFor), 1}, {last.Add(notify.KeepMailFor), 0}} {
		if erased, err := kept.Sweep(c.at); erased != c.erased || err != nil {
			t.Errorf("at %s it erased %d (%v), want %d", c.at, erased, err, c.erased)
		}
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file that is no mail: %s", err)
	}
}

func TestKeptMailOpensNothingElse(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	outside := filepath.Join(filepath.Dir(dir), "secret.eml")
	if err := os.WriteFile(outside, []byte("Subject: x\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "../secret", "secret", ".", "20261122T150405.000Z-" + string(noticeID(1)), "20261122T150405.000Z-../../../../../../../../../../../secret"} {
		if _, err := kept.Open(id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q gives %v", id, err)
		}
	}
	write := func(n int, data []byte) string {
		id := "20261122T150405.000Z-" + string(noticeID(n))
		if err := os.WriteFile(filepath.Join(dir, id+".eml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		return id
	}
	for n, data := range [][]byte{nil, []byte("no mail"), bytes.Repeat([]byte("a"), 2<<20), []byte("Subject: no recipient\r\n\r\n")} {
		id := write(n, data)
		if _, err := kept.Open(id); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d octets that are no mail give %v", len(data), err)
		}
	}
	if list, err := kept.List(); err != nil || len(list) != 0 {
		t.Errorf("%d of them are listed (%v)", len(list), err)
	}
}

func TestKeptMailAbandonsAndRefuses(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	late := mailTo(t, 1, "pat@example.net")
	late.Fresh = func() bool { return false }
	odd := mailTo(t, 1, "pat@example.net")
	odd.Notice = "../escape"
	for want, m := range map[reads.Outcome]notify.Message{reads.Abandoned: late, reads.Refused: odd} {
		if d := kept.Send(t.Context(), m); d.Outcome != want {
			t.Errorf("%+v, want %s", d, want)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if d := kept.Send(t.Context(), mailTo(t, 1, "pat@example.net")); d.Outcome != reads.Retry || d.Trouble == "" {
		t.Errorf("without its folder: %+v", d)
	}
	if err := kept.Check(t.Context()); err == nil {
		t.Error("a folder that is gone checks as good")
	}
}
