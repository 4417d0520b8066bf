package inbound

import (
	"strings"

	"almanac/scheduler"
)

// Microsoft365 is the name for a server that writes Authentication-Results without a
// name (RFC 8601 §2.5 requires one).
const Microsoft365 = "microsoft365"

// dmarcPassed tells whether our own mail server found that DMARC passes for the
// author (RFC 8601, RFC 7489). Senders can forge the field, so only fields with our
// server's name count, and only those at the top, where our server adds them. If it
// adds several, those above the first Received count too; Received lines of LMTP hops
// behind our server are ignored. Every DMARC result in them must be pass.
func dmarcPassed(fields mailHeader, server, from string) bool {
	if server == "" || from == "" {
		return false
	}
	passed, seen, received := false, 0, false
	for _, f := range fields {
		switch f.name {
		case "received":
			received = received || !byLMTP(f.value)
		case "authentication-results":
			results, ours := authResults(f.value, server)
			if strings.EqualFold(server, Microsoft365) && !ours { // what follows was in the mail
				return passed
			}
			if !ours || seen > 0 && (received || strings.EqualFold(server, Microsoft365)) {
				continue
			}
			seen++
			for _, r := range results {
				if r.method != "dmarc" {
					continue
				}
				if r.result != "pass" ||
					r.from != "" && scheduler.ASCIIDomain(r.from) != scheduler.ASCIIDomain(scheduler.DomainOf(from)) {
					return false
				}
				passed = true
			}
		}
	}
	return passed
}

// byLMTP tells whether a Received field is of a hop by LMTP (RFC 5321 §4.4, RFC 3848),
// which only our own server uses.
func byLMTP(value string) bool {
	if len(value) > maxInboundField {
		return false
	}
	by := false
	for _, clause := range authClauses(strings.Join(strings.Fields(value), " ")) {
		for i, word := range clause {
			switch {
			case strings.EqualFold(word, "by"):
				by = true
			case by && strings.EqualFold(word, "with"):
				protocol := ""
				if i+1 < len(clause) {
					protocol = strings.ToUpper(clause[i+1])
				}
				return strings.HasPrefix(protocol, "LMTP")
			}
		}
		return false // the date follows the first semicolon
	}
	return false
}

// authResult is one result of a field: method, result, and the domain of the author.
type authResult struct{ method, result, from string }

// authResults parses an Authentication-Results value (RFC 8601 §2.2) and tells whether
// it is from this server:
//
//	authserv-id [version] *( ";" method ["/" version] "=" result *( ptype "." property "=" value ) )
func authResults(value, server string) (results []authResult, ours bool) {
	if len(value) > maxInboundField {
		return nil, false
	}
	nameless := strings.EqualFold(server, Microsoft365)
	for i, clause := range authClauses(strings.Join(strings.Fields(value), " ")) {
		if i == 0 && nameless != (len(clause) > 0 && strings.Contains(clause[0], "=")) {
			return nil, false
		} else if i == 0 && !nameless {
			if len(clause) == 0 || !strings.EqualFold(clause[0], server) {
				return nil, false
			}
			continue
		}
		var r authResult
		for k, word := range clause {
			name, content, _ := strings.Cut(word, "=")
			name = strings.ToLower(name)
			switch {
			case k == 0:
				r.method, _, _ = strings.Cut(name, "/")
				r.result = strings.ToLower(content)
			case name == "header.from":
				r.from = content
			}
		}
		results = append(results, r)
	}
	return results, true
}

// authClauses splits a value at semicolons and each clause at white space. It removes
// comments and quotes (RFC 5322 §3.2.2, §3.2.4) and white space around equal signs. The
// value has single spaces only.
func authClauses(value string) [][]string {
	var all [][]string
	var clause []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			clause = append(clause, word.String())
			word.Reset()
		}
	}
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '\\' && (quoted || depth > 0):
			if i++; i < len(value) && quoted {
				word.WriteByte(value[i])
			}
		case quoted && c == '"':
			quoted = false
		case quoted:
			word.WriteByte(c)
		case c == '(':
			depth++
		case depth > 0:
			if c == ')' {
				depth--
			}
		case c == '"':
			quoted = true
		case c == ';':
			end()
			all, clause = append(all, clause), nil
		case c == ' ':
			if !strings.HasPrefix(value[i+1:], "=") && !strings.HasSuffix(word.String(), "=") {
				end()
			}
		default:
			word.WriteByte(c)
		}
	}
	end()
	return append(all, clause)
}
