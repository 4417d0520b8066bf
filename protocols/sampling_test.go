package protocols_test

import (
	"fmt"
	"slices"
	"testing"

	"almanac/protocols"
)

// Half of eleven cohorts' eight sessions each, as one study rated: 44 of 88, and with any seed four of each cohort.
func TestSamplingGivesTheExactFraction(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	var candidates []protocols.Candidate
	for cohort := range 11 {
		for session := range 8 {
			candidates = append(candidates, protocols.Candidate{
				ID: fmt.Sprintf("%d-%d", cohort, session), Cohort: fmt.Sprint(cohort),
				Facilitator: fmt.Sprint(cohort % 2), Module: fmt.Sprint(session),
			})
		}
	}
	for _, c := range []struct {
		rule protocols.Sampling
		of   func(protocols.Candidate) string
		want map[string]int
	}{
		{protocols.Sampling{Fraction: 0.5, Stratify: []string{"cohort"}},
			func(c protocols.Candidate) string { return c.Cohort }, map[string]int{"0": 4, "10": 4}},
		{protocols.Sampling{Fraction: 0.25, Stratify: []string{"facilitator"}},
			func(c protocols.Candidate) string { return c.Facilitator }, map[string]int{"0": 12, "1": 10}},
		{protocols.Sampling{Fraction: 0.1}, func(protocols.Candidate) string { return "all" },
			map[string]int{"all": 9}},
	} {
		picks := map[string]bool{}
		for seed := range uint64(10_000) {
			counts := map[string]int{}
			picked := c.rule.Pick(seed, candidates)
			for _, p := range picked {
				counts[c.of(p)]++
			}
			for stratum, want := range c.want {
				if counts[stratum] != want {
					t.Fatalf("seed %d: %d of stratum %s, want %d", seed, counts[stratum], stratum, want)
				}
			}
			picks[fmt.Sprint(picked)] = true
		}
		if len(picks) < 9_900 {
			t.Errorf("10000 seeds gave %d choices", len(picks))
		}
	}
}

func TestSamplingIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	rule := protocols.Sampling{Fraction: 0.4, Stratify: []string{"phase", "module"}}
	candidates := []protocols.Candidate{{ID: "a", Phase: "x"}, {ID: "b", Phase: "x"}, {ID: "c", Phase: "x"},
		{ID: "d", Module: "m"}, {ID: "e", Module: "m"}}
	first := rule.Pick(7, candidates)
	turned := slices.Clone(candidates)
	slices.Reverse(turned)
	second := rule.Pick(7, turned)
	slices.Reverse(second)
	if !slices.Equal(first, second) || !slices.Equal(first, rule.Pick(7, candidates)) || len(first) != 2 {
		t.Errorf("%v and %v", first, second)
	}
	if none := rule.Pick(7, nil); len(none) != 0 {
		t.Errorf("nothing gave %v", none)
	}
}
