-- The tokens of programs, and what they asked for under a key of their own.

CREATE TABLE api_tokens (
  id         TEXT NOT NULL PRIMARY KEY,
  clinic     TEXT NOT NULL REFERENCES clinics (id),
  hash       TEXT NOT NULL UNIQUE,        -- SHA-256 of the token
  scopes     TEXT NOT NULL,               -- as 'read,write'
  created_at TEXT NOT NULL,
  revoked_at TEXT NOT NULL DEFAULT '',
  seen_at    TEXT NOT NULL DEFAULT ''     -- the last hour in which it was used
);
CREATE INDEX api_tokens_by_clinic ON api_tokens (clinic);

CREATE TABLE idempotency_keys (
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  actor        TEXT NOT NULL,             -- kind:id; a key is good for one asker
  key_hash     TEXT NOT NULL,             -- SHA-256 of the key, because a key may name somebody
  request_hash TEXT NOT NULL,             -- SHA-256 of what was asked for
  made         TEXT NOT NULL,             -- the id of what the change made; empty: nothing
  created_at   TEXT NOT NULL,
  PRIMARY KEY (clinic, actor, key_hash)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
