// Package mailbox takes mail that comes to us: a Listener from a mail server that hands it over by LMTP (RFC 2033) or
// SMTP (RFC 5321), a Folder from an IMAP server (RFC 9051). Each message goes whole to a Take, which decides what it
// means. A message is gone from where it came from only once Take has returned nil. So one may come twice, and Take
// knows it again.
package mailbox
