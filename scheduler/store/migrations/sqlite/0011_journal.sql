-- Hand-overs that ended well and are not entered where they belong yet: in a rush this one short row is all that is written.

CREATE TABLE journal (
  id          TEXT NOT NULL PRIMARY KEY,  -- in order of time, so that a rush fills one page after another
  clinic      TEXT NOT NULL,
  notice      TEXT NOT NULL,              -- and the number of its attempt
  number      INTEGER NOT NULL,
  finished_at TEXT NOT NULL,
  reply       BLOB,                       -- of the provider, sealed for attempts
  written_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
