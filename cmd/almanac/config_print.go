package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"almanac/scheduler/calendar"
)

// withheld stands in every place where a secret would be printed.
const withheld = "(withheld)"

// printOptions writes the options as --help shows them, one entry each.
func printOptions(w io.Writer) error {
	for _, o := range options {
		variable := o.variable()
		if o.secret {
			variable += " or " + variable + "_FILE"
		}
		if _, err := fmt.Fprintf(w, "  --%s VALUE\n      %s\n      default: %s; environment: %s\n", o.name, o.help,
			o.shownDefault(), variable); err != nil {
			return fmt.Errorf("printing the options: %w", err)
		}
	}
	return nil
}

// shownDefault is the default in help and README: the text itself, or how it is computed.
func (o option) shownDefault() string {
	switch {
	case o.shown != "":
		return o.shown
	case o.standard != "":
		return o.standard
	default:
		return "empty"
	}
}

// effective is one row of the command config.
type effective struct {
	Option string `json:"option"`
	Value  string `json:"value"`
	From   string `json:"from"` // flag, environment, file or default
}

// effective gives every option's value, secrets withheld, and its source.
func (c Config) effective() []effective {
	rows := make([]effective, 0, len(c.settings))
	for _, s := range c.settings {
		value := s.value
		switch {
		case value != "" && s.option.secret && !strings.HasSuffix(s.option.name, "-url"):
			value = withheld
		case value != "" && s.option.secret:
			value = withoutSecret(value)
		case value == "" && s.option.name == "public-url":
			value = baseURL(c.Listen)
		case value == "" && s.option.shown != "":
			value = s.option.shown
		}
		rows = append(rows, effective{s.option.name, value, s.from})
	}
	return rows
}

// withoutSecret keeps what tells one server from another: scheme, host and
// path. User, password and query are dropped, and so is anything that is not
// an address.
func withoutSecret(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" {
		return withheld
	}
	if u.Opaque != "" {
		return u.Scheme + ":" + u.Opaque
	}
	bare := u.Scheme + "://" + u.Host + u.Path
	if u.Scheme == "sqlite" && u.Host == "" {
		bare = u.Scheme + ":" + u.Path
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		bare += " " + withheld
	}
	return bare
}

// printConfig writes the effective values in one of the formats text and json.
func printConfig(w io.Writer, c Config, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(c.effective()); err != nil {
			return fmt.Errorf("printing the configuration: %w", err)
		}
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "option\tfrom\tvalue")
	for _, row := range c.effective() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", row.Option, row.From, row.Value)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing the configuration: %w", err)
	}
	return nil
}

// baseURL is the public address when none is configured: the one on which the
// web server listens. A wildcard host becomes localhost.
func baseURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	if address, err := netip.ParseAddr(host); host == "" || err == nil && address.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Warnings names settings that work and yet endanger privacy, one sentence
// each. They are for the log of serve and for doctor.
func (c Config) Warnings() []string {
	return slices.Concat(c.transportWarnings(), c.wordWarnings())
}

// transportWarnings names what travels readably outside of this machine.
func (c Config) transportWarnings() []string {
	var warnings []string
	if u, err := url.Parse(c.RedisURL); err == nil && u.Host != "" && !loopback(u.Hostname()) {
		if _, password := u.User.Password(); !password {
			warnings = append(warnings, "Redis is reached over the network without a password; put one into redis-url.")
		}
		if u.Scheme != "rediss" {
			warnings = append(warnings, "Redis is reached over the network without TLS; use rediss:// in redis-url.")
		}
	}
	if u, err := url.Parse(c.DatabaseURL); err == nil && strings.HasPrefix(u.Scheme, "postgres") && u.Host != "" &&
		!loopback(u.Hostname()) && u.Query().Get("sslmode") != "verify-full" {
		warnings = append(warnings, "The database is reached over the network without TLS that checks its name; use "+
			"sslmode=verify-full in database-url.")
	}
	if u, err := url.Parse(c.SMTPURL); err == nil && u.Host != "" && !loopback(u.Hostname()) &&
		u.Query().Get("tls") == "none" {
		warnings = append(warnings,
			"Mail leaves without TLS and can be read on its way; use tls=starttls or tls=tls in smtp-url.")
	}
	if c.PublicURL != nil && c.PublicURL.Scheme == "http" && !loopback(c.PublicURL.Hostname()) {
		warnings = append(warnings,
			"Links in messages and feeds use http and can be read on their way; use https in public-url.")
	}
	return warnings
}

// wordWarnings names words that participants would see in every message and
// that give away why somebody has appointments.
func (c Config) wordWarnings() []string {
	var warnings []string
	seen := func(name, text string) {
		if word, found := calendar.Denied(text); found {
			warnings = append(warnings,
				fmt.Sprintf("Everybody who sees a message would read %q in %s; use a neutral name.", word, name))
		}
	}
	if c.PublicURL != nil {
		seen("public-url", c.PublicURL.Hostname())
	}
	seen("mail-from", c.MailFrom.Name+" "+c.MailFrom.Address)
	return warnings
}

// loopback tells whether a host can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
