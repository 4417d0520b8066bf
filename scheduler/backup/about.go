package backup

import (
	"time"
)

// Format is the number of this format. A program reads its own and every older one.
const Format = 1

// About says what a backup holds. It comes first.
type About struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // the version that made it
	Schema  int       `json:"schema"`  // the last migration that the database had taken
	At      time.Time `json:"at"`      // UTC instant that its rows show
	// KeyCheck tells whether a secret key is the one of this database, without saying anything of the key.
	KeyCheck string   `json:"key_check"`
	Clinics  []Clinic `json:"clinics"` // in order of their ids
	Of       string   `json:"of"`      // "all", or "clinic" when it holds one clinic of several
	Tables   []Table  `json:"tables"`  // in the order in which they are written
}

// What a backup can hold.
const (
	OfAll    = "all"
	OfClinic = "clinic"
)

// Clinic is one clinic of a backup, with counts by which people recognize it.
type Clinic struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Cohorts int    `json:"cohorts"`
	People  int    `json:"people"`
	Staff   int    `json:"staff"`
}

// Table is a table and its columns, in the order of the values of a row.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// Manifest closes a backup: what the parts must be.
type Manifest struct {
	About string         `json:"about_sha256"`
	Rows  map[string]int `json:"rows"` // by table
	Parts []Part         `json:"parts"`
}

// Part is one file of rows.
type Part struct {
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Names of the two files that are no parts, and bounds on what is read.
const (
	aboutName    = "about.json"
	manifestName = "manifest.json"

	fullPart = 4 << 20   // octets of rows after which a new part begins
	mostPart = 256 << 20 // of a part that is read
	mostText = 64 << 20  // of about.json and manifest.json
)
