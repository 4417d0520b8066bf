-- What other systems, such as a health record, call a person. The value is sealed.

CREATE TABLE external_ids (
  person TEXT NOT NULL REFERENCES people (id),
  system TEXT NOT NULL,
  value  BLOB NOT NULL,
  PRIMARY KEY (person, system)
) STRICT;
