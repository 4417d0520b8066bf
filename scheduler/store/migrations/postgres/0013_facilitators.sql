-- What facilitators see of a clinic's cohorts: own (those they lead or substitute in) or all.
ALTER TABLE clinics ADD COLUMN facilitators TEXT NOT NULL DEFAULT 'own';
