-- How many answers came on a day about appointments that nobody knows. No UID, no address: only the number.

CREATE TABLE strays (
  clinic  TEXT NOT NULL,                  -- empty: nobody knows whose mailbox it was
  day     TEXT NOT NULL,                  -- in UTC, as 2026-01-06
  answers INTEGER NOT NULL,
  PRIMARY KEY (clinic, day)
);
