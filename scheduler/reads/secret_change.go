package reads

// SecretChange is how far a change of the secret key is. Keys are named by their check values, which say nothing of
// them.
type SecretChange struct {
	Used    string // opens everything
	Next    string // opens everything, too, while a change is open; empty: none is
	Clinics int    // whose keys are sealed under them
	// Old is how many living processes run with another key than the next, or than the used one while no change is
	// open.
	Old int
}
