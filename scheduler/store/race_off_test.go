//go:build !race

package store_test

const (
	rollingRounds = 200
	fewHistories  = 200
)
