-- People are recognised by what other systems call them. The step in Go that goes with this fills the index, writes addresses with
-- their domains as A-labels, and takes back consents that count for nothing.

ALTER TABLE external_ids ADD COLUMN value_index TEXT NOT NULL DEFAULT ''; -- blind index; the system is part of it
CREATE INDEX external_ids_by_value ON external_ids (value_index);
