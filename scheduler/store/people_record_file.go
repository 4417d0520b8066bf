package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// mostAudited is how many rows of the audit a record file has, the latest first.
const mostAudited = 5_000

// recordPart is a section of a record file that one query gives as text. Its first argument is the clinic, and %s are
// the records of the person. A column called by is an actor; one called sealed is opened at the place that its row
// names, and the columns before it that begin with # say where.
type recordPart struct {
	name, title string
	fields      []string
	query       string
}

const ofEnrollments = "e.clinic = ? AND e.person IN (%s)"

// recordParts are the sections between contact data and texts.
var recordParts = []recordPart{
	{"consents", "Consents", []string{"channel", "text_version", "given", "how", "by", "ended", "ended_how",
		"ended_by"},
		`SELECT k.channel, k.text_version, k.given_at, k.how, k.by_actor, k.revoked_at, k.revoked_how, k.revoked_by
FROM consents k JOIN people p ON p.id = k.person WHERE p.clinic = ? AND k.person IN (%s) ORDER BY k.given_at`},
	{"written_consents", "Written consents", []string{"#id", "kind", "signed", "given", "how", "by", "until", "ended",
		"ended_by", "text_version", "text_hash", "sealed terms"},
		`SELECT id, kind, signed_on, given_at, how, by_actor, expires_on, ended_at, ended_by, text_version, text_hash,
  terms
FROM written_consents WHERE clinic = ? AND person IN (%s) ORDER BY given_at, id`},
	{"settings", "How they want to be reminded", []string{"muted", "minutes_before", "from", "until", "urgent",
		"most_a_week", "calls_and_post", "changed"},
		`SELECT muted, leads, email_from, email_until, disturb, CAST(max_per_week AS TEXT), contact, changed_at
FROM settings
WHERE clinic = ? AND person IN (%s)`},
	{"enrollments", "Enrollments", []string{"id", "cohort", "protocol", "state", "requested", "earliest", "ended"},
		`SELECT e.id, c.name, c.protocol, e.state, e.requested_at, e.earliest, e.ended_at
FROM enrollments e JOIN cohorts c ON c.id = e.cohort WHERE ` + ofEnrollments + ` ORDER BY e.requested_at, e.id`},
	{"dates", "Dates and attendance", []string{"start", "zone", "minutes", "place", "title", "state", "minutes_there",
		"hours_of_notice", "segments_missed", "answer", "cohort"},
		`SELECT x.local_start, c.zone, CAST(x.minutes AS TEXT), x.place, x.title, s.state, CAST(s.minutes AS TEXT),
  CAST(s.notice_hours AS TEXT), s.missed_segments, s.intent, c.name
FROM enrollments e JOIN seats s ON s.enrollment = e.id JOIN sessions x ON x.id = s.session
JOIN cohorts c ON c.id = x.cohort WHERE ` + ofEnrollments + ` ORDER BY x.start_at, s.id`},
	{"attendance", "When attendance was taken or corrected", []string{"session", "at", "state", "minutes", "by"},
		`SELECT x.local_start, a.at, a.state, CAST(a.minutes AS TEXT), a.by_actor
FROM enrollments e JOIN seats s ON s.enrollment = e.id JOIN attendance a ON a.seat = s.id
JOIN sessions x ON x.id = s.session WHERE ` + ofEnrollments + ` ORDER BY a.at, a.id`},
	{"leaves", "Leaves", []string{"from", "until", "seat_given_up", "ended"},
		`SELECT l.since_date, l.last_date, CAST(l.released AS TEXT), l.ended_at
FROM enrollments e JOIN leaves l ON l.enrollment = e.id WHERE ` + ofEnrollments + ` ORDER BY l.from_at`},
	{"offers", "Offers", []string{"made", "told", "state", "closed"},
		`SELECT o.made_at, o.told_at, o.state, o.closed_at
FROM enrollments e JOIN offers o ON o.enrollment = e.id WHERE ` + ofEnrollments + ` ORDER BY o.made_at, o.id`},
	{"facts", "What was recorded about an enrollment", []string{"#enrollment", "kind", "what", "date", "at", "by",
		"sealed reason"},
		`SELECT f.enrollment, f.kind, f.what, f.local_date, f.at, f.by_actor, f.reason
FROM enrollments e JOIN enrollment_facts f ON f.enrollment = e.id WHERE ` + ofEnrollments + ` ORDER BY f.at, f.what`},
	{"assessments", "Assessments", []string{"#enrollment", "what", "title", "opens", "target", "closes", "outcome",
		"date", "mode", "at", "by"},
		`SELECT m.enrollment, m.what, m.title, m.opens, m.target, m.closes, m.outcome, m.done_on, m.mode, m.at,
  m.by_actor
FROM enrollments e JOIN assessments m ON m.enrollment = e.id WHERE ` + ofEnrollments + ` ORDER BY m.due, m.id`},
	{"messages", "Messages", []string{"kind", "channel", "due", "state", "reason", "done"},
		`SELECT n.kind, n.channel, n.due_at, n.state, n.reason, n.done_at
FROM enrollments e JOIN notices n ON n.enrollment = e.id WHERE ` + ofEnrollments + ` ORDER BY n.due_at, n.id`},
	{"disclosures", "What left the programme about them", []string{"#id", "at", "last", "times", "basis", "how", "by",
		"sealed terms"},
		`SELECT id, at, last_at, CAST(times AS TEXT), basis, how, by_actor, terms FROM disclosures
WHERE clinic = ? AND person IN (%s) ORDER BY at, id`},
	{"texts_in", "Texts that came from them", []string{"#text", "at", "what_came_of_it", "sealed text"},
		"SELECT id, at, act, text FROM texts_in WHERE clinic = ? AND person IN (%s) ORDER BY at, id"},
	{"tasks", "Tasks of staff about them", []string{"#task", "kind", "about", "created", "due", "done", "sealed note"},
		`SELECT id, kind, about, created_at, due_at, done_at, note FROM tasks
WHERE clinic = ? AND person IN (%s) ORDER BY created_at, id`},
	{"links", "Private addresses", []string{"purpose", "generation", "ended"},
		`SELECT purpose, CAST(generation AS TEXT), revoked_at FROM tokens
WHERE clinic = ? AND purpose NOT IN ('confirm', 'stop') AND subject IN (%s) ORDER BY purpose, generation`},
	{"address_changes", "Addresses that they asked for", []string{"channel", "asked", "done", "taken_back"},
		`SELECT channel, asked_at, done_at, stopped_at FROM address_changes
WHERE clinic = ? AND person IN (%s) ORDER BY asked_at`},
	{"calendar", "When their calendar was fetched", []string{"hour", "times"},
		`SELECT f.hour, CAST(f.count AS TEXT) FROM feed_fetches f JOIN people p ON p.id = f.person
WHERE p.clinic = ? AND f.person IN (%s) ORDER BY f.hour`},
	{"holds", "Legal holds", []string{"set", "lifted"},
		"SELECT at, lifted_at FROM legal_holds WHERE clinic = ? AND person IN (%s) ORDER BY at"},
}

// ExportRecord gives all that is known of a person and of the records that were merged into theirs, and writes to the
// audit who asked. NotFound when there is no such person at the clinic; Closed when they were erased.
func (db *DB) ExportRecord(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (reads.RecordFile, error) {
	if err := access.CheckIn(a, access.PersonRecord, string(clinic)); err != nil {
		return reads.RecordFile{}, err
	}
	if err := db.takeViews(ctx); err != nil { // who has seen them is a part of it
		return reads.RecordFile{}, err
	}
	file := reads.RecordFile{At: db.now()}
	err := db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		if err := t.person(ctx, clinic, person, ""); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, file.At,
			scheduler.AuditEntry{Action: "person.export", Subjects: []scheduler.ID{person}})
	})
	if err != nil {
		return file, err
	}
	err = db.view(ctx, func(t *tx) error {
		records, err := t.mergedIn(ctx, clinic, person)
		if err != nil {
			return err
		}
		file.Person, file.Sections = person, nil
		for _, read := range []func(context.Context, scheduler.ID, []scheduler.ID) ([]reads.RecordSection, error){
			t.contactSections, t.plainSections, t.textSections, t.auditSections,
		} {
			some, err := read(ctx, clinic, records)
			if err != nil {
				return fmt.Errorf("reading what is known of %s: %w", person, err)
			}
			file.Sections = append(file.Sections, some...)
		}
		return nil
	})
	return file, err
}

// contactSections are who they are, in each of their records.
func (t *tx) contactSections(ctx context.Context, clinic scheduler.ID,
	records []scheduler.ID) ([]reads.RecordSection, error) {
	who := reads.RecordSection{Name: "person", Title: "Who they are", Fields: []string{"id", "name", "email", "phone",
		"zone", "language"}}
	ids := reads.RecordSection{Name: "external_ids", Title: "Ids in other systems", Fields: []string{"system", "id"}}
	for _, record := range records {
		p, err := t.contact(ctx, clinic, record)
		if err != nil {
			return nil, err
		}
		who.Rows = append(who.Rows,
			[]string{string(p.ID), p.Contact.Name, p.Contact.Email, p.Contact.Phone, p.Zone, p.Language})
		for _, id := range p.Contact.ExternalIDs {
			ids.Rows = append(ids.Rows, []string{id.System, id.Value})
		}
	}
	return []reads.RecordSection{who, ids}, nil
}

func (t *tx) plainSections(ctx context.Context, clinic scheduler.ID,
	records []scheduler.ID) ([]reads.RecordSection, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	in, args := sqldb.List(records)
	args = append([]any{clinic}, args...)
	var all []reads.RecordSection
	for _, part := range recordParts {
		rows, err := t.Query(ctx, fmt.Sprintf(part.query, in), args...)
		if err != nil {
			return nil, err
		}
		section := reads.RecordSection{Name: part.name, Title: part.title}
		section.Rows, err = sqldb.Collect(rows, func(rows *sql.Rows) ([]string, error) {
			return part.scan(rows, clinic, key)
		})
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", part.name, err)
		}
		for _, field := range part.fields {
			section.Fields = append(section.Fields, strings.TrimPrefix(strings.TrimPrefix(field, "#"), "sealed "))
		}
		if err := t.nameActors(ctx, clinic, section); err != nil {
			return nil, err
		}
		all = append(all, section)
	}
	return all, nil
}

// scan reads a row, and opens what is sealed in it.
func (part recordPart) scan(rows *sql.Rows, clinic scheduler.ID, key *clinicKey) ([]string, error) {
	kept, into := make([][]byte, len(part.fields)), make([]any, len(part.fields))
	for i := range kept {
		into[i] = &kept[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	row := make([]string, len(part.fields))
	for i, field := range part.fields {
		if !strings.HasPrefix(field, "sealed ") {
			row[i] = string(kept[i])
			continue
		}
		var where seal.Place
		switch part.name {
		case "tasks", "written_consents", "texts_in", "disclosures":
			where = place(clinic, part.name, strings.TrimPrefix(field, "sealed "), scheduler.ID(row[0]))
		default:
			fact := scheduler.Fact{Kind: scheduler.FactKind(row[1]), What: row[2]}
			where = reasonPlace(clinic, scheduler.ID(row[0]), fact)
		}
		var err error
		if row[i], err = opened(key, where, kept[i]); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// nameActors puts names in the place of actors.
func (t *tx) nameActors(ctx context.Context, clinic scheduler.ID, section reads.RecordSection) error {
	named := map[string]string{"": ""}
	for i, field := range section.Fields {
		if field != "by" && field != "ended_by" {
			continue
		}
		for _, row := range section.Rows {
			var err error
			if row[i], err = t.nameOnce(ctx, clinic, row[i], named); err != nil {
				return err
			}
		}
	}
	return nil
}

// textSections are referrals, and what staff wrote to groups of theirs.
func (t *tx) textSections(ctx context.Context, clinic scheduler.ID,
	records []scheduler.ID) ([]reads.RecordSection, error) {
	ids, err := t.referralsOf(ctx, clinic, records)
	if err != nil {
		return nil, err
	}
	referrals := reads.RecordSection{Name: "referrals", Title: "Referrals", Fields: []string{"received", "name",
		"email", "phone", "referred_by", "while_waiting", "closed", "closed_why"}}
	for _, id := range ids {
		r, err := t.referral(ctx, clinic, id)
		if err != nil {
			return nil, err
		}
		referrals.Rows = append(referrals.Rows, []string{sqldb.Stamp(r.ReceivedAt), r.Contact.Name, r.Contact.Email,
			r.Contact.Phone, r.Source, r.Waiting, sqldb.Stamp(r.ClosedAt), r.ClosedWhy})
	}
	written := reads.RecordSection{Name: "texts", Title: "What staff wrote to them", Fields: []string{"sent", "text",
		"spanish"}}
	in, args := sqldb.List(records)
	rows, err := t.Query(ctx,
		"SELECT DISTINCT key FROM notices WHERE clinic = ? AND kind = ?"+fmt.Sprintf(ofTheirs, in),
		slices.Concat([]any{clinic, scheduler.StaffMessage}, args)...)
	if err != nil {
		return nil, err
	}
	keys, err := sqldb.Collect(rows, func(rows *sql.Rows) (key string, err error) { return key, rows.Scan(&key) })
	if err != nil {
		return nil, err
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	for _, one := range keys {
		id := scheduler.MessageOf(one)
		var at string
		var text, spanish []byte
		err := t.Row(ctx, "SELECT sent_at, text, spanish FROM messages WHERE clinic = ? AND id = ?", clinic, id).
			Scan(&at, &text, &spanish)
		if sqldb.IsNoRows(err) {
			continue
		}
		row := []string{at, "", ""}
		if err == nil {
			row[1], err = opened(key, place(clinic, "messages", "text", id), text)
		}
		if err == nil {
			row[2], err = opened(key, place(clinic, "messages", "spanish", id), spanish)
		}
		if err != nil {
			return nil, err
		}
		written.Rows = append(written.Rows, row)
	}
	slices.SortFunc(written.Rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return []reads.RecordSection{referrals, written}, nil
}

// auditSections are who changed something about them, and who has seen them.
func (t *tx) auditSections(ctx context.Context, clinic scheduler.ID,
	records []scheduler.ID) ([]reads.RecordSection, error) {
	known, err := t.knownAs(ctx, clinic, records)
	if err != nil {
		return nil, err
	}
	section := reads.RecordSection{Name: "audit", Title: "Who changed something, and who has seen them",
		Fields: []string{"at", "by", "role", "action", "fields", "network", "route"}}
	var names []scheduler.ID
	for _, record := range records {
		names = append(names, known.of(record))
	}
	in, args := sqldb.List(names)
	args = append([]any{clinic}, args...)
	const columns = "a.at, a.actor, a.role, a.action, a.fields, a.network, a.route"
	rows, err := t.Query(ctx, "SELECT "+columns+" FROM audit a WHERE a.clinic = ? AND a.subject IN ("+in+`)
UNION ALL SELECT `+columns+` FROM audit_people p JOIN audit a ON a.clinic = p.clinic AND a.subject = p.subject
  AND a.at = p.at AND a.id = p.id WHERE p.clinic = ? AND p.person IN (`+in+`)
ORDER BY 1 DESC LIMIT `+strconv.Itoa(mostAudited), slices.Concat(args, args)...)
	if err != nil {
		return nil, err
	}
	section.Rows, err = sqldb.Collect(rows, func(rows *sql.Rows) ([]string, error) {
		row := make([]string, 7)
		return row, rows.Scan(&row[0], &row[1], &row[2], &row[3], &row[4], &row[5], &row[6])
	})
	if err != nil {
		return nil, err
	}
	return []reads.RecordSection{section}, t.nameActors(ctx, clinic, section)
}
