-- What people answer to invites by mail, and what staff read beside a task.

ALTER TABLE seats ADD COLUMN intent TEXT NOT NULL DEFAULT '';            -- yes, no or maybe; empty: nothing was said
ALTER TABLE seats ADD COLUMN answered_sequence BIGINT NOT NULL DEFAULT 0;   -- of the last answer that was applied
ALTER TABLE seats ADD COLUMN answered_stamp TEXT NOT NULL DEFAULT '';    -- and when it says that it was made; empty: none yet
ALTER TABLE seats ADD COLUMN resent_at TEXT NOT NULL DEFAULT '';         -- when an answer last made us write
ALTER TABLE tasks ADD COLUMN note BYTEA;                                  -- sealed; null: none
