package auditlog

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is one hash of a tree.
type Hash = tlog.Hash

// Stored reads hashes of a tree by their numbers, which are those of package tlog. It fails when one is missing.
type Stored func(numbers []int64) ([]Hash, error)

// RowOf gives the number of the row whose leaf a hash is; false: it is a hash of other hashes.
func RowOf(hash int64) (row int64, leaf bool) {
	level, row := tlog.SplitStoredHashIndex(hash)
	return row, level == 0
}

// Grow numbers rows that follow the first size rows of a log, and gives the hashes which they add to its tree; first is
// the number of the first of them.
func Grow(size int64, rows []Row, stored Stored) (first int64, added []Hash, err error) {
	first = tlog.StoredHashCount(size)
	read := map[int64]Hash{} // the same few are asked for again
	known := tlog.HashReaderFunc(func(numbers []int64) ([]Hash, error) {
		found := make([]Hash, len(numbers))
		for i, number := range numbers {
			if number >= first {
				found[i] = added[number-first]
				continue
			}
			hash, is := read[number]
			if !is {
				one, err := stored([]int64{number})
				if err != nil {
					return nil, err
				}
				hash, read[number] = one[0], one[0]
			}
			found[i] = hash
		}
		return found, nil
	})
	for i := range rows {
		rows[i].Number = size + int64(i)
		more, err := tlog.StoredHashes(rows[i].Number, rows[i].Leaf(), known)
		if err != nil {
			return 0, nil, fmt.Errorf("adding row %d to an audit log: %w", rows[i].Number, err)
		}
		added = append(added, more...)
	}
	return first, added, nil
}

// SignTree signs the head of a log with size rows at a moment.
func (s *Signer) SignTree(size int64, at time.Time, stored Stored) (string, error) {
	root, err := tlog.TreeHash(size, tlog.HashReaderFunc(stored))
	if err != nil {
		return "", fmt.Errorf("reading the root of an audit log: %w", err)
	}
	return Sign(Head{Origin: s.origin, Tree: tlog.Tree{N: size, Hash: root}, At: at}, s)
}
