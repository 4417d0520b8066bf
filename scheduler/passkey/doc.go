// Package passkey runs the ceremonies of passkeys (Web Authentication Level 3, §7): adding one and using one.
//
// A ceremony has two steps. The first makes the options for the browser and a state that the caller keeps; the second
// checks the browser's answer against that state. The package stores nothing and reads no clock: keeping a state
// once, and for a short time, is up to the caller.
//
// It is the only door to github.com/go-webauthn/webauthn.
package passkey
