// Package inbound parses mail that comes back to us: answers to invites, bounces,
// complaints, automatic replies and personal mail. Anybody can send it, so fixed
// limits bound what is read, split or decoded, and no text of a mail is logged. The
// package makes no decisions: scheduler judges an answer, and the
// store does what the judgement says.
package inbound
