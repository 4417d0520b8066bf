package main

import (
	"encoding/base64"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"almanac/notify"
	"almanac/notify/sms"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/web"
)

// option declares one setting. The flag, the variable, the help text and the
// row in the README all come from here.
type option struct {
	name     string                      // the flag without its dashes
	standard string                      // default as one would type it; empty: see shown
	shown    string                      // what help prints as the default when it is computed
	help     string                      // one line, lower case, no full stop
	secret   bool                        // may come from a file, is never printed
	derive   func(Config) string         // gives the default from the options above it
	set      func(*Config, string) error // parses, checks and stores; the error is a sentence
}

// variable names the option in the environment.
func (o option) variable() string {
	return "ALMANAC_" + strings.ToUpper(strings.ReplaceAll(o.name, "-", "_"))
}

// options lists every setting, in the order of help and README. An option that
// derives its default stands below what it derives from.
var options = []option{
	{name: "listen", standard: "127.0.0.1:8080",
		help: "address of the web server; port 0 picks a free one, which is printed", set: setListen},
	{name: "public-url", shown: "derived from listen",
		help: "base of every link in a message or feed; never taken from a request", set: setPublicURL},
	{name: "data-dir", standard: "./almanac-data",
		help: "folder for the database file, the secret key and kept mail of the embedded default", set: setDataDir},
	{name: "database-url", shown: "sqlite:<data-dir>/almanac.db", help: "sqlite:FILE or postgres://…", secret: true,
		derive: embeddedDatabase, set: setDatabaseURL},
	{name: "audit-heads", shown: "<data-dir>/audit-heads.txt",
		help: "file that keeps the signed heads of the audit's log; best on another machine", derive: keptAuditHeads,
		set: setAuditHeads},
	{name: "erasures", shown: "<data-dir>/erasures.txt",
		help:   "file that keeps who was erased, by id; a restore needs it, so best on another machine",
		derive: keptErasures, set: setErasures},
	{name: "redis-url", help: "queue between processes: redis://…, rediss://… or unix://…, with the cluster and " +
		"sentinel forms of go-redis; empty: in-process queue", secret: true, set: setRedisURL},
	{name: "smtp-url", help: "mail server, smtp://user:pass@host:port?tls=none|starttls|tls; empty: mail is kept in " +
		"data-dir and shown to staff", secret: true, set: setSMTPURL},
	{name: "smtp-connections", standard: "20",
		help: "connections to the mail server at once, 1 to 500: providers that allow few need less, a relay of " +
			"your own takes more", set: setConnections},
	{name: "sms-url", help: "gateway of texts: generic:FILE (YAML, see docs/sms.md) or " +
		"twilio://SID:TOKEN@HOST?from=NUMBER; empty: texts are kept in data-dir and shown to staff",
		secret: true, set: setSMSURL},
	{name: "mail-from", standard: "Appointments <appointments@localhost>",
		help: "sender of every message and organizer of every invite", set: setMailFrom},
	{name: "envelope-sender", standard: string(notify.EnvelopesTagged),
		help: "tagged: each message leaves from b+ID at the domain of mail-from, so that what comes back is " +
			"recognised; the mailbox b there must lead to almanac inbound. plain: from mail-from", set: setEnvelopes},
	{name: "inbound-auth",
		help: "name under which your own mail server writes Authentication-Results; it must take that name away " +
			"from what strangers send. microsoft365: without a name, as Microsoft 365 does. Empty: no answer by mail " +
			"is believed", set: setInboundAuth},
	{name: "inbound-listen", help: "address where your mail server hands over mail that comes in, lmtp://HOST:PORT " +
		"or smtp://HOST:PORT, as docs/mail.md says; empty: off", set: setInboundListen},
	{name: "inbound-imap", help: "folder from which mail that comes in is taken, " +
		"imap://USER:PASSWORD@HOST:PORT/FOLDER?tls=tls|starttls|none; empty: off", secret: true, set: setInboundIMAP},
	{name: "secret-key", shown: "made in data-dir", help: "32 bytes in base64; wraps the keys of clinics",
		secret: true, set: setSecretKey},
	{name: "secret-key-command", help: "command that prints the secret key, for a vault of keys; runs at each start, " +
		"for at most 30 s", secret: true, set: func(c *Config, v string) error { c.SecretKeyCommand = v; return nil }},
	{name: "roles", standard: "web,agenda,worker", help: "which parts this process runs", set: setRoles},
	{name: "metrics-listen", help: "address for /metrics; empty: off", set: setMetricsListen},
	{name: "trusted-proxies", help: "networks whose forwarding headers are believed, with commas",
		set: setTrustedProxies},
	{name: "feed-rate", standard: "60",
		help: "calendars sent an hour for each feed; 304 and HEAD do not count; 0: no limit",
		set:  setCount("feed-rate", func(c *Config) *int { return &c.FeedRate })},
	{name: "api-rate", standard: "1200", help: "requests a minute for each API token; 0: no limit",
		set: setCount("api-rate", func(c *Config) *int { return &c.APIRate })},
	{name: "api-burst", standard: "1000", help: "requests at once for each API token; 0: no limit",
		set: setCount("api-burst", func(c *Config) *int { return &c.APIBurst })},
	{name: "api-docs", standard: string(web.DocsToken),
		help: "who may read the description of the API at /api/v1/docs and openapi.json: token (programs with a " +
			"token, and signed-in staff) or public", set: setAPIDocs},
	{name: "oidc-issuer", help: "OpenID provider through which staff sign in with their organization's account, " +
		"such as https://login.example.org; empty: none", set: setIssuer},
	{name: "oidc-client-id", help: "name by which the provider knows this site; its redirect address is " +
		"<public-url>/signin/oidc", set: func(c *Config, v string) error { c.OIDC.ClientID = v; return nil }},
	{name: "oidc-client-secret", help: "secret that the provider gave with the name; empty: none, for a public client",
		secret: true, set: func(c *Config, v string) error { c.OIDC.ClientSecret = v; return nil }},
	{name: "oidc-name", standard: "your organization",
		help: "what the sign-in page calls the provider: Sign in with NAME", set: setProviderName},
	{name: "oidc-groups", help: "which groups at the provider give which role here, as GROUP=ROLE with commas, or " +
		"semicolons when a group has commas; the " +
		"first that fits counts, at every sign-in, and adds people who are not on the staff; empty: none",
		set: setGroups},
	{name: "oidc-groups-claim", standard: "groups", help: "claim of the provider that holds the groups",
		set: func(c *Config, v string) error { c.OIDC.GroupsClaim = v; return nil }},
	{name: "oidc-clinic", help: "clinic to which groups add people; empty: the only one",
		set: func(c *Config, v string) error { c.OIDC.Clinic = v; return nil }},
	{name: "jitsi-url", help: "Jitsi server that gives each session a room: https://APP:SECRET@HOST, or " +
		"https://APP@HOST?key=FILE with a private RSA key; events=TOKEN takes its reports of who came; empty: none",
		secret: true, set: setJitsi},
	{name: "bigbluebutton-url", help: "BigBlueButton server that gives each session a room: " +
		"https://:SECRET@HOST/bigbluebutton/; empty: none", secret: true, set: setBigBlueButton},
	{name: "backup-to", help: "folder into which the agenda writes encrypted backups; empty: it makes none",
		set: func(c *Config, v string) error { c.Backups.To = v; return nil }},
	{name: "backup-recipient", help: "public keys (age1…) of who may open them, with commas", set: setBackupRecipients},
	{name: "backup-every", standard: "24h", help: "how often a backup is made, at least 1h", set: setBackupEvery},
	{name: "zone-data", help: "a zone data file that replaces the built-in one", set: setZoneData},
	{name: "log-level", standard: "info", help: "debug, info, warn or error", set: setLogLevel},
	{name: "log-format", standard: "text", help: "text, or json for machines", set: setLogFormat},
}

func setListen(c *Config, value string) error {
	c.Listen = value
	return checkAddress("listen", value)
}

func setAPIDocs(c *Config, value string) error {
	c.APIDocs = web.DocsReaders(value)
	if c.APIDocs == web.DocsToken || c.APIDocs == web.DocsPublic {
		return nil
	}
	return fault.In("api-docs", "api-docs must be token or public.")
}

func setMetricsListen(c *Config, value string) error {
	c.MetricsListen = value
	if value == "" {
		return nil
	}
	return checkAddress("metrics-listen", value)
}

func checkAddress(name, value string) error {
	host, port, err := net.SplitHostPort(value)
	number, numberErr := strconv.ParseUint(port, 10, 16)
	if err != nil || numberErr != nil || number > 65535 || strings.ContainsAny(host, " /@") {
		return fault.In(name, "%s must be HOST:PORT, such as 127.0.0.1:8080; %q is not.", name, value)
	}
	return nil
}

// setPublicURL accepts the root of a site. A malformed address is not repeated
// in the sentence, because it may carry a password.
func setPublicURL(c *Config, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return fault.In("public-url",
			"public-url must be the root of a site, such as https://appointments.example.org, without path, user or "+
				"query.")
	}
	u.Path, u.RawPath = "", ""
	c.PublicURL = u
	return nil
}

func setDataDir(c *Config, value string) error {
	c.DataDir = value
	if value == "" || strings.ContainsRune(value, 0) {
		return fault.In("data-dir", "data-dir must name a folder; it is made when it does not exist.")
	}
	return nil
}

func setAuditHeads(c *Config, value string) error {
	c.AuditHeads = value
	if value == "" || strings.ContainsRune(value, 0) {
		return fault.In("audit-heads", "audit-heads must name a file; it is made when it does not exist.")
	}
	return nil
}

func setErasures(c *Config, value string) error {
	c.Erasures = value
	if value == "" || strings.ContainsRune(value, 0) {
		return fault.In("erasures", "erasures must name a file; it is made when it does not exist.")
	}
	return nil
}

func setDatabaseURL(c *Config, value string) error {
	c.DatabaseURL = value
	if file, ok := strings.CutPrefix(value, "sqlite:"); ok && strings.Trim(file, "/") != "" {
		return nil
	}
	if u, err := url.Parse(value); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") &&
		u.Opaque == "" {
		return nil
	}
	return fault.In("database-url", "database-url must be sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE.")
}

func setRedisURL(c *Config, value string) error {
	c.RedisURL = value
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err == nil && (u.Scheme == "unix" && u.Path != "" ||
		(u.Scheme == "redis" || u.Scheme == "rediss") && u.Host != "") {
		return nil
	}
	return fault.In("redis-url", "redis-url must be redis://HOST:PORT, rediss://HOST:PORT or unix:///SOCKET.")
}

func setSMTPURL(c *Config, value string) error {
	c.SMTPURL = value
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err == nil && u.Scheme == "smtp" && u.Hostname() != "" && strings.Trim(u.Path, "/") == "" &&
		slices.Contains([]string{"", "none", "starttls", "tls"}, u.Query().Get("tls")) {
		return nil
	}
	return fault.In("smtp-url",
		"smtp-url must be smtp://USER:PASSWORD@HOST:PORT?tls=MODE, where MODE is none, starttls or tls.")
}

func setSMSURL(c *Config, value string) error {
	c.SMSURL = value
	if value == "" {
		return nil
	}
	driver, err := sms.Open(value, sms.Options{Hook: func() string { return "" }})
	if err != nil {
		return err
	}
	return driver.Close()
}

// mostConnections is more than any mail server takes from one sender.
const mostConnections = 500

func setConnections(c *Config, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > mostConnections {
		return fault.In("smtp-connections", "smtp-connections must be a whole number from 1 to %d; %q is not.",
			mostConnections, value)
	}
	c.Connections = n
	return nil
}

func setMailFrom(c *Config, value string) error {
	address, err := mail.ParseAddress(value)
	if err != nil || strings.ContainsAny(value, "\r\n") {
		return fault.In("mail-from",
			"mail-from must be one sender, such as Appointments <appointments@example.org>; %q is not.", value)
	}
	bare, refused := scheduler.CheckEmail(address.Address)
	name, unclear := scheduler.CheckLine("mail-from", "The name in mail-from", address.Name)
	switch {
	case refused != nil:
		return fault.In("mail-from",
			"%q in mail-from is not an address that mail can come from; write it like appointments@example.org.",
			address.Address)
	case unclear != nil:
		return unclear
	}
	c.MailFrom = mail.Address{Name: name, Address: bare}
	return nil
}

func setEnvelopes(c *Config, value string) error {
	c.Envelopes = notify.Envelopes(value)
	if c.Envelopes != notify.EnvelopesTagged && c.Envelopes != notify.EnvelopesPlain {
		return fault.In("envelope-sender", "envelope-sender must be tagged or plain; %q is neither.", value)
	}
	return nil
}

// setInboundAuth takes an authserv-id (RFC 8601 §2.5): in practice the name of a host.
func setInboundAuth(c *Config, value string) error {
	c.InboundAuth = value
	if strings.ContainsAny(value, " \t;=\"()@/") {
		return fault.In("inbound-auth",
			"inbound-auth must be the bare name that your mail server begins its Authentication-Results with, such "+
				"as mx.example.org; %q is not.", value)
	}
	return nil
}

func setSecretKey(c *Config, value string) error {
	c.SecretKey = value
	if value == "" {
		return nil
	}
	if key, err := base64.StdEncoding.DecodeString(value); err != nil || len(key) != 32 {
		return fault.In("secret-key", "secret-key must be 32 bytes in base64; make one with: openssl rand -base64 32")
	}
	return nil
}

// String writes the roles as the option takes them.
func (r Roles) String() string {
	var names []string
	for _, role := range []struct {
		on   bool
		name string
	}{{r.Web, "web"}, {r.Agenda, "agenda"}, {r.Worker, "worker"}} {
		if role.on {
			names = append(names, role.name)
		}
	}
	return strings.Join(names, ",")
}

func setRoles(c *Config, value string) error {
	for role := range strings.SplitSeq(value, ",") {
		switch strings.TrimSpace(role) {
		case "web":
			c.Roles.Web = true
		case "agenda":
			c.Roles.Agenda = true
		case "worker":
			c.Roles.Worker = true
		default:
			return fault.In("roles", "roles must be some of web, agenda and worker, with commas; %q is not.", value)
		}
	}
	return nil
}

// setTrustedProxies accepts networks and single addresses.
func setTrustedProxies(c *Config, value string) error {
	if value == "" {
		return nil
	}
	networks, err := parseNetworks("trusted-proxies", value)
	if err != nil {
		return err
	}
	for _, network := range networks {
		if network.Bits() == 0 {
			return fault.In("trusted-proxies",
				"trusted-proxies must not be everybody; %s would let anyone choose the address that they seem to "+
					"come from.", network)
		}
	}
	c.TrustedProxies = networks
	return nil
}

// parseNetworks reads networks and single addresses with commas between them. It fails with Invalid, in the field of
// what they are for.
func parseNetworks(name, value string) (networks []netip.Prefix, err error) {
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		if address, err := netip.ParseAddr(word); err == nil && address.Zone() == "" {
			networks = append(networks, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, fault.In(name, "%s must be networks such as 10.0.0.0/8, with commas; %q is not one.", name,
				word)
		}
		networks = append(networks, network.Masked())
	}
	return networks, nil
}

func setCount(name string, field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return fault.In(name, "%s must be a whole number, 0 for no limit; %q is not.", name, value)
		}
		*field(c) = int(n)
		return nil
	}
}

func setZoneData(c *Config, value string) error {
	c.ZoneData = value
	return nil
}

var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn,
	"error": slog.LevelError}

func setLogLevel(c *Config, value string) error {
	level, ok := logLevels[value]
	if !ok {
		return fault.In("log-level", "log-level must be debug, info, warn or error; %q is not.", value)
	}
	c.LogLevel = level
	return nil
}

func setLogFormat(c *Config, value string) error {
	c.LogFormat = value
	if value != "text" && value != "json" {
		return fault.In("log-format", "log-format must be text or json; %q is not.", value)
	}
	return nil
}
