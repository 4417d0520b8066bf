// Package oidc signs people in through the OpenID provider of their organization (OpenID Connect Core 1.0, code flow
// with PKCE, RFC 7636).
//
// A sign-in has two steps. Begin makes the address to which the browser goes, and an Attempt that the caller keeps.
// Finish checks the answer that the browser brings back against that attempt. The package stores nothing: keeping an
// attempt once, and for a short time, is up to the caller.
//
// The provider is asked for its metadata at the first use. While it is down, sign-ins through it fail with
// Unavailable, and nothing else does.
//
// It is the only door to github.com/coreos/go-oidc and golang.org/x/oauth2.
package oidc
