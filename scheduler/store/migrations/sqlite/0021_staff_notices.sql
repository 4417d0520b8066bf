-- A notice goes to a person or to a member of staff. SQLite can only lift NOT NULL by building a table anew.

CREATE TABLE notices_new (
  id           TEXT NOT NULL PRIMARY KEY,
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  key          TEXT NOT NULL UNIQUE,
  kind         TEXT NOT NULL,
  channel      TEXT NOT NULL,
  person       TEXT REFERENCES people (id),      -- null: to staff
  enrollment   TEXT REFERENCES enrollments (id), -- null: to staff
  staff        TEXT REFERENCES staff (id),       -- null: to a person
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
  done_at      TEXT NOT NULL DEFAULT '',
  CHECK ((staff IS NULL) = (person IS NOT NULL) AND (person IS NULL) = (enrollment IS NULL))
) STRICT;
INSERT INTO notices_new (id, clinic, key, kind, channel, person, enrollment, session, seat, start_at, lead_seconds, due_at, not_after,
  state, reason, attempts, queued_until, lease_until, created_at, done_at)
SELECT id, clinic, key, kind, channel, person, enrollment, session, seat, start_at, lead_seconds, due_at, not_after,
  state, reason, attempts, queued_until, lease_until, created_at, done_at
FROM notices;

CREATE TABLE attempts_new (
  notice      TEXT NOT NULL REFERENCES notices_new (id),
  number      INTEGER NOT NULL,
  started_at  TEXT NOT NULL,
  finished_at TEXT NOT NULL DEFAULT '',
  outcome     TEXT NOT NULL DEFAULT '',   -- empty: open
  reply       BLOB,                       -- of the provider, sealed
  PRIMARY KEY (notice, number)
) STRICT;
INSERT INTO attempts_new (notice, number, started_at, finished_at, outcome, reply)
SELECT notice, number, started_at, finished_at, outcome, reply FROM attempts;

DROP TABLE attempts;
DROP TABLE notices;
ALTER TABLE notices_new RENAME TO notices;
ALTER TABLE attempts_new RENAME TO attempts;
CREATE INDEX notices_due ON notices (due_at) WHERE state = 'planned';
CREATE INDEX notices_by_seat ON notices (seat) WHERE seat <> '';
CREATE INDEX notices_by_enrollment ON notices (enrollment, kind);
CREATE INDEX notices_by_clinic ON notices (clinic, due_at);
CREATE INDEX notices_by_staff ON notices (staff, session) WHERE staff IS NOT NULL;

-- What each member of staff was told of the sessions that they lead, or led.
CREATE TABLE assignments (
  session        TEXT NOT NULL REFERENCES sessions (id),
  staff          TEXT NOT NULL REFERENCES staff (id),
  clinic         TEXT NOT NULL REFERENCES clinics (id),
  uid            TEXT NOT NULL UNIQUE,            -- iCalendar UID, kept for ever
  sequence       INTEGER NOT NULL DEFAULT 0,      -- of the next calendar object
  told_expected  INTEGER NOT NULL DEFAULT 0,      -- as the last mail said that is known to have left
  told_start     TEXT NOT NULL DEFAULT '',
  told_end       TEXT NOT NULL DEFAULT '',
  told_place     TEXT NOT NULL DEFAULT '',
  invited        INTEGER NOT NULL DEFAULT 0,      -- the last calendar object was a REQUEST
  attempt        TEXT NOT NULL DEFAULT '',        -- whose outcome is not known, and what it says; empty: none
  tried_expected INTEGER NOT NULL DEFAULT 0,
  tried_start    TEXT NOT NULL DEFAULT '',
  tried_end      TEXT NOT NULL DEFAULT '',
  tried_place    TEXT NOT NULL DEFAULT '',
  created_at     TEXT NOT NULL,
  PRIMARY KEY (session, staff)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_by_staff ON assignments (staff);
CREATE INDEX assignments_in_doubt ON assignments (attempt) WHERE attempt <> '';

ALTER TABLE tasks ADD COLUMN staff TEXT NOT NULL DEFAULT ''; -- who is to be told; empty: no member of staff
