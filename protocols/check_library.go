package protocols

import (
	"fmt"
	"slices"
	"strings"

	"almanac/protocols/civil"
)

// checkParent holds that a derived protocol says why it departs and that its parent is known.
func checkParent(r *reader, d *Definition) {
	if d.Parent == "" {
		return
	}
	if d.Adaptation == nil && d.Override == nil {
		r.failAt("parent", "The file names a parent and not why it differs; add \"adaptation: {reason: …}\", or "+
			"\"override: {reason: …}\" and only the fields that change.")
	}
	if r.library == nil {
		return
	}
	if _, err := r.library.Find(d.Parent); err != nil {
		r.failAt("parent", "The parent cannot be read: %s.", err.Error())
	}
}

// checkArms holds that the arms of a blinded trial look alike to participants.
func checkArms(r *reader, d *Definition) {
	switch {
	case d.ArmGroup != "" && d.Wording != WordingNeutralArmBlind:
		r.failAt("arm_group",
			"An arm of a blinded trial is worded like the others; add \"wording: neutral-arm-blind\".")
	case d.ArmGroup == "" && d.Wording == WordingNeutralArmBlind:
		r.failAt("wording", "The wording is that of a blinded trial; add \"arm_group\" with the name that its arms "+
			"share.")
	}
	if d.ArmGroup == "" || r.library == nil {
		return
	}
	for _, partner := range r.library.List() {
		if partner.ArmGroup != d.ArmGroup || partner.Protocol == d.Protocol {
			continue
		}
		for i, shown := range d.shown() {
			if other := partner.shown()[i]; shown.text != other.text {
				r.failAt(shown.path,
					"Participants can tell %s from %s by %s (%s and %s); arms of one trial look alike.",
					d.Protocol, partner.Protocol, shown.path, orNothing(shown.text), orNothing(other.text))
			}
		}
	}
}

// shown is a field that participants see or notice.
type shown struct{ path, text string }

// shown lists what must be alike in every arm.
func (d *Definition) shown() []shown {
	leads := make([]string, len(d.Reminders.Leads))
	for i, lead := range d.Reminders.Leads {
		leads[i] = lead.String()
	}
	when := strings.Join(leads, ", ")
	if !d.OwnLeads() {
		when += " unless the clinic chooses others"
	}
	m := d.Session.Modality
	return []shown{
		{"words.calendar", d.Words.Calendar},
		{"words.summary", d.Words.Summary},
		{"words.location", d.Words.Location},
		{"reminders.leads", when},
		{"reminders.channels", strings.Join(d.Reminders.Channels, ", ")},
		{"cadence.every", d.Cadence.Every.String()},
		{"session.duration", d.Session.Span.String()},
		{"session.modality",
			fmt.Sprintf("%s, fallback %s, camera %t", orNothing(m.Primary), orNothing(m.Fallback), m.CameraRequired)},
	}
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// checkMarks holds that references, where there are any, explain every mark, and that a path names its field once.
func checkMarks(r *reader, d *Definition) {
	if len(d.References) == 0 {
		return
	}
	for _, source := range d.Sources {
		for _, mark := range source.Marks {
			name, _, _ := strings.Cut(mark, " (")
			explained := slices.ContainsFunc(d.References, func(ref Reference) bool { return ref.Mark == name })
			if !explained && mark != MarkAssumption && mark != MarkOverride {
				r.failAt("sources."+source.Path, "The mark %q is not among the references; add what it stands for.",
					civil.Clip(name))
			}
		}
	}
}

// checkReasons holds that single reasons belong to fields that the file changes.
func checkReasons(r *reader, d *Definition) {
	if d.Override == nil {
		return
	}
	for _, reason := range d.Override.Reasons {
		if !slices.ContainsFunc(d.Override.Changes, func(c Change) bool { return covers(reason.Path, c.Path) }) {
			r.failAt("override.reasons."+reason.Path, "The file does not change %s; change it or remove its reason.",
				civil.Clip(reason.Path))
		}
	}
}
