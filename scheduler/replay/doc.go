// Package replay is the language of replay files: dated facts about cohorts and people, in YAML.
//
// [Play] reads a [Story] and plays it on a scheduler.Replay, which runs the rules in memory and without a clock.
// [Player.Result] says where everybody stands at the end. Each mistake of a file is told at its line and column.
//
// The Replay itself stays beside the rules, because it moves their clock from inside.
package replay
