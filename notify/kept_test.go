package notify_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"almanac/notify"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// newKept keeps mail in a new folder. Its clock advances a second with each reading.
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
	for _, m := range []smtp.Message{welcome, invite} {
		if d := kept.Send(t.Context(), m); d.Outcome != reads.Sent {
			t.Fatalf("%+v", d)
		}
	}
	list := listed(t, kept, clinicID)
	if len(list) != 2 {
		t.Fatalf("%d mails are kept", len(list))
	}
	newest := list[0]
	if newest.Subject != "Appointment, Wed 2 Dec, 7:00 PM" || newest.To != "pat@example.net" || newest.Text != "" ||
		!newest.At.Equal(stamp.Add(2*time.Second)) || newest.Size != len(invite.Data) {
		t.Errorf("the newest is %+v", newest)
	}
	opened, err := kept.Open(coordinator, clinicID, newest.ID)
	if err != nil || !strings.Contains(opened.Text, "7:00 PM New York time (UTC-5)") {
		t.Errorf("opened: %+v (%v)", opened, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, newest.ID+"-"+string(clinicID)+".eml"))
	if err != nil || !bytes.Equal(data, invite.Data) {
		t.Errorf("the file differs from the mail (%v)", err)
	}
}

// clinicID is the clinic of every sample, and coordinator works there.
var (
	clinicID    = scheduler.DeriveID("clinic", "clinic", "1")
	coordinator = access.Staff("s1", string(clinicID), access.Coordinator)
)

// listed reads all kept mails of a clinic, page by page.
func listed(t *testing.T, kept *notify.Kept, clinic scheduler.ID) (all []reads.KeptMail) {
	t.Helper()
	for after := ""; ; {
		page, err := kept.List(access.Operator(string(clinic)), clinic, after, 2)
		if err != nil || len(page.Mails) > 2 {
			t.Fatalf("%d on a page (%v)", len(page.Mails), err)
		}
		if all, after = append(all, page.Mails...), page.Next; after == "" {
			return all
		}
	}
}

// Staff read the kept mails of their own clinic only, and only with the permission.
func TestKeptMailByClinic(t *testing.T) {
	t.Parallel()
	kept, _ := newKept(t)
	north := scheduler.DeriveID("clinic", "clinic", "2")
	for n := range 7 {
		m := mailTo(t, n, "pat@example.net")
		if n > 4 {
			m.Clinic = north
		}
		if d := kept.Send(t.Context(), m); d.Outcome != reads.Sent {
			t.Fatalf("%+v", d)
		}
	}
	if ours, theirs := listed(t, kept, clinicID), listed(t, kept, north); len(ours) != 5 || len(theirs) != 2 {
		t.Errorf("%d of ours, %d of the other clinic", len(ours), len(theirs))
	}
	foreign := listed(t, kept, north)[0].ID
	for name, a := range map[string]access.Actor{
		"another clinic's coordinator": access.Staff("s1", string(north), access.Coordinator),
		"a facilitator":                access.Staff("s1", string(clinicID), access.Facilitator),
		"a person":                     access.Person("p1", string(clinicID)),
		"a program":                    access.Token("t1", string(clinicID), access.Scopes()...),
		"nobody":                       {},
	} {
		if page, err := kept.List(a, clinicID, "", 10); err == nil || len(page.Mails) != 0 {
			t.Errorf("%s lists %d", name, len(page.Mails))
		}
		if _, err := kept.Open(a, clinicID, listed(t, kept, clinicID)[0].ID); err == nil {
			t.Errorf("%s opens one", name)
		}
	}
	if _, err := kept.Open(coordinator, clinicID, foreign); !fault.Is(err, fault.NotFound) {
		t.Errorf("another clinic's mail by its id gives %v", err)
	}
}

// A page opens only the files that it shows. The older ones are pipes here: opening
// one would block for ever.
func TestKeptMailOpensOnlyWhatItShows(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	for n := range 40 {
		kept.Send(t.Context(), mailTo(t, n, "pat@example.net"))
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names[:35] {
		if err := errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	shown := make(chan reads.KeptPage, 1)
	go func() {
		page, _ := kept.List(coordinator, clinicID, "", 5)
		shown <- page
	}()
	select {
	case page := <-shown:
		if len(page.Mails) != 5 || page.Next != page.Mails[4].ID {
			t.Errorf("%d mails, next %q", len(page.Mails), page.Next)
		}
	case <-time.After(time.Minute):
		t.Error("it opens what it does not show")
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
	}{{last, 0}, {last.Add(notify.KeepMailFor - time.Second), 2}, {last.Add(notify.KeepMailFor), 1},
		{last.Add(notify.KeepMailFor), 0}} {
		if erased, err := kept.Sweep(c.at, nil); erased != c.erased || err != nil {
			t.Errorf("at %s it erased %d (%v), want %d", c.at, erased, err, c.erased)
		}
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file that is no mail: %s", err)
	}
}

// Each clinic keeps its mail as long as it chose; the mail of another stays for the days that hold without a choice.
func TestKeptMailIsErasedByClinic(t *testing.T) {
	t.Parallel()
	kept, _ := newKept(t)
	for n := range 3 {
		kept.Send(t.Context(), mailTo(t, n, "pat@example.net"))
	}
	second := stamp.Add(2 * time.Second)
	if n, err := kept.Older(coordinator, clinicID, second.Add(time.Millisecond)); n != 2 || err != nil {
		t.Errorf("%d mails are older (%v)", n, err)
	}
	if _, err := kept.Older(access.Person("p1", string(clinicID)), clinicID, second); err == nil {
		t.Error("a person may count mails")
	}
	if n, err := kept.Sweep(stamp, map[scheduler.ID]time.Time{"0000000000000": stamp.AddDate(1, 0, 0)}); n != 0 {
		t.Errorf("by another clinic's choice %d go (%v)", n, err)
	}
	if n, err := kept.Sweep(stamp, map[scheduler.ID]time.Time{clinicID: second}); n != 2 || err != nil {
		t.Errorf("by the clinic's choice %d go (%v)", n, err)
	}
}

func TestKeptMailOpensNothingElse(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	outside := filepath.Join(filepath.Dir(dir), "secret.eml")
	if err := os.WriteFile(outside, []byte("Subject: x\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "../secret", "secret", ".", "20261122T150405.000Z-" + string(noticeID(1)),
		"20261122T150405.000Z-../../../../../../../../../../../secret"} {
		if _, err := kept.Open(coordinator, clinicID, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q gives %v", id, err)
		}
	}
	write := func(n int, data []byte) string {
		id := "20261122T150405.000Z-" + string(noticeID(n))
		if err := os.WriteFile(filepath.Join(dir, id+"-"+string(clinicID)+".eml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		return id
	}
	for n, data := range [][]byte{nil, []byte("no mail"), bytes.Repeat([]byte("a"), 2<<20),
		[]byte("Subject: no recipient\r\n\r\n")} {
		id := write(n, data)
		if _, err := kept.Open(coordinator, clinicID, id); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d octets that are no mail give %v", len(data), err)
		}
	}
	if list := listed(t, kept, clinicID); len(list) != 0 {
		t.Errorf("%d of them are listed", len(list))
	}
}

func TestKeptMailAbandonsAndRefuses(t *testing.T) {
	t.Parallel()
	kept, dir := newKept(t)
	late := mailTo(t, 1, "pat@example.net")
	late.Fresh = func() bool { return false }
	odd, homeless := mailTo(t, 1, "pat@example.net"), mailTo(t, 1, "pat@example.net")
	odd.Notice, homeless.Clinic = "../escape", "../escape"
	for _, c := range []struct {
		want reads.Outcome
		m    smtp.Message
	}{{reads.Abandoned, late}, {reads.Refused, odd}, {reads.Refused, homeless}} {
		if d := kept.Send(t.Context(), c.m); d.Outcome != c.want {
			t.Errorf("%+v, want %s", d, c.want)
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
