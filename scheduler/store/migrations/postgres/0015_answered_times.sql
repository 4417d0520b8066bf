-- An answer is about a time: it counts while its seat has that time, and again when it is moved back.

ALTER TABLE seats ADD COLUMN answered_start TEXT NOT NULL DEFAULT '';   -- of the last answer that was applied
ALTER TABLE seats ADD COLUMN answered_end TEXT NOT NULL DEFAULT '';

UPDATE seats SET answered_start = told_start, answered_end = told_end WHERE intent <> '' AND invited = 1;
UPDATE seats SET
  answered_start = (SELECT x.start_at FROM sessions x WHERE x.id = seats.session),
  answered_end = (SELECT x.end_at FROM sessions x WHERE x.id = seats.session)
WHERE intent <> '' AND invited = 0;

-- What was mailed as an invite, by SEQUENCE: what an answer to one of them is about.
CREATE TABLE seat_versions (
  seat     TEXT NOT NULL REFERENCES seats (id) ON DELETE CASCADE,
  sequence BIGINT NOT NULL,
  start_at TEXT NOT NULL,
  end_at   TEXT NOT NULL,
  PRIMARY KEY (seat, sequence)
);

INSERT INTO seat_versions (seat, sequence, start_at, end_at)
SELECT id, told_sequence, told_start, told_end FROM seats WHERE invited = 1 AND told_expected = 1;
