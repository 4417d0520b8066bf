-- Who leads without the credential that a protocol asks for, and why. Rows are added and never changed.

CREATE TABLE credential_overrides (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  cohort     TEXT NOT NULL REFERENCES cohorts (id),
  session    TEXT NOT NULL,               -- empty: all of the cohort
  staff      TEXT NOT NULL REFERENCES staff (id),
  credential TEXT NOT NULL,
  reason     BYTEA NOT NULL,              -- sealed
  at         TEXT NOT NULL,
  by_actor   TEXT NOT NULL                -- kind:id
);
CREATE INDEX credential_overrides_by_cohort ON credential_overrides (cohort, at);
