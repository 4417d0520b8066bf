//go:build !race

package store_test

const (
	raceRounds   = 100
	fewHistories = 60
	racers       = 500 // at once for the seats of one cohort
	snowed       = 40  // cohorts, full ones, on the same day

	recentHistories = 4
)
