package web_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store/storetest"
	"almanac/web"
)

// What the pages of a large clinic may take and weigh.
const (
	slowestPage  = 30 * time.Millisecond
	heaviestPage = 60_000
)

// BenchmarkPages visits the pages of staff in a clinic of 200 cohorts and 5,100 people, with 9,576 kept mails. It
// reports the median and the 95th of 100 of the times, the processor's part of one visit, its 95th of 100, which
// is the time of a visit on SQLite when nobody else wants a processor, and the size of the page.
func BenchmarkPages(b *testing.B) {
	for _, d := range databases {
		h, pages := largeHouse(b, d.url(b), storetest.LargeClinic(), 9576)
		for _, p := range pages {
			b.Run(d.name+"/"+p.name, func(b *testing.B) {
				desk := h.signIn(p.role)
				answer := h.get(p.path, desk)
				if answer.StatusCode != http.StatusOK {
					b.Fatalf("%s: %d", p.name, answer.StatusCode)
				}
				var took, worked []time.Duration
				start := processorTime()
				for b.Loop() {
					began, cpu := time.Now(), processorTime()
					h.get(p.path, desk)
					took, worked = append(took, time.Since(began)), append(worked, processorTime()-cpu)
				}
				cpu := processorTime() - start
				slices.Sort(took)
				slices.Sort(worked)
				ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
				b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
				b.ReportMetric(ms(took[len(took)*95/100]), "p95-ms")
				b.ReportMetric(ms(worked[len(worked)*95/100]), "p95-cpu-ms")
				b.ReportMetric(ms(cpu)/float64(len(took)), "cpu-ms")
				b.ReportMetric(float64(len(answer.body))/1000, "kB")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// processorTime is what this process has used of the processors.
func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // it does not fail for oneself
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// looked is a page to visit, and as whom.
type looked struct {
	name, path string
	role       access.Role
}

// largeHouse is a house with a large clinic and kept mail, and the pages to visit there.
func largeHouse(t testing.TB, url string, size storetest.Large, mails int) (*house, []looked) {
	t.Helper()
	town := storetest.NewHouse(t, url)
	built := town.BuildLarge(t, size)
	folder := t.TempDir()
	fillMailbox(t, folder, town, mails)
	kept, err := notify.NewKept(folder, town.Now)
	if err != nil {
		t.Fatal(err)
	}
	h := houseOver(t, town, func(o *web.Options) { o.Mail = kept })
	lead := func(statement string, args ...any) { town.Do(t, fmt.Sprintf(statement, args...)) }
	h.signIn(access.Facilitator)
	me := town.Ask(t, "SELECT id FROM staff WHERE role = 'facilitator'")[0][0]
	lead("UPDATE cohorts SET lead = '%s' WHERE id IN ('%s', '%s')", me, built.Old, built.Closed)
	first := func(query string) string { return town.Ask(t, query)[0][0] }
	past := first("SELECT id FROM sessions WHERE cohort = '" + string(built.Closed) + "' AND number = 1")
	next := first("SELECT id FROM sessions WHERE cohort = '" + string(built.Old) +
		"' AND state = 'planned' ORDER BY start_at DESC LIMIT 1")
	seated := first("SELECT id FROM enrollments WHERE cohort = '" + string(built.Old) +
		"' AND state = 'active' ORDER BY queue_no LIMIT 1")
	waits := first("SELECT id FROM enrollments WHERE cohort = '" + string(built.Closed) +
		"' AND state = 'waiting' ORDER BY queue_no LIMIT 1")
	old, closed, rolling := "/cohorts/"+string(built.Old), "/cohorts/"+string(built.Closed),
		"/cohorts/"+string(built.Rolling)
	var pages []looked
	add := func(name, path string) { pages = append(pages, looked{name, path, access.Coordinator}) }
	add("today", "/")
	add("cohorts", "/cohorts")
	add("calendar", "/calendar")
	add("calendar-month", "/calendar?view=month")
	add("calendar-agenda", "/calendar?view=agenda")
	add("cohorts-by-name", "/cohorts?q=group&sort=name")
	add("intake", "/intake")
	add("tasks", "/tasks")
	add("notices", "/notices")
	add("notices-of-a-name", "/notices?name=example+4711")
	long := town.Now().AddDate(-1, -11, 0).Format(time.DateOnly)
	for _, name := range scheduler.ReportNames() {
		add("report-"+string(name), "/reports/"+string(name))
		add("report-"+string(name)+"-two-years", "/reports/"+string(name)+"?by=month&from="+long)
	}
	add("mail", "/mail")
	add("cohort-old", old)
	add("cohort-rolling", rolling)
	add("cohort-closed", closed)
	add("board-old", old+"/board")
	add("board-rolling", rolling+"/board")
	add("board-closed", closed+"/board")
	add("roster", old+"/roster")
	add("enroll-old", old+"/enroll")
	add("enroll-closed", closed+"/enroll")
	add("enrollment-seated", "/enrollments/"+seated)
	add("enrollment-waiting", "/enrollments/"+waits)
	add("withdraw", "/enrollments/"+seated+"/withdraw")
	add("attendance", "/sessions/"+past+"/attendance")
	add("sheet", "/sessions/"+past+"/sheet")
	add("move", "/sessions/"+next+"/move")
	add("substitute", "/sessions/"+next+"/substitute")
	add("capacity", old+"/capacity")
	add("waitlist", closed+"/waitlist")
	add("reschedule", old+"/reschedule")
	add("closure", "/closure")
	add("cohort-new", "/cohorts/new")
	pages = append(pages, looked{"staff", "/staff", access.Admin}, looked{"today-facilitator", "/", access.Facilitator},
		looked{"cohort-facilitator", old, access.Facilitator})
	return h, pages
}

// fillMailbox writes kept mails of the last days.
func fillMailbox(t testing.TB, folder string, h *storetest.House, n int) {
	t.Helper()
	for i := range n {
		at := h.Now().Add(-time.Duration(i) * time.Minute / 2).UTC().Format("20060102T150405.000Z")
		name := at + "-" + string(storetest.RandomID()) + "-" + string(h.Clinic) + ".eml"
		text := fmt.Sprintf("To: pat%d@example.net\r\nSubject: Appointment %d\r\n\r\nAll the dates\r\n", i, i)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// houseOver puts pages before a house of the store.
func houseOver(t testing.TB, town *storetest.House, change func(*web.Options)) *house {
	t.Helper()
	h := &house{t: t, log: &logBook{}, browsers: map[access.Role]string{}, db: town.DB, desk: town.Desk,
		clinic: town.Clinic}
	o := h.options(t, town.Now)
	change(&o)
	var err error
	if h.server, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	h.handler = h.server.Handler()
	return h
}
