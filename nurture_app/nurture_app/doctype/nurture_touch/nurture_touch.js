const HIT_COLOURS = { human: "green", machine: "gray", unknown: "orange" };

frappe.ui.form.on("Nurture Touch", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh(frm) {
		frm.disable_form();
		show_reason(frm);
		show_hits(frm);
	},
});

function show_reason(frm) {
	if (!frm.doc.reason) return;
	const detail = frm.doc.reason_detail ? ` ${frm.doc.reason_detail}` : "";
	frm.set_intro("");
	frm.set_intro(
		nurture.esc(nurture.reason(frm.doc.reason) + detail),
		["Held", "Failed", "Bounced"].includes(frm.doc.status) ? "red" : "blue"
	);
}

/** Who opened and clicked this mail, people and machines, and why each is taken for the one or the other. */
async function show_hits(frm) {
	const $wrapper = frm.get_field("hits_html").$wrapper;
	const found = await nurture.quiet_call("mail_hits.of_touch", { touch: frm.doc.name });
	if (!found || frm.doc.channel !== "Email") return $wrapper.empty();
	if (!found.hits.length) {
		const text = found.tracked
			? __("Nobody has opened this mail or clicked in it, as far as can be seen.")
			: __("This mail was not tracked.");
		return $wrapper.html(`<p class="text-muted">${nurture.esc(text)}</p>`);
	}
	const words = { human: __("human"), machine: __("machine"), unknown: __("unknown") };
	const counts = Object.keys(words)
		.filter((verdict) => found.counts[verdict])
		.map((verdict) => nurture.pill(`${found.counts[verdict]} ${words[verdict]}`, HIT_COLOURS[verdict]));
	const rows = found.hits.map(
		(hit) => `<tr>
			<td class="whitespace-nowrap">${nurture.esc(nurture.when(hit.on))}</td>
			<td>${nurture.esc(hit.what)}${hit.url ? `<div class="text-muted small">${nurture.esc(hit.url)}</div>` : ""}</td>
			<td>${hit.verdict ? nurture.pill(words[hit.verdict], HIT_COLOURS[hit.verdict]) : ""}</td>
			<td>${nurture.esc(hit.reason)}</td>
			<td title="${nurture.esc(hit.user_agent)}">${nurture.esc(hit.program)}</td>
		</tr>`
	);
	const titles = [__("When"), __("What"), __("Judged as"), __("Why"), __("Program")];
	$wrapper.html(`<p>${counts.join(" ")}</p>
		<div class="table-responsive"><table class="table table-bordered table-sm">
			<thead><tr>${titles.map((title) => `<th scope="col">${nurture.esc(title)}</th>`).join("")}</tr></thead>
			<tbody>${rows.join("")}</tbody>
		</table></div>`);
}
