// Package seal encrypts personal columns and derives tokens for links.
//
// Keys are derived with HKDF (RFC 5869, SHA-256) and different labels, so that none reveals another:
//
//	secret of 32 bytes ─── "wrap" ─► wraps each clinic's random data key, and nothing else
//
//	clinic's data key ─┬─ "people" ─► wraps each person's random key, which seals what is theirs
//	                   ├─ "column" ─► AES-256-GCM over the other personal columns
//	                   ├─ "index"  ─► HMAC-SHA-256 for blind indexes
//	                   ├─ "mac"    ─► HMAC-SHA-256 over rows that let somebody in
//	                   └─ "token"  ─► tokens in links: feed, page, join, confirm
//
// So the secret can be changed by wrapping the data keys anew, and every link stays.
//
// A sealed value is bound to its place (clinic, table, column, row) as additional
// data: it cannot be opened in another place. Deleting the wrapped data key of a
// clinic makes all its sealed values unreadable, and that of a person all that is theirs.
//
// Root and Key are immutable and safe for concurrent use. Neither prints its bytes.
package seal
