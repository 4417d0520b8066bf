-- What somebody answered of whom nobody knows whether it is the person.

ALTER TABLE seats ADD COLUMN claimed TEXT NOT NULL DEFAULT '';           -- yes, no or maybe, until it is confirmed; empty: nothing
