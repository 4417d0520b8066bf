package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/agenda"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/web"
)

// publicURL is the base of every link, without a slash at its end.
func (h *house) publicURL() string {
	if h.config.PublicURL != nil {
		return h.config.PublicURL.String()
	}
	if h.bound != "" {
		return baseURL(h.bound)
	}
	return baseURL(h.config.Listen)
}

func (h *house) webOptions() web.Options {
	o := web.Options{
		Log: h.log, Desk: h.desk, Library: h.library, Zones: h.zones, Now: h.now, PublicURL: h.publicURL,
		Cohorts: h.store, Heads: h.store, Lists: h.store, Days: h.store, Clinics: h.store,
		People: h.store, Records: h.store, Consents: h.store, Disclosures: h.store, Glass: h.store,
		Rights: h.store, Exports: h.store, Feeds: h.store, StaffFeeds: h.store,
		Referrals: h.store, Assessments: h.store, Questions: h.store, Own: h.store,
		Joins: h.store, Absences: h.store, Video: h.video,
		Settings: h.store, Tasks: h.store, Ledger: h.store, SignIns: h.store, Staff: h.store,
		Passkeys: h.store, Ceremonies: h.store, Identities: h.store, Screens: h.store, FirstAdmin: h.store,
		SendPasskeyMail: h.sendPasskeyMail, SendGlassMail: h.sendGlassMail,
		Health: h.examine, Liveness: h.store.Liveness, Backup: h.backupPart,
		Waiting: h.store.Waiting, FeedRate: h.config.FeedRate,
		Programs: h.store, APIRate: h.config.APIRate, APIBurst: h.config.APIBurst,
		TrustedProxies: h.config.TrustedProxies,
		APIDocs:        h.config.APIDocs, Demo: h.sample != nil, SendSignIn: h.sendSignIn,
		Audit: h.store, Breaches: h.store, Reports: h.store, Messages: h.store,
	}
	if h.post.kept != nil {
		o.Mail, o.SendsMail = h.post.kept, !h.post.keepsMail
	}
	if h.post.gateway != nil {
		o.TextHook = newTextHook(h).Take
	}
	if h.provider != nil {
		o.Organization = &web.Organization{Provider: h.provider, Name: h.config.OIDC.Name,
			Roles: h.config.OIDC.Groups, Clinic: h.config.OIDC.Clinic}
	}
	return o
}

// The rhythms of the duties. Reminders are due at whole minutes, thousands of them
// at once; so what reads or writes much runs between them.
const (
	dispatchEvery = time.Second
	foreseeEvery  = time.Minute
	sweepEvery    = time.Hour
	extendEvery   = 24 * time.Hour
	upkeepEvery   = time.Hour
	restlessEvery = time.Minute
	auditEvery    = time.Hour
	consentsEvery = time.Minute
)

// duties is everything that is done by the clock.
func (h *house) duties() []agenda.Duty {
	duties := []agenda.Duty{
		{Name: "dispatch", Every: dispatchEvery, EachNode: true, Run: h.dispatch},
		{Name: "foresee", Every: foreseeEvery, After: 45 * time.Second, Run: h.post.dispatcher.Foresee},
		{Name: "extend", Every: extendEvery, After: 15 * time.Second, Run: h.extendAll},
		{Name: "upkeep", Every: upkeepEvery, After: 20 * time.Second,
			Run: func(ctx context.Context) error { return h.upkeep(ctx, h.store.OpenCohorts) }},
		{Name: "answers", Every: restlessEvery, After: 30 * time.Second,
			Run: func(ctx context.Context) error { return h.upkeep(ctx, h.store.RestlessCohorts) }},
		{Name: "forget", Every: sweepEvery, After: 35 * time.Second, Run: h.forget},
		{Name: "consents", Every: consentsEvery, After: 25 * time.Second, Run: h.endConsents},
		{Name: "audit-log", Every: auditEvery, After: 50 * time.Second, Run: h.proveAudit},
	}
	if h.config.Backups.To != "" {
		duties = append(duties, agenda.Duty{Name: "backup", Every: h.config.Backups.Every, After: 50 * time.Second,
			Run: h.scheduledBackup})
	}
	if len(h.video) > 0 {
		duties = append(duties, agenda.Duty{Name: "video", Every: restlessEvery, After: 15 * time.Second,
			Run: h.askHosts})
	}
	if kept := h.post.kept; kept != nil {
		duties = append(duties,
			agenda.Duty{Name: "sweep", Every: sweepEvery, After: 40 * time.Second, EachNode: true,
				Run: func(ctx context.Context) error { return h.sweepMail(ctx, kept) }})
	}
	return duties
}

// maxSkew is how far the clock of this machine may be from the database's before
// nothing is dispatched here any more.
const maxSkew = 5 * time.Second

// dispatch moves due notices into the queue, unless this machine's clock is wrong.
func (h *house) dispatch(ctx context.Context) error {
	if skew, err := h.skew(ctx); err != nil || skew > maxSkew {
		return err
	}
	return h.post.dispatcher.Dispatch(ctx)
}

// extendAll plans every rolling cohort further ahead.
func (h *house) extendAll(ctx context.Context) error {
	upkeep := access.System("extend")
	cohorts, err := h.store.RollingCohorts(ctx, upkeep)
	if err != nil {
		return err
	}
	for _, c := range cohorts {
		if err := h.desk.Confirm(ctx, upkeepRequest(c.Clinic), desk.Extend(c.Cohort)); err != nil {
			return fmt.Errorf("extending cohort %s: %w", c.Cohort, err)
		}
	}
	return nil
}

// upkeep lets happen what falls due by the clock alone in some cohorts: offers
// lapse, leaves end, people graduate, and seats are offered. One that fails does
// not keep the others from theirs.
func (h *house) upkeep(ctx context.Context,
	which func(context.Context, access.Actor) ([]store.CohortRef, error)) error {
	cohorts, err := which(ctx, access.System("upkeep"))
	if err != nil {
		return err
	}
	var failures []error
	for _, c := range cohorts {
		if err := h.desk.Confirm(ctx, upkeepRequest(c.Clinic), desk.Upkeep(c.Cohort)); err != nil {
			failures = append(failures, fmt.Errorf("upkeep of cohort %s: %w", c.Cohort, err))
		}
	}
	return errors.Join(failures...)
}

// forget ends what programs may ask for twice, and erases texts that were kept long enough, who joined when, and which
// mails came in.
func (h *house) forget(ctx context.Context) error {
	_, err := h.store.ForgetKeys(ctx, access.System("forget"))
	_, texts := h.store.EraseTexts(ctx, access.System("forget"))
	_, joins := h.store.ForgetJoins(ctx, access.System("forget"))
	_, addresses := h.store.ForgetAddresses(ctx, access.System("forget"))
	_, mails := h.store.ForgetMails(ctx, access.System("forget"))
	return errors.Join(err, texts, joins, addresses, mails)
}

// endConsents ends the consents whose last day is over.
func (h *house) endConsents(ctx context.Context) error {
	_, err := h.store.EndExpiredConsents(ctx, access.System("consents"))
	return err
}

// sweepMail erases kept mail that is older than its clinic keeps it.
func (h *house) sweepMail(ctx context.Context, kept *notify.Kept) error {
	clinics, err := h.store.Clinics(ctx, access.Operator(""))
	if err != nil {
		return err
	}
	now, before := h.now(), map[scheduler.ID]time.Time{}
	for _, c := range clinics {
		before[c.ID] = c.MailGoesBefore(now)
	}
	_, err = kept.Sweep(now, before)
	return err
}

// examine gives the state of each part of the running program.
func (h *house) examine(ctx context.Context) []reads.Part {
	parts := []reads.Part{h.databasePart(ctx),
		{Name: "zone-data", State: reads.OK, Message: "version " + h.zones.Version()}, h.clockPart(ctx)}
	if h.post != nil {
		parts = append(parts, h.post.monitor.Status()...)
	}
	if h.folder != nil {
		parts = append(parts, h.folder.Status())
	}
	if h.agenda != nil {
		parts = append(parts, h.agendaPart())
	}
	if part, err := h.backupPart(ctx); err == nil && h.config.Backups.To != "" {
		parts = append(parts, part)
	}
	return append(parts, h.livenessParts(ctx)...)
}

// livenessParts says whether agenda and worker live anywhere and whether messages
// leave in time; nothing when the database does not answer, which has its own part.
func (h *house) livenessParts(ctx context.Context) []reads.Part {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	liveness, err := h.store.Liveness(ctx)
	if err != nil {
		return nil
	}
	return liveness.Parts()
}

func (h *house) databasePart(ctx context.Context) reads.Part {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	part := reads.Part{Name: "database", State: reads.OK}
	if err := h.store.Ping(ctx); err != nil {
		part.State, part.Message = reads.Down, "The database does not answer."
	}
	return part
}

// sealedPart says how many rows hold a text that cannot be read; doctor asks it, and
// nothing that is asked often, because it opens everything.
func (h *house) sealedPart(ctx context.Context) reads.Part {
	part := reads.Part{Name: "sealed-data", State: reads.OK}
	clinics, err := h.store.Clinics(ctx, access.Operator(""))
	if err != nil {
		part.Message = "not looked at, because the database cannot be asked"
		return part
	}
	total := map[string]int{}
	for _, c := range clinics {
		counts, err := h.store.Unreadable(ctx, access.Operator(string(c.ID)), c.ID)
		if err != nil {
			part.State, part.Message = reads.Degraded, "It cannot be looked at; see the database."
			return part
		}
		for table, n := range counts {
			total[table] += n
		}
	}
	var lines []string
	for _, table := range slices.Sorted(maps.Keys(total)) {
		lines = append(lines, fmt.Sprintf("%d of %s", total[table], table))
	}
	if len(lines) > 0 {
		part.State = reads.Degraded
		part.Message = "Rows that cannot be read: " + strings.Join(lines, ", ") +
			". Restore them from a backup, or write them anew."
	}
	return part
}

func (h *house) clockPart(ctx context.Context) reads.Part {
	part := reads.Part{Name: "clock", State: reads.OK}
	if skew, err := h.skew(ctx); err == nil && skew > maxSkew {
		part.State = reads.Degraded
		part.Message = fmt.Sprintf("This machine's clock is %s away from the database's; nothing is dispatched "+
			"here. Set the clock.", skew.Round(time.Second))
	}
	return part
}

func (h *house) agendaPart() reads.Part {
	part := reads.Part{Name: "agenda", State: reads.OK}
	for _, s := range h.agenda.Status() {
		if s.Failures > 0 {
			part.State = reads.Degraded
			part.Message = fmt.Sprintf("The duty %s has failed %d times in a row since %s.", s.Name, s.Failures,
				s.Since.UTC().Format(time.RFC3339))
		}
	}
	return part
}

// skew is how far this machine's clock is from the database's.
func (h *house) skew(ctx context.Context) (time.Duration, error) {
	before := time.Now()
	there, err := h.store.Clock(ctx)
	if err != nil {
		return 0, err
	}
	after := time.Now()
	switch {
	case there.Before(before.Truncate(time.Millisecond)):
		return before.Sub(there), nil
	case there.After(after):
		return there.Sub(after), nil
	}
	return 0, nil
}

// upkeepRequest is a change that the clock asks for.
func upkeepRequest(clinic scheduler.ID) desk.Request {
	return desk.Request{Actor: access.System("agenda").In(string(clinic)), Clinic: clinic}
}
