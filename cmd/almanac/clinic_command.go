package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// clinicAddCommand adds a clinic. On a fresh installation the clinic that the
// first migration made becomes it, so that no clinic "default" is left over.
func clinicAddCommand(t terminal) *cobra.Command {
	c := t.command("add", "add a clinic; prints its id", 0, 0)
	own := c.Flags()
	name := own.String("name", "", "the clinic's name, for staff")
	zone := own.String("zone", "", "its time zone, as America/New_York")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		h, err := openHouse(ctx, config, t.log(config), t.now)
		if err != nil {
			return err
		}
		defer h.close()
		location, err := h.zones.Location(*zone)
		if err != nil {
			return err
		}
		id, err := h.addClinic(ctx, *name, location.String())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(t.out, id)
		return err
	})
	return c
}

func (h *house) addClinic(ctx context.Context, name, zone string) (scheduler.ID, error) {
	operator := access.Operator("")
	id, unused, err := h.store.UnusedClinic(ctx, operator)
	if err != nil {
		return "", err
	}
	if unused {
		return id, h.store.SetClinic(ctx, access.Operator(string(id)), id, name, zone)
	}
	return h.store.AddClinic(ctx, operator, name, zone)
}

// clinicSetting is one thing that clinic set can change.
type clinicSetting struct {
	key, does string
	get       func(reads.Clinic) string
	set       func(*reads.Clinic, string)
}

// clinicSettings lists what clinic set can change, in the order of its help.
var clinicSettings = []clinicSetting{
	{"name", "what staff call it", func(c reads.Clinic) string { return c.Name },
		func(c *reads.Clinic, v string) { c.Name = v }},
	{"zone", "its time zone, as America/New_York", func(c reads.Clinic) string { return c.Zone },
		func(c *reads.Clinic, v string) { c.Zone = v }},
	{"facilitators", "which cohorts facilitators see: own (that they lead or substitute in) or all",
		func(c reads.Clinic) string { return c.Facilitators }, func(c *reads.Clinic, v string) { c.Facilitators = v }},
	{"sign-in", "what lets staff in: mail (a link is enough) or strong (a passkey or the organization's account)",
		func(c reads.Clinic) string { return c.SignIn }, func(c *reads.Clinic, v string) { c.SignIn = v }},
	{"lock-minutes", "idle minutes after which the screens of staff are locked, 5 to 60",
		func(c reads.Clinic) string { return strconv.Itoa(c.LockMinutes) },
		func(c *reads.Clinic, v string) { c.LockMinutes, _ = strconv.Atoi(v) }}, // what is no number is refused as 0
	{"join-minutes", "how long before their start sessions can be joined, 5 to 60",
		func(c reads.Clinic) string { return strconv.Itoa(c.JoinMinutes) },
		func(c *reads.Clinic, v string) { c.JoinMinutes, _ = strconv.Atoi(v) }},
	{"shown-name", "the name that people see on their pages and in messages; empty: none",
		func(c reads.Clinic) string { return c.Contact.Name },
		func(c *reads.Clinic, v string) { c.Contact.Name = v }},
	{"phone", "the number that people see; empty: none", func(c reads.Clinic) string { return c.Contact.Phone },
		func(c *reads.Clinic, v string) { c.Contact.Phone = v }},
	{"crisis", "a line for people in a crisis, in your words; empty: none",
		func(c reads.Clinic) string { return c.Contact.Crisis },
		func(c *reads.Clinic, v string) { c.Contact.Crisis = v }},
	{"hours", "when to write to people who chose no hours, as 08:00-21:00; empty: at any time", shownHours, setHours},
	{"reminders", "hours before a date at which people are reminded, as 72,24; empty: as the protocols say",
		shownReminders, setReminders},
	{"mail-days", "days that kept mail stays, 1 to 90", func(c reads.Clinic) string { return strconv.Itoa(c.MailDays) },
		func(c *reads.Clinic, v string) { c.MailDays, _ = strconv.Atoi(v) }},
	{"text-years", "years that the texts of messages to groups stay, 6 to 50; 0: for good",
		func(c reads.Clinic) string { return strconv.Itoa(c.TextYears) }, setTextYears},
	{"titles", "what browsers call the pages of staff: page (its name) or plain (neutral words)",
		func(c reads.Clinic) string { return c.Titles }, func(c *reads.Clinic, v string) { c.Titles = v }},
	{"head-email", "who gets the newest signed head of the audit each day, outside of here; empty: nobody",
		func(c reads.Clinic) string { return c.HeadEmail }, func(c *reads.Clinic, v string) { c.HeadEmail = v }},
}

// shownHours writes hours as 08:00-21:00, empty for none.
func shownHours(c reads.Clinic) string {
	if c.Hours == (gate.Hours{}) {
		return ""
	}
	return c.Hours.From.String() + "-" + c.Hours.Until.String()
}

// setHours reads hours as shownHours writes them. What is none becomes hours that the store refuses.
func setHours(c *reads.Clinic, text string) {
	c.Hours = gate.Hours{}
	if text == "" {
		return
	}
	from, until, _ := strings.Cut(text, "-")
	first, err := civil.ParseClock(strings.TrimSpace(from))
	last, errLast := civil.ParseClock(strings.TrimSpace(until))
	if err != nil || errLast != nil {
		first, last = civil.Clock{Hour: 1}, civil.Clock{}
	}
	c.Hours = gate.Hours{From: first, Until: last}
}

// shownReminders writes default leads in hours, as 72,24.
func shownReminders(c reads.Clinic) string {
	hours := make([]string, len(c.Leads))
	for i, lead := range c.Leads {
		hours[i] = strconv.Itoa(int(lead / time.Hour))
	}
	return strings.Join(hours, ",")
}

// setReminders reads what shownReminders writes. What is no number becomes a lead that the store refuses.
func setReminders(c *reads.Clinic, text string) {
	c.Leads = nil
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			hours, _ := strconv.Atoi(word)
			c.Leads = append(c.Leads, time.Duration(hours)*time.Hour)
		}
	}
}

// setTextYears reads a number of years. What is none becomes one that the store refuses.
func setTextYears(c *reads.Clinic, text string) {
	years, err := strconv.Atoi(text)
	if c.TextYears = years; err != nil {
		c.TextYears = -1
	}
}

func clinicSetCommand(t terminal) *cobra.Command {
	c := t.command("set KEY VALUE…", "what other settings of a clinic would change; with --confirm, change them", 2, -1)
	clinic := clinicFlag(c.Flags())
	confirm := c.Flags().Bool("confirm", false, "do it; without this it is only shown")
	var lines []string
	for _, s := range clinicSettings {
		lines = append(lines, fmt.Sprintf("  %-12s %s", s.key, s.does))
	}
	c.Long = "Keys:\n" + strings.Join(lines, "\n")
	t.handle(c, func(ctx context.Context, config Config, pairs []string) error {
		if len(pairs)%2 != 0 {
			return wrongUse("Give a value for each key, as: almanac clinic set name 'North Street' zone " +
				"America/Chicago.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return t.setClinic(ctx, h, found, pairs, *confirm)
		})
	})
	return c
}

// setClinic prints what the settings of a clinic were and would be, and changes
// them if that is confirmed.
func (t terminal) setClinic(ctx context.Context, h *house, found reads.Clinic, pairs []string, confirmed bool) error {
	after := found
	for i := 0; i < len(pairs); i += 2 {
		key := strings.ReplaceAll(pairs[i], "_", "-") // as the API writes it
		at := slices.IndexFunc(clinicSettings, func(s clinicSetting) bool { return s.key == key })
		if at < 0 {
			return wrongUse("A clinic has no setting %q; `almanac clinic set --help` lists them.", pairs[i])
		}
		clinicSettings[at].set(&after, pairs[i+1])
	}
	if _, err := h.zones.Location(after.Zone); err != nil {
		return err // it names zones that are meant, perhaps
	}
	after, err := h.store.CheckClinic(after)
	if err != nil {
		return err
	}
	operator := access.Operator(string(found.ID))
	effect, err := h.store.ClinicEffect(ctx, operator, after)
	if err != nil {
		return err
	}
	keys, err := h.store.SignInRule(ctx, operator, after)
	if err != nil {
		return err
	}
	if confirmed {
		if err := h.store.SetClinicSettings(ctx, operator, after); err != nil {
			return err
		}
	}
	for _, s := range clinicSettings {
		if before, now := s.get(found), s.get(after); before != now {
			fmt.Fprintf(t.out, "%s: %s → %s\n", s.key, before, now)
		}
	}
	if after.SignIn != found.SignIn && after.SignIn == reads.SignInStrong {
		fmt.Fprintf(t.out, "On the staff without a passkey and a linked account: %d of %d. They need a link from an "+
			"admin, to add one.\n", keys.Without, keys.All)
	}
	if !slices.Equal(after.Leads, found.Leads) {
		fmt.Fprintf(t.out, "Reminders that leave in the next two weeks: %d → %d. Cohorts that keep the times of their "+
			"protocol: %d.\n", effect.RemindersNow, effect.RemindersThen, effect.OwnLeads)
	}
	if after.TextYears != found.TextYears {
		fmt.Fprintf(t.out, "Messages to groups whose texts are erased within the hour: %d.\n", effect.Texts)
	}
	if !confirmed {
		fmt.Fprintln(t.out, "Nothing has changed yet. Run this again with --confirm to change it.")
	}
	return nil
}
