// Package inbound reads mail that comes back to us: answers to invites, bounces,
// complaints, automatic replies and what people write. Anybody can send it, so
// nothing is read, split or decoded beyond fixed bounds, and no text of a
// stranger reaches a log. It decides nothing: scheduler judges an answer, and the
// store does what the judgement says.
package inbound
