//go:build !race

package store_test

const (
	raceRounds   = 200
	fewHistories = 200
)
