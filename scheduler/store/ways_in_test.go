package store_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/passkey"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// burglar is a facilitator with everything of their own, who can write to the whole database and has no key.
type burglar struct {
	*storetest.House
	t              *testing.T
	own, admin     scheduler.ID // members of staff
	browser, ended string       // sign-ins of the burglar; one that they have ended
	link           string       // that they have used
	page, revoked  string       // private pages of a person whom they are; one that was renewed
	person, victim scheduler.ID
	token, gone    string // of the API, read only; one that was revoked
	feed, oldFeed  string // calendars
	passkey        passkey.Key
	account        reads.IdentityUse
	kept           string // the head of the audit that is kept elsewhere
}

func newBurglar(t *testing.T) *burglar {
	t.Helper()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	cohort := h.OpenCohort(t, 18, 12)
	b := &burglar{House: h, t: t, own: addStaff(t, h, "fay@example.net", "facilitator"),
		admin: addStaff(t, h, "sam@example.net", "admin")}
	b.person = join(t, h, cohort, storetest.Contact(1)).Person
	b.victim = join(t, h, cohort, storetest.Contact(2)).Person
	b.revoked = links(t, h, b.person).Page
	b.must(t, h.DB.RenewLinks(t.Context(), h.Actor, h.Clinic, b.person, 0))
	b.page = links(t, h, b.person).Page
	admin := access.Staff(string(b.admin), string(h.Clinic), access.Admin)
	invite := func(staff scheduler.ID) string {
		link, err := h.DB.NewLink(t.Context(), admin, h.Clinic, staff, time.Hour)
		b.must(t, err)
		return link
	}
	b.link = invite(b.own)
	var err error
	b.ended, err = h.DB.SpendLink(t.Context(), webDoor, b.link, "")
	b.must(t, err)
	b.must(t, h.DB.SignOut(t.Context(), webDoor, b.ended))
	b.browser, err = h.DB.SpendLink(t.Context(), webDoor, invite(b.own), "")
	b.must(t, err)
	_, err = h.DB.SpendLink(t.Context(), webDoor, invite(b.admin), "")
	b.must(t, err)
	for _, token := range []*string{&b.gone, &b.token} {
		var id scheduler.ID
		id, *token, err = h.DB.AddToken(t.Context(), h.Actor, h.Clinic, store.TokenRequest{
			Scopes: []access.Scope{access.ScopeRead}, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
			Expires: h.Now().Add(time.Hour)})
		b.must(t, err)
		if token == &b.gone {
			b.must(t, h.DB.RevokeToken(t.Context(), h.Actor, h.Clinic, id))
		}
	}
	own := access.Staff(string(b.own), string(h.Clinic), access.Facilitator)
	for _, token := range []*string{&b.oldFeed, &b.feed} {
		*token, err = h.DB.AddStaffFeed(t.Context(), own, h.Clinic, b.own, reads.StaffFeed{Detail: reads.FeedNeutral},
			reads.Do)
		b.must(t, err)
		if token == &b.oldFeed {
			id := scheduler.ID(h.Ask(t, "SELECT id FROM staff_feeds")[0][0])
			b.must(t, h.DB.EndStaffFeed(t.Context(), own, h.Clinic, b.own, id, reads.Do))
		}
	}
	b.passkey = passkey.Key{ID: "own", Data: []byte("{}"), Counter: 1}
	b.must(t, h.DB.AddPasskey(t.Context(), own, b.browser, "Phone", b.passkey))
	b.account = reads.IdentityUse{Issuer: issuer, Subject: "fay"}
	b.must(t, h.DB.LinkIdentity(t.Context(), own, b.browser, b.account))
	b.kept = logAudit(t, h)
	return b
}

func (b *burglar) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// signsIn says what a sign-in opens: nothing, or its holder and role.
func (b *burglar) signsIn(t *testing.T, token string) string {
	a, in, err := b.Another(t).SignedIn(t.Context(), webDoor, token)
	if err != nil {
		return ""
	}
	return fmt.Sprint(a.ID, " ", a.Role, " ", in.SignIn.Strong(b.Now()))
}

// uses says what an API token opens.
func (b *burglar) uses(t *testing.T, token, from string) string {
	a, err := b.Another(t).TokenActor(t.Context(), webDoor, token, netip.MustParseAddr(from))
	if err != nil {
		return ""
	}
	return fmt.Sprint(a.Clinic, a.Scopes)
}

// opens says whose page an address opens.
func (b *burglar) opens(t *testing.T, token string) string {
	page, err := b.Another(t).Page(t.Context(), webDoor, token)
	if err != nil {
		return ""
	}
	return string(page.Person)
}

// feeds says what a calendar of staff shows.
func (b *burglar) feeds(t *testing.T, token string) string {
	a, k, err := b.Another(t).StaffFeedKey(t.Context(), webDoor, token)
	if err != nil || k.Ended {
		return ""
	}
	return fmt.Sprint(a.ID, a.Role, k.Feed.Detail)
}

// touches signs in with the passkey.
func (b *burglar) touches(t *testing.T, whose scheduler.ID) string {
	k := b.passkey
	k.Counter++
	token, err := b.Another(t).UsePasskey(t.Context(), webDoor, []byte(whose), k, reads.PasskeyUse{})
	if err != nil {
		return ""
	}
	return token
}

// organization signs in with the organization's account.
func (b *burglar) organization(t *testing.T, use reads.IdentityUse) string {
	token, err := b.Another(t).UseIdentity(t.Context(), webDoor, use)
	if err != nil {
		return ""
	}
	return b.signsIn(t, token)
}

// unnoticed says nothing once doctor or `audit verify` sees that something was altered.
func (b *burglar) unnoticed(t *testing.T) string {
	t.Helper()
	counts, err := b.Another(t).Unreadable(t.Context(), b.Actor, b.Clinic)
	b.must(t, err)
	_, err = b.Another(t).VerifyAudit(t.Context(), b.Actor, b.Clinic, b.kept)
	if len(counts) > 0 || fault.Is(err, fault.Invalid) {
		return ""
	}
	return "nobody notices"
}

// way is what the burglar does to the database, and what it opens then: nothing.
type way struct {
	name string
	do   func(*burglar) string
	try  func(*testing.T, *burglar) string
}

// made is a token that the burglar makes up.
const made = "abcdefghijklmnopqrstuvwxyz"

// mine finds the row of the burglar's sign-in.
func (b *burglar) mine() string { return "hash = '" + seal.HashToken(b.browser) + "'" }

// forge writes a sign-in of the admin for a token that the burglar made up, with a MAC.
func (b *burglar) forge(kind, mac string) string {
	return fmt.Sprintf("INSERT INTO signins (hash, clinic, staff, kind, id, method, created_at, expires_at, "+
		"seen_at, mac) SELECT '%s', clinic, '%s', '%s', 'x', method, created_at, expires_at, seen_at, %s "+
		"FROM signins WHERE %s",
		seal.HashToken(made), b.admin, kind, mac, b.mine())
}

// signInWays go in by a sign-in.
func signInWays() []way {
	return []way{
		{"a forged sign-in", func(b *burglar) string { return b.forge("browser", "''") },
			func(t *testing.T, b *burglar) string { return b.signsIn(t, made) }},
		{"a forged sign-in with the MAC of another", func(b *burglar) string { return b.forge("browser", "mac") },
			func(t *testing.T, b *burglar) string { return b.signsIn(t, made) }},
		{"a forged link", func(b *burglar) string {
			return b.forge("link", "mac")
		}, func(t *testing.T, b *burglar) string {
			token, _ := b.DB.SpendLink(t.Context(), webDoor, made, "")
			return token
		}},
		{"the own sign-in given to the admin", func(b *burglar) string {
			return fmt.Sprintf("UPDATE signins SET staff = '%s' WHERE %s", b.admin, b.mine())
		}, func(t *testing.T, b *burglar) string { return b.signsIn(t, b.browser) }},
		{"the admin's sign-in under the own token", func(b *burglar) string {
			return fmt.Sprintf("DELETE FROM signins WHERE %s; UPDATE signins SET hash = '%s' WHERE staff = '%s' AND "+
				"kind = 'browser'", b.mine(), seal.HashToken(b.browser), b.admin)
		}, func(t *testing.T, b *burglar) string { return b.signsIn(t, b.browser) }},
	}
}

// staffWays keep a sign-in, or make more of it.
func staffWays() []way {
	return []way{
		{"a longer sign-in", func(b *burglar) string {
			return "UPDATE signins SET expires_at = '2036-01-01T00:00:00.000Z', seen_at = '2026-01-02T11:59:00.000Z' " +
				"WHERE " + b.mine()
		}, func(t *testing.T, b *burglar) string {
			b.Set(b.Now().Add(24 * time.Hour))
			return b.signsIn(t, b.browser)
		}},
		{"an ended sign-in begun again", func(b *burglar) string {
			return "UPDATE signins SET spent_at = '' WHERE hash = '" + seal.HashToken(b.ended) + "'"
		}, func(t *testing.T, b *burglar) string { return b.signsIn(t, b.ended) }},
		{"a used link used again", func(b *burglar) string {
			return "UPDATE signins SET spent_at = '' WHERE hash = '" + seal.HashToken(b.link) + "'"
		}, func(t *testing.T, b *burglar) string {
			token, _ := b.DB.SpendLink(t.Context(), webDoor, b.link, "")
			return token
		}},
		{"the role raised", func(b *burglar) string {
			return "UPDATE staff SET role = 'admin' WHERE id = '" + string(b.own) + "'"
		}, func(t *testing.T, b *burglar) string { return b.signsIn(t, b.browser) }},
		{"the role and MAC of the admin", func(b *burglar) string {
			return fmt.Sprintf("UPDATE staff SET role = 'admin', mac = (SELECT mac FROM staff WHERE id = '%s') "+
				"WHERE id = '%s'", b.admin, b.own)
		}, func(t *testing.T, b *burglar) string { return b.signsIn(t, b.browser) }},
		{"a disabled account enabled", func(b *burglar) string {
			if err := b.DB.DisableStaff(b.t.Context(), b.Actor, b.Clinic, b.own); err != nil {
				return err.Error()
			}
			return fmt.Sprintf("UPDATE staff SET disabled_at = '' WHERE id = '%s'; UPDATE signins "+
				"SET spent_at = ''", b.own)
		}, func(t *testing.T, b *burglar) string { return b.signsIn(t, b.browser) }},
		{"a proof forged", func(b *burglar) string {
			return "UPDATE signins SET proved_at = '2026-01-01T20:00:00.000Z' WHERE " + b.mine()
		}, func(t *testing.T, b *burglar) string {
			b.Set(time.Date(2026, 1, 1, 20, 0, 0, 0, time.UTC))
			if opened := b.signsIn(t, b.browser); !strings.HasSuffix(opened, "false") {
				return "exports: " + opened
			}
			return ""
		}},
	}
}

// tokenWays go in by an address or a token.
func tokenWays() []way {
	return []way{
		{"an API token forged", func(b *burglar) string {
			return fmt.Sprintf("INSERT INTO api_tokens (id, clinic, hash, scopes, mac, created_at) SELECT 'x', "+
				"clinic, '%s', 'read,write,staff', mac, created_at FROM api_tokens WHERE hash = '%s'",
				seal.HashToken(made), seal.HashToken(b.token))
		}, func(t *testing.T, b *burglar) string { return b.uses(t, made, "10.0.0.1") }},
		{"the scopes of an API token raised", func(b *burglar) string {
			return "UPDATE api_tokens SET scopes = 'read,write,staff'"
		}, func(t *testing.T, b *burglar) string { return b.uses(t, b.token, "10.0.0.1") }},
		{"an API token for all networks", func(*burglar) string { return "UPDATE api_tokens SET networks = ''" },
			func(t *testing.T, b *burglar) string { return b.uses(t, b.token, "192.0.2.1") }},
		{"an API token without an end", func(*burglar) string { return "UPDATE api_tokens SET expires_at = ''" },
			func(t *testing.T, b *burglar) string {
				b.Set(b.Now().Add(48 * time.Hour))
				return b.uses(t, b.token, "10.0.0.1")
			}},
		{"a revoked API token revived", func(*burglar) string { return "UPDATE api_tokens SET revoked_at = ''" },
			func(t *testing.T, b *burglar) string { return b.uses(t, b.gone, "10.0.0.1") }},
		{"an API token for another clinic", func(b *burglar) string {
			return "UPDATE api_tokens SET clinic = '" + string(b.Neighbour(b.t).Clinic) + "'"
		}, func(t *testing.T, b *burglar) string { return b.uses(t, b.token, "10.0.0.1") }},
		{"the own page of somebody else", func(b *burglar) string {
			return fmt.Sprintf("DELETE FROM tokens WHERE subject = '%s'; UPDATE tokens SET subject = '%s' "+
				"WHERE hash = '%s'",
				b.victim, b.victim, seal.HashToken(b.page))
		}, func(t *testing.T, b *burglar) string { return b.opens(t, b.page) }},
		{"a page forged", func(b *burglar) string {
			return fmt.Sprintf("UPDATE tokens SET hash = '%s' WHERE subject = '%s' AND purpose = 'page'",
				seal.HashToken(made), b.victim)
		}, func(t *testing.T, b *burglar) string { return b.opens(t, made) }},
		{"the own record merged into somebody else's", func(b *burglar) string {
			return fmt.Sprintf("UPDATE people SET merged_into = '%s' WHERE id = '%s'", b.victim, b.person)
		}, func(t *testing.T, b *burglar) string { return b.opens(t, b.page) }},
		{"a revoked page revived", func(*burglar) string { return "UPDATE tokens SET revoked_at = ''" },
			func(t *testing.T, b *burglar) string { return b.opens(t, b.revoked) }},
	}
}

// otherWays go in by a passkey, an account or a calendar, or alter what is shown.
func otherWays() []way {
	return []way{
		{"the own passkey given to the admin", func(b *burglar) string {
			return "UPDATE passkeys SET staff = '" + string(b.admin) + "'"
		}, func(t *testing.T, b *burglar) string { return b.touches(t, b.admin) }},
		{"the public key of a passkey replaced", func(*burglar) string { return "UPDATE passkeys SET data = x'00'" },
			func(t *testing.T, b *burglar) string { return b.touches(t, b.own) }},
		{"the own account given to the admin", func(b *burglar) string {
			return "UPDATE identities SET staff = '" + string(b.admin) + "'"
		}, func(t *testing.T, b *burglar) string { return b.organization(t, b.account) }},
		{"an invitation of the admin for the own address", func(b *burglar) string {
			return fmt.Sprintf("DELETE FROM identities; DELETE FROM passkeys; DELETE FROM signins; "+
				"INSERT INTO signins (hash, clinic, staff, kind, id, method, created_at, expires_at) "+
				"SELECT 'x', clinic, id, 'link', 'x', 'invitation', created_at, '2036-01-01T00:00:00.000Z' "+
				"FROM staff WHERE id = '%[1]s'; "+
				"CREATE TEMP TABLE i AS SELECT email_index FROM staff WHERE id = '%[2]s'; "+
				"UPDATE staff SET email_index = 'x' WHERE id = '%[2]s'; "+
				"UPDATE staff SET email_index = (SELECT email_index FROM i) WHERE id = '%[1]s'", b.admin, b.own)
		}, func(t *testing.T, b *burglar) string {
			return b.organization(t, reads.IdentityUse{Issuer: issuer, Subject: "new", Email: "fay@example.net"})
		}},
		{"a calendar that says more", func(b *burglar) string { return "UPDATE staff_feeds SET detail = 'full'" },
			func(t *testing.T, b *burglar) string { return b.feeds(t, b.feed) }},
		{"an ended calendar revived", func(*burglar) string { return "UPDATE staff_feeds SET ended_at = ''" },
			func(t *testing.T, b *burglar) string { return b.feeds(t, b.oldFeed) }},
		{"a name of somebody else", func(b *burglar) string {
			return fmt.Sprintf("UPDATE people SET name = (SELECT name FROM people WHERE id = '%s') WHERE id = '%s'",
				b.victim, b.person)
		}, func(t *testing.T, b *burglar) string { return b.unnoticed(t) }},
		{"a name and key of somebody else", func(b *burglar) string {
			return fmt.Sprintf("UPDATE people SET (name, data_key) = (SELECT name, data_key FROM people "+
				"WHERE id = '%s') WHERE id = '%s'", b.victim, b.person)
		}, func(t *testing.T, b *burglar) string { return b.unnoticed(t) }},
		{"a row of the audit deleted", func(*burglar) string { return "DELETE FROM audit WHERE action = 'staff.add'" },
			func(t *testing.T, b *burglar) string { return b.unnoticed(t) }},
		{"a row of the audit altered", func(*burglar) string {
			return "UPDATE audit SET actor = 'staff:x' WHERE action = 'staff.add'"
		}, func(t *testing.T, b *burglar) string { return b.unnoticed(t) }},
	}
}

// A program with full write access to the database and without a key tries its ways in: each opens nothing, or is
// noticed by doctor or audit verify.
func TestNoWayInWithoutTheKey(t *testing.T) {
	t.Parallel()
	ways := slices.Concat(signInWays(), staffWays(), tokenWays(), otherWays())
	if len(ways) < 20 {
		t.Errorf("the burglar tries %d ways", len(ways))
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			b := newBurglar(t)
			b.Do(t, way.do(b))
			if opened := way.try(t, b); opened != "" {
				t.Errorf("it opens %q", opened)
			}
		})
	}
}

// Untouched, all that the burglar has works, so that a way in that opens nothing proves something.
func TestTheBurglarComesInByTheirOwnDoor(t *testing.T) {
	t.Parallel()
	b := newBurglar(t)
	for what, opens := range map[string]string{
		"the sign-in": b.signsIn(t, b.browser), "the API token": b.uses(t, b.token, "10.0.0.1"),
		"the page": b.opens(t, b.page), "the calendar": b.feeds(t, b.feed), "the passkey": b.touches(t, b.own),
		"the account": b.organization(t, b.account), "what is to be noticed": b.unnoticed(t),
	} {
		if opens == "" {
			t.Errorf("%s opens nothing", what)
		}
	}
}
