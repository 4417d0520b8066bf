// Package desk is where every change is asked for.
//
// A [Proposal] is one change: what may ask for it, what it loads, and which rule of package scheduler it runs.
// [Desk.Preview] runs it on a book that nobody saves; [Desk.Confirm] and [Desk.Change] save what differs. A [Store]
// locks the clinic, loads the book, runs the change and saves it in one transaction.
//
// [Once] makes a request that comes twice happen once. The desk holds no rule and no SQL.
package desk
