-- A cohort can end after a date.

ALTER TABLE cohorts ADD COLUMN ends_after TEXT NOT NULL DEFAULT ''; -- local date after which it was ended; empty: it was not
