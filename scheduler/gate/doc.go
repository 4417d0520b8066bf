// Package gate decides which messages may leave, and when.
//
// [Judge] looks at one planned notice and at what is true now. It hands the notice over, drops it, lets it expire, or
// defers it. [Foresee] gives the notices that the clock alone makes due. [JudgeReply] decides what a mailed answer is
// worth. [Settings] and [Hours] are how a person wants to be reminded, and when they may be written to.
//
// The package is pure. The rules in package scheduler say what is owed to people and do not know the gate.
package gate
