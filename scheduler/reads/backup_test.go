package reads_test

import (
	"strings"
	"testing"
	"time"

	"almanac/scheduler/reads"
)

func TestBackupPart(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 6, 23, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		age, every time.Duration
		state      string
		says       string
	}{
		"never, by nobody":      {0, 0, reads.Advice, "No backup has been made. Set"},
		"never, though planned": {0, 24 * time.Hour, reads.Degraded, "No backup has been made yet"},
		"by hand":               {100 * time.Hour, 0, reads.OK, "made 4 days ago, at 2026-01-02 19:00 UTC."},
		"in time":               {30 * time.Hour, 24 * time.Hour, reads.OK, "made 30 hours ago"},
		"a minute ago":          {time.Minute, 24 * time.Hour, reads.OK, "made 1 minute ago"},
		"too old":               {49 * time.Hour, 24 * time.Hour, reads.Degraded, "That is too old"},
	} {
		var last reads.Backup
		if c.age > 0 {
			last.At = now.Add(-c.age)
		}
		if part := last.Part(c.every, now); part.State != c.state || !strings.Contains(part.Message, c.says) {
			t.Errorf("%s: %+v", name, part)
		}
	}
}
