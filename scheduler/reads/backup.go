package reads

import (
	"fmt"
	"time"
)

// Backup is a backup that was made.
type Backup struct {
	At     time.Time // UTC instant that its rows show; zero: there is none
	Octets int64
}

// Part says when the last good backup was made. It is degraded when backups are made every so often and the last one
// is twice as old, or there is none and none was due for so long. Every 0: nobody makes them by the clock.
func (b Backup) Part(every time.Duration, now time.Time) Part {
	part := Part{Name: "backup", State: OK}
	old := ""
	if !b.At.IsZero() {
		old = fmt.Sprintf("The last good backup was made %s ago, at %s.", age(now.Sub(b.At)),
			b.At.UTC().Format("2006-01-02 15:04 UTC"))
		part.Message = old
	}
	switch {
	case b.At.IsZero() && every == 0:
		part.State, part.Message = Advice, "No backup has been made. Set backup-to, or run almanac backup every night."
	case b.At.IsZero():
		part.State, part.Message = Degraded, "No backup has been made yet, although backup-to is set. The first comes "+
			"within minutes; if it does not, look at the log."
	case every > 0 && now.Sub(b.At) > 2*every:
		part.State, part.Message = Degraded, old+" That is too old: look at the log, and at the room in the folder."
	}
	return part
}

// age writes a duration in the unit that people would use.
func age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return count(int(d/(24*time.Hour)), "day", "days")
	case d >= time.Hour:
		return count(int(d/time.Hour), "hour", "hours")
	}
	return count(int(d/time.Minute), "minute", "minutes")
}

// Restored is how a restore ended.
type Restored struct {
	At       time.Time // UTC instant of the restore
	BackupAt time.Time // UTC instant that the rows of the backup show
	Rows     int
	Erased   int // records of people who were erased after the backup, and were erased again
	Waiting  int // messages that were due in between, and are neither sent nor let go
}

// Says tells staff what waits for their decision.
func (r Restored) Says() string {
	return fmt.Sprintf("%s due between the backup of %s and its restore, and may have been sent. Nothing of it leaves "+
		"until somebody decides: almanac restore release sends it, almanac restore drop lets it go.",
		count(r.Waiting, "message was", "messages were"), r.BackupAt.UTC().Format("2006-01-02 15:04 UTC"))
}
