// Package crashpoint names places at which a test kills the process.
//
// Only a build with the tag crashpoints can crash: it reads the place and the
// number of the passage from ALMANAC_CRASHPOINT=name:n. The crash rehearsals in
// cmd/almanac use it; docs/reliability.md lists the places.
package crashpoint
