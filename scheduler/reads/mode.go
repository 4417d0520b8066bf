package reads

// Mode says whether a change that has no preview is made.
type Mode int

// The modes.
const (
	Do        Mode = iota // make the change
	OnlyCheck             // only check that it can be made
)
