package civil

import "strings"

// Clip shortens what somebody typed to a length that fits into a sentence.
func Clip(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// Nearest finds the candidate that text most likely meant, or "" when none is close: at most a third of its letters
// differ. Case does not count. Among equals the first candidate wins.
func Nearest(text string, candidates []string) string {
	const longest = 64
	if len(text) > longest {
		return ""
	}
	want := strings.ToLower(text)
	best, bestDistance := "", len(want)/3+1
	for _, c := range candidates {
		lower := strings.ToLower(c)
		if abs(len(lower)-len(want)) > bestDistance {
			continue
		}
		if d := editDistance(want, lower); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// editDistance counts the inserted, deleted, replaced and swapped neighbouring bytes between a and b (optimal string
// alignment).
func editDistance(a, b string) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			replace := previous[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			current[j] = min(previous[j]+1, current[j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}

func abs(n int) int { return max(n, -n) }
