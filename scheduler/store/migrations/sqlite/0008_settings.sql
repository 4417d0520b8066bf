-- How a person wants to be reminded and when they may be written to. Who has no row has said nothing.

CREATE TABLE settings (
  person       TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
  clinic       TEXT NOT NULL REFERENCES clinics (id),
  muted        TEXT NOT NULL DEFAULT '',  -- channels without reminders, joined by commas
  leads        TEXT NOT NULL DEFAULT '',  -- own, in minutes before the start, joined by commas; empty: the protocol's
  email_from   TEXT NOT NULL DEFAULT '',  -- wall time of the person, as 08:00; empty: at any time
  email_until  TEXT NOT NULL DEFAULT '',
  disturb      TEXT NOT NULL DEFAULT '',  -- urgent: what cannot wait may come outside the hours
  max_per_week INTEGER NOT NULL DEFAULT 0,    -- reminders in any seven days; 0: no limit
  changed_at   TEXT NOT NULL
) STRICT;
CREATE INDEX settings_by_clinic ON settings (clinic);
