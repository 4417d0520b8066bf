package protocols_test

// sourced is every figure of the library that a publication gives: its path, its value and its marks, as the
// publications have them. All that a file says beside these is an assumption.
var sourced = map[string]string{
	"fidelity@1": `
sampling.fraction | 0.5 | PMID-20204916
sampling.instrument | MORE-FM | RASC-mindfulness, PMID-33164711
sampling.items | 17 | PMID-33164711
roles.rater.min | 2 | PMID-20204916, assumption`,
	"m-rocc@2025-trial": `
weeks | 24 | MedPage-113878, PMID-39836426
phases.orientation.weeks | 4 | PharmacyTimes
phases.low-dose.weeks | 4 | PharmacyTimes
phases.intensive.weeks | 16 | PharmacyTimes
cadence.every | P1W | MedPage-113878, PMID-39836426
session.segments.check-in.minutes | 30 | MedPage-113878, PMID-39836426
session.segments.group.minutes | 60 | MedPage-113878, PMID-39836426
session.segments.group.opt_out | true | RASC-mindfulness, MedPage-113878
session.duration | PT1H30M | MedPage-113878, PMID-39836426
session.modality.primary | video | MedPage-113878, NCT04278586
session.modality.camera_required | true | NCT04278586
roles.co-leader | {min: 0, max: 1} | MTPC, assumption
capacity.max | 12 | MTPC, assumption
entry.earliest.plus | P30D | MedPage-113878, NCT04278586
assessments.baseline.anchor | entry | PMID-39836426
assessments.oral-fluid.from_week | 13 | NCT04278586, MedPage-113878
assessments.oral-fluid.to_week | 24 | NCT04278586, MedPage-113878
assessments.oral-fluid.every | P2W | NCT04278586, MedPage-113878
assessments.oral-fluid.window | [P0D, P13D] | NCT04278586
assessments.end.offset | P24W | PMID-39836426`,
	"m-rocc@grant": `
phases.low-dose.weeks | 4 | R33-AT010125
phases.maintenance.transition | {when: readiness, or: clinician-override, record_reason: true} | R33-AT010125, assumption
phases.intensive.weeks | 8 | R33-AT010125
phases.intensive.transition | {when: readiness, or: clinician-override, record_reason: true} | R33-AT010125, assumption
session.duration | PT1H30M | PMID-39836426 (the trial), assumption
session.segments | [{id: check-in, title: Check-in, minutes: 30, required: false}, {id: group, title: Group, minutes: 60, opt_out: true}] | PMID-39836426 (the trial), assumption`,
	"mbrp-rolling@1": `
clock | position | PMC6660179
content.order | cyclic | PMC6660179
content.modules.module-1 | {id: module-1, title: Module 1, sessions: 1} | PMC6660179, UNM-260
content.modules.module-2 | {id: module-2, title: Module 2, sessions: 1} | PMC6660179, UNM-260
content.modules.module-3 | {id: module-3, title: Module 3, sessions: 1} | PMC6660179, UNM-260
content.modules.module-4 | {id: module-4, title: Module 4, sessions: 1} | PMC6660179, UNM-260
content.modules.module-5 | {id: module-5, title: Module 5, sessions: 1} | PMC6660179, UNM-260
content.modules.module-6 | {id: module-6, title: Module 6, sessions: 1} | PMC6660179, UNM-260
content.modules.module-7 | {id: module-7, title: Module 7, sessions: 1} | PMC6660179, UNM-260
content.modules.module-8 | {id: module-8, title: Module 8, sessions: 1} | PMC6660179, UNM-260
cadence.every | P1W | PMC6660179, UNM-260
session.duration | PT1H | PMC6660179, UNM-260
session.modality | {primary: in-person} | PMC6660179
entry.type | any | PMC6660179
completion.discharge_after | P21D | PMC6660179, UNM-260
dose | {at_least: 2} | PMC6660179
makeup.modes | [next-turn] | PMC6660179, assumption
assessments.admission.anchor | entry | UNM-260
assessments.discharge-visit.anchor | discharge | UNM-260`,
	"mbrp@1": `
content.count | 8 | Manuals-review
cadence.every | P1W | Manuals-review
session.duration | PT2H | Manuals-review
session.modality.fallback | video | Hoff, assumption
variations.0.from | 1 | MBRP-deck
variations.0.to | 1 | MBRP-deck
variations.0.duration | PT2H | Manuals-review
variations.0.segments | [{id: introductions, title: Introductions, minutes: 10}, {id: confidentiality, title: Confidentiality, minutes: 5}, {id: orientation, title: Orientation, minutes: 10}, {id: exercise, title: Exercise, minutes: [5, 10], opt_out: true}, {id: mindfulness, title: What is mindfulness, minutes: 10}, {id: programme, title: The programme, minutes: 10}, {id: break, title: Break, minutes: 10, required: false, break: true}, {id: raisin, title: Raisin, minutes: 15, opt_out: true}, {id: craving, title: Craving, minutes: 15, opt_out: true}, {id: body-scan, title: Body scan, minutes: 15, opt_out: true}, {id: practice, title: Practice for the week, minutes: 10}, {id: handouts, title: Handouts, minutes: 2}] | MBRP-deck
variations.0.segments.exercise.opt_out | true | RASC-mindfulness, assumption
variations.0.segments.raisin.opt_out | true | RASC-mindfulness, assumption
variations.0.segments.craving.opt_out | true | RASC-mindfulness, assumption
variations.0.segments.body-scan.opt_out | true | RASC-mindfulness, assumption
roles.therapist.min | 1 | SAMHSA-groups
roles.therapist.max | 2 | SAMHSA-groups
roles.second | {min: 0, max: 1} | PMC5516757, assumption
capacity.min_to_start | 6 | SAMHSA-groups, assumption
capacity.max | 12 | SAMHSA-groups, assumption
entry.type | closed | CNSLA, PMC6660179
dose | {at_least: 4, of: 8, distinct: true} | PMC5516757, assumption
assessments.week8.offset | P8W | PMC5516757
assessments.week26.offset | P26W | PMC5516757`,
	"mbsr-4w@1": `
content.count | 4 | RASC-mindfulness
cadence.every | P1W | RASC-mindfulness
session.duration | PT1H30M | RASC-mindfulness
capacity.max | 16 | MSC-policy (sister course), assumption
entry.decide_by | -P7D | MSC-policy (sister course), assumption`,
	"mbsr@1": `
content.count | 8 | MBSR-classes
cadence.every | P1W | MBSR-classes
session.duration | PT2H30M | RASC-mindfulness
one_offs.orientation.lead | P14D | UCSF-Osher
one_offs.orientation.required | true | IHealth-RI
one_offs.orientation.makeup | [phone] | IHealth-RI, Herzlin
one_offs.retreat.duration | PT4H | RASC-mindfulness, assumption
one_offs.retreat.between | [6, 7] | MBSR-classes
one_offs.retreat.else_between | [5, 6] | MBSR-classes
one_offs.retreat.days | [sat, sun] | MBSR-classes
roles.facilitator.min | 1 | LAMP-QA
capacity.max | 16 | MSC-policy (sister course), assumption
entry.type | closed | IHealth-RI, UCSF-Osher
entry.decide_by | -P7D | MSC-policy (sister course), assumption
dose | {at_least: 7, of: 9, distinct: true, kinds: [retreat]} | MSC-policy (sister course), assumption
absence.consecutive | 2 | IHealth-RI, assumption
async.home-practice.minutes | [30, 45] | PMC4769528, IHealth-RI`,
	"mi-team@1": `
roles.manager.min | 1 | RASC-MI
roles.provider.min | 1 | RASC-MI, assumption`,
	"more-inperson@1": `
content.order | fixed | MORE-news
content.count | 8 | MORE-news, PMID-35226053
cadence.every | P1W | MORE-news, PMID-35226053
session.duration | PT2H | MORE-news, PMID-35226053
session.segments.practice.opt_out | true | RASC-mindfulness
roles.facilitator.min | 1 | Hospitalist, assumption
roles.facilitator.requires | [train-more] | MORE-training, assumption
capacity.min_to_start | 6 | MORE-news, Hospitalist
capacity.max | 12 | MORE-news, Hospitalist
dose | {at_least: 4, of: 8, distinct: true} | MORE-news, PMID-35226053
assessments.baseline.anchor | cohort-start | SSWR-49459
assessments.post.anchor | last-session | SSWR-49459
assessments.fu3m.offset | P3M | SSWR-49459
assessments.fu6m.offset | P6M | SSWR-49459
assessments.fu9m.offset | P9M | MORE-news, SSWR-49459`,
	"more-manual@1": `
content.order | fixed | MORE-news (trial of eight sessions)
content.count | 10 | Manuals-review
session.duration | PT2H | Manuals-review`,
	"more-mmt@1": `
content.order | fixed | MORE-news (sister trial)
content.count | 8 | PMC8281569
cadence.every | P1W | PMC8281569
session.duration | PT2H | PMC8281569
session.modality | {primary: in-person} | PMC8281569
session.segments.practice.opt_out | true | RASC-mindfulness
capacity.min_to_start | 6 | MORE-news (sister trial), assumption
capacity.max | 12 | MORE-news (sister trial), assumption
dose | {at_least: 4, of: 8, distinct: true} | PMID-35226053 (sister trial), assumption
avoid.kinds | [clinic-dosing, required-counselling] | PMC8281569
assessments.baseline.anchor | cohort-start | PMC8281569
assessments.week8.offset | P8W | PMC8281569
assessments.week16.offset | P16W | PMC8281569
async.craving-report.to_week | 8 | SSWR-37778
async.craving-report.from_week | 1 | SSWR-37778`,
	"more-rolling@0-draft": `
content.order | cyclic | PMC6660179 (another programme), assumption
cadence.every | P1W | PMID-35226053 (closed form)
session.duration | PT2H | PMID-35226053 (closed form)
session.segments.practice.opt_out | true | RASC-mindfulness
capacity.min_to_hold | 1 | Greenfield-2014
capacity.max | 12 | MORE-news (closed form), assumption
capacity.fill_below | 8 | NIATx
dose | {at_least: 4, distinct: true} | PMID-35226053 (closed form), assumption`,
	"more-telehealth@1": `
content.order | fixed | MORE-news (sister trial)
content.count | 8 | MedicalDialogues, NCCIH, PMC10704342
cadence.every | P1W | MedicalDialogues, NCCIH, PMC10704342
session.duration | PT2H | MedicalDialogues, NCCIH, PMC10704342
session.modality.primary | video | MedicalDialogues, PMC10704342
session.segments.practice.opt_out | true | RASC-mindfulness
capacity.min_to_start | 6 | MORE-news (sister trial), assumption
capacity.max | 12 | MORE-news (sister trial), assumption
dose | {at_least: 4, of: 8, distinct: true} | PMID-35226053 (sister trial), assumption
avoid.kinds | [clinic-dosing, required-counselling] | PMC8281569, PMC10704342
assessments.post.offset | P8W | NCT04491968
assessments.fu16.offset | P16W | PMC10704342, NCT04491968`,
	"more-vr@1": `
content.order | fixed | MORE-news (in person)
content.count | 8 | MORE-VR-2024
clock | participant | MORE-VR-2024, assumption
cadence.every | P1W | MORE-VR-2024
session.modality | {primary: vr-headset} | RASC-mindfulness
roles.research-assistant.min | 1 | RASC-mindfulness
capacity.max | 1 | RASC-mindfulness, assumption
dose | {at_least: 4, of: 8, distinct: true} | MORE-VR-2024
resources.headset.count | 1 | RASC-mindfulness, assumption
assessments.before | {id: before, title: Craving and affect before, anchor: each-session, when: before} | MORE-VR-2024
assessments.after | {id: after, title: Craving and affect after, anchor: each-session, when: after} | MORE-VR-2024
assessments.heart-rate.when | during | MORE-VR-2024`,
	"partner@1": `
roles.partner.min | 1 | RASC-mindfulness, RASC-MI`,
	"recovery-support@1": `
weeks | 24 | MedPage-113878, PMID-39836426
phases.orientation.weeks | 8 | MedPage-113878
phases.techniques.weeks | 16 | MedPage-113878
cadence.every | P1W | MedPage-113878, PMID-39836426
session.segments.check-in.minutes | 30 | MedPage-113878, PMID-39836426
session.segments.group.minutes | 60 | MedPage-113878, PMID-39836426
session.duration | PT1H30M | MedPage-113878, PMID-39836426
session.modality.primary | video | MedPage-113878, NCT04278586
session.modality.camera_required | true | NCT04278586
roles.co-leader | {min: 0, max: 1} | MTPC, assumption
capacity.max | 12 | MTPC, assumption
entry.earliest.plus | P30D | MedPage-113878, NCT04278586
assessments.baseline.anchor | entry | PMID-39836426
assessments.oral-fluid.from_week | 13 | NCT04278586, MedPage-113878
assessments.oral-fluid.to_week | 24 | NCT04278586, MedPage-113878
assessments.oral-fluid.every | P2W | NCT04278586, MedPage-113878
assessments.oral-fluid.window | [P0D, P13D] | NCT04278586
assessments.end.offset | P24W | PMID-39836426`,
	"refill-biweekly@1": `
cadence.every | P2W | GBOT
capacity.max | 12 | NGS-L33632
capacity.billing_max | 12 | NGS-L33632
next | [refill-monthly] | GBOT
absence.percent | 75 | GBOT, assumption
assessments.drug-screen.anchor | each-session | GBOT, assumption`,
	"refill-monthly@1": `
cadence.every | P1M | GBOT
capacity.max | 12 | NGS-L33632
capacity.billing_max | 12 | NGS-L33632
absence.percent | 75 | GBOT, assumption
assessments.drug-screen.anchor | each-session | GBOT, assumption`,
	"refill-weekly@1": `
cadence.every | P1W | GBOT
capacity.max | 12 | NGS-L33632
capacity.billing_max | 12 | NGS-L33632
next | [refill-biweekly] | GBOT
absence.percent | 75 | GBOT, assumption
assessments.drug-screen.anchor | each-session | GBOT, assumption`,
	"star-log@1": `
log.columns.strategy.required | true | RASC-mindfulness, RASC-MI, assumption
log.columns.activity.required | true | RASC-mindfulness, RASC-MI, assumption
log.columns.date.required | true | Activity-log, assumption
async.entry-due.every | P4W | Activity-log, assumption`,
	"supervision@1": `
roles.supervisor.min | 1 | RASC-mindfulness
roles.facilitator.min | 1 | RASC-mindfulness, assumption`,
	"support-psychotherapy@1": `
content.count | 8 | MORE-news, PMID-35226053
cadence.every | P1W | MORE-news, PMID-35226053
session.duration | PT2H | MORE-news, PMID-35226053
roles.facilitator.min | 1 | Hospitalist, assumption
capacity.min_to_start | 6 | MORE-news, Hospitalist
capacity.max | 12 | MORE-news, Hospitalist
dose | {at_least: 4, of: 8, distinct: true} | MORE-news, PMID-35226053
assessments.baseline.anchor | cohort-start | SSWR-49459
assessments.post.anchor | last-session | SSWR-49459
assessments.fu3m.offset | P3M | SSWR-49459
assessments.fu6m.offset | P6M | SSWR-49459
assessments.fu9m.offset | P9M | MORE-news, SSWR-49459`,
	"tele-mind-group@1": `
content.count | 8 | RASC-mindfulness
cadence.every | P1W | RASC-mindfulness
session.duration | PT1H30M | RASC-mindfulness
session.modality.primary | video | RASC-mindfulness, LAMP
session.segments.teaching.minutes | 45 | LAMP, assumption
session.segments.discussion.minutes | 45 | LAMP, assumption
session.segments.teaching.opt_out | true | RASC-mindfulness
roles.facilitator.min | 1 | LAMP
assessments.baseline.anchor | cohort-start | LAMP
assessments.week10.offset | P10W | LAMP
assessments.month6.offset | P6M | LAMP
assessments.year1.offset | P12M | LAMP
async.materials.from_week | 1 | RASC-mindfulness
async.materials.to_week | 8 | RASC-mindfulness`,
	"tele-mind-self@1": `
weeks | 8 | LAMP
contact | {minutes: 180, minutes_min: 75} | RASC-mindfulness
appointments.call-1.duration | [PT25M, PT1H] | RASC-mindfulness
appointments.call-1.anchor | week:1 | RASC-mindfulness
appointments.call-2.duration | [PT25M, PT1H] | RASC-mindfulness
appointments.call-2.anchor | week:4 | RASC-mindfulness, assumption
appointments.call-3.duration | [PT25M, PT1H] | RASC-mindfulness
appointments.call-3.anchor | week:8 | RASC-mindfulness, assumption
async.module.from_week | 1 | LAMP
async.module.to_week | 8 | LAMP
roles.facilitator.min | 1 | RASC-mindfulness
capacity.max | 1 | RASC-mindfulness, assumption
assessments.baseline.anchor | entry | LAMP
assessments.week10.offset | P10W | LAMP
assessments.month6.offset | P6M | LAMP
assessments.year1.offset | P12M | LAMP`,
	"train-mbrp@1": `
phases.sessions.sessions | 8 | RASC-mindfulness
phases.workshop.sessions | 2 | RASC-mindfulness
phases.workshop.session.duration | [PT5H, PT7H30M] | RASC-mindfulness
phases.follow-up.sessions | 2 | RASC-mindfulness
session.duration | PT1H30M | RASC-mindfulness
contact | {minutes: 1800, minutes_min: 1500} | RASC-mindfulness`,
	"train-mi@1": `
content.count | 2 | AU-guidelines
session.duration | [PT6H, PT7H30M] | AU-guidelines
appointments.coaching.at | [P1M, P2M, P4M, P6M] | RASC-MI, assumption
appointments.coaching.at_least | 3 | RASC-MI
roles.trainer.min | 1 | RASC-MI, assumption
roles.internal-trainer.min | 0 | RASC-MI
roles.internal-trainer.requires | [ttt] | PMC3017235
roles.coach.min | 1 | RASC-MI
assessments.baseline.anchor | cohort-start | PMC3017235
assessments.post-coaching.offset | P6M | RASC-MI
assessments.follow-up.offset | P12W | PMC3017235`,
	"train-more@1": `
content.count | 2 | RASC-mindfulness
cadence.consecutive | true | RASC-mindfulness, assumption
session.duration | PT6H30M | RASC-mindfulness
contact | {minutes: 780} | RASC-mindfulness
assessments.competence.anchor | last-session | MORE-training`,
	"ttt@1": `
appointments.own-workshop.anchor | certification | PMC3017235, assumption
entry.prerequisites | [{id: own-training, title: Own training and certification, protocol: train-mi}] | PMC3017235
assessments.certification.anchor | last-session | PMC3017235`,
}
