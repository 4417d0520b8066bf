-- A session may have a number of seats of its own; 0: its cohort's.
ALTER TABLE sessions ADD COLUMN seats INTEGER NOT NULL DEFAULT 0;
