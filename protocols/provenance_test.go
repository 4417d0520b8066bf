package protocols_test

import "testing"

// A protocol keeps its reminder times where it writes some and does not only assume them; the nearest source counts.
func TestOwnLeads(t *testing.T) {
	t.Parallel()
	const head = "protocol: mine\nversion: 1\ntitle: Mine\ncontent: {order: fixed, unit: session, count: 2}\n" +
		"session: {duration: PT1H}\ncapacity: {max: 8}\n"
	const leads = "reminders: {leads: [PT48H]}\n"
	for _, c := range []struct {
		name, text string
		own        bool
	}{
		{"no leads", "", false},
		{"no leads but a channel", "reminders: {channels: [email]}\n", false},
		{"leads without a source", leads, true},
		{"assumed with all of reminders", leads + "sources: {reminders: [assumption]}\n", false},
		{"assumed", leads + "sources: {reminders.leads: [assumption]}\n", false},
		{"the clinic's own within assumed reminders",
			leads + "sources: {reminders: [assumption], reminders.leads: [override]}\n", true},
	} {
		if got := parsed(t, []byte(head+c.text)).OwnLeads(); got != c.own {
			t.Errorf("%s: own is %t", c.name, got)
		}
	}
}
