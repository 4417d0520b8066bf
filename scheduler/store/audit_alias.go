package store

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// The audit names people by aliases: random ids that mean somebody only together with a row of audit_aliases, which an
// erasure deletes. What is theirs alone, such as an enrollment, is the alias and a digest under a secret of that row.

// alias is how the audit names a person.
type alias struct {
	text   scheduler.ID
	secret []byte
}

// aliases say how the audit names ids; an id that is not among them names itself.
type aliases map[scheduler.ID]scheduler.ID

func (as aliases) of(id scheduler.ID) scheduler.ID {
	if known, ok := as[id]; ok {
		return known
	}
	return id
}

// aliasText encodes digests in the digits of ids.
var aliasText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ofThing names something that is one person's alone.
func (a alias) ofThing(thing scheduler.ID) scheduler.ID {
	mac := hmac.New(sha256.New, a.secret)
	mac.Write([]byte(thing)) // it never fails
	return a.text + "." + scheduler.ID(aliasText.EncodeToString(mac.Sum(nil)[:10]))
}

// personOf gives the alias of the person in how the audit names them or what is theirs.
func personOf(subject scheduler.ID) scheduler.ID {
	text, _, _ := strings.Cut(string(subject), ".")
	return scheduler.ID(text)
}

// owned is an id that is a person's, or something of theirs.
type owned struct{ id, person scheduler.ID }

// aliases finds how the audit names those ids that are people, enrollments or referrals, and makes what aliases are
// missing.
func (t *tx) aliases(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID) (aliases, error) {
	return t.aliased(ctx, clinic, ids, t.aliasesOf)
}

// knownAs is aliases of what the audit has named before.
func (t *tx) knownAs(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID) (aliases, error) {
	return t.aliased(ctx, clinic, ids,
		func(ctx context.Context, clinic scheduler.ID, people []scheduler.ID) (map[scheduler.ID]alias, error) {
			return t.knownAliases(ctx, clinic, "person", people)
		})
}

func (t *tx) aliased(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID,
	read func(context.Context, scheduler.ID, []scheduler.ID) (map[scheduler.ID]alias, error)) (aliases, error) {
	as := aliases{}
	ids = slices.DeleteFunc(slices.Clone(ids),
		func(id scheduler.ID) bool { return id == clinic || strings.Contains(string(id), ":") })
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), mostListed) {
		things, err := t.ownedAmong(ctx, clinic, part)
		if err != nil {
			return nil, err
		}
		var people []scheduler.ID
		for _, thing := range things {
			people = append(people, thing.person)
		}
		known, err := read(ctx, clinic, people)
		if err != nil {
			return nil, err
		}
		for _, thing := range things {
			switch a, is := known[thing.person]; {
			case !is:
			case thing.id == thing.person:
				as[thing.id] = a.text
			default:
				as[thing.id] = a.ofThing(thing.id)
			}
		}
	}
	return as, nil
}

// ownedAmong finds whose the ids are.
func (t *tx) ownedAmong(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID) ([]owned, error) {
	short := map[scheduler.ID][]scheduler.ID{} // by enrollment what begins with its id: seats and offers
	for _, id := range ids {
		if e := scheduler.EnrollmentIn(id); e != id {
			short[e] = append(short[e], id)
		}
	}
	people, args := sqldb.Among(t.Tx, "id", slices.Concat(ids, slices.Sorted(maps.Keys(short))))
	args = append([]any{clinic}, args...)
	rows, err := t.Query(ctx, "SELECT id, id FROM people WHERE "+ofClinic+" AND "+people+
		" UNION ALL SELECT id, person FROM enrollments WHERE "+ofClinic+" AND "+people+
		" UNION ALL SELECT id, id FROM referrals WHERE "+ofClinic+" AND "+people, slices.Concat(args, args, args)...)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (o owned, err error) { return o, rows.Scan(&o.id, &o.person) })
	if err != nil {
		return nil, fmt.Errorf("looking for whose the subjects of an audit are: %w", err)
	}
	for _, o := range slices.Clone(all) {
		for _, id := range short[o.id] {
			all = append(all, owned{id, o.person})
		}
	}
	return all, nil
}

// aliasesOf gives the aliases of people, and makes those that are missing.
func (t *tx) aliasesOf(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID]alias, error) {
	people = slices.Clone(people)
	slices.Sort(people)
	people = slices.Compact(people)
	known, err := t.knownAliases(ctx, clinic, "person", people)
	if err != nil || len(known) == len(people) {
		return known, err
	}
	var rows [][]any
	for _, person := range people {
		if _, is := known[person]; !is {
			a := alias{randomID(), make([]byte, 16)}
			_, _ = rand.Read(a.secret) // never fails: it ends the program instead
			known[person] = a
			rows = append(rows, []any{clinic, person, a.text, a.secret})
		}
	}
	err = t.Insert(ctx, "INSERT INTO audit_aliases (clinic, person, alias, secret)", rows, " ON CONFLICT DO NOTHING")
	if err != nil || t.Alone() {
		return known, err
	}
	return t.knownAliases(ctx, clinic, "person", people) // somebody else may have been first
}

// knownAliases gives the aliases there are, by person; column, person or alias, says what they are looked for by.
func (t *tx) knownAliases(ctx context.Context, clinic scheduler.ID, column string,
	among []scheduler.ID) (map[scheduler.ID]alias, error) {
	known := make(map[scheduler.ID]alias, len(among))
	for part := range slices.Chunk(among, mostListed) {
		condition, args := sqldb.Among(t.Tx, column, part)
		rows, err := t.Query(ctx, "SELECT person, alias, secret FROM audit_aliases WHERE clinic = ? AND "+condition,
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
			var person scheduler.ID
			var a alias
			if err := rows.Scan(&person, &a.text, &a.secret); err != nil {
				return none, err
			}
			known[person] = a
			return none, nil
		})
		if err != nil {
			return nil, fmt.Errorf("reading aliases of the audit: %w", err)
		}
	}
	return known, nil
}

// unaliasAudit puts ids in the place of the aliases of rows. Who was erased keeps the alias.
func (t *tx) unaliasAudit(ctx context.Context, clinic scheduler.ID, rows []reads.AuditRow) error {
	var names []scheduler.ID
	eachAlias(rows, func(name scheduler.ID) scheduler.ID {
		names = append(names, personOf(name))
		return name
	})
	slices.Sort(names)
	known, err := t.knownAliases(ctx, clinic, "alias", slices.Compact(names))
	if err != nil || len(known) == 0 {
		return err
	}
	ids := map[scheduler.ID]scheduler.ID{}
	for person, a := range known {
		ids[a.text] = person
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(known)), mostListed) {
		condition, args := sqldb.Among(t.Tx, "person", part)
		found, err := t.Query(ctx, "SELECT id, person FROM enrollments WHERE "+ofClinic+" AND "+condition,
			append([]any{clinic}, args...)...)
		if err != nil {
			return err
		}
		things, err := sqldb.Collect(found,
			func(rows *sql.Rows) (o owned, err error) { return o, rows.Scan(&o.id, &o.person) })
		if err != nil {
			return fmt.Errorf("reading whose the subjects of an audit are: %w", err)
		}
		for _, thing := range things {
			ids[known[thing.person].ofThing(thing.id)] = thing.id
		}
	}
	eachAlias(rows, func(name scheduler.ID) scheduler.ID {
		return cmp.Or(ids[name], ids[personOf(name)], name)
	})
	return nil
}

// eachAlias replaces what may be an alias in rows.
func eachAlias(rows []reads.AuditRow, by func(scheduler.ID) scheduler.ID) {
	const person = string(access.KindPerson) + ":"
	for i := range rows {
		r := &rows[i]
		r.Subject.ID = by(r.Subject.ID)
		for j := range r.People {
			r.People[j].ID = by(r.People[j].ID)
		}
		if id, is := strings.CutPrefix(r.Actor, person); is {
			r.Actor = person + string(by(scheduler.ID(id)))
		}
	}
}
