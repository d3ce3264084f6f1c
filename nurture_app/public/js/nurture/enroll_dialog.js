// Who would enter a sequence, who not and why; then the deed. For chosen leads, or the members of a segment.
frappe.provide("nurture");

const SEQUENCE = {
	fieldname: "sequence",
	fieldtype: "Link",
	options: "Nurture Sequence",
	label: __("Sequence"),
	description: __("Only active sequences can be chosen: activate yours first."),
	reqd: 1,
	only_select: 1,
	get_query: () => ({ filters: { status: "Active" } }),
};
const SEGMENT = {
	fieldname: "segment",
	fieldtype: "Link",
	options: "Nurture Segment",
	label: __("Members of the Segment"),
	reqd: 1,
	only_select: 1,
};

/**
 * @param {Object} what
 * @param {string[]} [what.leads] the leads meant; without them the members of a segment are
 * @param {string} [what.segment] that segment, if it is settled
 * @param {string} [what.sequence] the sequence, if it is settled
 * @param {Function} [what.after] called once leads have entered
 */
nurture.enroll_dialog = ({ leads, segment, sequence, after }) => {
	const fields = [];
	if (!sequence) fields.push({ ...SEQUENCE, change: () => look() });
	if (!leads && !segment) fields.push({ ...SEGMENT, change: () => look() });
	fields.push({ fieldname: "preview", fieldtype: "HTML" });
	const dialog = new frappe.ui.Dialog({
		title: leads
			? leads.length === 1
				? __("Enroll One Lead")
				: __("Enroll {0} Leads", [leads.length])
			: __("Enroll the Members of {0}", [nurture.esc(segment || __("a Segment"))]),
		fields,
		primary_action_label: __("Enroll"),
		primary_action: () => enroll(),
	});
	const $preview = dialog.get_field("preview").$wrapper.addClass("nurture-enroll-preview");
	const ready = (count) => {
		dialog.get_primary_btn().prop("disabled", !count);
		dialog.set_primary_action(count ? __("Enroll {0}", [count]) : __("Enroll"), () => enroll());
		dialog.get_primary_btn().prop("disabled", !count);
	};
	const chosen = () => ({
		sequence: sequence || dialog.get_value("sequence"),
		segment: leads ? null : segment || dialog.get_value("segment"),
	});
	let asked = "";

	const look = async () => {
		const args = chosen();
		const key = JSON.stringify(args);
		if (key === asked) return;
		asked = key;
		ready(0);
		$preview.empty();
		if (!args.sequence || !(leads || args.segment)) return;
		$preview.html(`<div class="text-muted">${__("Looking at the leads…")}</div>`);
		const found = await nurture.call("enroll_preview.preview", {
			...args,
			leads: leads ? JSON.stringify(leads) : null,
		});
		if (key !== asked) return;
		$preview.html(found ? preview_html(found) : "");
		ready(found ? found.entering : 0);
	};

	const enroll = async () => {
		const args = chosen();
		const freeze = __("One moment…");
		const result = leads
			? totals(
					await nurture.call(
						"enrollment_actions.enroll",
						{ sequence: args.sequence, leads: JSON.stringify(leads) },
						{ freeze }
					)
			  )
			: await nurture.call("enroll_preview.enroll_segment", args, { freeze });
		if (!result) return;
		dialog.hide();
		frappe.show_alert(
			{
				indicator: result.entered || result.queued ? "green" : "orange",
				message: result.queued
					? __("They are being enrolled in the background. You will be notified of the result.")
					: __("Enrolled: {0}. Not enrolled: {1}.", [result.entered, result.refused]),
			},
			10
		);
		after?.();
	};

	dialog.show();
	ready(0);
	look();
	return dialog;
};

const totals = (outcomes) => {
	if (!outcomes) return null;
	const entered = outcomes.filter((one) => one.enrollment).length;
	return { queued: false, entered, refused: outcomes.length - entered };
};

const name_html = (one) => {
	const link = nurture.route_link("Lead", one.lead, one.title);
	const unmet = (one.unmet || []).join("; ");
	const why = unmet ? __("Missing: {0}", [unmet]) : one.detail || "";
	return `<li>${link} <span class="text-muted">${nurture.esc(why)}</span></li>`;
};

const names_html = (some, count) => {
	const more = count - some.length;
	return `<ul>${some.map(name_html).join("")}${
		more > 0 ? `<li class="text-muted">${__("and {0} more", [more])}</li>` : ""
	}</ul>`;
};

function preview_html(found) {
	const refused = found.refused.reduce((sum, one) => sum + one.count, 0);
	const unseen = found.asked - found.looked_at;
	const groups = found.refused
		.map(
			(one) => `
			<details ${found.refused.length === 1 || one.reason === "not_matching" ? "open" : ""}>
				<summary><b>${one.count}</b> ${nurture.esc(one.sentence || one.reason)}</summary>
				${names_html(one.some, one.count)}
			</details>`
		)
		.join("");
	return `
		<div class="ne-head">${nurture.pill(__("{0} would enter", [found.entering]), found.entering ? "green" : "grey")}
			${refused ? nurture.pill(__("{0} would not", [refused]), "orange") : ""}</div>
		${
			found.entering
				? `<details><summary>${__("Who would enter")}</summary>${names_html(
						found.entering_some,
						found.entering
				  )}</details>`
				: ""
		}
		${groups}
		${
			unseen > 0
				? `<div class="text-muted">${__(
						"{0} more were not looked at: you may not see them, or the segment is too large to preview whole.",
						[unseen]
				  )}</div>`
				: ""
		}
		${found.in_background ? `<div class="text-muted">${__("So many are enrolled in the background.")}</div>` : ""}`;
}
