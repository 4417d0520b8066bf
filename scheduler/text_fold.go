package scheduler

// Folded gives a text without case and accents, to search in.
func Folded(text string) string { return foldName(text) }
