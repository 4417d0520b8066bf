// Package seal keeps what must stay unread and makes what must stay unguessed.
//
// One secret of 32 bytes is the root of everything. From it come, by HKDF
// (RFC 5869, SHA-256) with a label each, so that none tells about another:
//
//	secret ─┬─ "wrap"  ─► wraps each clinic's random data key
//	        └─ "token" ─► tokens in links: feed, page, join, confirm
//
//	clinic's data key ─┬─ "column" ─► AES-256-GCM over personal columns
//	                   └─ "index"  ─► HMAC-SHA-256 for blind indexes
//
// A sealed value carries its place (clinic, table, column, row) as additional
// data: copied to another row, column, table or clinic it does not open. To
// erase a clinic for good is to erase its wrapped data key.
//
// Nothing here keeps state after construction: a Root and a Key may be used from
// any number of goroutines. Neither prints its bytes.
package seal
