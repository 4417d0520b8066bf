package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/notify"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

var (
	olderPattern = regexp.MustCompile(`/mail\?after=[0-9A-Za-z.-]+`)
	mailPattern  = regexp.MustCompile(`/mail/[0-9]{8}T[0-9A-Za-z.-]+`)
)

// keepMail keeps n mails of a clinic, a second apart, in a folder.
func keepMail(t *testing.T, folder string, clinic scheduler.ID, n int) {
	t.Helper()
	at := moved
	kept, err := notify.NewKept(folder, func() time.Time { at = at.Add(time.Second); return at })
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		data := fmt.Sprintf("To: canary@example.net\r\nSubject: Appointment %02d of %s\r\n\r\nAll the dates\r\n", i,
			clinic)
		sent := kept.Send(t.Context(),
			smtp.Message{Notice: scheduler.DeriveID(clinic, "notice", fmt.Sprint(i)), Clinic: clinic,
				Data: []byte(data)})
		if sent.Outcome != reads.Sent {
			t.Fatalf("%+v", sent)
		}
	}
}

// withKeptMail gives a house whose mail is kept in a folder.
func withKeptMail(t *testing.T) (h *house, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "mail")
	kept, err := notify.NewKept(folder, func() time.Time { return moved })
	if err != nil {
		t.Fatal(err)
	}
	return newHouse(t, func(o *web.Options) { o.Mail = kept }), folder
}

// Kept mail is listed page by page and opened one by one.
func TestKeptMail(t *testing.T) {
	t.Parallel()
	h, folder := withKeptMail(t)
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/mail", desk), 200, "No mail yet")
	keepMail(t, folder, h.clinic, 30)
	first := h.get("/mail", desk)
	shows(t, first, 200, "Appointment 29", "Appointment 05", "canary@example.net", "Older")
	hides(t, first, "Appointment 04")
	last := h.get(h.find(olderPattern, first.body), desk)
	shows(t, last, 200, "Appointment 04", "Appointment 00")
	hides(t, last, "Appointment 05", "Older")
	shows(t, h.get(h.find(mailPattern, last.body), desk), 200, "All the dates")
	shows(t, h.get("/mail/m2", desk), 404, "not kept any more")
}

// A message is shown as the person sees it, in a frame that may do nothing; a plain one has no frame.
func TestKeptMailAsItIsSeen(t *testing.T) {
	t.Parallel()
	h, folder := withKeptMail(t)
	kept, err := notify.NewKept(folder, func() time.Time { return moved })
	if err != nil {
		t.Fatal(err)
	}
	data := "To: canary@example.net\r\nSubject: Both\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nPlain dates\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>Bold dates</b><script>x</script>\r\n--b--\r\n"
	notice := scheduler.DeriveID(h.clinic, "notice", "both")
	if sent := kept.Send(t.Context(), smtp.Message{Notice: notice, Clinic: h.clinic,
		Data: []byte(data)}); sent.Outcome != reads.Sent {
		t.Fatalf("%+v", sent)
	}
	desk := h.signIn(access.Coordinator)
	at := h.find(mailPattern, h.get("/mail", desk).body)
	page := h.get(at, desk)
	shows(t, page, 200, "Plain dates", `<iframe src="`+at+`/body" sandbox `)
	hides(t, page, "Bold dates")
	body := h.get(at+"/body", desk)
	shows(t, body, 200, "<b>Bold dates</b>")
	if policy := body.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") {
		t.Errorf("its policy is %q", policy)
	}
	shows(t, h.get(at+"/body", h.signIn(access.Facilitator)), 403)
	keepMail(t, folder, h.clinic, 1)
	for _, one := range mailPattern.FindAllString(h.get("/mail", desk).body, -1) {
		if one != at {
			hides(t, h.get(one, desk), "iframe")
			shows(t, h.get(one+"/body", desk), 404, "plain text")
		}
	}
}

// A coordinator reads the kept mail of their own clinic and of no other: not in the
// list, not by its address, and not from names of the version before.
func TestKeptMailOfAnotherClinic(t *testing.T) {
	t.Parallel()
	h, folder := withKeptMail(t)
	other, err := h.db.AddClinic(t.Context(), access.Operator(""), "Canary North", "America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	keepMail(t, folder, other, 3)
	names, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil || len(names) != 3 {
		t.Fatal(names, err)
	}
	desk := h.signIn(access.Coordinator)
	listed := h.get("/mail", desk)
	shows(t, listed, 200, "No mail yet")
	hides(t, listed, string(other), "canary@example.net")
	for _, name := range names {
		full := strings.TrimSuffix(filepath.Base(name), ".eml")
		id := strings.TrimSuffix(full, "-"+string(other))
		if err := os.WriteFile(filepath.Join(folder, id+".eml"), []byte("To: a@example.net\r\nSubject: Old\r\n\r\nOld"),
			0o600); err != nil {
			t.Fatal(err)
		}
		for _, asked := range []string{id, full} {
			answer := h.get("/mail/"+asked, desk)
			shows(t, answer, 404, "not kept any more")
			hides(t, answer, "All the dates", "Old")
		}
	}
	hides(t, h.get("/mail", desk), "Old")
}
