// Package agenda runs duties by the clock.
//
// A Duty has a name and an interval. Every node ticks once a second, and checks each
// duty that may be due:
//
//	tick ─► due? ─► EachNode ───────────────────────────► run
//	             └► Claims.Claim: one conditional UPDATE ─► run, where it changed a row
//
// So several nodes share the duties without electing a leader: the node whose UPDATE
// moves next_run forward runs the duty. When that node dies, or the run fails, the
// next run comes one interval later. So a duty must select what is due and not done,
// never a window of time.
//
// robfig/cron is used for the tick only. It runs in UTC, because its wall-clock jobs
// skip or repeat at a change of daylight saving time. Recovery from panics and
// skipping of overlaps are off by default and switched on here.
package agenda
