-- Which processes of the installation are alive. A row is written anew every few
-- seconds and taken out when its process stops in order.

CREATE TABLE processes (
  id         TEXT NOT NULL PRIMARY KEY,  -- random, for each start
  roles      TEXT NOT NULL,              -- as web,agenda,worker
  started_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL
) STRICT;
