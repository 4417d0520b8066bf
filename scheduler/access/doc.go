// Package access says who may do what.
//
// An Actor is who asks: a member of staff, a participant, a program with an
// API token, Almanac itself, or the operator at the shell. An Action is what is
// asked for. One table, the policy, joins them; pages, API, commands and the
// store ask Check (or CheckIn, for something that belongs to a clinic) and hold
// no rule about roles of their own.
//
// The policy knows kinds of things, not single ones: that a participant's link
// opens only their own page is for whoever finds the page by the link.
package access
