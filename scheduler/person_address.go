package scheduler

import (
	"strings"

	"golang.org/x/net/idna"
)

// DomainOf gives what stands behind the last @ of an address; all of it when there is none.
func DomainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// ASCIIDomain gives a domain in lower case with its A-labels (RFC 5890 §2.3.2.1),
// as mail servers know it. A domain that has none stays as it is, in lower case.
func ASCIIDomain(domain string) string {
	domain = strings.TrimSuffix(domain, ".")
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || ascii == "" {
		return strings.ToLower(domain)
	}
	return ascii
}

// FoldAddress gives the form in which two bare addresses are compared: the
// domain as ASCIIDomain gives it, the local part in lower case.
func FoldAddress(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return strings.ToLower(address)
	}
	return strings.ToLower(address[:at]) + "@" + ASCIIDomain(address[at+1:])
}

// SameAddress tells whether two bare addresses are one mailbox: domains compare by
// their A-labels, local parts without case, and at Gmail without dots and without
// what follows a plus. Nothing is the same as an empty address.
func SameAddress(a, b string) bool { return a != "" && mailbox(a) == mailbox(b) }

func mailbox(address string) string {
	address = FoldAddress(address)
	local, domain, ok := strings.Cut(address, "@")
	if !ok || domain != "gmail.com" && domain != "googlemail.com" {
		return address
	}
	local, _, _ = strings.Cut(local, "+")
	return strings.ReplaceAll(local, ".", "") + "@gmail.com"
}
