//go:build crashpoints

package store

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"almanac/scheduler"
)

// crashPlan is where this process ends, as ALMANAC_CRASHPOINT=name:n says: at the
// n-th passage of the point called name. Empty: nowhere.
type crashPlan struct {
	name string
	left atomic.Int64
}

var plannedCrash = sync.OnceValue(func() *crashPlan {
	name, times, _ := strings.Cut(os.Getenv("ALMANAC_CRASHPOINT"), ":")
	p := &crashPlan{name: name}
	n, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		n = 1
	}
	p.left.Store(n)
	return p
})

// crashpoint ends the process with SIGKILL when the plan says so, as a power cut
// would: nothing is flushed, nothing is tidied up, nobody is told.
func crashpoint(name string) {
	p := plannedCrash()
	if p.name != name || p.left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

// judge is how the gate decides. With ALMANAC_SABOTAGE=gate it lets everything
// pass, true or not: a rehearsal that finds nothing wrong then is blind.
func judge(s scheduler.NoticeFacts, now time.Time) scheduler.Verdict {
	if os.Getenv("ALMANAC_SABOTAGE") != "gate" {
		return scheduler.Judge(s, now)
	}
	v := scheduler.Verdict{Act: scheduler.HandOver}
	if s.Notice.Kind == scheduler.Calendar {
		v.Method = scheduler.MethodRequest
	}
	return v
}
