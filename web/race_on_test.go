//go:build race

package web_test

// The race detector makes the long tests ten times longer; `make unit` runs them
// in full without it.
const racers = 60
