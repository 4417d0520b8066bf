-- The house's tables. Instants are UTC text of 24 characters (2026-01-06T23:00:00.000Z), empty when there is
-- none; dates, wall times and periods are text as the protocols package writes them; ids are UUIDs; yes and no are 1 and 0.
-- Columns called sealed hold AES-256-GCM ciphertext bound to their clinic, table, column and row.

CREATE TABLE clinics (
  id          TEXT NOT NULL PRIMARY KEY,
  name        TEXT NOT NULL,
  zone        TEXT NOT NULL,
  data_key    BLOB NOT NULL,             -- sealed under the secret key
  change_no   INTEGER NOT NULL DEFAULT 0,    -- rises with every change
  rev         INTEGER NOT NULL DEFAULT 0,    -- rises with every change of what all its feeds show
  created_at  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX clinics_by_name ON clinics (name);

CREATE TABLE people (
  id           TEXT NOT NULL PRIMARY KEY,
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  zone         TEXT NOT NULL,
  language     TEXT NOT NULL,
  name         BLOB NOT NULL,             -- sealed
  email        BLOB,                      -- sealed; null: none
  email_index  TEXT NOT NULL DEFAULT '',  -- blind index
  phone        BLOB,                      -- sealed; null: none
  phone_index  TEXT NOT NULL DEFAULT '',  -- blind index
  email_bad_at TEXT NOT NULL DEFAULT '',  -- when the provider refused the address for good
  rev          INTEGER NOT NULL DEFAULT 0,    -- rises with every change of what the feed shows
  created_at   TEXT NOT NULL
) STRICT;
CREATE INDEX people_by_email ON people (clinic, email_index);
CREATE INDEX people_by_phone ON people (clinic, phone_index);

CREATE TABLE consents (
  person       TEXT NOT NULL REFERENCES people (id),
  channel      TEXT NOT NULL,
  text_version TEXT NOT NULL,
  given_at     TEXT NOT NULL,
  revoked_at   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (person, channel, given_at)
) STRICT;

CREATE TABLE staff (
  id          TEXT NOT NULL PRIMARY KEY,
  clinic      TEXT NOT NULL REFERENCES clinics (id),
  role        TEXT NOT NULL,
  name        BLOB NOT NULL,              -- sealed
  email       BLOB NOT NULL,              -- sealed
  email_index TEXT NOT NULL,              -- blind index
  disabled_at TEXT NOT NULL DEFAULT '',
  created_at  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX staff_by_email ON staff (clinic, email_index);

CREATE TABLE definitions (
  hash    TEXT NOT NULL PRIMARY KEY,      -- of the canonical source
  ref     TEXT NOT NULL,                  -- id@version
  source  TEXT NOT NULL
) STRICT;

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
  weekdays        TEXT NOT NULL,          -- as 'mon,thu'; empty: the weekday of start_date
  closed          TEXT NOT NULL,          -- ranges joined by commas
  holidays        TEXT NOT NULL,
  capacity        INTEGER NOT NULL,
  place           TEXT NOT NULL,
  lead            TEXT NOT NULL,          -- staff; empty: none
  state           TEXT NOT NULL,
  queue_counter   INTEGER NOT NULL,
  session_counter INTEGER NOT NULL,
  opened_at       TEXT NOT NULL,
  rev             INTEGER NOT NULL DEFAULT 0  -- rises with every change of the cohort, its sessions or its enrollments
) STRICT;
CREATE INDEX cohorts_by_clinic ON cohorts (clinic, state);

CREATE TABLE sessions (
  id          TEXT NOT NULL PRIMARY KEY,
  clinic      TEXT NOT NULL REFERENCES clinics (id),
  cohort      TEXT NOT NULL REFERENCES cohorts (id),
  counter     INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  main        INTEGER NOT NULL,
  phase       TEXT NOT NULL,
  position    TEXT NOT NULL,
  title       TEXT NOT NULL,
  local_start TEXT NOT NULL,
  start_at    TEXT NOT NULL,
  end_at      TEXT NOT NULL,
  minutes     INTEGER NOT NULL,
  place       TEXT NOT NULL,
  state       TEXT NOT NULL,
  moved_from  TEXT NOT NULL,
  leader      TEXT NOT NULL,              -- staff; empty: none
  seat_limit  INTEGER NOT NULL,
  seated      INTEGER NOT NULL DEFAULT 0,     -- kept by the triggers on seats
  CHECK (seated <= seat_limit),
  UNIQUE (cohort, counter)
) STRICT;
CREATE INDEX sessions_by_cohort ON sessions (cohort, start_at);
CREATE INDEX sessions_by_leader ON sessions (leader, end_at) WHERE leader <> '';
CREATE INDEX sessions_by_start ON sessions (start_at) WHERE state = 'planned';

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
  entry        TEXT NOT NULL,             -- session; empty: none yet
  ended_at     TEXT NOT NULL,
  has_seats    INTEGER NOT NULL DEFAULT 0,     -- whether it owns seats, or ever did
  UNIQUE (cohort, queue_no)
) STRICT;
CREATE INDEX enrollments_by_person ON enrollments (person);
CREATE INDEX enrollments_with_seats ON enrollments (cohort, has_seats, person) WHERE state NOT IN ('completed', 'withdrawn');
CREATE UNIQUE INDEX enrollments_once ON enrollments (cohort, person) WHERE state NOT IN ('completed', 'withdrawn');

CREATE TABLE seats (
  id            TEXT NOT NULL PRIMARY KEY,
  clinic        TEXT NOT NULL REFERENCES clinics (id),
  enrollment    TEXT NOT NULL REFERENCES enrollments (id),
  session       TEXT NOT NULL REFERENCES sessions (id),
  person        TEXT NOT NULL REFERENCES people (id),
  state         TEXT NOT NULL,
  uid           TEXT NOT NULL UNIQUE,
  sequence      INTEGER NOT NULL,
  created_at    TEXT NOT NULL,
  changed_at    TEXT NOT NULL,
  told_expected INTEGER NOT NULL DEFAULT 0,   -- what the person was last told
  told_start    TEXT NOT NULL DEFAULT '',
  told_end      TEXT NOT NULL DEFAULT '',
  told_place    TEXT NOT NULL DEFAULT '',
  told_sequence INTEGER NOT NULL DEFAULT 0,
  invited       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (enrollment, session)
) STRICT;
CREATE INDEX seats_by_session ON seats (session);
CREATE INDEX seats_by_person ON seats (person);
CREATE UNIQUE INDEX seats_once ON seats (session, person) WHERE state NOT IN ('cancelled', 'released');

CREATE TABLE notices (
  id           TEXT NOT NULL PRIMARY KEY,
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  key          TEXT NOT NULL UNIQUE,
  kind         TEXT NOT NULL,
  channel      TEXT NOT NULL,
  person       TEXT NOT NULL REFERENCES people (id),
  enrollment   TEXT NOT NULL REFERENCES enrollments (id),
  session      TEXT NOT NULL,
  seat         TEXT NOT NULL,
  start_at     TEXT NOT NULL,             -- reminders: the start they were made for
  lead_seconds INTEGER NOT NULL,
  due_at       TEXT NOT NULL,
  not_after    TEXT NOT NULL,
  state        TEXT NOT NULL,
  reason       TEXT NOT NULL DEFAULT '',
  attempts     INTEGER NOT NULL DEFAULT 0,
  queued_until TEXT NOT NULL DEFAULT '',  -- do not push again before
  lease_until  TEXT NOT NULL DEFAULT '',  -- an attempt is open until
  created_at   TEXT NOT NULL,
  done_at      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX notices_due ON notices (due_at) WHERE state = 'planned';
CREATE INDEX notices_by_seat ON notices (seat) WHERE seat <> '';
CREATE INDEX notices_by_enrollment ON notices (enrollment, kind);
CREATE INDEX notices_by_clinic ON notices (clinic, due_at);

CREATE TABLE attempts (
  notice      TEXT NOT NULL REFERENCES notices (id),
  number      INTEGER NOT NULL,
  started_at  TEXT NOT NULL,
  finished_at TEXT NOT NULL DEFAULT '',
  outcome     TEXT NOT NULL DEFAULT '',   -- empty: open
  reply       BLOB,                       -- of the provider, sealed
  PRIMARY KEY (notice, number)
) STRICT;

CREATE TABLE tasks (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  key        TEXT NOT NULL,
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
  UNIQUE (clinic, key)
) STRICT;
CREATE INDEX tasks_open ON tasks (clinic, due_at) WHERE done_at = '';

CREATE TABLE tokens (
  hash       TEXT NOT NULL PRIMARY KEY,   -- SHA-256 of the token
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  purpose    TEXT NOT NULL,               -- feed or page
  subject    TEXT NOT NULL,               -- person
  generation INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT NOT NULL DEFAULT '',
  UNIQUE (purpose, subject, generation)
) STRICT;

CREATE TABLE signins (
  hash       TEXT NOT NULL PRIMARY KEY,   -- SHA-256 of the token
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  staff      TEXT NOT NULL REFERENCES staff (id),
  kind       TEXT NOT NULL,               -- link: good once; browser: a sign-in
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL DEFAULT '',
  spent_at   TEXT NOT NULL DEFAULT ''     -- used up or signed out
) STRICT;
CREATE INDEX signins_by_staff ON signins (staff);

CREATE TABLE feed_fetches (
  person TEXT NOT NULL REFERENCES people (id),
  hour   TEXT NOT NULL,                   -- 2026-01-06T18
  count  INTEGER NOT NULL,
  PRIMARY KEY (person, hour)
) STRICT;

CREATE TABLE audit (
  id      TEXT NOT NULL PRIMARY KEY,
  clinic  TEXT NOT NULL REFERENCES clinics (id),
  at      TEXT NOT NULL,
  actor   TEXT NOT NULL,                  -- kind:id
  action  TEXT NOT NULL,
  subject TEXT NOT NULL                   -- one id a row
) STRICT;
CREATE INDEX audit_by_subject ON audit (clinic, subject, at);

CREATE TABLE duties (
  name     TEXT NOT NULL PRIMARY KEY,
  next_run TEXT NOT NULL
) STRICT;

CREATE TRIGGER seats_taken AFTER INSERT ON seats WHEN NEW.state NOT IN ('cancelled', 'released')
BEGIN
  UPDATE sessions SET seated = seated + 1 WHERE id = NEW.session;
END;
CREATE TRIGGER seats_changed AFTER UPDATE OF state ON seats
WHEN (OLD.state IN ('cancelled', 'released')) <> (NEW.state IN ('cancelled', 'released'))
BEGIN
  UPDATE sessions SET seated = seated + CASE WHEN NEW.state IN ('cancelled', 'released') THEN -1 ELSE 1 END WHERE id = NEW.session;
END;
