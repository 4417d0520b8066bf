//go:build e2e

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	control "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// tableOfForty is the list of forty people that a hospital sends: with semicolons, a byte order mark and the line ends
// of Windows. Every sixth has a phone and nothing else; one is like somebody known, one stands there twice, and two
// rows are wrong.
func tableOfForty() string {
	rows := []string{"\ufeffName;Email;Phone;Consent"}
	for i := range 36 {
		name, phone := sampleNameOf(i), fmt.Sprintf("(202) 555-01%02d", i)
		if i%6 == 5 {
			rows = append(rows, fmt.Sprintf("%s;;%s;", name, phone))
			continue
		}
		rows = append(rows, fmt.Sprintf("%s;p%d@example.net;%s;email", name, i, phone))
	}
	rows = append(rows, "Ana Lopez Ruiz;ana@example.net;;email", "Bo Larsen;bo@;;email", ";no.name@example.net;;email",
		sampleNameOf(0)+";p0@example.net;(202) 555-0100;email")
	return strings.Join(rows, "\r\n") + "\r\n"
}

// downloads has the browser keep what it downloads in a folder.
func (b *browser) downloads() (folder string) {
	b.t.Helper()
	folder = b.t.TempDir()
	if _, err := chromedp.CallBrowser(b.ctx, control.SetDownloadBehavior, control.SetDownloadBehaviorParams{
		Behavior: control.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder}); err != nil {
		b.t.Fatal(err)
	}
	return folder
}

// downloaded waits for a file in a folder and gives what is in it. A browser takes the name with an empty file first.
func downloaded(t *testing.T, folder, name string) (text string) {
	t.Helper()
	if !await(patience, func() bool {
		found, _ := filepath.Glob(filepath.Join(folder, name)) // the pattern is right
		if len(found) == 0 {
			return false
		}
		read, err := os.ReadFile(found[0])
		text = string(read)
		return err == nil && text != ""
	}) {
		t.Fatalf("no file %s is downloaded", name)
	}
	return text
}

// intakeOfRosa is a clinic with two groups that begin in three weeks and one known person. Rosa Diaz, a coordinator,
// has a mail with a sign-in link.
func intakeOfRosa(t *testing.T) (c aClinic, b *browser, link string) {
	t.Helper()
	c, admin := startClinic(t)
	link = c.invites(admin, "Rosa Diaz", "rosa@example.org", "coordinator")
	c.must(t, "", "clinic", "set", "zone", "America/New_York", "--confirm")
	c.opens(21, "17:00", "--protocol", "more-telehealth", "--name", "Evening group")
	c.opens(22, "10:00", "--protocol", "more-rolling", "--name", "Rolling group")
	c.must(t, "name,email\nAna López,ana@example.net\n", "people", "import", "-", "--confirm")
	return c, admin.tab(), link
}

// intakeDay is an intake worker's day: forty people from a table, two groups filled, an offer answered, five calls, a
// person found and an address corrected.
func intakeDay(t *testing.T, c aClinic, b *browser, h hand, link string) {
	b.open(link)
	b.see("This link signs you in on this device.")
	h.press("Sign in")
	b.see("You are signed in.", "Rosa Diaz")
	importsForty(t, c, b, h)
	fillsTheList(b, h)
	answersAnOffer(c, b, h)
	callsFive(c, b, h)

	h.find("novak vera")
	b.see("1 person found", "Vera Novak", "p21@example.net")
	h.press("Vera Novak")
	b.see("Consents")
	h.press("Edit")
	b.see("Edit a person")
	h.fill("email", "vera.novak@example.net")
	h.press("Preview changes")
	b.see("vera.novak@example.net", "Save")
	h.press("Save")
	b.see("vera.novak@example.net", "Merge")
}

// importsForty imports the table into a group, and what was left out of it into another, once it is corrected.
func importsForty(t *testing.T, c aClinic, b *browser, h hand) {
	folder := b.downloads()
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(tableOfForty()), 0o600); err != nil {
		t.Fatal(err)
	}
	known := c.folder.ask("SELECT id FROM people")[0]
	h.press("Intake")
	b.see("where someone new can start", "Evening group")
	h.press("Import people")
	b.see("You see what becomes of each row before anything is saved.")
	h.choose("file", file)
	h.pick("cohort", "Evening group")
	h.pick("agreed", "yes")
	h.press("Show what would happen")
	b.see("What becomes of each row", "Nothing is saved yet.", "Ana Lopez Ruiz", "Bo Larsen", "Email:")
	h.pick("row-38", known)
	h.press("Download these rows as CSV")
	rejects := downloaded(t, folder, "left-out-*.csv")
	if strings.Count(rejects, "\n") != 4 || !strings.Contains(rejects, "Bo Larsen") {
		t.Fatalf("the rows that were left out are\n%s", rejects)
	}
	h.press("Import and enroll")
	b.see("Evening group", "12 seated", "Waitlist")
	if got := eval[int](b, `document.querySelectorAll("section[aria-labelledby=waiting] li").length`); got != 25 {
		t.Errorf("%d people are on the waitlist, want 25:\n%s", got, b.text())
	}

	// In a spreadsheet, what was wrong is corrected, the row that stood there twice goes, and four people are added.
	more := strings.NewReplacer("bo@", "bo@example.net", ",no.name@", "Lee Ode,no.name@").Replace(
		rejects[:strings.Index(rejects, sampleNameOf(0))])
	for i := 36; i < 40; i++ {
		more += fmt.Sprintf("%s,p%d@example.net,(202) 555-01%02d,email,\r\n", sampleNameOf(i), i, i)
	}
	if err := os.WriteFile(file, []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	h.press("Intake")
	b.see("where someone new can start")
	h.press("Import people")
	b.see("You see what becomes of each row before anything is saved.")
	h.choose("file", file)
	h.pick("cohort", "Rolling group")
	h.pick("agreed", "yes")
	h.press("Show what would happen")
	b.see("Nothing is saved yet.", "Lee Ode", "Is pending until everything that comes first is recorded.")
	h.press("Import and enroll 6 people")
	b.see("Imported and enrolled.", "Rolling group")
}

// fillsTheList notes in the list of Intake that four people were at the orientation; they get seats.
func fillsTheList(b *browser, h hand) {
	h.press("Intake")
	b.see("On the way in", "where someone new can start")
	const ticks = `document.querySelectorAll("button[name=done]").length`
	for left := 5; left >= 2; left-- {
		h.press("Orientation done")
		b.counts(ticks, left)
	}
}

// counts waits until JavaScript counts so many of something on the page.
func (b *browser) counts(what string, want int) {
	b.t.Helper()
	got := 0
	if !await(patience, func() bool {
		var err error
		got, err = try[int](b, what)
		return err == nil && got == want
	}) {
		b.t.Fatalf("%s on %s is %d and not %d:\n%s", what, b.at(), got, want, b.text())
	}
}

// answersAnOffer ends somebody's enrollment. The seat is offered to the first on the waitlist, who accepts by phone.
func answersAnOffer(c aClinic, b *browser, h hand) {
	h.press("Cohorts")
	b.see("Closed groups", "Evening group")
	h.press("Evening group")
	b.see("12 seated")
	h.press("enrollment of " + sampleNameOf(3))
	b.see("Where they stand", "More")
	h.press("More")
	h.press("End this enrollment")
	b.see("leaves Evening group")
	h.press("End the enrollment")
	b.see("The enrollment has ended, and its seats are free.", "Undo (until")
	c.rest()
	c.holds("SELECT count(*) FROM notices WHERE kind = 'offer' AND state = 'sent'", "1")
	h.press("Today")
	b.see("Offer ends", sampleNameOf(12))
	h.press("Offer ends")
	b.see("Offer kept until", "They accept")
	h.press("They accept")
	b.see("The person takes the seats that are kept for them.")
	h.press("Preview changes")
	b.see("They accept")
	h.press("They accept")
	b.see("Done. Everyone affected will be notified.", "Active", "8 upcoming")
}

// holds waits until a query of the clinic's database finds a value.
func (c aClinic) holds(query, want string) {
	c.t.Helper()
	got := ""
	if !await(patience, func() bool { got = c.folder.ask(query)[0]; return got == want }) {
		c.t.Fatalf("%s gives %s and not %s", query, got, want)
	}
}

// callsFive makes five calls: two people hear everything, two do not answer, and for one there is a word and a time
// for the next try.
func callsFive(c aClinic, b *browser, h hand) {
	h.press("Tasks")
	b.see("People to talk to", "Reached: all of it is said")
	const calls = `document.querySelectorAll(".call").length`
	all := eval[int](b, calls)
	for i := range 2 {
		h.press("Reached: all of it is said")
		b.counts(calls, all-i-1)
		b.see("Noted that they were told.")
	}
	const first = `document.querySelector(".call h3").innerText`
	for _, outcome := range []string{"No answer", "No answer", "Left word"} {
		name := eval[string](b, first)
		h.press("Not reached : " + name)
		if outcome == "Left word" {
			next := c.clock.now().UTC().AddDate(0, 0, 2)
			h.fill(eval[string](b, `document.querySelector(".call [type=date]").id`), next.Format("2006-01-02"))
		}
		h.press(outcome)
		b.see("Noted. The call comes up again.")
		b.counts("+("+first+" === "+strconv.Quote(name)+")", 0) // it makes way for the next
	}
	b.see("left word")
}

// A mouse, and no JavaScript.
func TestBrowserIntakeWithoutScripts(t *testing.T) {
	c, b, link := intakeOfRosa(t)
	b.withoutScripts()
	intakeDay(t, c, b, mouse{b}, link)
	b.inspect()
}

// The keyboard alone.
func TestBrowserIntakeByKeyboard(t *testing.T) {
	c, b, link := intakeOfRosa(t)
	intakeDay(t, c, b, keyboard{b}, link)
	b.inspect()
}
