// The history of a consent: everything that was ever said about it, the latest first.

frappe.ui.form.on("Nurture Consent", {
	refresh(frm) {
		if (frm.is_new()) return;
		const $history = frm.get_field("history_html").$wrapper.empty();
		frappe.db
			.get_list("Nurture Consent Entry", {
				filters: { party: frm.doc.party, channel: frm.doc.channel, purpose: frm.doc.purpose },
				fields: [
					"name",
					"status",
					"occurred_on",
					"creation",
					"address",
					"source",
					"recorded_by",
					"wording",
					"proof",
				],
				order_by: "occurred_on desc, name desc",
				limit: 200,
			})
			.then((entries) => {
				if (!entries.length) {
					$history.html(`<p class="text-muted">${__("Nothing was recorded yet.")}</p>`);
					return;
				}
				$history.html(`<ul class="list-unstyled">${entries.map(entry_html).join("")}</ul>`);
			});
	},
});

const COLOURS = { Given: "green", Pending: "orange", Withdrawn: "red" };

function entry_html(entry) {
	const esc = (text) => frappe.utils.escape_html(text || "");
	const facts = [esc(entry.source), esc(entry.recorded_by), esc(entry.address)].filter(Boolean);
	const wording = entry.wording ? `<div>“${esc(entry.wording)}”</div>` : "";
	const proof = entry.proof
		? `<div class="text-muted small">${esc(entry.proof).replace(/\n/g, "<br>")}</div>`
		: "";
	return `
		<li class="mb-3">
			<span class="indicator-pill ${COLOURS[entry.status] || "grey"}">${esc(__(entry.status))}</span>
			<b>${esc(frappe.datetime.str_to_user(entry.occurred_on))}</b>
			<span class="text-muted">${facts.join(" · ")}</span>
			${wording}${proof}
		</li>`;
}
