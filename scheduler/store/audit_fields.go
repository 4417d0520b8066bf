package store

import (
	"context"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// What the audit says of a change: which fields, by the names that the API has for them, and never what they hold.

// clinicNow reads the settings of a clinic as they stand.
func (t *tx) clinicNow(ctx context.Context, id scheduler.ID) (reads.Clinic, error) {
	c := reads.Clinic{ID: id}
	err := scanClinic(t.Row(ctx, "SELECT "+clinicColumns+" FROM clinics WHERE id = ?", id).Scan, &c)
	if err != nil {
		return c, fmt.Errorf("reading the settings of clinic %s: %w", id, err)
	}
	return c, nil
}

// clinicFields are the settings that differ.
func clinicFields(a, b reads.Clinic) []string {
	return scheduler.ChangedFields(map[string]bool{"name": a.Name != b.Name, "zone": a.Zone != b.Zone,
		"facilitators": a.Facilitators != b.Facilitators, "sign_in": a.SignIn != b.SignIn,
		"lock_minutes": a.LockMinutes != b.LockMinutes, "shown_name": a.Contact.Name != b.Contact.Name,
		"phone": a.Contact.Phone != b.Contact.Phone, "crisis": a.Contact.Crisis != b.Contact.Crisis,
		"hours": a.Hours != b.Hours, "reminder_hours": !slices.Equal(a.Leads, b.Leads),
		"mail_days": a.MailDays != b.MailDays, "text_years": a.TextYears != b.TextYears,
		"titles": a.Titles != b.Titles, "head_email": a.HeadEmail != b.HeadEmail})
}

// settingFields are the settings of a person that differ.
func settingFields(a, b gate.Settings) []string {
	return scheduler.ChangedFields(map[string]bool{"muted": !slices.Equal(a.Muted, b.Muted),
		"reminder_hours": !slices.Equal(a.Leads, b.Leads), "hours": a.EmailHours != b.EmailHours,
		"disturb": a.Disturb != b.Disturb, "max_per_week": a.MaxPerWeek != b.MaxPerWeek,
		"short_notice": a.ShortNotice != b.ShortNotice})
}

// consentFields are the channels to which consents differ.
func consentFields(a, b []scheduler.Consent) []string {
	changed := map[string]bool{}
	for _, one := range slices.Concat(a, b) {
		same := func(other scheduler.Consent) bool {
			return one.Channel == other.Channel && one.TextVersion == other.TextVersion
		}
		if !slices.ContainsFunc(a, same) || !slices.ContainsFunc(b, same) {
			changed[string(one.Channel)] = true
		}
	}
	return scheduler.ChangedFields(changed)
}

// referralFields are what differs of two referrals.
func referralFields(a, b scheduler.Referral) []string {
	return scheduler.ChangedFields(map[string]bool{"name": a.Contact.Name != b.Contact.Name,
		"email": a.Contact.Email != b.Contact.Email, "phone": a.Contact.Phone != b.Contact.Phone,
		"external_ids": !slices.Equal(a.Contact.ExternalIDs, b.Contact.ExternalIDs), "zone": a.Zone != b.Zone,
		"language": a.Language != b.Language, "protocol": a.Protocol != b.Protocol,
		"times": !slices.Equal(a.Times, b.Times), "earliest": a.Earliest != b.Earliest,
		"source": a.Source != b.Source, "waiting": a.Waiting != b.Waiting})
}
