-- What each text said of each date: a date counts as told when a text listed it, also when nobody knows whether the text arrived.

CREATE TABLE told_dates (
  source       TEXT NOT NULL,             -- the notice, or the task by which staff said it
  number       INTEGER NOT NULL,          -- of the attempt; 0: staff said it
  seat         TEXT NOT NULL,
  clinic       TEXT NOT NULL,
  at           TEXT NOT NULL,
  sequence     INTEGER NOT NULL,          -- of the seat, as it was told
  expected     INTEGER NOT NULL,
  start_at     TEXT NOT NULL,
  end_at       TEXT NOT NULL,
  place        TEXT NOT NULL,
  off          TEXT NOT NULL,             -- why it is off; empty: it stands
  was_expected INTEGER NOT NULL,          -- what the person knew before
  was_start    TEXT NOT NULL,
  was_end      TEXT NOT NULL,
  was_place    TEXT NOT NULL,
  PRIMARY KEY (source, number, seat)
) STRICT, WITHOUT ROWID;
CREATE INDEX told_dates_by_seat ON told_dates (seat, sequence);
