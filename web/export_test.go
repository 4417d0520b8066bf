package web

// Routes gives every registered route with its policy.
func (s *Server) Routes() []Route { return s.routes }

// EchoRoutes gives what echo itself knows, as "METHOD /path".
func (s *Server) EchoRoutes() []string {
	var all []string
	for _, r := range s.echo.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// AssetsVersion is the part of asset addresses that changes with every build.
func (s *Server) AssetsVersion() string { return s.assets.version }

// CachedFeeds counts the feeds that are kept encoded, and their octets.
func (s *Server) CachedFeeds() (n, octets int) {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	return s.cache.recent.Len(), s.cache.size
}

// FeedCacheBytes bounds the kept feeds.
const FeedCacheBytes = feedCacheBytes

// FlushTally writes the counted fetches down at once.
var FlushTally = (*Server).flushTally

// Pages names every page there is by its template.
func Pages() []string {
	var names []string
	for _, b := range bindings {
		names = append(names, b.file)
	}
	return names
}
