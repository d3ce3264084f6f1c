frappe.ui.form.on("Nurture Segment", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh(frm) {
		if (frm.doc.segment_type === "Dynamic") nurture.bind_condition(frm);
		frm.set_intro("");
		if (frm.is_new()) return;
		show_overview(frm);
		if (!frm.doc.enabled)
			frm.set_intro(__("This segment is switched off: its members stay as they are."), "orange");
		if (frm.doc.last_error) frm.set_intro(frappe.utils.escape_html(frm.doc.last_error), "red");
		frm.add_custom_button(__("Members"), () =>
			frappe.set_route("List", "Nurture Segment Member", {
				segment: frm.doc.name,
				left_on: ["is", "not set"],
			})
		);
		if (frappe.boot.nurture?.may_enroll) {
			frm.add_custom_button(__("Enroll Members"), () =>
				nurture.enroll_dialog({ segment: frm.doc.name })
			);
		}
		if (!frm.has_perm("write")) return;
		if (frm.doc.segment_type === "Dynamic") {
			frm.add_custom_button(__("Refresh Now"), () => frm.trigger("refresh_members"));
		} else {
			frm.add_custom_button(__("Add Leads"), () => choose_leads(frm, "add_members"));
			frm.add_custom_button(__("Remove Leads"), () => choose_leads(frm, "remove_members"));
		}
	},

	segment_type(frm) {
		if (frm.doc.segment_type === "Dynamic") nurture.bind_condition(frm);
		else frm.set_value("condition", "");
	},

	refresh_members(frm) {
		if (frm.is_dirty()) {
			frappe.msgprint(__("Save the segment first, then refresh its members."));
			return;
		}
		nurture
			.call("segment_actions.refresh", { segment: frm.doc.name }, { freeze: __("Refreshing…") })
			.then((result) => {
				if (!result) return;
				frappe.show_alert({
					indicator: "green",
					message: result.queued
						? __("The segment is being refreshed in the background.")
						: __("{0} entered, {1} left, {2} members.", [
								result.entered,
								result.left,
								result.members,
						  ]),
				});
				frm.reload_doc();
			});
	},
});

/** Who may be mailed and why the others not, the newest, and what became of everybody. Shown when it has come. */
async function show_overview(frm) {
	const $wrapper = $(frm.get_field("overview_html").wrapper).empty();
	const segment = frm.doc.name;
	const found = await nurture.quiet_call("segment_overview.overview", { segment });
	if (!found || frm.doc.name !== segment) return;
	if (!found.members) {
		$wrapper.append($("<p class='text-muted'>").text(__("Nobody is in it.")));
		return;
	}
	const esc = nurture.esc;
	const of = found.looked_at < found.members ? __("the first {0}", [found.looked_at]) : found.members;
	const refused = found.refused.map((one) => `<li>${esc(one.count)}: ${esc(one.sentence)}</li>`);
	const newest = found.newest.map(
		(one) => `<a href="/app/lead/${encodeURIComponent(one.lead)}">${esc(one.title)}</a>`
	);
	$wrapper.html(
		`<p><b>${esc(__("{0} of {1} may be sent marketing e-mail.", [found.mailable, of]))}</b></p>` +
			(refused.length ? `<p>${esc(__("The others may not:"))}</p><ul>${refused.join("")}</ul>` : "") +
			`<p>${esc(__("Entered last:"))} ${newest.join(", ")}</p>` +
			(found.outcomes.length ? `<p>${found.outcomes.map(esc).join("<br>")}</p>` : "")
	);
}

function choose_leads(frm, action) {
	const adding = action === "add_members";
	new frappe.ui.form.MultiSelectDialog({
		doctype: "Lead",
		target: frm,
		setters: { company_name: null, status: null },
		add_filters_group: 1,
		primary_action_label: adding ? __("Add") : __("Remove"),
		get_query: () => ({ filters: {} }),
		action(leads) {
			if (!leads.length) return;
			this.dialog.hide();
			nurture
				.call(
					`segment_actions.${action}`,
					{ segment: frm.doc.name, leads: JSON.stringify(leads) },
					{ freeze: __("One moment…") }
				)
				.then((result) => {
					if (result) {
						frappe.show_alert({
							indicator: "green",
							message: __("{0} leads changed, {1} members.", [result.changed, result.members]),
						});
					}
					frm.reload_doc();
				});
		},
	});
}
