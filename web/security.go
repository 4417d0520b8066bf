package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// pagePolicy lets a page load and send to this site only, and nobody frame it.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; " +
	"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// securityHeaders are set on every response except feeds. Pages load nothing from elsewhere and
// cannot be framed.
var securityHeaders = [...][2]string{
	{"Content-Security-Policy", pagePolicy},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Frame-Options", "DENY"},
	{"X-Robots-Tag", "noindex, nofollow"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	{"Cache-Control", "no-store"},
}

// onlyTLS keeps browsers on TLS for a year (RFC 6797). The slice is shared and never modified.
var onlyTLS = []string{"max-age=31536000; includeSubDomains"}

// secure sets the headers of every response but feeds. Cacheable responses override Cache-Control later.
func secure(h http.Header) {
	for _, pair := range securityHeaders {
		h.Set(pair[0], pair[1])
	}
}

// sameOrigin rejects changes that another site's page sends (CSRF). It checks Sec-Fetch-Site, or
// Origin, which behind a proxy must be the public URL.
func (s *Server) sameOrigin(r *http.Request) error {
	err := s.origin.Check(r)
	if err == nil {
		return nil
	}
	if r.Header.Get("Sec-Fetch-Site") == "" && s.isPublicOrigin(r.Header.Get("Origin")) {
		return nil
	}
	return fault.Wrap(fault.Forbidden, err,
		"This request came from another site. Go back to the page on this site and try again.")
}

func (s *Server) isPublicOrigin(origin string) bool {
	public, err := url.Parse(s.PublicURL())
	return err == nil && public.Host != "" && strings.EqualFold(origin, public.Scheme+"://"+public.Host)
}

// callerOf gives the address that a request comes from, as far as trusted proxies say.
func (s *Server) callerOf(r *http.Request) (peer netip.Addr, ok bool) {
	if peer, ok = addressOf(r.RemoteAddr); !ok {
		return netip.Addr{}, false
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(peer); i-- {
		hop, ok := addressOf(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		peer = hop
	}
	return peer, true
}

// networkOf names the network a request comes from: an IPv4 address, or the /64 of an IPv6 address, because one
// household has all of it.
func (s *Server) networkOf(r *http.Request) scheduler.ID {
	peer, ok := s.callerOf(r)
	if !ok {
		return ""
	}
	if peer.Is6() {
		if network, err := peer.Prefix(64); err == nil {
			return scheduler.ID(network.String())
		}
	}
	return scheduler.ID(peer.String())
}

// fromLoopback reports whether the request comes from this machine. A request through a proxy
// counts only if the proxy is trusted and names a loopback client.
func (s *Server) fromLoopback(r *http.Request) bool {
	peer, ok := addressOf(r.RemoteAddr)
	if !ok {
		return false
	}
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 && r.Header.Get("Forwarded") == "" && r.Header.Get("X-Real-Ip") == "" {
		return peer.IsLoopback() && !s.trusted(peer)
	}
	if !s.trusted(peer) || len(forwarded) == 0 {
		return false
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := addressOf(strings.TrimSpace(hops[i]))
		if !ok {
			return false
		}
		if !s.trusted(hop) {
			return hop.IsLoopback()
		}
	}
	return false
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, network := range s.TrustedProxies {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// addressOf parses an address with or without a port.
func addressOf(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(text)
	return a.Unmap().WithZone(""), err == nil
}
