// Package smtp sends finished mails to one mail server (RFC 5321).
//
// A Channel keeps idle connections and uses them again. Every Send ends with an
// outcome that the outbox can record: a reply code decides whether the message was
// sent, is refused for good, or is retried later.
package smtp
