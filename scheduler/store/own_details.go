package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// OwnDetails gives what the holder of a page may change of themself. NotFound, with the words of Page, when the token
// opens nothing, or a page that can only be read any more.
func (db *DB) OwnDetails(ctx context.Context, a access.Actor, token string) (d reads.OwnDetails, err error) {
	h, err := db.ownHolder(ctx, a, token)
	if err != nil {
		return d, err
	}
	err = db.view(ctx, func(t *tx) error {
		p, err := t.contact(ctx, h.Clinic, h.Person)
		if err != nil {
			return err
		}
		d = reads.OwnDetails{Clinic: h.Clinic, Person: h.Person, Zone: p.Zone, Language: p.Language,
			Email: scheduler.MaskEmail(p.Contact.Email), Phone: scheduler.MaskPhone(p.Contact.Phone)}
		for _, c := range []scheduler.Channel{scheduler.Email, scheduler.SMS, scheduler.Voice} {
			if c == scheduler.Email && p.Contact.Email == "" || c != scheduler.Email && p.Contact.Phone == "" {
				continue
			}
			agreed := func(one scheduler.Consent) bool { return one.Channel == c }
			d.Channels = append(d.Channels, reads.OwnChannel{Channel: c,
				On: slices.ContainsFunc(p.Contact.Consents, agreed)})
		}
		if d.Asked, err = t.addressesAsked(ctx, h.Clinic, h.Person); err != nil {
			return err
		}
		d.Contact, err = t.contactOf(ctx, h.Clinic)
		return err
	})
	return d, err
}

// ownHolder finds whose page a token opens, while that page can change anything.
func (db *DB) ownHolder(ctx context.Context, a access.Actor, token string) (holder, error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return holder{}, err
	}
	h, err := db.holder(ctx, pagePurpose, token)
	if err != nil {
		return h, err
	}
	if !h.revoked.IsZero() || h.Ended {
		return h, errNoAddress()
	}
	return h, nil
}

// SetOwnChannel has the holder of a page agree to one channel, with today's text, or take that back at once. It fails
// as ChangeConsents does, and with NotFound as OwnDetails does.
func (db *DB) SetOwnChannel(ctx context.Context, a access.Actor, token string, c reads.OwnChannel) error {
	h, err := db.ownHolder(ctx, a, token)
	if err != nil {
		return err
	}
	var standing []scheduler.Consent
	err = db.view(ctx, func(t *tx) (err error) {
		standing, err = t.consents(ctx, h.Clinic, h.Person)
		return err
	})
	if err != nil {
		return err
	}
	q := desk.ConsentChange{Ended: "page"}
	if err := scheduler.CheckChannel(c.Channel); err != nil {
		return err
	}
	agreed := false
	for _, one := range standing {
		agreed = agreed || one.Channel == c.Channel
		if one.Channel != c.Channel || c.On {
			q.Consents = append(q.Consents, one)
		}
	}
	if c.On && !agreed {
		q.Consents = append(q.Consents, scheduler.Consent{Channel: c.Channel, How: "page",
			TextVersion: scheduler.ConsentTextVersion})
	}
	actor := access.Person(string(h.Person), string(h.Clinic))
	if err := access.CheckIn(actor, access.SettingsOwn, string(h.Clinic)); err != nil {
		return err
	}
	return db.changeConsents(ctx, actor, h.Clinic, h.Person, q)
}

// addressesAsked lists what waits for its code, one a channel at most.
func (t *tx) addressesAsked(ctx context.Context, clinic, person scheduler.ID) ([]reads.AddressAsked, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, `
		SELECT a.id, a.channel, a.address, p.data_key FROM address_changes a JOIN people p ON p.id = a.person
		WHERE a.clinic = ? AND a.person = ? AND a.done_at = '' AND a.stopped_at = '' AND a.asked_at > ? AND a.tries < ?
		ORDER BY a.asked_at, a.id`, clinic, person, sqldb.Stamp(t.db.now().Add(-scheduler.CodeLife)),
		scheduler.CodeTries)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (asked reads.AddressAsked, err error) {
		var address, own []byte
		if err := rows.Scan(&asked.Change, &asked.Channel, &address, &own); err != nil {
			return asked, err
		}
		asked.Address, err = opened(key.person(clinic, person, own),
			place(clinic, "address_changes", "address", asked.Change), address)
		return asked, err
	})
}

// AskAddress has the holder of a page ask for another address, to which a code goes. Nothing else changes. It fails
// with Invalid in field "address"; Closed when codes were sent too often, or the number takes no texts; NotFound as
// OwnDetails does. Without texts staff are asked to call the number, and no code is sent.
func (db *DB) AskAddress(ctx context.Context, a access.Actor, token string, q reads.AddressRequest) error {
	h, err := db.ownHolder(ctx, a, token)
	if err != nil {
		return err
	}
	actor := access.Person(string(h.Person), string(h.Clinic))
	if err := access.CheckIn(actor, access.SettingsOwn, string(h.Clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		clinic, err := t.lock(ctx, h.Clinic)
		if err != nil {
			return err
		}
		p, err := t.contact(ctx, h.Clinic, h.Person)
		if err != nil {
			return err
		}
		address, err := t.newAddress(clinic, p, q)
		if err != nil {
			return err
		}
		ask := &addressAsk{clinic: h.Clinic, person: h.Person, channel: q.Channel, address: address, now: db.now()}
		if err := t.addressLimits(ctx, ask); err != nil {
			return err
		}
		if ask.enrollment, err = t.someStay(ctx, h.Clinic, h.Person); err != nil {
			return err
		}
		err = t.audit(ctx, h.Clinic, actor, ask.now,
			scheduler.AuditEntry{Action: "person.address", Subjects: []scheduler.ID{h.Person}})
		if err != nil {
			return err
		}
		if q.NoTexts && q.Channel == scheduler.SMS {
			return t.callFirst(ctx, ask)
		}
		return t.sendCode(ctx, ask)
	})
}

// newAddress tidies what was typed in and refuses what stands already.
func (t *tx) newAddress(clinic scheduler.Clinic, p reads.Person, q reads.AddressRequest) (string, error) {
	setting, now := scheduler.PersonSetting{Email: &q.Address}, p.Contact.Email
	if q.Channel == scheduler.SMS {
		setting, now = scheduler.PersonSetting{Phone: &q.Address}, p.Contact.Phone
	} else if q.Channel != scheduler.Email {
		return "", fault.In("address", "Choose email or a telephone number.")
	}
	contact, err := setting.Check(clinic, scheduler.Person{Zone: p.Zone}, p.Contact, t.db.zones)
	if err != nil {
		return "", fault.In("address", "This is not an address that can be used. Look at it again.")
	}
	address := contact.Email
	if q.Channel == scheduler.SMS {
		address = contact.Phone
	}
	if address == "" || address == now {
		return "", fault.In("address", "Type in an address that is not yours yet.")
	}
	return address, nil
}

// addressAsk is a new address that somebody asks for.
type addressAsk struct {
	clinic, person, enrollment scheduler.ID
	channel                    scheduler.Channel
	address, index             string
	now                        time.Time
}

// addressLimits refuses a code too many: to one person, and to one address by all people.
func (t *tx) addressLimits(ctx context.Context, ask *addressAsk) error {
	key, err := t.key(ctx, ask.clinic)
	if err != nil {
		return err
	}
	if ask.index = emailIndex(key, ask.address); ask.channel == scheduler.SMS {
		ask.index = phoneIndex(key, ask.address)
		number, err := t.numberState(ctx, ask.clinic, ask.index)
		if err != nil {
			return err
		}
		if number.stopped != "" || number.refused != "" {
			return fault.New(fault.Closed, "This number takes no texts from us. Please call.")
		}
	}
	since := sqldb.Stamp(ask.now.Add(-24 * time.Hour))
	var theirs, there, last int
	err = t.Row(ctx, `
		SELECT coalesce(sum(CASE WHEN person = ? THEN 1 ELSE 0 END), 0),
		  coalesce(sum(CASE WHEN address_index = ? THEN 1 ELSE 0 END), 0),
		  coalesce(sum(CASE WHEN person = ? AND asked_at > ? THEN 1 ELSE 0 END), 0)
		FROM address_changes WHERE clinic = ? AND (person = ? OR address_index = ?) AND asked_at > ?`,
		ask.person, ask.index, ask.person, sqldb.Stamp(ask.now.Add(-scheduler.CodeRest)), ask.clinic, ask.person,
		ask.index, since).Scan(&theirs, &there, &last)
	if err != nil {
		return fmt.Errorf("counting codes: %w", err)
	}
	if last > 0 || theirs >= scheduler.CodesADay || there >= scheduler.CodesADay {
		return fault.New(fault.Closed, "A code was sent a short while ago. Wait a minute and try again, or call.")
	}
	return nil
}

// someStay gives an enrollment of a person that has not ended. Closed when there is none.
func (t *tx) someStay(ctx context.Context, clinic, person scheduler.ID) (id scheduler.ID, err error) {
	err = t.Row(ctx, `SELECT coalesce(min(id), '') FROM enrollments
		WHERE clinic = ? AND person = ? AND state NOT IN ('completed', 'withdrawn')`, clinic, person).Scan(&id)
	if err == nil && id == "" {
		return "", fault.New(fault.Closed, "Please call, so that somebody can change this with you.")
	}
	return id, err
}

// keepAsk writes down what is asked for, in place of what was asked for before on this channel.
func (t *tx) keepAsk(ctx context.Context, ask *addressAsk, doneAt string) (scheduler.ID, error) {
	err := t.Exec(ctx, `UPDATE address_changes SET stopped_at = ?
		WHERE clinic = ? AND person = ? AND channel = ? AND done_at = '' AND stopped_at = ''`,
		sqldb.Stamp(ask.now), ask.clinic, ask.person, ask.channel)
	if err != nil {
		return "", err
	}
	key, err := t.key(ctx, ask.clinic)
	if err != nil {
		return "", err
	}
	theirs, err := t.ownKey(ctx, key, ask.clinic, ask.person)
	if err != nil {
		return "", err
	}
	id := randomID()
	return id, t.Insert(ctx,
		"INSERT INTO address_changes (id, clinic, person, channel, address, address_index, asked_at, stopped_at)",
		[][]any{{id, ask.clinic, ask.person, ask.channel,
			theirs.Seal(place(ask.clinic, "address_changes", "address", id), ask.address), ask.index,
			sqldb.Stamp(ask.now), doneAt}}, "")
}

// sendCode keeps what is asked for and plans the message with its code.
func (t *tx) sendCode(ctx context.Context, ask *addressAsk) error {
	id, err := t.keepAsk(ctx, ask, "")
	if err != nil {
		return err
	}
	n := scheduler.NewNotice(scheduler.Notice{Kind: scheduler.AddressCode, Channel: ask.channel, Person: ask.person,
		Enrollment: ask.enrollment, Version: id, Due: ask.now, NotAfter: ask.now.Add(scheduler.CodeLife)}, nil, ask.now)
	return t.saveNotices(ctx, ask.clinic, []scheduler.Notice{n})
}

// callFirst asks staff to call before an address is used.
func (t *tx) callFirst(ctx context.Context, ask *addressAsk) error {
	id, err := t.keepAsk(ctx, ask, sqldb.Stamp(ask.now))
	if err != nil {
		return err
	}
	return t.askCall(ctx, ask, id)
}

func (t *tx) askCall(ctx context.Context, ask *addressAsk, change scheduler.ID) error {
	task := scheduler.NewTask(ask.clinic, scheduler.Task{Kind: scheduler.CallTask, About: scheduler.AboutAddress,
		Person: ask.person, Enrollment: ask.enrollment, Due: ask.now.Add(24 * time.Hour), Note: ask.address},
		scheduler.AboutAddress+":"+string(change), ask.now)
	return t.saveTasks(ctx, ask.clinic, []scheduler.Task{task})
}

// OwnPage gives the token of a person's page after it has changed, for who has just shown that they are that person.
func (db *DB) OwnPage(ctx context.Context, a access.Actor, clinic, person scheduler.ID) (token string, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return "", err
	}
	err = db.view(ctx, func(t *tx) error {
		links, err := t.links(ctx, clinic, []scheduler.ID{person})
		token = links[person].Page
		return err
	})
	return token, err
}
