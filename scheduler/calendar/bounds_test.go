package calendar_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"almanac/scheduler/calendar"
)

// Limits for the cost of parsing a calendar.
const (
	longestRead = 50 * time.Millisecond
	mostMemory  = 16 << 20 // octets allocated in all
)

// processorTime is the processor time of this process, which does not depend on the
// load of the machine.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// cost runs a read and returns its cost. It measures up to three times and returns the
// least, because of other load on the machine.
func cost(read func()) (octets uint64, took time.Duration) {
	for try := range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := processorTime()
		read()
		elapsed := processorTime() - began
		runtime.ReadMemStats(&after)
		spent := after.TotalAlloc - before.TotalAlloc
		if try == 0 {
			octets, took = spent, elapsed
		}
		if octets, took = min(octets, spent), min(took, elapsed); octets <= mostMemory && took <= longestRead {
			break
		}
	}
	return octets, took
}

// bounded fails when a read costs too much.
func bounded(t *testing.T, read func()) {
	t.Helper()
	if octets, took := cost(read); octets > mostMemory || took > longestRead {
		t.Errorf("reading allocates %d KiB and takes %s", octets>>10, took)
	}
}

// TestReadIsBounded parses the most costly objects for go-ical, which copies a parameter
// value once per octet and keeps a map for every line. Not parallel, because it measures
// memory.
func TestReadIsBounded(t *testing.T) {
	distinct := ""
	for i := range 62 {
		distinct += fmt.Sprintf(";%c%c=", 'A'+i%26, 'A'+i/26)
	}
	cs := strings.Repeat("c", 2000)
	const tooMany = "brings more parameters"
	for _, c := range []struct {
		name, line, refused string
	}{
		{"parameters of 2 kB", "A;B=" + cs + ":", tooMany},
		{"30 such on a line", "A" + strings.Repeat(";B="+cs, 30) + ":", tooMany},
		{"one in quotes", `A;B="` + cs + `":`, tooMany},
		{"parameters of 800 octets", "A;B=" + cs[:800] + ":", tooMany},
		{"parameters of 100 octets", "A;B=" + cs[:100] + ":", tooMany},
		{"parameters of 15 octets", "A;B=" + cs[:15] + ":", ""},
		{"carets", "A;B=" + strings.Repeat("^", 15) + ":d", ""},
		{"values without end", "A;B=" + strings.Repeat(",", 2000) + ":", tooMany},
		{"62 parameters of different names", "A" + distinct + ":", tooMany},
		{"64 parameters of one name", "A" + strings.Repeat(";B=", 64) + ":", tooMany},
		{"many lines", "A:", ""},
		{"lines that are no UTF-8", "A:" + strings.Repeat("\xffa", 12), ""},
		{"long lines that are no UTF-8", "A:" + strings.Repeat("\xffa", 30000), ""},
		{"folds", "A:" + strings.Repeat("\r\n a", 10000), ""},
		{"parts", "BEGIN:A\r\nEND:A", ""},
		{"ordinary attendees",
			"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Pat:mailto:pat@example.net", ""},
		{"hundreds of long places",
			"X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-MAPKIT-HANDLE=" + cs[:600] + ":geo:1,2", tooMany},
	} {
		lines := min(9900/strings.Count(c.line+"\r\n", "\r\n"), 255<<10/len(c.line+"\r\n"))
		raw := []byte(wrapped(strings.TrimSuffix(strings.Repeat(c.line+"\r\n", lines), "\r\n")))
		octets, _ := cost(func() { // how long is for the fuzzing to judge, which the race detector does not slow
			_, err := calendar.Read(raw)
			if c.refused == "" && err != nil ||
				c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("%s: %v", c.name, err)
			}
		})
		if octets > mostMemory {
			t.Errorf("%s: reading %d octets allocates %d KiB", c.name, len(raw), octets>>10)
		}
	}
}
