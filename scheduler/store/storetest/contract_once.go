package storetest

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store"
)

// once is a request under a key, about something that hash stands for.
func (h *House) once(key, hash string) desk.Request {
	q := h.Request()
	q.Once = desk.Once{Key: key, Hash: hash}
	return q
}

func keyedChangesHappenOnce(t *testing.T, h *House) {
	cohort := h.OpenCohort(t, 18, 12)
	ask := scheduler.EnrollRequest{Cohort: cohort, Contact: Contact(1)}
	first, err := h.Desk.Enroll(t.Context(), h.once("Pat Example 1", "one"), ask)
	must(t, err)
	before := h.dumpTables(t)
	if strings.Contains(before, "Pat Example 1") {
		t.Error("a key that names somebody is kept as it is")
	}
	again, err := h.Desk.Enroll(t.Context(), h.once("Pat Example 1", "one"), ask)
	must(t, err)
	if again != first || first.Entry.IsZero() {
		t.Errorf("the first answer is %+v, the second %+v", first, again)
	}
	ask.Contact = Contact(2)
	_, err = h.Desk.Enroll(t.Context(), h.once("Pat Example 1", "two"), ask)
	mustBe(t, "the key of another request", err, fault.Invalid)
	_, err = h.Desk.Enroll(t.Context(), h.once(strings.Repeat("k", desk.MostOnceKey+1), "two"), ask)
	mustBe(t, "a long key", err, fault.Invalid)
	if after := h.dumpTables(t); after != before {
		t.Error("a repeated or refused request left something")
	}
	must(t, h.Desk.Confirm(t.Context(), h.once("leave", "leave"), desk.Withdraw(first.Enrollment)))
	must(t, h.Desk.Confirm(t.Context(), h.once("leave", "leave"), desk.Withdraw(first.Enrollment)))
	mustBe(t, "leaving twice without a key",
		h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(first.Enrollment)), fault.Closed)
	now, err := h.Desk.Enroll(t.Context(), h.once("Pat Example 1", "one"),
		scheduler.EnrollRequest{Cohort: cohort, Contact: Contact(1)})
	must(t, err)
	if now.Enrollment != first.Enrollment || now.State != scheduler.Withdrawn {
		t.Errorf("an enrollment that has ended since comes back as %+v", now)
	}
}

// keysBelongToOneAsker: neither another asker nor another clinic meets a key.
func keysBelongToOneAsker(t *testing.T, h *House) {
	cohort, next := h.OpenCohort(t, 18, 12), h.Neighbour(t)
	there := next.OpenCohort(t, 18, 12)
	seen := map[scheduler.ID]bool{}
	for i, house := range []*House{h, h, next} {
		q := house.once("key", fmt.Sprint("request ", i))
		if i == 1 {
			q.Actor = access.Token("another", string(h.Clinic), access.ScopeEnroll)
		}
		in := map[bool]scheduler.ID{true: cohort, false: there}[house == h]
		e, err := house.Desk.Enroll(t.Context(), q, scheduler.EnrollRequest{Cohort: in, Contact: Contact(i)})
		must(t, err)
		seen[e.Enrollment] = true
	}
	if len(seen) != 3 {
		t.Errorf("three askers with one key made %d enrollments", len(seen))
	}
}

// keysAreForgotten: a key is good for a day, whether or not it was erased.
func keysAreForgotten(t *testing.T, h *House) {
	open := func(key string) scheduler.ID {
		id, err := h.Desk.OpenCohort(t.Context(), h.once(key, "same"), scheduler.OpenRequest{
			Definition: Definition(t, "more-telehealth"), Start: civil.Date{Year: 2026, Month: 2, Day: 3},
			At: civil.Clock{Hour: 18}, Zone: "America/New_York",
		})
		must(t, err)
		return id
	}
	first := open("key")
	h.Set(h.Now().Add(desk.OnceKept - time.Second))
	if n, err := h.DB.ForgetKeys(t.Context(), access.System("forget")); err != nil || n != 0 || open("key") != first {
		t.Errorf("within a day %d keys were forgotten (%v)", n, err)
	}
	h.Set(h.Now().Add(time.Second))
	second := open("key")
	if second == first {
		t.Error("a key is good for more than a day")
	}
	if open("key") != second {
		t.Error("a key that came again is not remembered")
	}
	h.Set(h.Now().Add(desk.OnceKept))
	if n, err := h.DB.ForgetKeys(t.Context(), access.System("forget")); err != nil || n != 1 {
		t.Errorf("%d keys were forgotten (%v)", n, err)
	}
	_, err := h.DB.ForgetKeys(t.Context(), access.Staff("s", string(h.Clinic), access.Admin))
	mustBe(t, "forgetting as staff", err, fault.Forbidden)
}

// refusedChangesKeepNoKey: who corrects a mistake may ask under the same key.
func refusedChangesKeepNoKey(t *testing.T, h *House) {
	cohort, person := h.OpenCohort(t, 18, 12), h.AddPeople(t, 1)[0]
	_, err := h.Enroll(t.Context(), cohort, person)
	must(t, err)
	before := h.dumpTables(t)
	_, err = h.Desk.Enroll(t.Context(), h.once("key", "one"), scheduler.EnrollRequest{Cohort: cohort, Person: person})
	mustBe(t, "enrolling twice", err, fault.Conflict)
	if after := h.dumpTables(t); after != before {
		t.Error("a refused change left its key")
	}
}

func tokensOpenTheirClinic(t *testing.T, h *House) {
	door := access.System("web")
	scopes := []access.Scope{access.ScopeEnroll, access.ScopeRead, access.ScopeRead}
	id, token, err := h.DB.AddToken(t.Context(), h.Actor, h.Clinic, store.TokenRequest{Scopes: scopes})
	must(t, err)
	if len(token) < 52 || strings.Contains(h.dumpTables(t), token) {
		t.Error("the token is short, or is kept as it is")
	}
	actor, err := h.DB.TokenActor(t.Context(), door, token, netip.Addr{})
	must(t, err)
	if actor.String() != "token:"+string(id) || actor.Clinic != string(h.Clinic) || len(actor.Scopes) != 2 ||
		actor.Scopes[0] != access.ScopeRead {
		t.Errorf("the token is %+v", actor)
	}
	h.wantSeen(t, NewYear())
	h.Set(NewYear().Add(59 * time.Minute))
	_, err = h.DB.TokenActor(t.Context(), door, token, netip.Addr{})
	must(t, err)
	h.wantSeen(t, NewYear())
	h.Set(NewYear().Add(61 * time.Minute))
	_, err = h.DB.TokenActor(t.Context(), door, token, netip.Addr{})
	must(t, err)
	h.wantSeen(t, NewYear().Add(time.Hour))
	next := h.Neighbour(t)
	mustBe(t, "another clinic's token", next.DB.RevokeToken(t.Context(), next.Actor, next.Clinic, id), fault.NotFound)
	must(t, h.DB.RevokeToken(t.Context(), h.Actor, h.Clinic, id))
	must(t, h.DB.RevokeToken(t.Context(), h.Actor, h.Clinic, id))
	_, revoked := h.DB.TokenActor(t.Context(), door, token, netip.Addr{})
	mustBe(t, "a revoked token", revoked, fault.NotFound)
	_, unknown := h.DB.TokenActor(t.Context(), door, token+"a", netip.Addr{})
	if unknown == nil || unknown.Error() != revoked.Error() {
		t.Errorf("a revoked token answers %q, an unknown one %q", revoked, unknown)
	}
	_, err = h.DB.TokenActor(t.Context(), h.Actor, token, netip.Addr{})
	mustBe(t, "looking a token up as anybody", err, fault.Forbidden)
	for _, bad := range [][]access.Scope{nil, {"admin"}, {access.ScopeRead, ""}} {
		_, _, err = h.DB.AddToken(t.Context(), h.Actor, h.Clinic, store.TokenRequest{Scopes: bad})
		mustBe(t, fmt.Sprintf("scopes %q", bad), err, fault.Invalid)
	}
}

// tokensEnd: a token is refused from an instant on, and outside its networks, with the words for unknown ones.
func tokensEnd(t *testing.T, h *House) {
	door, ends := access.System("web"), NewYear().Add(24*time.Hour)
	_, token, err := h.DB.AddToken(t.Context(), h.Actor, h.Clinic, store.TokenRequest{
		Scopes: []access.Scope{access.ScopeRead}, Expires: ends,
		Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/32")}})
	must(t, err)
	all, err := h.DB.Tokens(t.Context(), h.Actor, h.Clinic)
	must(t, err)
	if len(all) != 1 || !all[0].Expires.Equal(ends) || fmt.Sprint(all[0].Networks) != "[10.1.0.0/16 2001:db8::/32]" {
		t.Errorf("the tokens are %+v", all)
	}
	for _, c := range []struct {
		from string
		now  time.Time
		good bool
	}{
		{"10.1.255.1", ends.Add(-time.Second), true}, {"::ffff:10.1.0.1", ends.Add(-time.Second), true},
		{"2001:db8::1", ends.Add(-time.Second), true}, {"10.2.0.1", ends.Add(-time.Second), false},
		{"2001:db9::1", ends.Add(-time.Second), false}, {"10.1.0.1", ends, false},
	} {
		h.Set(c.now)
		_, err := h.DB.TokenActor(t.Context(), door, token, netip.MustParseAddr(c.from))
		if c.good {
			must(t, err)
			continue
		}
		mustBe(t, "from "+c.from, err, fault.NotFound)
	}
	_, err = h.DB.TokenActor(t.Context(), door, token, netip.Addr{})
	mustBe(t, "from nowhere", err, fault.NotFound)
	_, _, err = h.DB.AddToken(t.Context(), h.Actor, h.Clinic,
		store.TokenRequest{Scopes: []access.Scope{access.ScopeRead}, Expires: ends})
	mustBe(t, "a token that has ended", err, fault.Invalid)
}

// wantSeen checks the hour in which the only token was last used.
func (h *House) wantSeen(t *testing.T, hour time.Time) {
	t.Helper()
	all, err := h.DB.Tokens(t.Context(), h.Actor, h.Clinic)
	must(t, err)
	if len(all) != 1 || !all[0].Seen.Equal(hour) || !all[0].Revoked.IsZero() ||
		strings.Join(all[0].Scopes, " ") != "read enroll" {
		t.Errorf("the tokens are %+v; it was last used at %s", all, hour)
	}
}

// KeyRace asks for one enrollment n times at once under one key. The error says
// what came out wrong: anything but one enrollment, told to everybody alike.
func (h *House) KeyRace(t testing.TB, cohort scheduler.ID, n int) error {
	t.Helper()
	results, errs := make([]scheduler.Enrolled, n), make([]error, n)
	known := len(h.Ask(t, "SELECT id FROM people"))
	atOnce(n, func(i int) {
		results[i], errs[i] = h.Desk.Enroll(t.Context(), h.once(string(cohort), "one"),
			scheduler.EnrollRequest{Cohort: cohort, Contact: Contact(known + 1)})
	})
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("%d of %d were turned away, the first with: %w", count(errs), n, firstOf(errs))
		}
		if results[i] != results[0] {
			return fmt.Errorf("one was told of %s in state %s, another of %s in state %s", results[0].Enrollment,
				results[0].State, results[i].Enrollment, results[i].State)
		}
	}
	if people := h.Ask(t, "SELECT id FROM people"); len(people) != known+1 {
		return fmt.Errorf("%d people were made", len(people)-known)
	}
	if made := h.Roster(t, cohort, desk.Load{}).Enrollments; len(made) != 1 {
		return fmt.Errorf("%d enrollments were made", len(made))
	}
	return nil
}
