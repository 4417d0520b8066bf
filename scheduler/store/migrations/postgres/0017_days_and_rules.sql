-- Closed days belong to the clinic. Each cohort keeps only days that it alone leaves out.
ALTER TABLE clinics ADD COLUMN closed TEXT NOT NULL DEFAULT '';           -- ranges joined by commas
UPDATE clinics SET closed = coalesce((SELECT string_agg(c.closed, ',') FROM cohorts c WHERE c.clinic = clinics.id AND c.closed <> ''), '');
UPDATE cohorts SET closed = '', rev = rev + 1 WHERE closed <> '';

ALTER TABLE cohorts ADD COLUMN accept_shift INTEGER NOT NULL DEFAULT 0;   -- its own cadence may fall into a clock change
ALTER TABLE cohorts ADD COLUMN staffing TEXT NOT NULL DEFAULT '';         -- who fills the roles, as 'role=staff,role=staff'

-- The days within which an appointment may lie; empty: any.
ALTER TABLE sessions ADD COLUMN window_opens TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN window_closes TEXT NOT NULL DEFAULT '';

-- A rule that a coordinator set aside, and why. Rows are added and never changed.
CREATE TABLE rule_overrides (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  rule       TEXT NOT NULL,               -- closed-day, seats, equipment …
  cohort     TEXT NOT NULL REFERENCES cohorts (id),
  session    TEXT NOT NULL,               -- empty: none
  enrollment TEXT NOT NULL,               -- empty: none
  reason     BYTEA NOT NULL,              -- sealed
  at         TEXT NOT NULL,
  by_actor   TEXT NOT NULL                -- kind:id
);
CREATE INDEX rule_overrides_by_cohort ON rule_overrides (cohort, at);
