//go:build !crashpoints

package main

import (
	"almanac/notify"
	"almanac/scheduler/store"
)

// rehearsed gives what a worker works with, as it is; see chaos_on.go.
func rehearsed(o notify.WorkerOptions) notify.WorkerOptions { return o }

// rehearsedStore returns the options of the store unchanged; see chaos_on.go.
func rehearsedStore(o store.Options) store.Options { return o }
