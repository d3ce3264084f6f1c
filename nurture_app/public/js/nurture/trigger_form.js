// What the fields of a sequence's trigger are called, offer and mean, by what starts it.
frappe.provide("nurture");

const DATES = [
	"Contract.end_date",
	"Subscription.end_date",
	"Subscription.current_invoice_end",
	"Subscription.trial_period_end",
];

/** Label and help of each field, by trigger; what is not listed keeps the words of the DocType. */
const WORDS = {
	Activity: {
		trigger_detail: [
			__("Only with This Detail"),
			__("Empty: any. The whole of it, or a part with * around it, as in *pricing*."),
		],
		trigger_count: [__("How Often"), __("1: each time it happens. 3: the third time.")],
		trigger_days: [__("Within Days"), __("Empty: ever. Only for a count of two or more.")],
	},
	"Account Activity": {
		trigger_detail: [
			__("Only with This Detail"),
			__("Empty: any. The whole of it, or a part with * around it, as in *pricing*."),
		],
		trigger_count: [
			__("How Often"),
			__("By all leads with the same organization name together. Whoever does it the last time enters."),
		],
		trigger_days: [__("Within Days"), __("Empty: ever. Only for a count of two or more.")],
	},
	"Score Above": { trigger_count: [__("Points"), __("Starts when the score rises to this.")] },
	"Score Below": { trigger_count: [__("Points"), __("Starts when the score falls below this.")] },
	"Account Score Above": {
		trigger_count: [
			__("Points"),
			__("The scores of all leads with the same organization name, added up."),
		],
	},
	"Tag Added": { trigger_detail: [__("Tag"), ""] },
	"Field Changed": {
		trigger_detail: [
			__("Field"),
			__("The name of a field of Lead; with a value, as in status = Interested, only that one."),
		],
	},
	"Silent For": { trigger_days: [__("Days"), __("Without anything done by the person.")] },
	"No Answer After": {
		trigger_detail: [
			__("Answer"),
			__("The activity that should follow. Empty: any that counts as an answer."),
		],
		trigger_days: [__("Days"), __("After the last time the activity happened.")],
	},
	"Not Contacted After": {
		trigger_days: [__("Days"), __("In which nobody of yours wrote to, called or met the lead.")],
	},
	"Days Before Date": {
		trigger_detail: [__("Date Field"), __("Of the Lead, or of what its Customer has.")],
		trigger_days: [__("Days before"), ""],
	},
	"Days After Date": {
		trigger_detail: [__("Date Field"), __("Of the Lead, or of what its Customer has.")],
		trigger_days: [__("Days after"), ""],
	},
};

/** Words and choices for the trigger the form has now. */
nurture.show_trigger = async (frm) => {
	const { trigger_type: kind, trigger_activity: activity } = frm.doc;
	for (const [fieldname, [label, description]] of Object.entries(WORDS[kind] || {})) {
		frm.set_df_property(fieldname, "label", label);
		frm.set_df_property(fieldname, "description", description);
	}
	frm.set_df_property("trigger_detail", "ignore_validation", 1);
	const choices = await choices_for(kind, activity);
	const is_current = frm.doc.trigger_type === kind && frm.doc.trigger_activity === activity;
	if (is_current) frm.get_field("trigger_detail").set_data?.(choices);
	if (["Activity", "Account Activity"].includes(kind)) await show_detail_of(frm);
};

/** What another trigger left behind means nothing to this one. */
nurture.empty_trigger = (frm) => {
	for (const fieldname of ["trigger_detail", "trigger_days", "trigger_hours"]) frm.set_value(fieldname, null);
	frm.set_value("trigger_working_hours", 0);
	frm.set_value("trigger_count", ["Activity", "Account Activity"].includes(frm.doc.trigger_type) ? 1 : null);
};

async function show_detail_of(frm) {
	const { trigger_activity } = frm.doc;
	if (!trigger_activity) return;
	const found = await frappe.db.get_value("Nurture Activity Type", trigger_activity, "detail_means");
	const means = found?.message?.detail_means;
	if (!means || frm.doc.trigger_activity !== trigger_activity) return;
	const [, help] = WORDS.Activity.trigger_detail;
	frm.set_df_property("trigger_detail", "description", `${__("Here: {0}.", [__(means)])} ${help}`);
}

async function choices_for(kind, activity) {
	const names = async (doctype) =>
		(await frappe.db.get_list(doctype, { fields: ["name"], limit: 200, order_by: "name asc" })).map(
			(one) => one.name
		);
	const lead_fields = (fits) =>
		frappe.meta
			.get_docfields("Lead")
			.filter(fits)
			.map((df) => ({ value: df.fieldname, label: df.fieldname, description: __(df.label) }));
	if (["Activity", "Account Activity"].includes(kind) && activity === "Handoff Given Back") {
		const reasons = await nurture.quiet_call("handoff_actions.reasons");
		return (reasons || []).map(({ value, label }) => ({
			value,
			label: value,
			description: label === value ? "" : label,
		}));
	}
	if (kind === "Tag Added") return names("Tag");
	if (kind === "No Answer After") return names("Nurture Activity Type");
	if (kind === "Field Changed") {
		return lead_fields((df) => !frappe.model.no_value_type.includes(df.fieldtype) && !df.hidden);
	}
	if (kind === "Days Before Date" || kind === "Days After Date") {
		return [...lead_fields((df) => ["Date", "Datetime"].includes(df.fieldtype)), ...DATES];
	}
	return [];
}
