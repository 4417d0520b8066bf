// Package backup is the format of a backup: what stands in one, how it is sealed, and how it is read back whole.
//
//	age ( gzip ( tar ( about.json, 01-clinics-0001.jsonl, 02-definitions-0001.jsonl …, manifest.json ) ) )
//
// about.json says what was saved and by which program. Each part has rows of one table, a JSON array on each line, in
// the order of its columns in about.json. manifest.json comes last: it has the rows and the SHA-256 of every part, so a
// backup without it was cut short. `age -d -i FILE | tar -xz` opens one without this program.
//
// The package knows no table and no database. filippo.io/age enters here and nowhere else.
package backup
