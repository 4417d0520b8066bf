package desk

import "time"

// InviteRequest asks to add somebody to the staff of a clinic, with a sign-in link.
type InviteRequest struct {
	Name, Email string
	Role        string        // as access.ParseRole reads it
	Life        time.Duration // of the link
	DryRun      bool          // only say whether it can be done
	Once        Once
}

// StaffChange asks for another role of a member of staff, or to disable or enable them. What is nil stays as it is.
type StaffChange struct {
	Role     *string // as access.ParseRole reads it
	Disabled *bool
	DryRun   bool // only say whether it can be done
}
