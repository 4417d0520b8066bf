//go:build !crashpoints

package main

import "almanac/notify"

// rehearsed gives what a worker works with, as it is; see chaos_on.go.
func rehearsed(o notify.WorkerOptions) notify.WorkerOptions { return o }
