-- What rolling enrolment remembers: credit that goes on, leaves, offers, make-ups in other cohorts, attendance, people who are
-- kept apart, leave to lead, and the entries that newcomers may choose from.

ALTER TABLE cohorts ADD COLUMN series TEXT NOT NULL DEFAULT '';              -- ties the cohorts of one programme's phases together; empty: none
ALTER TABLE cohorts ADD COLUMN phase TEXT NOT NULL DEFAULT '';               -- that it runs; empty: a whole programme
ALTER TABLE cohorts ADD COLUMN phase_no BIGINT NOT NULL DEFAULT 0;           -- its place in the order of the phases
ALTER TABLE cohorts ADD COLUMN rotation TEXT NOT NULL DEFAULT '';            -- staff who lead in turn, joined by commas; empty: lead leads all
CREATE INDEX cohorts_by_series ON cohorts (series) WHERE series <> '';

ALTER TABLE sessions ADD COLUMN content_lost BIGINT NOT NULL DEFAULT 0;     -- cancelled without another date
ALTER TABLE sessions ADD COLUMN appointment_for TEXT NOT NULL DEFAULT '';    -- enrollment; empty: everybody's

ALTER TABLE enrollments ADD COLUMN continues TEXT NOT NULL DEFAULT '';       -- the earlier enrollment whose credit counts too; empty: none
ALTER TABLE enrollments ADD COLUMN in_phase BIGINT NOT NULL DEFAULT 0;      -- continues into another phase
ALTER TABLE enrollments ADD COLUMN moved_on BIGINT NOT NULL DEFAULT 0;      -- completed by going on into another phase
ALTER TABLE enrollments ADD COLUMN way TEXT NOT NULL DEFAULT '';             -- rule of entry; empty: the protocol's
ALTER TABLE enrollments ADD COLUMN front BIGINT NOT NULL DEFAULT 0;         -- first in the waitlist
ALTER TABLE enrollments ADD COLUMN paused_days BIGINT NOT NULL DEFAULT 0;   -- by which a stay counted in weeks is longer

ALTER TABLE seats ADD COLUMN host TEXT NOT NULL DEFAULT '';                  -- the session's cohort, if it is not the enrollment's; empty: it is
ALTER TABLE seats ADD COLUMN home TEXT NOT NULL DEFAULT '';                  -- the enrollment's cohort, of a seat that has a host
ALTER TABLE seats ADD COLUMN minutes BIGINT NOT NULL DEFAULT 0;             -- there, of a partial attendance
ALTER TABLE seats ADD COLUMN notice_hours BIGINT NOT NULL DEFAULT 0;        -- of an excused absence
ALTER TABLE seats ADD COLUMN missed_segments TEXT NOT NULL DEFAULT '';       -- joined by commas
CREATE INDEX seats_by_host ON seats (host) WHERE host <> '';
CREATE INDEX seats_by_home ON seats (home) WHERE home <> '';

CREATE TABLE enrollment_facts (
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  enrollment TEXT NOT NULL REFERENCES enrollments (id),
  kind       TEXT NOT NULL,
  what       TEXT NOT NULL,
  number     BIGINT NOT NULL,            -- their order, from 1
  local_date TEXT NOT NULL,               -- empty: none
  at         TEXT NOT NULL,
  by_actor   TEXT NOT NULL,               -- kind:id
  reason     BYTEA,                        -- sealed; null: none
  PRIMARY KEY (enrollment, kind, what)
);

CREATE TABLE leaves (
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  enrollment TEXT NOT NULL REFERENCES enrollments (id),
  from_at    TEXT NOT NULL,
  until_at   TEXT NOT NULL,
  since_date TEXT NOT NULL,               -- the same as local dates of the cohort
  last_date  TEXT NOT NULL,
  released   BIGINT NOT NULL,            -- the seat was given up
  ended_at   TEXT NOT NULL DEFAULT '',    -- empty: it lasts
  PRIMARY KEY (enrollment, from_at)
);
CREATE UNIQUE INDEX leaves_open ON leaves (enrollment) WHERE ended_at = '';

CREATE TABLE offers (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  enrollment TEXT NOT NULL REFERENCES enrollments (id),
  number     BIGINT NOT NULL,            -- their order, from 1
  entry      TEXT NOT NULL,               -- session
  made_at    TEXT NOT NULL,
  told_at    TEXT NOT NULL DEFAULT '',    -- when the person was told; empty: not yet
  state      TEXT NOT NULL,
  closed_at  TEXT NOT NULL DEFAULT '',    -- empty: it stands
  UNIQUE (enrollment, number)
);
CREATE UNIQUE INDEX offers_open ON offers (enrollment) WHERE state = 'open';

CREATE TABLE attendance (                 -- every taking and every correction; nothing is ever written over
  id              TEXT NOT NULL PRIMARY KEY,
  clinic          TEXT NOT NULL REFERENCES clinics (id),
  seat            TEXT NOT NULL REFERENCES seats (id),
  state           TEXT NOT NULL,
  minutes         BIGINT NOT NULL,
  notice_hours    BIGINT NOT NULL,
  missed_segments TEXT NOT NULL,
  at              TEXT NOT NULL,
  by_actor        TEXT NOT NULL           -- kind:id
);
CREATE INDEX attendance_by_seat ON attendance (seat, at);

CREATE TABLE keep_apart (
  clinic   TEXT NOT NULL REFERENCES clinics (id),
  person_a TEXT NOT NULL REFERENCES people (id),
  person_b TEXT NOT NULL REFERENCES people (id),
  at       TEXT NOT NULL,
  by_actor TEXT NOT NULL,                 -- kind:id
  CHECK (person_a < person_b),
  PRIMARY KEY (clinic, person_a, person_b)
);

CREATE TABLE credentials (
  clinic  TEXT NOT NULL REFERENCES clinics (id),
  staff   TEXT NOT NULL REFERENCES staff (id),
  name    TEXT NOT NULL,
  expires TEXT NOT NULL,                  -- the last local date on which it is good; empty: it does not expire
  PRIMARY KEY (staff, name)
);

CREATE TABLE openings (                   -- derived from the rosters when they are saved
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  cohort     TEXT NOT NULL REFERENCES cohorts (id),
  session    TEXT NOT NULL REFERENCES sessions (id),
  position   TEXT NOT NULL,
  start_at   TEXT NOT NULL,
  local_date TEXT NOT NULL,
  seats      BIGINT NOT NULL,
  PRIMARY KEY (session)
);
CREATE INDEX openings_by_cohort ON openings (cohort);
CREATE INDEX openings_by_start ON openings (clinic, start_at, session);
CREATE INDEX openings_by_position ON openings (clinic, position, start_at, session);
