-- Seats that a change frees rest as long as it can be taken back. They are read by every change, so they stand apart from the image.

ALTER TABLE undos RENAME COLUMN revs TO resting; -- JSON: people whose seats the change frees, by session; {}: none
DELETE FROM undos; -- images of the program before are of another kind, and keep for three minutes only
CREATE INDEX undos_resting ON undos (clinic, expires_at) WHERE resting <> '{}';
CREATE INDEX undos_by_expiry ON undos (clinic, expires_at);

-- A repeat under a key says, as the first answer did, how the change is taken back.
ALTER TABLE idempotency_keys ADD COLUMN change_no INTEGER NOT NULL DEFAULT 0;
ALTER TABLE idempotency_keys ADD COLUMN undo_until TEXT NOT NULL DEFAULT '';
