-- What the last minutes' changes changed, so that they can be taken back: ids and values, no names of people.

CREATE TABLE undos (
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  change_no  INTEGER NOT NULL,            -- of the clinic, after the change
  actor      TEXT NOT NULL,               -- kind:id; only who made a change takes it back
  expires_at TEXT NOT NULL,
  revs       TEXT NOT NULL,               -- JSON: the revision that the change gave to each cohort
  image      TEXT NOT NULL,               -- JSON: what it changed, as it was
  PRIMARY KEY (clinic, change_no)
) STRICT;
