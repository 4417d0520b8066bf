//go:build race

package store_test

// The race detector makes the long tests ten times longer; `make unit` plays
// them in full without it.
const (
	raceRounds   = 6
	fewHistories = 20
	racers       = 60
	snowed       = 10

	recentHistories = 1
)
