package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/oidc"
	"almanac/scheduler/reads"
	"almanac/web"
)

func setIssuer(c *Config, value string) error {
	c.OIDC.Issuer = value
	if value == "" || oidc.CheckIssuer(value) == nil {
		return nil
	}
	return fault.In("oidc-issuer",
		"oidc-issuer must be an https address without user or query, such as https://login.example.org; http only "+
			"on this machine.")
}

// longestProviderName fits on the button of the sign-in page.
const longestProviderName = 60

func setProviderName(c *Config, value string) error {
	c.OIDC.Name = strings.TrimSpace(value)
	if c.OIDC.Name == "" || len([]rune(c.OIDC.Name)) > longestProviderName ||
		strings.ContainsFunc(value, func(r rune) bool { return r < ' ' }) {
		return fault.In("oidc-name", "oidc-name must be 1 to %d characters on one line, such as North Hospital.",
			longestProviderName)
	}
	return nil
}

// setGroups reads GROUP=ROLE with commas, or with semicolons when a group has commas, as distinguished names do.
// A group may hold = itself; a role may not.
func setGroups(c *Config, value string) error {
	if value == "" {
		return nil
	}
	between := ","
	if strings.Contains(value, ";") {
		between, value = ";", strings.TrimSuffix(strings.TrimSpace(value), ";")
	}
	for pair := range strings.SplitSeq(value, between) {
		at := strings.LastIndex(pair, "=")
		if at < 0 || strings.TrimSpace(pair[:at]) == "" {
			return fault.In("oidc-groups", "oidc-groups must be GROUP=ROLE with commas, such as "+
				"schedulers=coordinator,it=admin; %q is not.", pair)
		}
		role, err := access.ParseRole(strings.TrimSpace(pair[at+1:]))
		if err != nil {
			return fault.In("oidc-groups", "oidc-groups gives roles such as coordinator or admin; %q is none. "+
				"Separate groups that have commas by semicolons.", strings.TrimSpace(pair[at+1:]))
		}
		c.OIDC.Groups = append(c.OIDC.Groups, web.GroupRole{Group: strings.TrimSpace(pair[:at]), Role: string(role)})
	}
	return nil
}

// validate checks that the options about the provider fit together.
func (o OIDC) validate() error {
	var problems []error
	switch {
	case o.Issuer != "" && o.ClientID == "":
		problems = append(problems, fault.In("oidc-client-id",
			"oidc-issuer needs oidc-client-id, the name by which the provider knows this site."))
	case o.Issuer == "" && (o.ClientID != "" || o.ClientSecret != "" || len(o.Groups) > 0):
		problems = append(problems, fault.In("oidc-issuer",
			"oidc-client-id, oidc-client-secret and oidc-groups need oidc-issuer, the address of the provider."))
	}
	if len(o.Groups) > 0 && o.GroupsClaim == "" {
		problems = append(problems, fault.In("oidc-groups-claim",
			"oidc-groups needs oidc-groups-claim, the claim that holds the groups."))
	}
	return errors.Join(problems...)
}

// openProvider makes the provider through which staff sign in, nil without one. It asks the provider for nothing.
func openProvider(o OIDC, now func() time.Time) (*oidc.Provider, error) {
	if o.Issuer == "" {
		return nil, nil
	}
	c := oidc.Config{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Now: now}
	if len(o.Groups) > 0 {
		c.GroupsClaim = o.GroupsClaim
	}
	return oidc.New(c)
}

// providerParts asks the provider for its metadata, for doctor. Without one there is no part.
func (h *house) providerParts(ctx context.Context) []reads.Part {
	if h.provider == nil {
		return nil
	}
	part := reads.Part{Name: "provider", State: reads.OK}
	if err := h.provider.Check(ctx); err != nil {
		part.State = reads.Down
		part.Message = "The OpenID provider of oidc-issuer cannot be used"
		if cause := errors.Unwrap(err); cause != nil {
			part.Message += ": " + cause.Error()
		}
		part.Message += ". Staff sign in another way until it can."
	}
	return []reads.Part{part}
}
