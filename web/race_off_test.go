//go:build !race

package web_test

// racers enroll at once in one cohort.
const racers = 500
