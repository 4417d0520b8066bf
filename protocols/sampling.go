package protocols

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
)

// Candidate is a session that may be rated.
type Candidate struct{ ID, Cohort, Facilitator, Module, Phase string }

// Pick chooses the sessions to rate: of every stratum the fraction, to the nearest whole number, halves up. Equal
// seeds and candidates give equal choices, whatever the order of the candidates; another seed gives another choice.
// The result keeps the order of the candidates.
//
// Each candidate's place in a draw is a hash of seed and id, so that one more session changes little about the others.
func (s *Sampling) Pick(seed uint64, candidates []Candidate) []Candidate {
	type drawn struct {
		index int
		place [sha256.Size]byte
	}
	strata := map[Candidate][]drawn{}
	for i, c := range candidates {
		text := append(binary.BigEndian.AppendUint64(nil, seed), c.ID...)
		key := s.stratum(c)
		strata[key] = append(strata[key], drawn{index: i, place: sha256.Sum256(text)})
	}
	var chosen []int
	for _, stratum := range strata {
		slices.SortFunc(stratum, func(a, b drawn) int { return bytes.Compare(a.place[:], b.place[:]) })
		const sliver = 1e-9 // for fractions that binary numbers miss
		for _, d := range stratum[:int(math.Floor(float64(len(stratum))*s.Fraction+0.5+sliver))] {
			chosen = append(chosen, d.index)
		}
	}
	slices.Sort(chosen)
	all := make([]Candidate, len(chosen))
	for i, index := range chosen {
		all[i] = candidates[index]
	}
	return all
}

// stratum keeps of a candidate what strata are made by.
func (s *Sampling) stratum(c Candidate) Candidate {
	var key Candidate
	for _, by := range s.Stratify {
		switch by {
		case "cohort":
			key.Cohort = c.Cohort
		case "facilitator":
			key.Facilitator = c.Facilitator
		case "module":
			key.Module = c.Module
		case "phase":
			key.Phase = c.Phase
		}
	}
	return key
}
