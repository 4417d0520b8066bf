// Package agenda does by the clock what nobody asks for: duties.
//
// A Duty has a name and a rhythm. Every node ticks once a second, and at a tick
// it asks for each duty that may be due:
//
//	tick ─► due? ─► EachNode ───────────────────────────► run
//	             └► Claims.Claim: one conditional UPDATE ─► run, where it changed a row
//
// So several nodes share the duties without electing a leader: whoever moves
// the duty's next_run forward runs it, the others find nothing to move. A node
// that dies after its claim leaves that one run undone, and the next comes a
// rhythm later; so a duty selects what is due and not done, never a window of
// time. A run that fails is not repeated before the duty's next time either.
//
// robfig/cron gives the tick and nothing else: in UTC, because its wall-clock
// jobs skip or double at a change of daylight saving time, and with recovery
// from panics and skipping of overlaps switched on, because by default it does
// neither.
package agenda
