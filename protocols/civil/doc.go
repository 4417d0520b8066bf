// Package civil is time as people read it: dates, times of day, periods and time zones.
//
// [Resolve] turns a wall time and a zone into an instant as RFC 5545 §3.3.5 says. It is the only resolver of the
// program; time.Date follows another rule where the clocks change. Zones come from a dated asset inside the program
// ([BuiltinZones]), never from the machine it runs on.
//
// The package is pure: it has no clock and reads nothing but that asset. Equal arguments give equal results.
package civil
