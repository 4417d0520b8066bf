package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

func tokenAddCommand(t terminal) *cobra.Command {
	c := t.command("add", "make a token for the JSON API; it is shown once", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	scope := own.String("scope", "",
		"what the token is for: read, write, enroll, attendance, staff, audit, export, with commas")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		scopes, err := parseScopes(*scope)
		if err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			id, token, err := h.store.AddToken(ctx, access.Operator(string(found.ID)), found.ID, scopes)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out,
				"%s\nThis token is shown this once and good until `almanac token revoke %s`. Send it as "+
					"Authorization: Bearer.\n", token, id)
			return err
		})
	})
	return c
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
	ID      scheduler.ID `json:"id"`
	Scopes  []string     `json:"scopes"`
	Created time.Time    `json:"created"`
	Revoked *time.Time   `json:"revoked"`
	Seen    *time.Time   `json:"seen"`
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
					listed[i] = tokenJSON{ID: k.ID, Scopes: k.Scopes, Created: k.Created,
						Revoked: instantOrNull(k.Revoked), Seen: instantOrNull(k.Seen)}
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
	fmt.Fprintln(table, "id\tscopes\tcreated\tlast used\trevoked")
	for _, k := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", k.ID, strings.Join(k.Scopes, ","), minuteOf(k.Created),
			minuteOf(k.Seen), minuteOf(k.Revoked))
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
