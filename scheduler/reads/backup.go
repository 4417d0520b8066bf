package reads

import "time"

// Backup is a backup that was made.
type Backup struct {
	At     time.Time // UTC instant that its rows show; zero: there is none
	Octets int64
}

// Restored is how a restore ended.
type Restored struct {
	At       time.Time // UTC instant of the restore
	BackupAt time.Time // UTC instant that the rows of the backup show
	Rows     int
	Waiting  int // messages that were due in between, and are neither sent nor let go
}
