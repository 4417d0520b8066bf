package store_test

import (
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// mover is a person who changes their address on their page.
type mover struct {
	*storetest.House
	person scheduler.ID
	page   string
}

func newMover(t *testing.T, h *storetest.House) *mover {
	t.Helper()
	e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
	m := &mover{House: h, person: e.Person}
	m.page = m.link(t)
	m.pass(t, 4*time.Minute)
	return m
}

func (m *mover) link(t *testing.T) string {
	t.Helper()
	links, err := m.DB.Links(t.Context(), m.Actor, m.Clinic, m.person)
	if err != nil {
		t.Fatal(err)
	}
	return links.Page
}

// pass lets time pass and gives what is handed over then about addresses.
func (m *mover) pass(t *testing.T, d time.Duration) (about []reads.Handover) {
	t.Helper()
	m.Set(m.Now().Add(d))
	for range 6 {
		tickets, err := m.DB.Due(t.Context(), worker, 50)
		if err != nil {
			t.Fatal(err)
		}
		var ids []scheduler.ID
		for _, ticket := range tickets {
			ids = append(ids, ticket.ID)
		}
		handed, err := m.DB.Gate(t.Context(), worker, ids)
		if err != nil {
			t.Fatal(err)
		}
		var results []reads.Result
		for _, h := range handed {
			results = append(results, reads.Result{Handover: h, Outcome: reads.Sent, At: m.Now()})
			if h.Kind.AboutAddress() {
				about = append(about, h)
			}
		}
		if err := m.DB.Record(t.Context(), worker, results); err != nil {
			t.Fatal(err)
		}
		m.Set(m.Now().Add(21 * time.Second))
	}
	return about
}

// ask asks for another email address and gives the message with the code.
func (m *mover) ask(t *testing.T, address string) reads.Handover {
	t.Helper()
	q := reads.AddressRequest{Channel: scheduler.Email, Address: address}
	err := m.DB.AskAddress(t.Context(), webDoor, m.page, q)
	if err != nil {
		t.Fatal(err)
	}
	about := m.pass(t, time.Second)
	if len(about) != 1 || about[0].Kind != scheduler.AddressCode || about[0].Address != address ||
		about[0].Links.Page != "" || about[0].Name != "" || len(about[0].Code) != 6 {
		t.Fatalf("the code goes out as %+v", about)
	}
	return about[0]
}

// asked is the change that waits for its code.
func (m *mover) asked(t *testing.T) scheduler.ID {
	t.Helper()
	d, err := m.DB.OwnDetails(t.Context(), webDoor, m.page)
	if err != nil || len(d.Asked) != 1 {
		t.Fatalf("waiting are %+v (%v)", d.Asked, err)
	}
	return d.Asked[0].Change
}

func (m *mover) email(t *testing.T) string {
	t.Helper()
	p, err := m.DB.Person(t.Context(), m.Actor, m.Clinic, m.person)
	if err != nil {
		t.Fatal(err)
	}
	return p.Contact.Email
}

// change types a code in, as the page does.
func (m *mover) change(t *testing.T, code string) error {
	t.Helper()
	proof, err := m.DB.ProveAddress(t.Context(), webDoor, m.page, m.asked(t), code)
	if err != nil {
		return err
	}
	err = m.Desk.Confirm(t.Context(), m.own(), m.Desk.OwnDetails(scheduler.PersonSetting{Person: m.person,
		Email: &proof.Address, Change: proof.Change}))
	m.page = m.link(t)
	return err
}

func (m *mover) own() desk.Request {
	return desk.Request{Actor: access.Person(string(m.person), string(m.Clinic)), Clinic: m.Clinic}
}

// stop follows the link in the warning and presses its button.
func (m *mover) stop(t *testing.T, token string) error {
	t.Helper()
	s, err := m.DB.StoppableAddress(t.Context(), webDoor, token)
	if err != nil {
		return err
	}
	return m.Desk.Confirm(t.Context(), m.own(), m.Desk.OwnDetails(scheduler.PersonSetting{Person: s.Person,
		Email: s.Email, Phone: s.Phone, Stops: s.Change}))
}

// Another address holds once its code was typed in, and not before; the old one is told, and the old links end.
func TestAnotherAddressNeedsItsCode(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		m := newMover(t, h)
		old, first := m.email(t), m.page
		code := m.ask(t, "new@canary.example").Code
		if m.email(t) != old || m.link(t) != first {
			t.Fatalf("asking alone made it %s", m.email(t))
		}
		if err := m.change(t, "no code"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a wrong code: %v", err)
		}
		unproven := m.Desk.OwnDetails(scheduler.PersonSetting{Person: m.person, Email: new("new@canary.example"),
			Change: m.asked(t)})
		if err := m.Desk.Confirm(t.Context(), m.own(), unproven); !fault.Is(err, fault.Closed) || m.email(t) != old {
			t.Errorf("without a code: %v, and it is %s", err, m.email(t))
		}
		if err := m.change(t, code); err != nil || m.email(t) != "new@canary.example" {
			t.Fatalf("with the code: %v, and it is %s", err, m.email(t))
		}
		if _, err := m.DB.OwnDetails(t.Context(), webDoor, first); !fault.Is(err, fault.NotFound) || m.page == first {
			t.Errorf("the old link of the page: %v", err)
		}
		told := m.pass(t, time.Second)
		if len(told) != 1 || told[0].Kind != scheduler.AddressChanged || told[0].Address != old ||
			told[0].Links.Page != "" {
			t.Fatalf("the old address gets %+v", told)
		}
		open := m.Ask(t, "SELECT count(*) FROM address_changes WHERE CAST(address AS TEXT) LIKE '%canary%' OR "+
			"CAST(former AS TEXT) LIKE '%canary%'")[0][0]
		if open != "0" {
			t.Errorf("%s addresses lie open", open)
		}
		if err := m.DB.AskAddress(t.Context(), webDoor, m.page, reads.AddressRequest{Channel: scheduler.Email,
			Address: "new@canary.example"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("asked for what stands: %v", err)
		}
	})
}

// A link on a shared phone takes nobody over: who has the first address puts it back, whatever was changed since, and
// the links that the other one knows end.
func TestAnotherAddressIsTakenBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		m := newMover(t, h)
		old := m.email(t)
		if err := m.change(t, m.ask(t, "thief@canary.example").Code); err != nil {
			t.Fatal(err)
		}
		warned := m.pass(t, 2*time.Minute)[0]
		if err := m.change(t, m.ask(t, "thief2@canary.example").Code); err != nil {
			t.Fatal(err)
		}
		again := m.pass(t, 2*time.Minute)[0]
		if again.Address != "thief@canary.example" || warned.Address != old {
			t.Fatalf("warned are %s and %s", warned.Address, again.Address)
		}
		thief := m.page
		if err := m.stop(t, warned.Stop); err != nil || m.email(t) != old {
			t.Fatalf("stopped: %v, and it is %s", err, m.email(t))
		}
		if _, err := m.DB.OwnDetails(t.Context(), webDoor, thief); !fault.Is(err, fault.NotFound) {
			t.Errorf("the page of who took it: %v", err)
		}
		for _, token := range []string{again.Stop, warned.Stop, "unknown"} {
			if err := m.stop(t, token); !fault.Is(err, fault.NotFound) || m.email(t) != old {
				t.Errorf("stopped again: %v, and it is %s", err, m.email(t))
			}
		}
		if n := m.Ask(t, "SELECT about FROM tasks WHERE about = 'address-stopped'"); len(n) != 1 {
			t.Errorf("staff have %v", n)
		}
		m.page = m.link(t)
		m.Set(m.Now().Add(25 * time.Hour))
		if err := m.change(t, m.ask(t, "later@canary.example").Code); err != nil {
			t.Fatal(err)
		}
		late := m.pass(t, time.Minute)[0]
		m.Set(m.Now().Add(scheduler.StopWithin))
		if err := m.stop(t, late.Stop); !fault.Is(err, fault.NotFound) {
			t.Errorf("stopped after a week: %v", err)
		}
		m.Set(m.Now().Add(25 * time.Hour))
		if _, err := m.DB.ForgetAddresses(t.Context(), access.System("forget")); err != nil {
			t.Fatal(err)
		}
		if n := m.Ask(t, "SELECT count(*) FROM address_changes")[0][0]; n != "0" {
			t.Errorf("%s are kept", n)
		}
	})
}

// Codes are few: five tries each, one a minute, five a day.
func TestAddressCodesAreFew(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		m := newMover(t, h)
		old := m.email(t)
		ask := func(address string) error {
			return m.DB.AskAddress(t.Context(), webDoor, m.page, reads.AddressRequest{Channel: scheduler.Email,
				Address: address})
		}
		code := m.ask(t, "new@canary.example").Code
		change := m.asked(t)
		wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
		for range scheduler.CodeTries {
			if _, err := m.DB.ProveAddress(t.Context(), webDoor, m.page, change, wrong); !fault.Is(err, fault.Invalid) {
				t.Errorf("a wrong code: %v", err)
			}
		}
		if _, err := m.DB.ProveAddress(t.Context(), webDoor, m.page, change, code); !fault.Is(err, fault.Closed) {
			t.Errorf("the right code after too many: %v", err)
		}
		for i := range scheduler.CodesADay - 1 {
			m.Set(m.Now().Add(scheduler.CodeRest))
			if err := ask("other@canary.example"); err != nil {
				t.Errorf("%d: %v", i, err)
			}
			if err := ask("third@canary.example"); !fault.Is(err, fault.Closed) {
				t.Errorf("%d: at once again: %v", i, err)
			}
		}
		m.Set(m.Now().Add(scheduler.CodeRest))
		if err := ask("third@canary.example"); !fault.Is(err, fault.Closed) {
			t.Errorf("a sixth on one day: %v", err)
		}
		m.Set(m.Now().Add(scheduler.CodeLife))
		if d, err := m.DB.OwnDetails(t.Context(), webDoor, m.page); err != nil || len(d.Asked) != 0 {
			t.Errorf("after a quarter of an hour %v wait (%v)", d.Asked, err)
		}
		if about := m.pass(t, time.Second); len(about) != 0 || m.email(t) != old {
			t.Errorf("too late %v leave, and it is %s", about, m.email(t))
		}
	})
}

// Whose old address is dead is called, and nothing changes until then; so is who gives a number where no texts go.
func TestStaffCallWhenTheOldAddressIsDead(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		m := newMover(t, h)
		old := m.email(t)
		m.Do(t, "UPDATE people SET email_bad_at = '2026-01-01T00:00:00.000Z'")
		if err := m.change(t, m.ask(t, "new@canary.example").Code); !fault.Is(err, fault.Closed) || m.email(t) != old {
			t.Errorf("the change: %v, and it is %s", err, m.email(t))
		}
		m.Set(m.Now().Add(2 * time.Minute))
		err := m.DB.AskAddress(t.Context(), webDoor, m.page, reads.AddressRequest{Channel: scheduler.SMS,
			Address: "+12025550199", NoTexts: true})
		if err != nil {
			t.Fatal(err)
		}
		if n := m.Ask(t, "SELECT about FROM tasks WHERE about = 'address' AND done_at = ''"); len(n) != 2 {
			t.Errorf("staff have %v", n)
		}
		if about := m.pass(t, time.Second); len(about) != 0 {
			t.Errorf("there leave %v", about)
		}
	})
}

// A channel stops at once, and goes on by a second press.
func TestAChannelStopsAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		m := newMover(t, h)
		reach := func() int {
			p, err := m.DB.Person(t.Context(), m.Actor, m.Clinic, m.person)
			if err != nil {
				t.Fatal(err)
			}
			return len(p.Reach)
		}
		all := reach()
		for i, on := range []bool{false, false, true, true} {
			err := m.DB.SetOwnChannel(t.Context(), webDoor, m.page, reads.OwnChannel{Channel: scheduler.Email, On: on})
			if err != nil {
				t.Fatal(err)
			}
			if want := all - 1; on && reach() != all || !on && reach() != want {
				t.Errorf("%d: reached by %d channels", i, reach())
			}
			m.Set(m.Now().Add(time.Second))
		}
		how := m.Ask(t, "SELECT how, revoked_how FROM consents WHERE channel = 'email' ORDER BY given_at")
		if len(how) != 2 || how[0][1] != "page" || how[1][0] != "page" {
			t.Errorf("kept is %v", how)
		}
		err := m.DB.SetOwnChannel(t.Context(), webDoor, "unknown", reads.OwnChannel{Channel: scheduler.Email})
		wantMissing(t, err)
	})
}
