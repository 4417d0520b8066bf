package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"almanac/scheduler/fault"
)

// securityHeaders stand on every answer but feeds, which have fewer. No page
// loads anything from elsewhere and none is shown inside another.
var securityHeaders = [...][2]string{
	{"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Frame-Options", "DENY"},
	{"X-Robots-Tag", "noindex, nofollow"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	{"Cache-Control", "no-store"},
}

// secure sets the headers of every answer. What may be cached says so later.
func (s *Server) secure(h http.Header) {
	for _, pair := range securityHeaders {
		h.Set(pair[0], pair[1])
	}
	if s.secured() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// sameOrigin refuses a changing request that another site's page sent (CSRF):
// by Sec-Fetch-Site, or by Origin, which behind a proxy must be the public URL.
func (s *Server) sameOrigin(r *http.Request) error {
	err := s.origin.Check(r)
	if err == nil {
		return nil
	}
	if r.Header.Get("Sec-Fetch-Site") == "" && s.isPublicOrigin(r.Header.Get("Origin")) {
		return nil
	}
	return fault.Wrap(fault.Forbidden, err, "This request came from another site. Go back to the page on this site and try again.")
}

func (s *Server) isPublicOrigin(origin string) bool {
	public, err := url.Parse(s.PublicURL())
	return err == nil && public.Host != "" && strings.EqualFold(origin, public.Scheme+"://"+public.Host)
}

// fromLoopback tells whether the request was made on this machine. A proxy on
// this machine does not count: what it forwards comes from whom it names, and
// unless it is trusted nobody knows from whom.
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

// addressOf reads an address with or without a port.
func addressOf(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(text)
	return a.Unmap().WithZone(""), err == nil
}
