package main

import (
	"slices"
	"strings"
	"testing"

	"almanac/web"
)

// The options about the provider are checked one by one and together, and the secret is printed nowhere.
func TestProviderOptions(t *testing.T) {
	t.Parallel()
	good := []string{"--oidc-issuer", "https://login.example.org", "--oidc-client-id", "appointments"}
	c, _, err := (machine{files: map[string]string{"secret": "abc:canary\n"},
		env: map[string]string{"ALMANAC_OIDC_CLIENT_SECRET_FILE": "secret"}}).
		parse(append(good, "--oidc-groups", "cn=desk,ou=x=coordinator, it = admin")...)
	if err == nil {
		t.Error("a group without a role is taken")
	}
	c, _, err = (machine{files: map[string]string{"secret": "abc:canary\n"},
		env: map[string]string{"ALMANAC_OIDC_CLIENT_SECRET_FILE": "secret"}}).
		parse(append(good, "--oidc-groups", "cn=desk=coordinator, it = admin")...)
	if err != nil || c.OIDC.ClientSecret != "abc:canary" || c.OIDC.Name != "your organization" ||
		!slices.Equal(c.OIDC.Groups, []web.GroupRole{{Group: "cn=desk", Role: "coordinator"},
			{Group: "it", Role: "admin"}}) {
		t.Fatalf("%+v (%v)", c.OIDC, err)
	}
	for _, row := range c.effective() {
		if strings.Contains(row.Value, "abc") || strings.Contains(row.Value, "canary") {
			t.Errorf("config prints %s as %q", row.Option, row.Value)
		}
	}
	c, _, err = (machine{}).parse(append(good, "--oidc-groups", "cn=desk,ou=x=coordinator; it=admin;")...)
	if err != nil || !slices.Equal(c.OIDC.Groups, []web.GroupRole{{Group: "cn=desk,ou=x", Role: "coordinator"},
		{Group: "it", Role: "admin"}}) {
		t.Errorf("%+v (%v)", c.OIDC.Groups, err)
	}
	for says, args := range map[string][]string{
		"oidc-issuer must be an https address": {"--oidc-issuer", "http://login.example.org", "--oidc-client-id", "x"},
		"oidc-issuer needs oidc-client-id":     {"--oidc-issuer", "https://login.example.org"},
		"need oidc-issuer":                     {"--oidc-client-id", "x"},
		"must be GROUP=ROLE":                   append(good, "--oidc-groups", "desk"),
		"is none":                              append(good, "--oidc-groups", "desk=cook"),
		"oidc-name must be":                    append(good, "--oidc-name", " "),
		"needs oidc-groups-claim":              append(good, "--oidc-groups", "a=admin", "--oidc-groups-claim", ""),
	} {
		if _, _, err := (machine{}).parse(args...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
