-- All tables, for both databases: dialect.go turns this text into PostgreSQL's. Instants are UTC text of 24 characters
-- (2026-01-06T23:00:00.000Z), empty when there is none; dates, wall times and periods are text as the protocols package
-- writes them; ids are those of scheduler.ID, and begin with what they belong to; yes and no are 1 and 0. Columns called
-- sealed hold AES-256-GCM ciphertext bound to their clinic, table, column and row.

CREATE TABLE clinics (
  id           TEXT NOT NULL PRIMARY KEY,
  name         TEXT NOT NULL,
  zone         TEXT NOT NULL,
  data_key     BLOB NOT NULL,               -- sealed under the secret key; everything else hangs on it
  next_key     BLOB,                        -- the same under the next secret key, while that is being changed
  change_no    INTEGER NOT NULL DEFAULT 0,  -- rises with every change
  rev          INTEGER NOT NULL DEFAULT 0,  -- rises with every change of what all its feeds show
  created_at   TEXT NOT NULL,
  lock_minutes INTEGER NOT NULL DEFAULT 15, -- idle minutes after which the screens of staff are locked
  join_minutes INTEGER NOT NULL DEFAULT 15, -- how long before their start sessions can be joined
  facilitators TEXT NOT NULL DEFAULT 'own', -- which cohorts they see: own (that they lead or substitute in) or all
  sign_in      TEXT NOT NULL DEFAULT 'mail', -- what lets staff in: mail (a link is enough) or strong (more is needed)
  closed       TEXT NOT NULL DEFAULT '',    -- ranges joined by commas
  shown_name   TEXT NOT NULL DEFAULT '',    -- as people know it; empty: they are shown no name
  phone        TEXT NOT NULL DEFAULT '',    -- shown to people; empty: none
  crisis       TEXT NOT NULL DEFAULT '',    -- a line for somebody in a crisis; empty: none
  hours_from   TEXT NOT NULL DEFAULT '',    -- wall time of who chose no hours, as 08:00; empty: at any time
  hours_until  TEXT NOT NULL DEFAULT '',
  leads        TEXT NOT NULL DEFAULT '',    -- minutes before a session, joined by commas; empty: the protocols'
  leads_at     TEXT NOT NULL DEFAULT '',    -- when they were chosen; empty: never
  mail_days    INTEGER NOT NULL DEFAULT 7,  -- how long kept mail stays
  text_years   INTEGER NOT NULL DEFAULT 0,  -- how long texts that staff wrote stay; 0: for good
  titles       TEXT NOT NULL DEFAULT 'page', -- what browsers call the pages of staff: page (its name) or plain
  head_email   TEXT NOT NULL DEFAULT '',    -- who gets the newest head of the audit each day; empty: nobody
  head_mailed  TEXT NOT NULL DEFAULT ''     -- the last local day on which one was mailed
) STRICT;
CREATE UNIQUE INDEX clinics_by_name ON clinics (name);

-- Which secret keys open the database: one, and while it is being changed two.
CREATE TABLE secret_keys (
  check_value TEXT NOT NULL PRIMARY KEY, -- says nothing of the key
  state       TEXT NOT NULL UNIQUE,      -- used or next
  at          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE definitions (
  hash   TEXT NOT NULL PRIMARY KEY, -- of the canonical source
  ref    TEXT NOT NULL,             -- id@version
  source TEXT NOT NULL
) STRICT;

CREATE TABLE people (
  id           TEXT NOT NULL PRIMARY KEY,
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  zone         TEXT NOT NULL,
  language     TEXT NOT NULL,
  data_key     BLOB,                       -- their own key, sealed under the clinic's; null: they were erased
  name         BLOB NOT NULL,              -- sealed with it; of no length: they were erased
  email        BLOB,                       -- sealed with it; null: none
  email_index  TEXT NOT NULL DEFAULT '',   -- blind index
  phone        BLOB,                       -- sealed with it; null: none
  phone_index  TEXT NOT NULL DEFAULT '',   -- blind index
  email_bad_at TEXT NOT NULL DEFAULT '',   -- when the provider refused the address for good
  rev          INTEGER NOT NULL DEFAULT 0, -- rises with every change of what the feed shows
  created_at   TEXT NOT NULL,
  merged_into  TEXT NOT NULL DEFAULT '',   -- the person with whom they are one, who has all that they had
  merged_mac   TEXT NOT NULL DEFAULT '',   -- over id and merged_into, under the clinic's key
  erased_at    TEXT NOT NULL DEFAULT ''    -- when nothing of them was left but a pseudonym; empty: they were not
) STRICT;
CREATE INDEX people_by_email ON people (clinic, email_index); -- its clinic finds all people to open their names, too
CREATE INDEX people_by_phone ON people (clinic, phone_index);
CREATE INDEX people_merged ON people (clinic, merged_into) WHERE merged_into <> '';
CREATE INDEX people_erased ON people (erased_at) WHERE erased_at <> '';

-- Why somebody must not be erased yet. A hold that was lifted stays.
CREATE TABLE legal_holds (
  person    TEXT NOT NULL REFERENCES people (id),
  at        TEXT NOT NULL,
  clinic    TEXT NOT NULL REFERENCES clinics (id),
  reason    BLOB,                      -- sealed; null: the person was erased since
  by_actor  TEXT NOT NULL,             -- kind:id
  lifted_at TEXT NOT NULL DEFAULT '',  -- empty: it stands
  lifted_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (person, at)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX legal_holds_open ON legal_holds (person) WHERE lifted_at = '';

CREATE TABLE consents (
  person       TEXT NOT NULL REFERENCES people (id),
  channel      TEXT NOT NULL,
  text_version TEXT NOT NULL,
  given_at     TEXT NOT NULL,
  revoked_at   TEXT NOT NULL DEFAULT '',
  how          TEXT NOT NULL DEFAULT '', -- it was given: paper, spoken …; empty: nobody said
  by_actor     TEXT NOT NULL DEFAULT '', -- who wrote it down, as kind:id
  revoked_how  TEXT NOT NULL DEFAULT '',
  revoked_by   TEXT NOT NULL DEFAULT '', -- kind:id; empty while it lasts
  PRIMARY KEY (person, channel, given_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX consents_texts ON consents (person) WHERE channel = 'sms' AND revoked_at = '';

-- What is known of a telephone number that texts go to. A consent to texts counts once its number has confirmed it.
CREATE TABLE text_numbers (
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  number       TEXT NOT NULL,            -- blind index, as people.phone_index
  asked_at     TEXT NOT NULL DEFAULT '', -- the latest text that asks for confirmation was handed over
  confirmed_at TEXT NOT NULL DEFAULT '', -- the latest confirmation; consents given up to then count
  stopped_at   TEXT NOT NULL DEFAULT '', -- STOP came; only a START ends it
  refused_at   TEXT NOT NULL DEFAULT '', -- the gateway says that no text can arrive there
  PRIMARY KEY (clinic, number)
) STRICT, WITHOUT ROWID;

-- Mail that came in, by its digest: it is taken once, also when its server gives it twice.
CREATE TABLE mails_in (
  clinic TEXT NOT NULL, -- of the mailbox; empty: unknown
  digest TEXT NOT NULL, -- SHA-256
  at     TEXT NOT NULL, -- it came last
  PRIMARY KEY (clinic, digest)
) STRICT, WITHOUT ROWID;

-- Texts that came in, by a digest of what the gateway calls each: it is taken once.
CREATE TABLE texts_in (
  id          TEXT NOT NULL PRIMARY KEY,
  clinic      TEXT NOT NULL REFERENCES clinics (id),
  person      TEXT NOT NULL DEFAULT '', -- empty: several people have the number, or nobody
  number      TEXT NOT NULL,            -- blind index
  at          TEXT NOT NULL,
  act         TEXT NOT NULL,            -- what became of it
  text        BLOB,                     -- sealed
  answered_at TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX texts_in_by_number ON texts_in (clinic, number, at);

-- A consent with every element of 42 CFR 2.31. What it says in words is sealed; who receives records has a blind index.
CREATE TABLE written_consents (
  id              TEXT PRIMARY KEY,
  clinic          TEXT NOT NULL REFERENCES clinics (id),
  person          TEXT NOT NULL REFERENCES people (id),
  kind            TEXT NOT NULL,
  recipient_index TEXT NOT NULL,
  terms           BLOB NOT NULL,
  expires_on      TEXT NOT NULL, -- local date of the clinic; empty: none
  text_version    TEXT NOT NULL,
  language        TEXT NOT NULL,
  text_hash       TEXT NOT NULL,
  how             TEXT NOT NULL,
  signed_on       TEXT NOT NULL,
  given_at        TEXT NOT NULL,
  expires_at      TEXT NOT NULL, -- the end of expires_on; empty: none
  ended_at        TEXT NOT NULL, -- empty while nobody has ended it
  ended_how       TEXT NOT NULL,
  replaces        TEXT NOT NULL, -- the consent that this one changed; empty: none
  by_actor        TEXT NOT NULL,
  ended_by        TEXT NOT NULL
) STRICT;
CREATE INDEX written_consents_by_person ON written_consents (clinic, person);
CREATE INDEX written_consents_by_recipient ON written_consents (clinic, recipient_index) WHERE ended_at = '';
CREATE INDEX written_consents_by_end ON written_consents (clinic, expires_at) WHERE ended_at = '' AND expires_at <> '';

-- What left the programme about a person (42 CFR 2.25). What it says in words is sealed.
CREATE TABLE disclosures (
  id       TEXT PRIMARY KEY,
  clinic   TEXT NOT NULL REFERENCES clinics (id),
  person   TEXT NOT NULL REFERENCES people (id),
  terms    BLOB NOT NULL,
  basis    TEXT NOT NULL,
  consent  TEXT NOT NULL,    -- that it rests on; empty: the basis is another one
  how      TEXT NOT NULL,
  at       TEXT NOT NULL,
  last_at  TEXT NOT NULL,    -- of a program, the last time within the hour
  times    INTEGER NOT NULL,
  by_actor TEXT NOT NULL
) STRICT;
CREATE INDEX disclosures_by_person ON disclosures (clinic, person, at);

-- What other systems, such as a health record, call a person. The value is sealed with the person's key.
CREATE TABLE external_ids (
  person      TEXT NOT NULL REFERENCES people (id),
  system      TEXT NOT NULL,
  value       BLOB NOT NULL,
  value_index TEXT NOT NULL DEFAULT '', -- blind index; the system is part of it
  any_index   TEXT NOT NULL DEFAULT '', -- blind index of the value alone, to search for it
  PRIMARY KEY (person, system)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_ids_by_value ON external_ids (value_index);
CREATE INDEX external_ids_by_any ON external_ids (any_index);

-- How a person wants to be reminded and when they may be written to. Without a row they have said nothing.
CREATE TABLE settings (
  person       TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  muted        TEXT NOT NULL DEFAULT '',   -- channels without reminders, joined by commas
  leads        TEXT NOT NULL DEFAULT '',   -- own, in minutes before the start, joined by commas; empty: the protocol's
  email_from   TEXT NOT NULL DEFAULT '',   -- wall time of the person, as 08:00; empty: at any time
  email_until  TEXT NOT NULL DEFAULT '',
  disturb      TEXT NOT NULL DEFAULT '',   -- urgent: what cannot wait may come outside the hours
  max_per_week INTEGER NOT NULL DEFAULT 0, -- reminders in any seven days; 0: no limit
  short_notice INTEGER NOT NULL DEFAULT 0, -- wants to be offered dates that others give back shortly before
  contact      TEXT NOT NULL DEFAULT '',   -- asked, word, who, post, hours, joined by commas; empty: nobody asked
  changed_at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX settings_by_clinic ON settings (clinic);

CREATE TABLE keep_apart (
  clinic   TEXT NOT NULL REFERENCES clinics (id),
  person_a TEXT NOT NULL REFERENCES people (id),
  person_b TEXT NOT NULL REFERENCES people (id),
  at       TEXT NOT NULL,
  by_actor TEXT NOT NULL, -- kind:id
  CHECK (person_a < person_b),
  PRIMARY KEY (clinic, person_a, person_b)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  subject    TEXT NOT NULL,        -- person; of a confirm a seat, of a stop an address change
  purpose    TEXT NOT NULL,        -- feed, page, confirm or stop
  generation INTEGER NOT NULL,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  hash       TEXT NOT NULL UNIQUE, -- of the token, as all hashes of tokens: half of its SHA-256
  revoked_at TEXT NOT NULL DEFAULT '',
  mac        TEXT NOT NULL DEFAULT '', -- while it is not revoked
  PRIMARY KEY (subject, purpose, generation)
) STRICT, WITHOUT ROWID;

-- Another address or number that people asked for on their own page. Rows are deleted after a week.
CREATE TABLE address_changes (
  id            TEXT NOT NULL PRIMARY KEY,
  clinic        TEXT NOT NULL REFERENCES clinics (id),
  person        TEXT NOT NULL REFERENCES people (id),
  channel       TEXT NOT NULL,             -- email; sms: a number
  address       BLOB NOT NULL,             -- the new one, sealed with the person's key
  address_index TEXT NOT NULL,             -- blind index
  asked_at      TEXT NOT NULL,             -- the code derives from the id
  tries         INTEGER NOT NULL DEFAULT 0,
  proven_at     TEXT NOT NULL DEFAULT '',  -- when the code was typed in
  done_at       TEXT NOT NULL DEFAULT '',  -- when it became the address
  former        BLOB,                      -- the old one, sealed with the person's key; null: none
  told          BLOB,                      -- where the news went, sealed with the person's key
  stopped_at    TEXT NOT NULL DEFAULT ''   -- when it was taken back, or another one came in its place
) STRICT;
CREATE INDEX address_changes_by_person ON address_changes (person, asked_at);
CREATE INDEX address_changes_by_address ON address_changes (clinic, address_index);
CREATE INDEX address_changes_by_age ON address_changes (asked_at);

CREATE TABLE feed_fetches (
  person TEXT NOT NULL REFERENCES people (id),
  hour   TEXT NOT NULL, -- 2026-01-06T18
  count  INTEGER NOT NULL,
  PRIMARY KEY (person, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE staff (
  id          TEXT NOT NULL PRIMARY KEY,
  clinic      TEXT NOT NULL REFERENCES clinics (id),
  role        TEXT NOT NULL,
  name        BLOB NOT NULL, -- sealed
  email       BLOB NOT NULL, -- sealed
  email_index TEXT NOT NULL, -- blind index
  disabled_at TEXT NOT NULL DEFAULT '',
  mac         TEXT NOT NULL, -- under the clinic's key, over id, role, disabled_at and email_index
  created_at  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX staff_by_email ON staff (clinic, email_index);

CREATE TABLE signins (
  hash       TEXT NOT NULL PRIMARY KEY, -- of the token
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  staff      TEXT NOT NULL REFERENCES staff (id),
  kind       TEXT NOT NULL,             -- link: good once; browser: a sign-in
  id         TEXT NOT NULL,             -- names it to staff, who may end it
  method     TEXT NOT NULL,             -- how it was made: mail, invitation, command, passkey, provider
  device     TEXT NOT NULL DEFAULT '',  -- a browser in plain words
  proved_at  TEXT NOT NULL DEFAULT '',  -- the last use of a passkey or the organization's account in it
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL DEFAULT '',
  proof      TEXT NOT NULL DEFAULT '',  -- a MAC over proved_at
  mac        TEXT NOT NULL DEFAULT '',  -- over all that does not change, until it is spent
  spent_at   TEXT NOT NULL DEFAULT ''   -- used up or signed out
) STRICT, WITHOUT ROWID;
CREATE INDEX signins_by_staff ON signins (staff);

CREATE TABLE passkeys (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  staff      TEXT NOT NULL REFERENCES staff (id),
  credential TEXT NOT NULL UNIQUE,     -- the id that the browser knows
  name       BLOB NOT NULL,            -- sealed
  data       BLOB NOT NULL,            -- public key and flags
  counter    INTEGER NOT NULL,         -- of signatures; 0: it does not count
  mac        TEXT NOT NULL,            -- over staff, credential, data and counter
  created_at TEXT NOT NULL,
  used_at    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX passkeys_by_staff ON passkeys (staff);

-- The accounts of staff at their organization (OpenID Connect).
CREATE TABLE identities (
  account    TEXT NOT NULL PRIMARY KEY, -- derived from issuer and subject by the clinic's key
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  staff      TEXT NOT NULL UNIQUE REFERENCES staff (id),
  issuer     TEXT NOT NULL,
  by_groups  INTEGER NOT NULL,          -- 1: the groups of the organization made this member of staff
  mac        TEXT NOT NULL,             -- over account, staff and by_groups
  created_at TEXT NOT NULL,
  used_at    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- The use or adding of a passkey, or a sign-in at the organization, that a browser has begun.
CREATE TABLE ceremonies (
  hash       TEXT NOT NULL PRIMARY KEY, -- of its name
  state      BLOB NOT NULL,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  clinic  TEXT NOT NULL REFERENCES clinics (id),
  staff   TEXT NOT NULL REFERENCES staff (id),
  name    TEXT NOT NULL,
  expires TEXT NOT NULL, -- the last local date on which it is good; empty: it does not expire
  PRIMARY KEY (staff, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE cohorts (
  id              TEXT NOT NULL PRIMARY KEY,
  clinic          TEXT NOT NULL REFERENCES clinics (id),
  name            TEXT NOT NULL,
  protocol        TEXT NOT NULL,
  definition      TEXT NOT NULL REFERENCES definitions (hash),
  rolling         INTEGER NOT NULL,
  zone            TEXT NOT NULL,
  zone_data       TEXT NOT NULL,
  start_date      TEXT NOT NULL,
  local_time      TEXT NOT NULL,
  weekdays        TEXT NOT NULL,              -- as 'mon,thu'; empty: the weekday of start_date
  closed          TEXT NOT NULL,              -- ranges joined by commas
  holidays        TEXT NOT NULL,
  capacity        INTEGER NOT NULL,
  place           TEXT NOT NULL,
  meeting         TEXT NOT NULL DEFAULT '',   -- how people come in from afar; empty: not
  lead            TEXT NOT NULL,              -- staff; empty: none
  state           TEXT NOT NULL,
  queue_counter   INTEGER NOT NULL,
  session_counter INTEGER NOT NULL,
  opened_at       TEXT NOT NULL,
  series          TEXT NOT NULL DEFAULT '',   -- ties the cohorts of one programme's phases together; empty: none
  phase           TEXT NOT NULL DEFAULT '',   -- that it runs; empty: a whole programme
  phase_no        INTEGER NOT NULL DEFAULT 0, -- its place in the order of the phases
  rotation        TEXT NOT NULL DEFAULT '',   -- staff who lead in turn, joined by commas; empty: lead leads all
  ends_after      TEXT NOT NULL DEFAULT '',   -- local date after which it was ended; empty: it was not
  accept_shift    INTEGER NOT NULL DEFAULT 0, -- its own cadence may fall into a clock change
  staffing        TEXT NOT NULL DEFAULT ''    -- who fills the roles, as 'role=staff,role=staff'
) STRICT;
CREATE INDEX cohorts_by_clinic ON cohorts (clinic, state);
CREATE INDEX cohorts_by_series ON cohorts (series) WHERE series <> '';

-- How people come into sessions from afar. A row never changes; its id is derived from what it says.
CREATE TABLE meetings (
  id     TEXT NOT NULL PRIMARY KEY,
  clinic TEXT NOT NULL REFERENCES clinics (id),
  data   BLOB NOT NULL -- sealed JSON: kind, link, number and PIN
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id              TEXT NOT NULL PRIMARY KEY,
  clinic          TEXT NOT NULL REFERENCES clinics (id),
  cohort          TEXT NOT NULL REFERENCES cohorts (id),
  counter         INTEGER NOT NULL,
  number          INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  main            INTEGER NOT NULL,
  phase           TEXT NOT NULL,
  position        TEXT NOT NULL,
  title           TEXT NOT NULL,
  local_start     TEXT NOT NULL,
  start_at        TEXT NOT NULL,
  end_at          TEXT NOT NULL,
  minutes         INTEGER NOT NULL,
  place           TEXT NOT NULL,
  meeting         TEXT NOT NULL DEFAULT '',   -- how people come in from afar; empty: not
  state           TEXT NOT NULL,
  moved_from      TEXT NOT NULL,
  leader          TEXT NOT NULL,              -- staff; empty: none
  seat_limit      INTEGER NOT NULL,
  seated          INTEGER NOT NULL DEFAULT 0, -- kept by the triggers on seats
  content_lost    INTEGER NOT NULL DEFAULT 0, -- cancelled without another date
  appointment_for TEXT NOT NULL DEFAULT '',   -- enrollment; empty: everybody's
  window_opens    TEXT NOT NULL DEFAULT '',   -- the days within which an appointment may lie; empty: any
  window_closes   TEXT NOT NULL DEFAULT '',
  seats           INTEGER NOT NULL DEFAULT 0, -- its own number of seats; 0: its cohort's
  sequence        INTEGER NOT NULL DEFAULT 0, -- in the calendars of staff; rises with every change
  changed_at      TEXT NOT NULL,
  CHECK (seated <= seat_limit)
) STRICT;
CREATE INDEX sessions_by_cohort ON sessions (cohort, start_at);
CREATE INDEX sessions_by_clinic ON sessions (clinic, start_at);
CREATE INDEX sessions_by_leader ON sessions (leader, end_at) WHERE leader <> '';
CREATE INDEX sessions_by_start ON sessions (start_at) WHERE state = 'planned';

-- Where somebody new could begin. Derived from the rosters when they are saved.
CREATE TABLE openings (
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  cohort     TEXT NOT NULL REFERENCES cohorts (id),
  session    TEXT NOT NULL REFERENCES sessions (id),
  position   TEXT NOT NULL,
  start_at   TEXT NOT NULL,
  local_date TEXT NOT NULL,
  seats      INTEGER NOT NULL,
  PRIMARY KEY (session)
) STRICT, WITHOUT ROWID;
CREATE INDEX openings_by_cohort ON openings (cohort);
CREATE INDEX openings_by_start ON openings (clinic, start_at, session);
CREATE INDEX openings_by_position ON openings (clinic, position, start_at, session);

CREATE TABLE enrollments (
  id           TEXT NOT NULL PRIMARY KEY,
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  cohort       TEXT NOT NULL REFERENCES cohorts (id),
  person       TEXT NOT NULL REFERENCES people (id),
  queue_no     INTEGER NOT NULL,
  priority     INTEGER NOT NULL,
  state        TEXT NOT NULL,
  requested_at TEXT NOT NULL,
  earliest     TEXT NOT NULL,
  entry        TEXT NOT NULL,              -- session; empty: none yet
  ended_at     TEXT NOT NULL,
  has_seats    INTEGER NOT NULL DEFAULT 0, -- whether it owns seats, or ever did
  continues    TEXT NOT NULL DEFAULT '',   -- the earlier enrollment whose credit counts too; empty: none
  in_phase     INTEGER NOT NULL DEFAULT 0, -- continues into another phase
  moved_on     INTEGER NOT NULL DEFAULT 0, -- completed by going on into another phase
  way          TEXT NOT NULL DEFAULT '',   -- rule of entry; empty: the protocol's
  front        INTEGER NOT NULL DEFAULT 0, -- first in the waitlist
  paused_days  INTEGER NOT NULL DEFAULT 0 -- by which a stay counted in weeks is longer
) STRICT;
CREATE INDEX enrollments_by_person ON enrollments (person);
-- Finds the enrollments of a cohort, and lets a person have one of them that has not ended.
CREATE UNIQUE INDEX enrollments_by_cohort ON enrollments (cohort, person, (CASE WHEN state IN ('completed', 'withdrawn') THEN id ELSE '' END));

CREATE TABLE enrollment_facts (
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  enrollment TEXT NOT NULL REFERENCES enrollments (id),
  kind       TEXT NOT NULL,
  what       TEXT NOT NULL,
  number     INTEGER NOT NULL, -- their order, from 1
  local_date TEXT NOT NULL,    -- empty: none
  at         TEXT NOT NULL,
  by_actor   TEXT NOT NULL,    -- kind:id
  reason     BLOB,             -- sealed; null: none
  mode       TEXT NOT NULL DEFAULT '', -- how an assessment was done; empty: not said
  PRIMARY KEY (enrollment, kind, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_excused ON enrollment_facts (at) WHERE kind = 'excused'; -- dates given back that rest no longer

-- When an enrollment is to be assessed, and that it was. Derived from the rosters when they are saved.
CREATE TABLE assessments (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  enrollment TEXT NOT NULL REFERENCES enrollments (id),
  what       TEXT NOT NULL, -- the protocol's id, with a number behind it when it is repeated
  title      TEXT NOT NULL,
  opens      TEXT NOT NULL, -- local dates
  target     TEXT NOT NULL, -- empty: before entry
  closes     TEXT NOT NULL,
  due        TEXT NOT NULL, -- closes, or opens where that is empty
  outcome    TEXT NOT NULL, -- empty: none yet
  done_on    TEXT NOT NULL, -- local date
  mode       TEXT NOT NULL,
  by_actor   TEXT NOT NULL, -- kind:id
  at         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX assessments_by_enrollment ON assessments (enrollment, what);
CREATE INDEX assessments_by_due ON assessments (clinic, outcome, due, id);

CREATE TABLE leaves (
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  enrollment TEXT NOT NULL REFERENCES enrollments (id),
  from_at    TEXT NOT NULL,
  until_at   TEXT NOT NULL,
  since_date TEXT NOT NULL,            -- the same as local dates of the cohort
  last_date  TEXT NOT NULL,
  released   INTEGER NOT NULL,         -- the seat was given up
  ended_at   TEXT NOT NULL DEFAULT '', -- empty: it lasts
  PRIMARY KEY (enrollment, from_at)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX leaves_open ON leaves (enrollment) WHERE ended_at = '';

CREATE TABLE offers (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  enrollment TEXT NOT NULL REFERENCES enrollments (id),
  number     INTEGER NOT NULL,         -- their order, from 1
  entry      TEXT NOT NULL,            -- session
  made_at    TEXT NOT NULL,
  told_at    TEXT NOT NULL DEFAULT '', -- when the person was told; empty: not yet
  state      TEXT NOT NULL,
  closed_at  TEXT NOT NULL DEFAULT '', -- empty: it stands
  short      INTEGER NOT NULL DEFAULT 0, -- an earlier date at short notice, which somebody gave back
  UNIQUE (enrollment, number)
) STRICT;
CREATE UNIQUE INDEX offers_open ON offers (enrollment) WHERE state = 'open';

CREATE TABLE seats (
  id                TEXT NOT NULL PRIMARY KEY,
  clinic            TEXT NOT NULL REFERENCES clinics (id),
  enrollment        TEXT NOT NULL REFERENCES enrollments (id),
  session           TEXT NOT NULL REFERENCES sessions (id),
  person            TEXT NOT NULL REFERENCES people (id),
  state             TEXT NOT NULL,
  uid               TEXT NOT NULL UNIQUE,
  sequence          INTEGER NOT NULL,
  created_at        TEXT NOT NULL,
  changed_at        TEXT NOT NULL,
  told_expected     INTEGER NOT NULL DEFAULT 0, -- what the person was last told
  told_start        TEXT NOT NULL DEFAULT '',
  told_end          TEXT NOT NULL DEFAULT '',
  told_place        TEXT NOT NULL DEFAULT '',
  told_meeting      TEXT NOT NULL DEFAULT '',
  told_sequence     INTEGER NOT NULL DEFAULT 0,
  invited           INTEGER NOT NULL DEFAULT 0,
  intent            TEXT NOT NULL DEFAULT '',   -- yes, no or maybe; empty: nothing was said
  answered_sequence INTEGER NOT NULL DEFAULT 0, -- of the last answer that was applied
  answered_stamp    TEXT NOT NULL DEFAULT '',   -- and when it says that it was made; empty: none yet
  resent_at         TEXT NOT NULL DEFAULT '',   -- when an answer last made us write
  host              TEXT NOT NULL DEFAULT '',   -- the session's cohort, if it is not the enrollment's; empty: it is
  home              TEXT NOT NULL DEFAULT '',   -- the enrollment's cohort, of a seat that has a host
  minutes           INTEGER NOT NULL DEFAULT 0, -- there, of a partial attendance
  notice_hours      INTEGER NOT NULL DEFAULT 0, -- of an excused absence
  missed_segments   TEXT NOT NULL DEFAULT '',   -- joined by commas
  claimed           TEXT NOT NULL DEFAULT '',   -- yes, no or maybe, until it is confirmed; empty: nothing
  answered_start    TEXT NOT NULL DEFAULT '',   -- of the last answer that was applied
  answered_end      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX seats_by_enrollment ON seats (enrollment);
-- Finds the seats of a session, and lets a person have one of them that is occupied.
CREATE UNIQUE INDEX seats_by_session ON seats (session, person, (CASE WHEN state IN ('cancelled', 'released') THEN id ELSE '' END));
CREATE INDEX seats_by_host ON seats (host) WHERE host <> '';
CREATE INDEX seats_by_home ON seats (home) WHERE home <> '';

-- Every taking of attendance and every correction; nothing is ever written over.
CREATE TABLE attendance (
  clinic          TEXT NOT NULL REFERENCES clinics (id),
  seat            TEXT NOT NULL REFERENCES seats (id),
  at              TEXT NOT NULL,
  id              TEXT NOT NULL, -- random
  state           TEXT NOT NULL,
  minutes         INTEGER NOT NULL,
  notice_hours    INTEGER NOT NULL,
  missed_segments TEXT NOT NULL,
  by_actor        TEXT NOT NULL, -- kind:id
  PRIMARY KEY (seat, at, id)
) STRICT, WITHOUT ROWID;

-- What people do at the way into a session. Rows are deleted after seven days; no network and no location is kept.
CREATE TABLE join_events (
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  at      TEXT NOT NULL,
  id      TEXT NOT NULL, -- random; of came and left a digest
  clinic  TEXT NOT NULL REFERENCES clinics (id),
  kind    TEXT NOT NULL, -- opened, trouble, late, ended, came or left
  seat    TEXT NOT NULL, -- empty: of who leads the session
  PRIMARY KEY (session, at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX join_events_by_age ON join_events (at);

-- What was mailed as an invite, by SEQUENCE: what an answer to one of them is about.
CREATE TABLE seat_versions (
  seat     TEXT NOT NULL REFERENCES seats (id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  start_at TEXT NOT NULL,
  end_at   TEXT NOT NULL,
  PRIMARY KEY (seat, sequence)
) STRICT, WITHOUT ROWID;

-- What each member of staff was told of the sessions that they lead, or led.
CREATE TABLE assignments (
  session        TEXT NOT NULL REFERENCES sessions (id),
  staff          TEXT NOT NULL REFERENCES staff (id),
  clinic         TEXT NOT NULL REFERENCES clinics (id),
  uid            TEXT NOT NULL UNIQUE,       -- iCalendar UID, kept for ever
  sequence       INTEGER NOT NULL DEFAULT 0, -- of the next calendar object
  told_expected  INTEGER NOT NULL DEFAULT 0, -- as the last mail said that is known to have left
  told_start     TEXT NOT NULL DEFAULT '',
  told_end       TEXT NOT NULL DEFAULT '',
  told_place     TEXT NOT NULL DEFAULT '',
  told_meeting   TEXT NOT NULL DEFAULT '',
  invited        INTEGER NOT NULL DEFAULT 0, -- the last calendar object was a REQUEST
  attempt        TEXT NOT NULL DEFAULT '',   -- whose outcome is not known, and what it says; empty: none
  tried_expected INTEGER NOT NULL DEFAULT 0,
  tried_start    TEXT NOT NULL DEFAULT '',
  tried_end      TEXT NOT NULL DEFAULT '',
  tried_place    TEXT NOT NULL DEFAULT '',
  tried_meeting  TEXT NOT NULL DEFAULT '',
  created_at     TEXT NOT NULL,
  PRIMARY KEY (session, staff)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_by_staff ON assignments (staff);
CREATE INDEX assignments_in_doubt ON assignments (attempt) WHERE attempt <> '';

-- Calendar addresses of staff. A cohort that was taken back leaves its addresses, which show nothing.
CREATE TABLE staff_feeds (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  staff      TEXT NOT NULL REFERENCES staff (id),
  hash       TEXT NOT NULL UNIQUE,       -- of the token
  cohort     TEXT NOT NULL DEFAULT '',   -- whose sessions it shows; empty: not one cohort's
  place      TEXT NOT NULL DEFAULT '',   -- whose sessions it shows; both empty: those that the member of staff leads
  detail     TEXT NOT NULL,              -- neutral: there is an appointment; full: which cohort and session; busy: only when
  mac        TEXT NOT NULL,              -- over all above, until it is ended
  created_at TEXT NOT NULL,
  ended_at   TEXT NOT NULL DEFAULT '',
  fetched_on TEXT NOT NULL DEFAULT ''    -- UTC date of the last fetch; empty: none
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_feeds_by_staff ON staff_feeds (staff);

-- Somebody who was sent to the clinic and is enrolled nowhere yet.
CREATE TABLE referrals (
  id          TEXT NOT NULL PRIMARY KEY,
  clinic      TEXT NOT NULL REFERENCES clinics (id),
  data        BLOB NOT NULL,            -- sealed JSON: name, addresses, times, who referred them
  received_at TEXT NOT NULL,
  enrollment  TEXT NOT NULL DEFAULT '', -- that came of it; it may be undone, and the referral is open again
  closed_at   TEXT NOT NULL DEFAULT '',
  by_actor    TEXT NOT NULL             -- kind:id
) STRICT, WITHOUT ROWID;
CREATE INDEX referrals_open ON referrals (clinic, received_at, id) WHERE closed_at = '';

-- What staff wrote to people of a cohort.
CREATE TABLE messages (
  id           TEXT NOT NULL PRIMARY KEY,
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  cohort       TEXT NOT NULL REFERENCES cohorts (id),
  audience     TEXT NOT NULL,            -- group or waitlist
  text         BLOB NOT NULL,            -- sealed; of no length: it was kept long enough
  spanish      BLOB,                     -- sealed; null: the same text
  sent_at      TEXT NOT NULL,
  by_actor     TEXT NOT NULL,            -- kind:id
  withdrawn_at TEXT NOT NULL DEFAULT ''  -- taken back before it left
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_by_time ON messages (clinic, sent_at, id);

-- A promise to tell a person or a member of staff something.
CREATE TABLE notices (
  id           TEXT NOT NULL PRIMARY KEY,
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  key          TEXT NOT NULL,              -- the id derives from it
  kind         TEXT NOT NULL,
  channel      TEXT NOT NULL,
  person       TEXT REFERENCES people (id),      -- null: to staff
  enrollment   TEXT REFERENCES enrollments (id), -- null: to staff
  staff        TEXT REFERENCES staff (id),       -- null: to a person
  session      TEXT NOT NULL,
  seat         TEXT NOT NULL,
  start_at     TEXT NOT NULL,                    -- reminders: the start they were made for
  lead_seconds INTEGER NOT NULL,
  due_at       TEXT NOT NULL,
  not_after    TEXT NOT NULL,
  state        TEXT NOT NULL,
  reason       TEXT NOT NULL DEFAULT '',
  attempts     INTEGER NOT NULL DEFAULT 0,
  queued_until TEXT NOT NULL DEFAULT '',         -- do not push again before
  lease_until  TEXT NOT NULL DEFAULT '',         -- an attempt is open until
  created_at   TEXT NOT NULL,
  done_at      TEXT NOT NULL DEFAULT '',
  CHECK ((staff IS NULL) = (person IS NOT NULL) AND (person IS NULL) = (enrollment IS NULL))
) STRICT;
CREATE INDEX notices_due ON notices (due_at) WHERE state = 'planned';
CREATE INDEX notices_by_enrollment ON notices (enrollment, kind, seat) WHERE enrollment IS NOT NULL;
CREATE INDEX notices_by_clinic ON notices (clinic, due_at, id);
CREATE INDEX notices_by_staff ON notices (staff, session) WHERE staff IS NOT NULL;

CREATE TABLE attempts (
  notice      TEXT NOT NULL REFERENCES notices (id),
  number      INTEGER NOT NULL,
  started_at  TEXT NOT NULL,
  finished_at TEXT NOT NULL DEFAULT '',
  outcome     TEXT NOT NULL DEFAULT '', -- empty: open
  reply       BLOB,                     -- of the provider, sealed
  message_id  TEXT NOT NULL DEFAULT '', -- of a text, at its gateway
  segments    INTEGER NOT NULL DEFAULT 0, -- parts of a text that was handed over
  fate        TEXT NOT NULL DEFAULT '', -- reported of a text: delivered or failed
  PRIMARY KEY (notice, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_texts ON attempts (segments) WHERE segments > 0;
CREATE INDEX attempts_by_message ON attempts (message_id) WHERE message_id <> '';

-- What each text said of each date. A date counts as told when a text listed it, also when nobody knows whether the text
-- arrived.
CREATE TABLE told_dates (
  source       TEXT NOT NULL,    -- the notice, or the task by which staff said it
  number       INTEGER NOT NULL, -- of the attempt; 0: staff said it
  seat         TEXT NOT NULL,
  clinic       TEXT NOT NULL,
  at           TEXT NOT NULL,
  sequence     INTEGER NOT NULL, -- of the seat, as it was told
  expected     INTEGER NOT NULL,
  start_at     TEXT NOT NULL,
  end_at       TEXT NOT NULL,
  place        TEXT NOT NULL,
  off          TEXT NOT NULL,    -- why it is off; empty: it stands
  was_expected INTEGER NOT NULL, -- what the person knew before
  was_start    TEXT NOT NULL,
  was_end      TEXT NOT NULL,
  was_place    TEXT NOT NULL,
  meeting      TEXT NOT NULL DEFAULT '',
  was_meeting  TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (source, number, seat)
) STRICT, WITHOUT ROWID;
CREATE INDEX told_dates_by_seat ON told_dates (seat, sequence);

CREATE TABLE tasks (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  key        TEXT NOT NULL,            -- urgent calls are looked for by it
  kind       TEXT NOT NULL,
  about      TEXT NOT NULL,
  cohort     TEXT NOT NULL,
  person     TEXT NOT NULL,
  enrollment TEXT NOT NULL,
  session    TEXT NOT NULL,
  due_at     TEXT NOT NULL,
  created_at TEXT NOT NULL,
  done_at    TEXT NOT NULL DEFAULT '',
  done_by    TEXT NOT NULL DEFAULT '',
  note       BLOB,                     -- sealed; null: none
  staff      TEXT NOT NULL DEFAULT '', -- who is to be told; empty: no member of staff
  tries      INTEGER NOT NULL DEFAULT 0, -- calls that did not reach them; due_at is then the next try
  tried_at   TEXT NOT NULL DEFAULT '',   -- the last of them
  tried      TEXT NOT NULL DEFAULT '',   -- no-answer or left-word
  UNIQUE (clinic, key)
) STRICT;
CREATE INDEX tasks_open ON tasks (clinic, due_at) WHERE done_at = '';

-- People and what is theirs stand here by their aliases.
CREATE TABLE audit (
  clinic  TEXT NOT NULL REFERENCES clinics (id),
  subject TEXT NOT NULL, -- one id a row; of a view of several people, the clinic's
  at      TEXT NOT NULL,
  id      TEXT NOT NULL, -- random
  actor   TEXT NOT NULL, -- kind:id
  action  TEXT NOT NULL,
  role    TEXT NOT NULL DEFAULT '', -- of staff, at that moment
  network TEXT NOT NULL DEFAULT '', -- where it came from; empty: from inside
  route   TEXT NOT NULL DEFAULT '',
  request TEXT NOT NULL DEFAULT '', -- id of the request, as in the log of the program
  fields  TEXT NOT NULL DEFAULT '', -- which were read or changed, never their values
  people  TEXT NOT NULL DEFAULT '', -- aliases, with spaces, when a view showed several
  PRIMARY KEY (clinic, subject, at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (clinic, at, id);

-- How the audit names a person or a referral. Without this row nobody can tell who is meant; erasing somebody deletes it.
CREATE TABLE audit_aliases (
  clinic TEXT NOT NULL REFERENCES clinics (id),
  person TEXT NOT NULL,
  alias  TEXT NOT NULL, -- random
  secret BLOB NOT NULL, -- random; keys the digests of what is theirs, such as enrollments
  PRIMARY KEY (clinic, person)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX audit_aliases_back ON audit_aliases (clinic, alias);

-- Who stands in the rows of the audit that name several people, so that one of them can be looked for.
CREATE TABLE audit_people (
  clinic  TEXT NOT NULL REFERENCES clinics (id),
  person  TEXT NOT NULL, -- alias
  at      TEXT NOT NULL,
  id      TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (clinic, person, at, id, subject)
) STRICT, WITHOUT ROWID;

-- The audit as a transparency log: which row is which leaf of the tree, the tree's hashes as golang.org/x/mod/sumdb/tlog
-- numbers them, and what was signed.
CREATE TABLE audit_log (
  clinic  TEXT NOT NULL REFERENCES clinics (id),
  number  INTEGER NOT NULL,
  subject TEXT NOT NULL,
  at      TEXT NOT NULL,
  id      TEXT NOT NULL,
  PRIMARY KEY (clinic, number),
  UNIQUE (clinic, subject, at, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_hashes (
  clinic TEXT NOT NULL REFERENCES clinics (id),
  number INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  PRIMARY KEY (clinic, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_heads (
  clinic TEXT NOT NULL REFERENCES clinics (id),
  size   INTEGER NOT NULL,
  at     TEXT NOT NULL,
  head   TEXT NOT NULL, -- a signed note
  PRIMARY KEY (clinic, size)
) STRICT, WITHOUT ROWID;

-- What the last minutes' changes changed, so that they can be taken back: ids and values, no names of people.
CREATE TABLE undos (
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  change_no  INTEGER NOT NULL, -- of the clinic, after the change
  actor      TEXT NOT NULL,    -- kind:id; only who made a change takes it back
  expires_at TEXT NOT NULL,
  resting    TEXT NOT NULL,    -- JSON: people whose seats the change frees, by session; {}: none
  image      BLOB NOT NULL,    -- JSON, deflated: what it changed, as it was
  PRIMARY KEY (clinic, expires_at, change_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX undos_resting ON undos (clinic, expires_at) WHERE resting <> '{}';

-- What programs and forms asked for under a key of their own.
CREATE TABLE idempotency_keys (
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  actor        TEXT NOT NULL,              -- kind:id; a key is good for one asker
  key_hash     TEXT NOT NULL,              -- SHA-256 of the key, because a key may name somebody
  request_hash TEXT NOT NULL,              -- SHA-256 of what was asked for
  made         TEXT NOT NULL,              -- the id of what the change made; empty: nothing
  created_at   TEXT NOT NULL,
  change_no    INTEGER NOT NULL DEFAULT 0, -- and how the change is taken back
  undo_until   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (clinic, actor, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- The tokens of programs.
CREATE TABLE api_tokens (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  hash       TEXT NOT NULL UNIQUE,     -- of the token
  scopes     TEXT NOT NULL,            -- as 'read,write'
  networks   TEXT NOT NULL DEFAULT '', -- from which it may be used, as '10.0.0.0/8,2001:db8::/32'; '': all
  expires_at TEXT NOT NULL DEFAULT '',
  mac        TEXT NOT NULL,            -- over hash, scopes, networks, end and whose it is, until it is revoked
  created_at TEXT NOT NULL,
  revoked_at TEXT NOT NULL DEFAULT '',
  seen_at    TEXT NOT NULL DEFAULT '', -- the last hour in which it was used
  organization    BLOB,                     -- another one, sealed; NULL: the clinic's own program
  recipient_index TEXT NOT NULL DEFAULT '', -- of that organization, as consents name it
  relies_on       TEXT NOT NULL DEFAULT ''  -- the kind of consent without which it reads nothing
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_by_clinic ON api_tokens (clinic);

-- Access in an emergency: who saw whom for an hour, and why. The reason is sealed.
CREATE TABLE break_glass (
  id          TEXT PRIMARY KEY,
  clinic      TEXT NOT NULL REFERENCES clinics (id),
  staff       TEXT NOT NULL REFERENCES staff (id),
  person      TEXT NOT NULL REFERENCES people (id),
  reason      BLOB NOT NULL,
  from_at     TEXT NOT NULL,
  until_at    TEXT NOT NULL,
  reviewed_at TEXT NOT NULL DEFAULT '',
  reviewed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX break_glass_by_staff ON break_glass (clinic, staff, until_at);
CREATE INDEX break_glass_by_time ON break_glass (clinic, from_at);

-- Who leads without the credential that a protocol asks for, and why. Rows are added and never changed.
CREATE TABLE credential_overrides (
  id         TEXT NOT NULL,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  cohort     TEXT NOT NULL REFERENCES cohorts (id),
  session    TEXT NOT NULL, -- empty: all of the cohort
  staff      TEXT NOT NULL REFERENCES staff (id),
  credential TEXT NOT NULL,
  reason     BLOB NOT NULL, -- sealed
  at         TEXT NOT NULL,
  by_actor   TEXT NOT NULL,  -- kind:id
  PRIMARY KEY (cohort, at, id)
) STRICT, WITHOUT ROWID;

-- A rule that a coordinator set aside, and why. Rows are added and never changed.
CREATE TABLE rule_overrides (
  id         TEXT NOT NULL,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  rule       TEXT NOT NULL, -- closed-day, seats, equipment …
  cohort     TEXT NOT NULL REFERENCES cohorts (id),
  session    TEXT NOT NULL, -- empty: none
  enrollment TEXT NOT NULL, -- empty: none
  reason     BLOB NOT NULL, -- sealed
  at         TEXT NOT NULL,
  by_actor   TEXT NOT NULL,  -- kind:id
  PRIMARY KEY (cohort, at, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE duties (
  name     TEXT NOT NULL PRIMARY KEY,
  next_run TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which processes of the installation are alive. A row is written anew every few seconds and deleted when its process
-- stops in order.
CREATE TABLE processes (
  id         TEXT NOT NULL PRIMARY KEY, -- random, for each start
  roles      TEXT NOT NULL,             -- as web,agenda,worker
  secret     TEXT NOT NULL,             -- the check value of the secret key with which it runs
  started_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How many answers came on a day about appointments that nobody knows. No UID, no address: only the number.
CREATE TABLE strays (
  clinic  TEXT NOT NULL, -- empty: nobody knows whose mailbox it was
  day     TEXT NOT NULL, -- in UTC, as 2026-01-06
  answers INTEGER NOT NULL,
  PRIMARY KEY (clinic, day)
) STRICT, WITHOUT ROWID;

-- The backups that were made and may still exist: when, and how large. A backup does not hold them.
CREATE TABLE backups (
  at     TEXT NOT NULL PRIMARY KEY, -- that its rows show
  octets INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- From which backups this database was made.
CREATE TABLE restores (
  at          TEXT NOT NULL PRIMARY KEY,
  backup_at   TEXT NOT NULL,            -- that its rows showed
  only_clinic TEXT NOT NULL DEFAULT '', -- which it brought; empty: all that there were
  ended_at    TEXT NOT NULL DEFAULT ''  -- empty: it was not finished, and this database is not to be used
) STRICT, WITHOUT ROWID;
