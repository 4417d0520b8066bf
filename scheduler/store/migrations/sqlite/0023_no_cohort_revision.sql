-- Rosters are not cached any more, so nothing compares the revision of a cohort.

ALTER TABLE cohorts DROP COLUMN rev;
