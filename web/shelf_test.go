package web_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/web"
)

// shelf is a clinic that only stands there to be looked at: fixed results for
// every reading interface, and a book for previews. Nothing is ever saved.
type shelf struct {
	undos    []reads.Undo
	role     access.Role
	clinic   reads.Clinic
	rows     []reads.CohortRow
	others   []reads.DaySession // sessions beside those of cohort
	cohort   reads.Cohort
	person   reads.Person
	known    map[scheduler.ID]reads.Person // people other than person
	people   []reads.PersonRow             // whom a search may find
	record   reads.PersonRecord            // of person; without an id: only what stands in person
	own      reads.Page
	question reads.Question
	tasks    []reads.Task
	ledger   reads.Ledger
	days     []reads.LedgerDay
	locked   bool
	passkeys []reads.Passkey
	identity reads.Identity
	needsKey bool               // the clinic asks for more than a link by mail
	method   reads.SignInMethod // of the sign-in
	signIns  []reads.SignIn
	members  []reads.Staff
	mail     []reads.KeptMail
	book     func() *scheduler.Book
	openings []reads.Opening
	refusal  error // of every change; nil: it is stale
	trouble  error // instead of everything else
}

const (
	clinicID = scheduler.ID("1111111111111")
	staffID  = scheduler.ID("2222222222222")
	browser  = "browser-token-of-a-member-of-staff"
	pageKey  = "pagetokenpagetokenpagetoke"
	feedKey  = "feedtokenfeedtokenfeedtoke"

	confirmKey = "confirmtokenconfirmtokenco"
)

func (s *shelf) Clinic(context.Context, access.Actor, scheduler.ID) (reads.Clinic, error) {
	return s.clinic, s.trouble
}

func (s *shelf) Cohorts(context.Context, access.Actor, scheduler.ID) ([]reads.CohortRow, error) {
	return s.rows, s.trouble
}

func (s *shelf) Cohort(_ context.Context, _ access.Actor, _, id scheduler.ID) (reads.Cohort, error) {
	if id != s.cohort.Cohort.ID {
		return reads.Cohort{}, nothing()
	}
	return s.cohort, s.trouble
}

func (s *shelf) Look(_ context.Context, _ desk.Change, load desk.Load) (*scheduler.Book, error) {
	if s.book == nil {
		return nil, nothing()
	}
	b := s.book()
	if load.Merge {
		s.mergeable(b)
	}
	if load.Erase {
		s.erasable(b)
	}
	if load.Newcomers != nil {
		b.Clinic.Zone = s.clinic.Zone
		for id, p := range s.known {
			b.Known = append(b.Known, scheduler.Known{Person: id, Contact: p.Contact})
		}
	}
	return b, s.trouble
}

func (s *shelf) CohortHead(context.Context, access.Actor, scheduler.ID, scheduler.ID) (reads.CohortHead, error) {
	return reads.CohortHead{Cohort: s.cohort.Cohort, Definition: s.cohort.Definition}, s.trouble
}

// SessionHead finds the session of the gallery's book.
func (s *shelf) SessionHead(_ context.Context, _ access.Actor, _, id scheduler.ID) (head reads.SessionHead, err error) {
	if s.book == nil {
		return head, nothing()
	}
	for _, r := range s.book().Rosters {
		if session := r.Session(id); session != nil {
			head.Cohort, head.Definition = r.Cohort, r.Definition
			head.Session, head.Seated = *session, r.Seated(id)
			return head, s.trouble
		}
	}
	return head, nothing()
}

// AttendanceNotes tells of a first word about the first person, and of its correction.
func (s *shelf) AttendanceNotes(context.Context, access.Actor, scheduler.ID,
	scheduler.ID) ([]reads.AttendanceNote, error) {
	if len(s.cohort.Enrollments) == 0 {
		return nil, s.trouble
	}
	first := s.cohort.Enrollments[0].Person
	return []reads.AttendanceNote{
		{Person: first, State: scheduler.SeatMissed, At: s.cohort.Sessions[1].End, By: "Kim Ode"},
		{Person: first, State: scheduler.SeatPartial, Attendance: scheduler.Attendance{Minutes: 75, Missed: "check-in"},
			At: s.cohort.Sessions[1].End.AddDate(0, 0, 2)},
	}, s.trouble
}

func (s *shelf) Undos(context.Context, access.Actor, scheduler.ID) ([]reads.Undo, error) {
	return s.undos, s.trouble
}

// Change finds every preview out of date.
func (s *shelf) Change(_ context.Context, _ desk.Change, load desk.Load, _ func(*scheduler.Book) error) error {
	if load.Newcomer != nil {
		if _, err := load.Newcomer(scheduler.Clinic{Zone: s.clinic.Zone},
			&scheduler.Roster{Cohort: s.cohort.Cohort}); err != nil {
			return err
		}
	}
	if load.Newcomers != nil {
		return fault.New(fault.Conflict, "Line 4: choose who this is, or leave the row out.").In("row-4")
	}
	if s.refusal != nil {
		return s.refusal
	}
	return fault.New(fault.Stale, "Someone changed this while you were typing. Look at it again before you confirm.")
}

func (s *shelf) Person(_ context.Context, _ access.Actor, _, id scheduler.ID) (reads.Person, error) {
	if p, other := s.known[id]; other {
		return p, s.trouble
	}
	return s.person, s.trouble
}

func (s *shelf) Names(_ context.Context, _ access.Actor, _ scheduler.ID,
	ids []scheduler.ID) (map[scheduler.ID]string, error) {
	names := map[scheduler.ID]string{}
	for _, e := range s.cohort.Enrollments {
		if slices.Contains(ids, e.Person) {
			names[e.Person] = e.Name
		}
	}
	return names, s.trouble
}

func (s *shelf) Enrollment(_ context.Context, _ access.Actor, _, id scheduler.ID) (reads.PersonEnrollment, error) {
	for _, e := range s.cohort.Enrollments {
		if e.ID == id {
			return reads.PersonEnrollment{Enrollment: e.Enrollment, Cohort: s.cohort.Cohort.ID,
				CohortName: s.cohort.Cohort.Name}, s.trouble
		}
	}
	return reads.PersonEnrollment{}, nothing()
}

func (s *shelf) Links(context.Context, access.Actor, scheduler.ID, scheduler.ID) (reads.Links, error) {
	return reads.Links{Feed: feedKey, Page: pageKey}, s.trouble
}

func (s *shelf) FeedKey(_ context.Context, _ access.Actor, token string) (reads.FeedKey, error) {
	if token != feedKey {
		return reads.FeedKey{}, nothing()
	}
	return reads.FeedKey{Clinic: clinicID, Person: s.own.Person, PersonRev: 7, ClinicRev: 1}, s.trouble
}

func (s *shelf) Feed(context.Context, access.Actor, reads.FeedKey) (reads.Page, error) {
	return s.own, s.trouble
}

func (s *shelf) Page(_ context.Context, _ access.Actor, token string) (reads.Page, error) {
	if token != pageKey {
		return reads.Page{}, nothing()
	}
	return s.own, s.trouble
}

func (s *shelf) Question(_ context.Context, _ access.Actor, token string) (reads.Question, error) {
	if token != confirmKey {
		return reads.Question{}, nothing()
	}
	return s.question, s.trouble
}

func (s *shelf) Answer(_ context.Context, _ access.Actor, _ string, intent gate.Intent) error {
	if intent == "" {
		return fault.In("come", "Choose one of the two answers.")
	}
	return s.trouble
}

func (s *shelf) SetSettings(_ context.Context, _ access.Actor, _, _ scheduler.ID, settings gate.Settings) error {
	if err := settings.Check(); err != nil {
		return err
	}
	return s.trouble
}

func (s *shelf) ChangeOwnSettings(ctx context.Context, a access.Actor, _ string, settings gate.Settings) error {
	return s.SetSettings(ctx, a, "", "", settings)
}

func (s *shelf) CountFetch(context.Context, access.Actor, scheduler.ID, scheduler.ID, int) error {
	return s.trouble
}

func (s *shelf) FinishTask(context.Context, access.Actor, scheduler.ID, scheduler.ID) error {
	return s.trouble
}

func (s *shelf) SignInLinks(
	_ context.Context, _ access.Actor, email string, _ time.Duration,
) ([]reads.SignInLink, error) {
	return []reads.SignInLink{{Staff: staffID, Name: "Robin Ferro", Email: email, Token: "onetime"}}, s.trouble
}

func (s *shelf) SpendLink(context.Context, access.Actor, string, string) (string, error) {
	return browser, s.trouble
}

func (s *shelf) SignedIn(_ context.Context, _ access.Actor, token string) (access.Actor, reads.SignedIn, error) {
	if token != browser {
		return access.Actor{}, reads.SignedIn{}, nothing()
	}
	who := reads.Staff{ID: staffID, Name: "Robin Ferro", Role: string(s.role)}
	return access.Staff(string(staffID), string(clinicID), s.role),
		reads.SignedIn{Staff: who, NeedsKey: s.needsKey, Screen: reads.Screen{Locked: s.locked, Holder: "robin"},
			SignIn: reads.SignIn{ID: thisSignIn, At: beforeSpring, Method: s.method}}, nil
}

func (s *shelf) SignOut(context.Context, access.Actor, string) error { return s.trouble }

func (s *shelf) Staff(context.Context, access.Actor, scheduler.ID) ([]reads.Staff, error) {
	return s.members, s.trouble
}

// Ledger finds nobody by another name than the first.
func (s *shelf) Ledger(_ context.Context, _ access.Actor, _ scheduler.ID, q reads.LedgerQuery) (reads.Ledger, error) {
	if q.Name != "" && q.Name != "Amina" {
		return reads.Ledger{}, s.trouble
	}
	return s.ledger, s.trouble
}

func (s *shelf) LedgerDays(context.Context, access.Actor, scheduler.ID, int) ([]reads.LedgerDay, error) {
	return s.days, s.trouble
}

func (s *shelf) TryAgain(context.Context, access.Actor, scheduler.ID, scheduler.ID, reads.Mode) error {
	return fault.New(fault.Closed, "It is too late to send this message. Tell the person yourself.")
}

// List and Open are the kept mail.
func (s *shelf) List(access.Actor, scheduler.ID, string, int) (reads.KeptPage, error) {
	return reads.KeptPage{Mails: s.mail}, s.trouble
}

func (s *shelf) Older(access.Actor, scheduler.ID, time.Time) (int, error) {
	return len(s.mail), s.trouble
}

func (s *shelf) Open(_ access.Actor, _ scheduler.ID, id string) (reads.KeptMail, error) {
	for _, m := range s.mail {
		if m.ID == id {
			m.HTML = "<!DOCTYPE html><html lang=en><title>Mail</title><body style=\"font-family:sans-serif\">" +
				"<p><strong>Your next appointment</strong><p>Tue 3 Mar 2026, 6:00 PM"
			m.Text = "Hello,\n\nyour next appointment is on Tue 3 Mar 2026, 6:00 PM (New York).\n"
			return m, s.trouble
		}
	}
	return reads.KeptMail{}, nothing()
}

func nothing() error { return fault.New(fault.NotFound, "There is nothing here. Check the address.") }

// serve makes a server over the shelf; change may set more options.
func (s *shelf) serve(t testing.TB, now time.Time, change func(*web.Options)) *web.Server {
	t.Helper()
	zones, library := builtins(t)
	clock := func() time.Time { return now }
	o := web.Options{
		Log: slog.New(slog.DiscardHandler), Desk: desk.New(s, zones, clock, randomID), Library: library,
		Zones: zones, Now: clock,
		PublicURL: func() string { return "http://127.0.0.1:8080" },
		Cohorts:   s, Heads: s, Lists: s, Days: s, Clinics: s, People: s, Records: s, Consents: s,
		Disclosures: s, Breaches: s, Glass: s, Rights: s, Exports: s,
		Feeds: s, StaffFeeds: s, Referrals: s,
		Questions: s, Own: s, Joins: s, Absences: s,
		Settings: s, Tasks: s, Ledger: s,
		Assessments: s,
		SignIns:     s, Staff: s,
		Audit: s, Reports: s, Messages: s, Passkeys: s, Ceremonies: s, Identities: s, Screens: s, FirstAdmin: s,
	}
	if s.mail != nil {
		o.Mail = s
	}
	if change != nil {
		change(&o)
	}
	server, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func builtins(t testing.TB) (*civil.Zones, *protocols.Library) {
	t.Helper()
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return zones, library
}

func randomID() scheduler.ID {
	var octets [9]byte
	_, _ = rand.Read(octets[:])
	return scheduler.RandomID(octets)
}

// ask makes a request for the signed-in member of staff of the shelf.
func ask(h http.Handler, method, path string, form url.Values, cookie string, more ...*http.Cookie) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "signin", Value: cookie})
	}
	for _, one := range more {
		r.AddCookie(one)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// people of the shelf: names that layouts must bear.
var sampleNames = []string{
	"Amina Diallo", "Bo Li", "Bartholomew Fitzgerald-Montgomery von und zu Hohenlohe-Waldenburg-Schillingsfürst",
	"دانيال بن إبراهيم", "Sofía Núñez O’Connor", "שרה כהן", "Zoë", "<b>Bobby & \"Tables\"</b>",
}

// sortedKeys gives the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
