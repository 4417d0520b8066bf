package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// passkeyJSON is a passkey for programs.
type passkeyJSON struct {
	ID       scheduler.ID `json:"id"`
	Name     string       `json:"name"`
	Added    time.Time    `json:"added"`
	LastUsed *time.Time   `json:"last_used"` // null: never
}

func staffPasskeysCommand(t terminal) *cobra.Command {
	c := t.command("passkeys EMAIL", "the passkeys of somebody; with --remove and --confirm, remove a lost one", 1, 1)
	own := c.Flags()
	format := formatFlag(own, "table", "json")
	remove := own.String("remove", "", "ID of the passkey to remove")
	confirm := own.Bool("confirm", false, "remove it; without this it is only looked for")
	return t.forStaff(c, func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, _ []string) error {
		if *remove != "" {
			return t.removePasskey(ctx, h, found, who, scheduler.ID(*remove), modeOf(confirm))
		}
		all, err := h.store.Passkeys(ctx, access.Operator(string(found.ID)), found.ID, who.ID)
		if err != nil {
			return err
		}
		return t.printPasskeys(all, *format)
	})
}

// removePasskey removes a passkey. It fails as ChangePasskey does, and when its holder cannot be told.
func (t terminal) removePasskey(
	ctx context.Context, h *house, found reads.Clinic, who reads.Staff, passkey scheduler.ID, m reads.Mode,
) error {
	q := reads.PasskeyChange{ID: passkey, Remove: true, DryRun: m == reads.OnlyCheck}
	name, err := h.changeKey(ctx, found, who, reads.PasskeyRemoved, m, func() (string, error) {
		return h.store.ChangePasskey(ctx, access.Operator(string(found.ID)), found.ID, who.ID, q)
	})
	if err != nil {
		return err
	}
	sentence := "removed: %s\n"
	if q.DryRun {
		sentence = "would remove: %s. Add --confirm to remove it.\n"
	}
	_, err = fmt.Fprintf(t.out, sentence, name)
	return err
}

func (t terminal) printPasskeys(all []reads.Passkey, format string) error {
	if format == "json" {
		rows := make([]passkeyJSON, len(all))
		for i, p := range all {
			rows[i] = passkeyJSON{ID: p.ID, Name: p.Name, Added: p.Added.UTC()}
			if !p.Used.IsZero() {
				used := p.Used.UTC()
				rows[i].LastUsed = &used
			}
		}
		return printJSON(t.out, rows)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(t.out, "They have no passkey.")
		return err
	}
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tname\tadded\tlast used")
	for _, p := range all {
		used := "never"
		if !p.Used.IsZero() {
			used = p.Used.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", p.ID, p.Name, p.Added.UTC().Format(time.RFC3339), used)
	}
	return table.Flush()
}
