package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

func staffCredentialCommand(t terminal) *cobra.Command {
	c := t.command("credential",
		"record that somebody has a credential that protocols ask for, or take it off their record", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	email := own.String("email", "", "their e-mail address")
	var asked scheduler.Credential
	own.StringVar(&asked.Name, "name", "", "the credential, as protocols call it: mbsr-teacher")
	own.Func("expires", "the last date on which it is good, as 2027-03-31; default: it does not expire",
		func(value string) (err error) {
			asked.Expires, err = civil.ParseDate(value)
			return err
		})
	remove := own.Bool("remove", false, "take it off their record")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		switch {
		case *email == "":
			return wrongUse("Say who with --email ADDRESS.")
		case asked.Name == "":
			return wrongUse("Say which credential with --name, as the protocol calls it. `almanac protocol show ID` " +
				"tells.")
		case *remove && !asked.Expires.IsZero():
			return wrongUse("Give --expires or --remove, not both.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			operator := access.Operator(string(found.ID))
			who, err := h.store.FindStaff(ctx, operator, found.ID, *email)
			if err != nil {
				return err
			}
			if *remove {
				err = h.store.WithdrawCredential(ctx, operator, found.ID, who.ID, asked.Name)
			} else {
				err = h.store.RecordCredential(ctx, operator, found.ID, who.ID, asked)
			}
			if err != nil {
				return err
			}
			listed, err := h.staffOf(ctx, found, who.ID)
			if err != nil {
				return err
			}
			return printStaff(t.out, listed)
		})
	})
	return c
}

// staffOf lists one member of staff.
func (h *house) staffOf(ctx context.Context, found reads.Clinic, id scheduler.ID) ([]reads.Staff, error) {
	all, err := h.store.Staff(ctx, access.Operator(string(found.ID)), found.ID)
	for _, s := range all {
		if s.ID == id {
			return []reads.Staff{s}, err
		}
	}
	return nil, err
}

// staffJSON is a member of staff for programs.
type staffJSON struct {
	ID          scheduler.ID     `json:"id"`
	Name        string           `json:"name"`
	Email       string           `json:"email"`
	Role        string           `json:"role"`
	Disabled    bool             `json:"disabled"`
	Passkey     bool             `json:"passkey"`
	Provider    bool             `json:"provider"`
	Credentials []credentialJSON `json:"credentials"`
}

type credentialJSON struct {
	Name    string  `json:"name"`
	Expires *string `json:"expires"` // null: it does not expire
}

func staffListCommand(t terminal) *cobra.Command {
	c := t.command("list", "who works here, with their credentials", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			all, err := h.store.Staff(ctx, access.Operator(string(found.ID)), found.ID)
			if err != nil {
				return err
			}
			if *format == "json" {
				return printJSON(t.out, staffRows(all))
			}
			return printStaff(t.out, all)
		})
	})
	return c
}

func staffRows(all []reads.Staff) []staffJSON {
	rows := make([]staffJSON, len(all))
	for i, s := range all {
		rows[i] = staffJSON{ID: s.ID, Name: s.Name, Email: s.Email, Role: s.Role, Disabled: s.Disabled,
			Passkey: s.Passkey, Provider: s.Provider, Credentials: []credentialJSON{}}
		for _, c := range s.Credentials {
			one := credentialJSON{Name: c.Name}
			if !c.Expires.IsZero() {
				until := c.Expires.String()
				one.Expires = &until
			}
			rows[i].Credentials = append(rows[i].Credentials, one)
		}
	}
	return rows
}

// printStaff lists staff. Names and addresses are shown: the operator asked for
// them at their own terminal.
func printStaff(w io.Writer, all []reads.Staff) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "Nobody works here yet. `almanac staff add` adds somebody.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "name\te-mail\trole\tcredentials")
	for _, s := range all {
		role := s.Role
		if s.Disabled {
			role = "disabled"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", s.Name, scheduler.ShownEmail(s.Email), role,
			orNone(credentialsText(s.Credentials)))
	}
	return table.Flush()
}

func credentialsText(all []scheduler.Credential) string {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = c.Name
		if !c.Expires.IsZero() {
			words[i] += " until " + c.Expires.String()
		}
	}
	return strings.Join(words, ", ")
}
