//go:build e2e

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/notify/notifytest"
)

// aClinic is the program before a browser, with a mail server, on a clock that the test puts forward.
type aClinic struct {
	*served
	t      *testing.T
	folder counter
	mail   *notifytest.Sink
}

// answersBelieved is the name under which the mail server of these tests says who wrote a mail.
const answersBelieved = "mx.clinic.example"

// startClinic starts a clinic of which Sam Okafor is the admin, who is signed in.
func startClinic(t *testing.T) (c aClinic, admin *browser) {
	t.Helper()
	c = aClinic{t: t, folder: newCounter(t), mail: notifytest.SMTP(t)}
	c.served = serveInside(t, "--data-dir", c.folder.folder, "--smtp-url", c.mail.URL(), "--inbound-auth",
		answersBelieved)
	admin = newBrowser(t, c.base)
	link, _, _ := strings.Cut(c.must(t, "", "staff", "add", "--email", "sam@example.org", "--name", "Sam Okafor",
		"--role", "admin"), "\n")
	asked, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	admin.open(asked.Path)
	admin.click("Sign in")
	admin.see("You are signed in.", "Sam Okafor")
	return c, admin
}

// invites has the admin add a colleague, and gives the address in the mail that they get.
func (c aClinic) invites(admin *browser, name, email, role string) string {
	c.t.Helper()
	admin.open("/staff/invite")
	admin.fill("name", name)
	admin.fill("email", email)
	mouse{admin}.pick("role", role)
	admin.click("Add and")
	admin.see("A sign-in link is on its way to them by email.")
	for _, m := range c.mail.Messages() {
		l, err := readLetter(m.Data, m.At, m.To)
		if err != nil {
			c.t.Fatal(err)
		}
		if at := strings.Index(l.text, c.base+"/signin/"); at >= 0 && l.recipient() == email {
			return strings.Fields(l.text[at:])[0]
		}
	}
	c.t.Fatalf("no mail brings %s a sign-in link", email)
	return ""
}

// opens opens a cohort that begins so many days from now, at a time of UTC, and gives its id.
func (c aClinic) opens(days int, at string, more ...string) string {
	c.t.Helper()
	id, _, _ := strings.Cut(c.must(c.t, "", append([]string{"cohort", "open", "--start",
		c.clock.now().UTC().AddDate(0, 0, days).Format(time.DateOnly), "--time", at, "--zone", "UTC"},
		more...)...), "\n")
	return id
}

// groupOfKim is a group of six people that met this morning for the first time. Kim Ode, who leads it, has a mail with
// a sign-in link; Pat Canary has declined the next session.
func groupOfKim(t *testing.T) (c aClinic, b *browser, link, cohort string) {
	t.Helper()
	c, admin := startClinic(t)
	link = c.invites(admin, "Kim Ode", "kim@example.org", "facilitator")
	c.must(t, "", "staff", "credential", "--email", "kim@example.org", "--name", "more-trained")
	cohort = c.opens(1, "09:00", "--protocol", "more-telehealth", "--name", "Morning group", "--facilitator",
		"kim@example.org")
	pat := ""
	for i, name := range []string{"Ana Reyes", "Ben Carter", "Chloe Nguyen", "Dennis Roy", "Elena Petrova",
		"Pat Canary"} {
		email, _, _ := strings.Cut(strings.ToLower(name), " ")
		pat = lineOf(c.must(t, "", "enroll", "--cohort", cohort, "--name", name, "--email", email+"@example.net",
			"--phone", fmt.Sprintf("+1202555010%d", i), "--consent", "email"), "enrollment")
	}
	c.opens(1, "14:00", "--protocol", "mbsr-4w", "--name", "Group of a colleague", "--reason", "a colleague comes")
	tomorrow := c.clock.now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour)
	c.clock.set(tomorrow)
	uid := c.folder.ask("SELECT s.uid FROM seats s JOIN sessions x ON x.id = s.session WHERE s.enrollment = '" + pat +
		"' ORDER BY x.start_at LIMIT 1 OFFSET 1")[0]
	c.must(t, answerMail(answersBelieved, uid, "DECLINED", tomorrow.Format("20060102T150405Z")), "inbound")
	return c, admin.fresh(), link, cohort
}

// A facilitator's first ten minutes, from the mail with the sign-in link.
func facilitatorFirstMinutes(t *testing.T, c aClinic, b *browser, h hand, link, cohort string) {
	b.open(link)
	b.see("This link signs you in on this device.")
	h.press("Sign in")
	b.see("You are signed in.", "Kim Ode", "Your next group", "Morning group", "5 expected", "Ana Reyes",
		"1 will not come", "Pat Canary", "Take attendance")
	if strings.Contains(b.text(), "Group of a colleague") {
		t.Errorf("a facilitator sees the group of a colleague:\n%s", b.text())
	}
	h.press("Morning group")
	b.see("Attendance is not complete", "6 seated")

	h.press("Today")
	b.see("Your next group", "Take attendance")
	h.press("Take attendance")
	b.see("0 of 6 noted", "Ana Reyes")
	present, late, missed := mark{state: "1"}, mark{state: "2"}, mark{state: "5"}
	for i, m := range []mark{present, present, late, {"4", "hours", "26"}, present, missed} {
		h.mark(i+1, m)
	}
	h.save()
	b.see("Attendance saved.", "6 of 6 noted", "History (6)")
	h.mark(6, mark{"3", "minutes", "45"}) // came late after all, and stayed
	h.save()
	b.see("Attendance saved.", "corrected")
	h.press("History (7)")
	b.see("Excused, notice given 26 hours before", "Missed", "Partial, 45 min")

	h.press("Calendar")
	b.see("On your phone")
	h.press("On your phone")
	b.see("Subscribe once")
	h.pick("detail", "full")
	h.press("Make the address")
	b.see("Your new address", "it is not shown again")
	feed := get(t, eval[string](b, `document.querySelector("code.address").innerText`))
	for _, want := range []string{"BEGIN:VEVENT", "Morning group"} {
		if feed.status != 200 || !strings.Contains(feed.body, want) {
			t.Errorf("the feed answers %d without %q:\n%s", feed.status, want, feed.body)
		}
	}
	if strings.Contains(feed.body, "Canary") {
		t.Errorf("the feed names a participant:\n%s", feed.body)
	}

	h.press("Cohorts")
	b.see("Closed groups", "Morning group")
	h.press("Morning group")
	b.see("Write to the group")
	h.press("Write to the group")
	b.see("Your message goes by email")
	h.fill("text", "Next week Lee is there in my place.")
	h.press("See who gets it")
	b.see("Ana Reyes", "Send the message")
	h.press("Send the message")
	b.see("Your message will be sent, unless you undo it.", "Undo (until")

	b.open("/cohorts/" + cohort + "/set") // as a colleague has sent it
	b.see("Your role may not change a cohort. Ask a coordinator or an admin of the clinic.")
	h.press("Go to Today")
	b.see("Your next group")
}

// A mouse, and no JavaScript: attendance by its radio buttons.
func TestBrowserFacilitatorWithoutScripts(t *testing.T) {
	c, b, link, cohort := groupOfKim(t)
	b.withoutScripts()
	facilitatorFirstMinutes(t, c, b, mouse{b}, link, cohort)
	b.inspect("403")
}

// The keyboard alone: attendance by numbers and arrows.
func TestBrowserFacilitatorByKeyboard(t *testing.T) {
	c, b, link, cohort := groupOfKim(t)
	facilitatorFirstMinutes(t, c, b, keyboard{b}, link, cohort)
	b.inspect("403")
}
