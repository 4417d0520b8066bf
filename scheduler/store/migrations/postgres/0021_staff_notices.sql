-- A notice goes to a person or to a member of staff.

ALTER TABLE notices ALTER COLUMN person DROP NOT NULL;
ALTER TABLE notices ALTER COLUMN enrollment DROP NOT NULL;
ALTER TABLE notices ADD COLUMN staff TEXT REFERENCES staff (id); -- null: to a person
ALTER TABLE notices ADD CHECK ((staff IS NULL) = (person IS NOT NULL) AND (person IS NULL) = (enrollment IS NULL));
CREATE INDEX notices_by_staff ON notices (staff, session) WHERE staff IS NOT NULL;

-- What each member of staff was told of the sessions that they lead, or led.
CREATE TABLE assignments (
  session        TEXT NOT NULL REFERENCES sessions (id),
  staff          TEXT NOT NULL REFERENCES staff (id),
  clinic         TEXT NOT NULL REFERENCES clinics (id),
  uid            TEXT NOT NULL UNIQUE,            -- iCalendar UID, kept for ever
  sequence       BIGINT NOT NULL DEFAULT 0,       -- of the next calendar object
  told_expected  BIGINT NOT NULL DEFAULT 0,       -- as the last mail said that is known to have left
  told_start     TEXT NOT NULL DEFAULT '',
  told_end       TEXT NOT NULL DEFAULT '',
  told_place     TEXT NOT NULL DEFAULT '',
  invited        BIGINT NOT NULL DEFAULT 0,       -- the last calendar object was a REQUEST
  attempt        TEXT NOT NULL DEFAULT '',        -- whose outcome is not known, and what it says; empty: none
  tried_expected BIGINT NOT NULL DEFAULT 0,
  tried_start    TEXT NOT NULL DEFAULT '',
  tried_end      TEXT NOT NULL DEFAULT '',
  tried_place    TEXT NOT NULL DEFAULT '',
  created_at     TEXT NOT NULL,
  PRIMARY KEY (session, staff)
);
CREATE INDEX assignments_by_staff ON assignments (staff);
CREATE INDEX assignments_in_doubt ON assignments (attempt) WHERE attempt <> '';

ALTER TABLE tasks ADD COLUMN staff TEXT NOT NULL DEFAULT ''; -- who is to be told; empty: no member of staff
