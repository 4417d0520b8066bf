package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
)

func tokenAddCommand(t terminal) *cobra.Command {
	c := t.command("add", "make a token for the JSON API; it is shown once", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	scope := own.String("scope", "",
		"what the token is for: read, write, enroll, attendance, staff, audit, export, with commas")
	days := own.Int("days", standardTokenDays, "how many days it is good, up to 3650; 0: until it is revoked")
	network := own.String("network", "",
		"networks from which it may be used, such as 10.0.0.0/8, with commas; empty: all")
	organization := own.String("organization", "", "another organization that uses it, as consents name it; then it "+
		"reads only of people with a consent in force to it")
	relies := own.String("relies-on", "", "the kind of consent, with --organization: tpo or disclosure")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		request, err := t.tokenRequest(*scope, *network, *days)
		if err != nil {
			return err
		}
		request.Organization, request.Relies = *organization, scheduler.ConsentKind(*relies)
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			id, token, err := h.store.AddToken(ctx, access.Operator(string(found.ID)), found.ID, request)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out,
				"%s\nThis token is shown this once. It is good until %s`almanac token revoke %s`. Send it as "+
					"Authorization: Bearer.\n", token, endOf(request.Expires), id)
			return err
		})
	})
	return c
}

// standardTokenDays is how long a token is good when nothing else is said. A program that was forgotten ends by itself.
const standardTokenDays = 365

// endOf says when a token ends by itself, as the beginning of a choice.
func endOf(expires time.Time) string {
	if expires.IsZero() {
		return ""
	}
	return minuteOf(expires) + " or "
}

// tokenRequest reads what a token is for, from where, and for how long. Every problem is one of wrong use.
func (t terminal) tokenRequest(scope, network string, days int) (r store.TokenRequest, err error) {
	if r.Scopes, err = parseScopes(scope); err != nil {
		return r, err
	}
	if network != "" {
		if r.Networks, err = parseNetworks("network", network); err != nil {
			return r, &exitError{exitWrongUse, err}
		}
	}
	if days < 0 || days > 3650 {
		return r, wrongUse("A token is good for 1 to 3650 days; with --days 0 until it is revoked.")
	}
	if days > 0 {
		r.Expires = t.now().Add(time.Duration(days) * 24 * time.Hour)
	}
	return r, nil
}

// parseScopes reads scopes with commas or spaces between them.
func parseScopes(text string) ([]access.Scope, error) {
	var scopes []access.Scope
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		scope, err := access.ParseScope(word)
		if err != nil {
			return nil, &exitError{exitWrongUse, err}
		}
		scopes = append(scopes, scope)
	}
	if len(scopes) == 0 {
		return nil, wrongUse("Say what the token is for with --scope read,write,enroll,attendance, or some of them.")
	}
	return scopes, nil
}

// tokenJSON is a token for programs; the token itself is kept nowhere.
type tokenJSON struct {
	ID       scheduler.ID   `json:"id"`
	Scopes   []string       `json:"scopes"`
	Networks []netip.Prefix `json:"networks"` // none: all
	Created  time.Time      `json:"created"`
	Expires  *time.Time     `json:"expires"`
	Revoked  *time.Time     `json:"revoked"`
	Seen     *time.Time     `json:"seen"`
	// Organization is another one that uses it; ReliesOn the consent without which it reads nothing.
	Organization string `json:"organization,omitempty"`
	ReliesOn     string `json:"relies_on,omitempty"`
}

func tokenListCommand(t terminal) *cobra.Command {
	c := t.command("list", "the clinic's API tokens", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			all, err := h.store.Tokens(ctx, access.Operator(string(found.ID)), found.ID)
			if err != nil {
				return err
			}
			if *format == "json" {
				listed := make([]tokenJSON, len(all))
				for i, k := range all {
					listed[i] = tokenJSON{ID: k.ID, Scopes: k.Scopes, Networks: append([]netip.Prefix{}, k.Networks...),
						Created: k.Created, Expires: instantOrNull(k.Expires),
						Revoked: instantOrNull(k.Revoked), Seen: instantOrNull(k.Seen),
						Organization: k.Organization, ReliesOn: string(k.Relies)}
				}
				return printJSON(t.out, listed)
			}
			return printTokens(t.out, all)
		})
	})
	return c
}

func instantOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func printTokens(w io.Writer, all []reads.Token) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "There is no API token yet. `almanac token add` makes one.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tscopes\tnetworks\tcreated\tlast used\tends\trevoked")
	for _, k := range all {
		networks := strings.Trim(strings.ReplaceAll(fmt.Sprint(k.Networks), " ", ","), "[]")
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, strings.Join(k.Scopes, ","), orNone(networks),
			minuteOf(k.Created), minuteOf(k.Seen), minuteOf(k.Expires), minuteOf(k.Revoked))
	}
	return table.Flush()
}

// minuteOf prints an instant to the minute, in UTC.
func minuteOf(at time.Time) string {
	if at.IsZero() {
		return orNone("")
	}
	return at.UTC().Format("2006-01-02 15:04Z")
}

func tokenRevokeCommand(t terminal) *cobra.Command {
	c := t.command("revoke ID", "end an API token", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if err := h.store.RevokeToken(ctx, access.Operator(string(found.ID)), found.ID,
				scheduler.ID(rest[0])); err != nil {
				return err
			}
			_, err := fmt.Fprintln(t.out, "The token is revoked. Programs that use it are refused from now on.")
			return err
		})
	})
	return c
}
