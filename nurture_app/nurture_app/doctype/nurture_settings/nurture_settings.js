frappe.ui.form.on("Nurture Settings", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	setup(frm) {
		frm.set_query("email_account", () => ({ filters: { enable_outgoing: 1 } }));
		frm.set_query("bounce_mailbox", () => ({ filters: { email_server: ["is", "set"] } }));
	},

	refresh(frm) {
		lock_what_others_choose(frm);
		for (const [channel, switched_on] of [
			["SMS", frm.doc.sms_enabled],
			["WhatsApp", frm.doc.whatsapp_enabled],
		])
			if (switched_on && frm.has_perm("write"))
				frm.add_custom_button(channel, () => send_test(channel), __("Send a Test"));
		nurture.show_health(nurture.form_top(frm, "settings"));
		frappe.xcall("frappe.core.doctype.user.user.get_timezones").then(({ timezones }) => {
			frm.get_field("default_time_zone").set_data(timezones);
		});
		// the half hours offered are only a help
		for (const fieldname of ["window_start", "window_end"])
			frm.set_df_property(fieldname, "ignore_validation", 1);
		frm.trigger("show_stages");
		frm.trigger("retention_months");
		if (frm.has_perm("write"))
			frm.add_custom_button(__("Make Holiday Lists…"), () => nurture_holiday_lists(frm));
		if (cint(frm.doc.system_review_days) && frm.has_perm("write"))
			frm.add_custom_button(__("Whole System Reviewed"), () => nurture_system_reviewed(frm));
		if (frm.doc.__onload?.would_leave)
			frm.add_custom_button(__("Go On Here…"), () => nurture_go_on_here(frm)).addClass("btn-danger");
	},

	nurture_threshold: (frm) => frm.trigger("show_stages"),
	mql_threshold: (frm) => frm.trigger("show_stages"),
	sql_threshold: (frm) => frm.trigger("show_stages"),
	hysteresis: (frm) => frm.trigger("show_stages"),

	/** How many leads the number of months would take tonight. */
	async retention_months(frm) {
		const months = cint(frm.doc.retention_months);
		const rows = (frm.doc.country_privacy || []).filter((row) => cint(row.retention_months) > 0);
		const found = months > 0 || rows.length ? await nurture_retention(months, rows) : null;
		frm.get_field("retention_months").set_description(
			!found
				? __("0: leads are kept for ever.")
				: found.leads === 1
				? __("One lead has been silent for so long. It is erased in the next nights.")
				: __("{0} leads have been silent for so long. They are erased in the next nights.", [found.leads])
		);
	},

	/** An example says more than the names of the numbers. */
	show_stages(frm) {
		const mql = cint(frm.doc.mql_threshold);
		frm.get_field("hysteresis").set_description(
			__(
				"A lead becomes MQL at {0} points and stops being one only below {1}, so that it does not flicker.",
				[mql, mql - cint(frm.doc.hysteresis)]
			)
		);
	},
});

/** Frappe answers with an error whoever looks for records they may not read, such as an Email Account. */
const lock_what_others_choose = (frm) => {
	for (const { fieldname, fieldtype, options, description } of frm.meta.fields) {
		if (fieldtype !== "Link" || frappe.model.can_read(options) || frappe.model.can_select(options)) continue;
		const who = __("Chosen by somebody who may read {0}, such as a System Manager.", [__(options)]);
		frm.set_df_property(fieldname, "read_only", 1);
		frm.set_df_property(fieldname, "description", [description && __(description), who].filter(Boolean).join(" "));
	}
};

const nurture_system_reviewed = (frm) =>
	nurture.call("sequence_actions.system_reviewed", {}).then((answer) => {
		if (answer?.message) frappe.show_alert({ message: nurture.esc(answer.message), indicator: "green" });
		return frm.reload_doc();
	});

/** On a copy of another site, or after a backup was restored: an administrator decides. */
const nurture_go_on_here = (frm) =>
	frappe.confirm(
		nurture.esc(frm.doc.__onload.would_leave),
		() => nurture.call("home_actions.go_on", {}).then(() => frm.reload_doc())
	);

/** Null for users who may not know. */
const nurture_retention = (months, rows) =>
	nurture.quiet_call("privacy_actions.preview_retention", { months, rows: JSON.stringify(rows) });

frappe.ui.form.on("Nurture Country Privacy", {
	countries: (frm) => frm.trigger("retention_months"),
	retention_months: (frm) => frm.trigger("retention_months"),
	country_privacy_remove: (frm) => frm.trigger("retention_months"),
});

/** Offers the countries of the leads; the lists made stand in the table afterwards. */
const nurture_holiday_lists = async (frm) => {
	if (frm.is_dirty()) await frm.save();
	const found = (await nurture.call("holiday_actions.countries")) || [];
	const labels = Object.fromEntries(
		found.map((one) => [one.country, __("{0} ({1} leads)", [__(one.country), one.leads])])
	);
	const dialog = new frappe.ui.Dialog({
		title: __("Make Holiday Lists"),
		fields: [
			{
				fieldname: "note",
				fieldtype: "HTML",
				options: `<p class="text-muted">${__(
					"The public holidays of this year and the next, as ERPNext Holiday Lists of their own. Lists that people made are not touched."
				)}</p>`,
			},
			{
				fieldname: "countries",
				fieldtype: "MultiCheck",
				label: __("Countries of Your Leads"),
				options: found.map((one) => ({ label: labels[one.country], value: one.country })),
				columns: 2,
				hidden: !found.length,
			},
			{ fieldname: "other", fieldtype: "Link", options: "Country", label: __("Another Country") },
		],
		primary_action_label: __("Make"),
		primary_action: ({ countries = [], other }) => {
			const chosen = [...countries, other].filter(Boolean);
			if (!chosen.length) return;
			nurture
				.call("holiday_actions.make", { countries: JSON.stringify(chosen) }, { freeze: __("One moment…") })
				.then((made) => {
					dialog.hide();
					frappe.show_alert({ message: __("{0} lists made.", [(made || []).length]), indicator: "green" });
					frm.reload_doc();
				});
		},
	});
	dialog.show();
};

function send_test(channel) {
	frappe.prompt(
		{ fieldname: "number", fieldtype: "Data", label: __("To (your own number)"), reqd: 1 },
		({ number }) =>
			frappe
				.xcall("nurture_app.site.api.channel_actions.send_test", { channel, number })
				.then(({ sent, message, answer }) =>
					frappe.msgprint({
						title: sent ? __("Sent") : __("Not sent"),
						indicator: sent ? "green" : "red",
						message: frappe.utils.escape_html([message, answer].filter(Boolean).join(" ")),
					})
				),
		__("Send a Test")
	);
}
